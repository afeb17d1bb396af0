package bench

import (
	"fmt"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/measure/sample"
)

// chunks are a small object, the default of io.Copy, and what verify uses.
var chunks = []int{1 << 10, 32 << 10, 256 << 10}

// BenchmarkHash measures every engine with one stream.
func BenchmarkHash(b *testing.B) {
	for _, e := range hash.Engines() {
		h := e.Hash()
		if h == nil {
			continue
		}
		for _, chunk := range chunks {
			b.Run(fmt.Sprintf("alg=%s/engine=%s/impl=%s/chunk=%dKiB", e.Algorithm, last(e.Name), e.Impl, chunk>>10), func(b *testing.B) {
				data := sample.Data(sample.Noise, chunk, 1)
				b.SetBytes(int64(chunk))
				b.ReportAllocs()
				for b.Loop() {
					h.Write(data)
				}
			})
		}
	}
}

// last is a package without its path, which would break the name's levels.
func last(engine string) string {
	for i := len(engine) - 1; i >= 0; i-- {
		if engine[i] == '/' {
			return engine[i+1:]
		}
	}
	return engine
}

// BenchmarkLanes measures several streams on one core: one after the other with
// crypto/sha256, and side by side.
func BenchmarkLanes(b *testing.B) {
	const chunk = 256 << 10
	for _, lanes := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
		streams := make([][]byte, lanes)
		for i := range streams {
			streams[i] = sample.Data(sample.Noise, chunk, uint64(i))
		}
		b.Run(fmt.Sprintf("lanes=%d/impl=crypto.sha256", lanes), func(b *testing.B) {
			h := hash.Reference(digest.SHA256)
			b.SetBytes(int64(lanes * chunk))
			b.ReportAllocs()
			for b.Loop() {
				for _, s := range streams {
					h.Write(s)
				}
			}
		})
		b.Run(fmt.Sprintf("lanes=%d/impl=lanes", lanes), func(b *testing.B) {
			l := hash.NewLanes()
			b.SetBytes(int64(lanes * chunk))
			b.ReportAllocs()
			for b.Loop() {
				l.Write(streams)
			}
		})
	}
}
