package decompress

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// benchSize is the decoded size of a benchmark stream: many chunks, and quick
// to compress.
const benchSize = 24 << 20

// corpus returns about benchSize bytes of the machine's own files beneath root
// that keep accepts, in name order; made-up text if there are none.
func corpus(b *testing.B, root string, keep func(name string) bool) []byte {
	b.Helper()
	var out []byte
	_ = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if len(out) >= benchSize {
			return filepath.SkipAll
		}
		if err != nil || !e.Type().IsRegular() || !keep(e.Name()) {
			return nil
		}
		p, err := os.ReadFile(path)
		if err == nil {
			out = append(out, p[:min(len(p), 4<<20)]...)
		}
		return nil
	})
	if len(out) < benchSize/8 {
		b.Logf("%s has too few files: made-up text instead", root)
		return text(benchSize, 7)
	}
	return out[:min(len(out), benchSize)]
}

type benchKind struct {
	name string
	data []byte
}

func benchKinds(b *testing.B) []benchKind {
	suffix := func(s ...string) func(string) bool {
		return func(name string) bool {
			for _, s := range s {
				if strings.Contains(name, s) {
					return true
				}
			}
			return false
		}
	}
	return []benchKind{
		{"library", corpus(b, "/usr/lib", suffix(".so"))},
		{"source", corpus(b, filepath.Join(build.Default.GOROOT, "src"), suffix(".go"))},
		{"doc", corpus(b, "/usr/share", func(n string) bool { return !suffix(".gz", ".png", ".mo", ".xz")(n) })},
		{"zeros", make([]byte, benchSize)},
		{"noise", noise(benchSize, 3)},
	}
}

type gzipper struct {
	name string
	make func(w io.Writer) (io.WriteCloser, error)
}

func gzippers() []gzipper {
	var list []gzipper
	for _, level := range []int{1, 6, 9} {
		list = append(list,
			gzipper{fmt.Sprintf("std-%d", level), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) }},
			gzipper{fmt.Sprintf("klauspost-%d", level), func(w io.Writer) (io.WriteCloser, error) { return kgzip.NewWriterLevel(w, level) }})
	}
	return list
}

func compressed(b *testing.B, data []byte, g gzipper) []byte {
	b.Helper()
	var out bytes.Buffer
	w, err := g.make(&out)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// reader hides the methods of bytes.Reader by which a decoder could avoid
// reading, as a file would.
type reader struct{ io.Reader }

func runDecoder(b *testing.B, opt Options, f Format, in []byte, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	d := NewDecoder(opt)
	defer d.Close()
	for b.Loop() {
		d.Reset(context.Background(), f, reader{bytes.NewReader(in)})
		n := 0
		for {
			p, err := d.Next()
			n += len(p)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if n != size {
			b.Fatalf("got %d bytes, want %d", n, size)
		}
	}
}

// runRival reads r, which reset points at the input, in chunks of the size that
// a Decoder uses.
func runRival(b *testing.B, in []byte, size int, r io.Reader, reset func(io.Reader) error) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	buf := make([]byte, chunkSize)
	for b.Loop() {
		if err := reset(reader{bytes.NewReader(in)}); err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			k, err := r.Read(buf)
			n += k
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if n != size {
			b.Fatalf("got %d bytes, want %d", n, size)
		}
	}
}

// BenchmarkDecoder measures the decoders of this package and, for gzip, its
// rivals on the same streams.
func BenchmarkDecoder(b *testing.B) {
	for _, k := range benchKinds(b) {
		for _, g := range gzippers() {
			var in []byte
			name := fmt.Sprintf("format=gzip/kind=%s/level=%s/impl=", k.name, g.name)
			lazily := func(b *testing.B) {
				if in == nil {
					in = compressed(b, k.data, g)
				}
			}
			b.Run(name+"ours", func(b *testing.B) {
				lazily(b)
				runDecoder(b, Options{}, Gzip, in, len(k.data))
			})
			b.Run(name+"klauspost", func(b *testing.B) {
				lazily(b)
				r := new(kgzip.Reader)
				runRival(b, in, len(k.data), r, r.Reset)
			})
			b.Run(name+"std", func(b *testing.B) {
				lazily(b)
				r := new(gzip.Reader)
				runRival(b, in, len(k.data), r, r.Reset)
			})
		}
		for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault} {
			b.Run(fmt.Sprintf("format=zstd/kind=%s/level=%s/impl=ours", k.name, level), func(b *testing.B) {
				runDecoder(b, Options{}, Zstd, zst(b, k.data, zstd.WithEncoderLevel(level)), len(k.data))
			})
		}
	}
}
