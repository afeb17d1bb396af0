package archive

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// blobs is an archive of n small blobs.
func blobs(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.Write(tartest.File(fmt.Sprintf("blobs/sha256/%064x", i*7919), "blob"))
	}
	b.Write(tartest.End())
	return b.Bytes()
}

func BenchmarkArchive(b *testing.B) {
	data := blobs(100_000)
	b.Run("members=100000/mode=index", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := New(background, bytes.NewReader(data), int64(len(data)), Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("members=100000/mode=stream", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			s := NewStream(background, bytes.NewReader(data), Limits{})
			for {
				_, r, err := s.Next()
				if err == io.EOF {
					break
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
