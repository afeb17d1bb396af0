package bench

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/measure/sample"
)

// BenchmarkDecode measures decoders in decoded bytes, on one core.
func BenchmarkDecode(b *testing.B) {
	for _, kind := range sample.Kinds() {
		plain := once(func() ([]byte, error) { return sample.Data(kind, sizeOf(16<<20), 1), nil })
		gzipLevels, zstdLevels := []int{1, 6, 9}, []int{3, 11}
		if kind == sample.Noise || kind == sample.Zeros {
			gzipLevels, zstdLevels = []int{6}, []int{3} // the level does not matter
		}
		for _, level := range gzipLevels {
			stored := once(func() ([]byte, error) { return sample.Gzip(plain(b), level) })
			name := fmt.Sprintf("format=gzip/kind=%s/level=%d/impl=", kind, level)
			b.Run(name+"ours", func(b *testing.B) { ours(b, decompress.Gzip, stored(b), len(plain(b))) })
			b.Run(name+"std", func(b *testing.B) {
				r := new(gzip.Reader)
				rival(b, stored(b), len(plain(b)), r, r.Reset)
			})
			b.Run(name+"klauspost", func(b *testing.B) {
				r := new(kgzip.Reader)
				rival(b, stored(b), len(plain(b)), r, r.Reset)
			})
		}
		for _, level := range zstdLevels {
			stored := once(func() ([]byte, error) { return sample.Zstd(plain(b), level) })
			name := fmt.Sprintf("format=zstd/kind=%s/level=%d/impl=", kind, level)
			b.Run(name+"ours", func(b *testing.B) { ours(b, decompress.Zstd, stored(b), len(plain(b))) })
			b.Run(name+"klauspost", func(b *testing.B) {
				r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
				if err != nil {
					b.Fatal(err)
				}
				defer r.Close()
				rival(b, stored(b), len(plain(b)), r, r.Reset)
			})
		}
	}
}

func ours(b *testing.B, f decompress.Format, stored []byte, want int) {
	d := decompress.NewDecoder(decompress.Options{})
	defer d.Close()
	b.SetBytes(int64(want))
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(context.Background(), f, open(stored))
		got := 0
		for {
			p, err := d.Next()
			got += len(p)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if got != want {
			b.Fatalf("got %d bytes, want %d", got, want)
		}
	}
}

// rival reads r in chunks of the size that ours returns.
func rival(b *testing.B, stored []byte, want int, r io.Reader, reset func(io.Reader) error) {
	buf := make([]byte, 256<<10)
	b.SetBytes(int64(want))
	b.ReportAllocs()
	for b.Loop() {
		if err := reset(open(stored)); err != nil {
			b.Fatal(err)
		}
		got := 0
		for {
			n, err := r.Read(buf)
			got += n
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if got != want {
			b.Fatalf("got %d bytes, want %d", got, want)
		}
	}
}
