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
func blocksAVX512x8(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

//go:noescape
func blocksAVX512x16(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

// laneKernels returns the kernels of this CPU, widest first. Which are worth it
// depends on how often the CPU can start SHA256RNDS2:
//
//   - AMD, every 2 cycles, with cheap SHA256MSG1 and SHA256MSG2: four streams
//     give 1.75 times one. Sixteen in full-width AVX-512 (Zen 5) give 2.3.
//   - Intel, every 3 cycles, competing with SHA256MSG1 and SHA256MSG2: two
//     streams give 1.24, with the schedule in AVX-512 1.37, which is all that the
//     unit has; more streams add nothing. Eight in AVX-512 give 1.75, sixteen 2.35.
//
// Without SHA extensions AVX-512 is several times as fast as one AVX2 stream.
func laneKernels(f features) []kernel {
	const (
		noSHA    = "CPU has no SHA extensions"
		noAVX512 = "CPU has no AVX-512"
	)
	hybrid := f.shaNI && f.avx512
	x16 := kernel{impl: "avx512", width: 16, least: 12, reach: f.avx512, blocks: blocksAVX512x16}
	x8 := kernel{impl: "avx512", width: 8, least: 7, reach: f.avx512, blocks: blocksAVX512x8}
	ni4 := kernel{impl: "sha-ni", width: 4, least: 4, reach: f.shaNI, blocks: blocksSHANI4}
	ni3 := kernel{impl: "sha-ni", width: 3, least: 3, reach: f.shaNI, blocks: blocksSHANI3}
	hy2 := kernel{impl: "sha-ni+avx512", width: 2, least: 2, reach: hybrid, blocks: blocksHybrid2}
	ni2 := kernel{impl: "sha-ni", width: 2, least: 2, reach: f.shaNI, blocks: blocksSHANI2}
	switch {
	case !f.avx512:
		x16.loses, x8.loses, hy2.loses = noAVX512, noAVX512, noAVX512
	case !f.shaNI:
		x8.least = 2
		hy2.loses = noSHA
	case f.maker.intel:
		ni4.loses, ni3.loses, ni2.loses = "two streams saturate the SHA unit", "two streams saturate the SHA unit", "slower than sha-ni+avx512"
	default:
		if !f.maker.zen5 {
			x16.loses = "slower than sha-ni"
		}
		x16.least = 13
		x8.loses, hy2.loses = "slower than sha-ni", "slower than sha-ni x4"
	}
	if !f.shaNI {
		ni4.loses, ni3.loses, ni2.loses = noSHA, noSHA, noSHA
	}
	return []kernel{x16, x8, ni4, ni3, hy2, ni2}
}
