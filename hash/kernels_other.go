//go:build (!amd64 && !arm64) || purego

package hash

// laneKernels returns no kernels: Lanes are portable here.
func laneKernels(features) []kernel { return nil }
