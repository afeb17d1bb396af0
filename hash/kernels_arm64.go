//go:build arm64 && !purego

package hash

//go:noescape
func blocksSHA2x2(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)

// laneKernels returns the kernels of this CPU, widest first. Cores start
// SHA256H and SHA256H2 several times as often as they finish a dependent one, so
// that two streams fit where one waits.
func laneKernels(f features) []kernel {
	x2 := kernel{impl: "sha2", width: 2, least: 2, reach: f.sha2, blocks: blocksSHA2x2}
	if !f.sha2 {
		x2.loses = "CPU has no SHA2 instructions"
	}
	return []kernel{x2}
}
