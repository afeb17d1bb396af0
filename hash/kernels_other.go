//go:build !amd64 || purego

package hash

// laneKernels returns no kernels: Lanes are portable here.
func laneKernels(features) []kernel { return nil }
