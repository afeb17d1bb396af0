package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// subject is an image on disk.
type subject struct {
	path  string // what is verified
	tar   []byte // of streams, which come from memory
	plain int64  // uncompressed bytes of the layers
}

// BenchmarkVerify measures whole runs with every check on, in uncompressed
// bytes: by format, then by number of layers, size and number of workers.
func BenchmarkVerify(b *testing.B) {
	const size = 64 << 20
	most := runtime.GOMAXPROCS(0)
	for _, format := range []string{"docker-save", "oci-gzip", "oci-zstd", "oci-one", "stdin"} {
		layers := 8
		if format == "oci-one" {
			layers = 1
		}
		verifies(b, format, layers, size, doubling(most)...)
	}
	for _, format := range []string{"docker-save", "oci-gzip"} {
		for _, layers := range []int{1, 2, 4, 32} {
			verifies(b, format, layers, size, most)
		}
		for _, size := range []int{1 << 20, 8 << 20, 192 << 20} {
			verifies(b, format, 8, size, most)
		}
	}
}

// doubling returns 1, 2, 4 and so on, and n.
func doubling(n int) []int {
	var all []int
	for i := 1; i < n; i *= 2 {
		all = append(all, i)
	}
	return append(all, n)
}

func verifies(b *testing.B, format string, layers, size int, jobs ...int) {
	image := once(func() (subject, error) { return build(b.TempDir(), format, layers, sizeOf(size)) })
	for _, n := range jobs {
		b.Run(fmt.Sprintf("format=%s/layers=%d/size=%dMiB/jobs=%d", format, layers, size>>20, n), func(b *testing.B) {
			img := image(b)
			b.SetBytes(img.plain)
			b.ReportAllocs()
			for b.Loop() {
				rep, err := img.verify(verify.Options{Jobs: n})
				if err != nil {
					b.Fatal(err)
				}
				if rep.Verdict != report.Verified {
					b.Fatalf("got %s, want verified", rep.Verdict)
				}
			}
		})
	}
}

func build(dir, format string, layers, size int) (subject, error) {
	stored := sample.Format(format)
	switch format {
	case "oci-one":
		stored = sample.OCIGzip
	case "stdin":
		stored = sample.DockerSave
	}
	img, err := sample.Build(sample.Spec{Format: stored, Layers: layers, LayerSize: size / layers})
	if err != nil {
		return subject{}, err
	}
	s := subject{path: filepath.Join(dir, format), plain: img.Plain}
	switch format {
	case "stdin":
		s.tar, err = img.Tar()
	case "docker-save":
		var tar []byte
		if tar, err = img.Tar(); err == nil {
			err = os.WriteFile(s.path, tar, 0o666)
		}
	default:
		err = img.WriteDir(s.path)
	}
	return s, err
}

func (s subject) verify(opt verify.Options) (*report.Report, error) {
	if s.tar != nil {
		return verify.RunStream(context.Background(), file{bytes.NewReader(s.tar)}, opt)
	}
	return verify.Path(context.Background(), s.path, opt)
}

// The images are right, and so is what the benchmarks do with them.
func TestImages(t *testing.T) {
	for _, format := range []string{"docker-save", "oci-gzip", "oci-zstd", "oci-one", "stdin"} {
		s, err := build(t.TempDir(), format, 2, 256<<10)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := s.verify(verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Verdict != report.Verified {
			t.Errorf("%s: got %s, want verified", format, rep.Verdict)
		}
	}
}
