package decompress

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// BenchmarkFan measures streams of many members or frames, with and without a
// spare core, decoded only and with what a caller does besides: hashing the
// stored and the decoded bytes.
func BenchmarkFan(b *testing.B) {
	data := corpus(b, "/usr/lib", func(n string) bool { return bytes.Contains([]byte(n), []byte(".so")) })
	level := zstd.WithEncoderLevel(zstd.SpeedDefault)
	kinds := []struct {
		name   string
		format Format
		make   func() []byte
	}{
		{"format=gzip/unit=64KiB", Gzip, func() []byte { return inUnits(data, 64<<10, func(p []byte) []byte { return gz(b, p) }) }},
		{"format=gzip/unit=4MiB", Gzip, func() []byte { return inUnits(data, 4<<20, func(p []byte) []byte { return gz(b, p) }) }},
		{"format=gzip/unit=all", Gzip, func() []byte { return gz(b, data) }},
		{"format=zstd/unit=64KiB", Zstd, func() []byte { return inUnits(data, 64<<10, func(p []byte) []byte { return zst(b, p, level) }) }},
		{"format=zstd/unit=8MiB", Zstd, func() []byte {
			return inUnits(data, 8<<20, func(p []byte) []byte { return zst(b, p, level, zstd.WithWindowSize(2<<20)) })
		}},
		{"format=zstd/unit=all", Zstd, func() []byte { return zst(b, data, level) }},
	}
	for _, k := range kinds {
		in := k.make()
		for _, hashed := range []bool{false, true} {
			for _, spare := range []int64{-1, 0, 1} {
				b.Run(fmt.Sprintf("%s/hash=%t/spare=%d", k.name, hashed, spare), func(b *testing.B) {
					opt := Options{}
					if spare >= 0 {
						opt.Spare = newCores(spare)
					}
					d := NewDecoder(opt)
					defer d.Close()
					b.SetBytes(int64(len(data)))
					b.ReportAllocs()
					stored, decoded := sha256.New(), sha256.New()
					for b.Loop() {
						var r io.Reader = reader{bytes.NewReader(in)}
						if hashed {
							r = io.TeeReader(r, stored)
						}
						d.Reset(context.Background(), k.format, r)
						n := 0
						for {
							p, err := d.Next()
							n += len(p)
							if hashed {
								decoded.Write(p)
							}
							if err == io.EOF {
								break
							}
							if err != nil {
								b.Fatal(err)
							}
						}
						if n != len(data) {
							b.Fatalf("got %d bytes, want %d", n, len(data))
						}
					}
				})
			}
		}
	}
}

// inUnits compresses data in pieces of n bytes.
func inUnits(data []byte, n int, compress func([]byte) []byte) (out []byte) {
	for len(data) > 0 {
		k := min(n, len(data))
		out = append(out, compress(data[:k])...)
		data = data[k:]
	}
	return out
}
