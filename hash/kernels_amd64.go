//go:build amd64 && !purego

package hash

//go:noescape
func blocksSHANI2(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksSHANI3(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksSHANI4(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksHybrid2(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksAVX2x8(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksAVX512x8(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksAVX512x16(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

// laneKernels returns the kernels of this CPU, widest first.
func laneKernels(f features) []kernel {
	all := []kernel{
		{impl: "avx512", width: 16, reach: f.avx512, blocks: blocksAVX512x16},
		{impl: "avx512", width: 8, reach: f.avx512, blocks: blocksAVX512x8},
		{impl: "avx2", width: 8, reach: f.avx2, blocks: blocksAVX2x8},
		{impl: "sha-ni", width: 4, reach: f.shaNI, blocks: blocksSHANI4},
		{impl: "sha-ni", width: 3, reach: f.shaNI, blocks: blocksSHANI3},
		{impl: "sha-ni+avx512", width: 2, reach: f.shaNI && f.avx512, blocks: blocksHybrid2},
		{impl: "sha-ni", width: 2, reach: f.shaNI, blocks: blocksSHANI2},
	}
	for i := range all {
		k := &all[i]
		k.least = leastStreams(f, k.impl, k.width)
		switch {
		case !k.reach:
			k.loses = "CPU cannot run it"
		case k.least == 0:
			k.loses = "other kernels are faster on this CPU"
		}
	}
	return all
}

// leastStreams returns from how many streams on a kernel beats the narrower
// ones, or 0 if it never does. A stream of crypto/sha256 is 1:
//
//   - With SHA extensions, what counts is how often SHA256RNDS2 can start, which
//     two streams keep waiting for each other. AMD, every 2 cycles: 1.5 from two
//     streams, 1.7 from three, 1.75 from four, and 2.3 from sixteen in AVX-512 if
//     that is 512 bits wide (Zen 5). Intel, every 2 or 3 cycles and competing with
//     SHA256MSG1 and SHA256MSG2: 1.2 from two and no more from four; 1.4 with the
//     message schedule in AVX-512; in AVX-512 alone 1.75 from eight and 2.3 from
//     sixteen.
//   - Without, when a stream is AVX2: in AVX-512 6.6 from eight and 8.9 from
//     sixteen, in AVX2 3.4 from eight.
func leastStreams(f features, impl string, width int) int {
	type kernel struct {
		impl  string
		width int
	}
	var least map[kernel]int
	switch shaNI := map[kernel]int{{"sha-ni", 4}: 4, {"sha-ni", 3}: 3, {"sha-ni", 2}: 2}; {
	case f.shaNI && f.avx512 && f.maker.intel:
		least = map[kernel]int{{"avx512", 16}: 12, {"avx512", 8}: 7, {"sha-ni+avx512", 2}: 2}
	case f.shaNI && f.avx512 && f.maker.zen5:
		least = shaNI
		least[kernel{"avx512", 16}] = 13
	case f.shaNI:
		least = shaNI
	case f.avx512:
		least = map[kernel]int{{"avx512", 16}: 12, {"avx512", 8}: 2}
	case f.avx2:
		least = map[kernel]int{{"avx2", 8}: 3}
	}
	return least[kernel{impl, width}]
}
