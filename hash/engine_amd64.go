//go:build amd64 && !purego

package hash

import (
	simd "github.com/minio/sha256-simd"
	"github.com/opencontainers/go-digest"
)

// streamEngines returns the candidates for one SHA-256 stream, best first and
// the standard library last.
//
// sha256-simd uses the SHA extensions on CPUs that lack AVX, where the standard
// library has only generic code (Goldmont, or cpu.avx=off); where both use
// them, they are equally fast. Its AVX-512 server is never a candidate: it
// gives a single stream less than the standard library's AVX2 code does, keeps
// the caller's buffer after Write has returned, and its goroutine cannot be
// stopped.
func streamEngines(f features) []engine {
	fast := engine{EngineInfo: EngineInfo{
		Algorithm: digest.SHA256, Name: "minio/sha256-simd", Impl: "sha-ni", Width: 1, Available: f.shaNI,
		Reason: "fastest for one stream on this CPU: SHA extensions without AVX",
		new:    simd.New,
	}}
	switch {
	case !f.shaNI:
		fast.loses = "CPU has no SHA extensions"
	case f.avx:
		fast.loses = "as fast as crypto/sha256 on this CPU, not faster"
	}
	server := engine{EngineInfo: EngineInfo{
		Algorithm: digest.SHA256, Name: "minio/sha256-simd server", Impl: "avx512", Width: 16, Available: f.avx512,
	}, loses: "slower for one stream, and lanes are faster for many"}
	return []engine{fast, server, stdlib256(f)}
}
