package tarscan

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// many is an archive of n small files.
func many(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.Write(tartest.File(fmt.Sprintf("usr/share/doc/package-%d/copyright-%d", i/10, i), "some text"))
	}
	b.Write(tartest.End())
	return b.Bytes()
}

// big is an archive of one large file.
func big(n int) []byte {
	return tartest.Join(tartest.Block(tartest.Header{Name: "big", Size: int64(n)}), make([]byte, n), tartest.End())
}

func BenchmarkScan(b *testing.B) {
	for _, bb := range []struct {
		name string
		data []byte
	}{{"entries=100000", many(100_000)}, {"entries=1/size=256MB", big(256 << 20)}} {
		b.Run(bb.name+"/mode=push", func(b *testing.B) {
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			s := New(Options{})
			clean := 0
			opt := Options{Visit: func(e *Entry) {
				name, _ := e.Clean()
				clean += len(name)
			}}
			for b.Loop() {
				s.Reset(opt)
				for p := bb.data; len(p) > 0; {
					n := min(len(p), 256<<10)
					s.Write(p[:n])
					p = p[n:]
				}
				if sum := s.Summary(); len(sum.Faults) > 0 {
					b.Fatal(sum.Faults)
				}
			}
		})
		b.Run(bb.name+"/mode=index", func(b *testing.B) {
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Index(context.Background(), bytes.NewReader(bb.data), int64(len(bb.data)), Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
