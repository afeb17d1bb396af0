//go:build !amd64 || purego

package hash

// streamEngines returns the candidates for one SHA-256 stream: on this build
// nothing beats the standard library.
func streamEngines(f features) []engine { return []engine{stdlib256(f)} }
