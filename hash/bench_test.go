package hash_test

import (
	"fmt"
	"hash"
	"testing"

	"github.com/opencontainers/go-digest"

	ocihash "github.com/ocisum/ocisum/hash"
)

func BenchmarkHash(b *testing.B) {
	engines := []struct {
		name string
		new  func(digest.Algorithm) hash.Hash
	}{{"chosen", ocihash.New}, {"reference", ocihash.Reference}}
	for _, e := range engines {
		for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
			for _, chunk := range []int{1 << 10, 32 << 10, 256 << 10} {
				b.Run(fmt.Sprintf("engine=%s/alg=%s/chunk=%d", e.name, alg, chunk), func(b *testing.B) {
					h, data := e.new(alg), bytesOf(1, chunk)
					b.SetBytes(int64(chunk))
					b.ReportAllocs()
					for b.Loop() {
						h.Write(data)
					}
				})
			}
		}
	}
}
