//go:build amd64 && !purego

package hash

import (
	"bytes"
	"fmt"
	"hash"
	"sync"
	"testing"

	simd "github.com/minio/sha256-simd"
)

// served is a stream of sha256-simd's AVX-512 server behind private buffers: the
// server still reads what Write was given after Write has returned.
type served struct{ hash.Hash }

func (s served) Write(p []byte) (int, error) { return s.Hash.Write(bytes.Clone(p)) }

// BenchmarkServer is why that server is no engine here.
func BenchmarkServer(b *testing.B) {
	if !detect().avx512 {
		return
	}
	const chunk = 128 << 10
	data := pattern(chunk)
	server := simd.NewAvx512Server()
	for _, streams := range []int{1, 16} {
		b.Run(fmt.Sprintf("engine=sha256-simd-server/lanes=%d/chunk=%d", streams, chunk), func(b *testing.B) {
			b.SetBytes(int64(streams * chunk))
			b.ReportAllocs()
			var wg sync.WaitGroup
			for range streams {
				h := served{simd.NewAvx512(server)}
				wg.Go(func() {
					for range b.N {
						h.Write(data)
					}
					h.Sum(nil)
				})
			}
			wg.Wait()
		})
	}
}
