package hash

import (
	"fmt"
	"hash"
	"testing"

	"github.com/opencontainers/go-digest"
)

func BenchmarkHash(b *testing.B) {
	type engine struct {
		name string
		new  func(digest.Algorithm) hash.Hash
	}
	engines := []engine{{"chosen", New}}
	for _, e := range Engines() {
		engines = append(engines, engine{e.Name, func(alg digest.Algorithm) hash.Hash {
			if alg != e.Algorithm {
				return nil
			}
			return e.Hash()
		}})
	}
	for _, e := range engines {
		for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
			h := e.new(alg)
			if h == nil {
				continue
			}
			for _, chunk := range []int{1 << 10, 32 << 10, 256 << 10} {
				b.Run(fmt.Sprintf("engine=%s/alg=%s/chunk=%d", e.name, alg, chunk), func(b *testing.B) {
					data := pattern(chunk)
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

// BenchmarkLanes gives the throughput of one core over all lanes; the standard
// library has its streams one after the other.
func BenchmarkLanes(b *testing.B) {
	for _, chunk := range []int{16 << 10, 128 << 10} {
		for _, lanes := range []int{1, 2, 3, 4, 6, 8, 12, 16} {
			chunks := make([][]byte, lanes)
			for i := range chunks {
				chunks[i] = pattern(chunk)
			}
			run := func(engine string, write func()) {
				b.Run(fmt.Sprintf("engine=%s/lanes=%d/chunk=%d", engine, lanes, chunk), func(b *testing.B) {
					b.SetBytes(int64(lanes * chunk))
					b.ReportAllocs()
					for b.Loop() {
						write()
					}
				})
			}
			twins := make([]hash.Hash, lanes)
			for i := range twins {
				twins[i] = Reference(digest.SHA256)
			}
			run("reference", func() {
				for i, twin := range twins {
					twin.Write(chunks[i])
				}
			})
			l := NewLanes()
			run("chosen", func() { l.Write(chunks) })
			for _, e := range Engines() {
				if l := e.Lanes(); l != nil && lanes > max(1, e.Width/2) {
					run(fmt.Sprintf("%sx%d", e.Impl, e.Width), func() { l.Write(chunks) })
				}
			}
		}
	}
}

// BenchmarkChoose is what the first use of the package costs.
func BenchmarkChoose(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f := detect()
		choose(streamEngines(f), laneKernels(f), stdlib512(f))
	}
}
