package recompress

import (
	"compress/gzip"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/recompress/kflate"
)

// A Compressor makes a layer's blob of its tar.
type Compressor struct {
	Name  string `json:"name"`  // "go-gzip-default", "pgzip-1.15.11"
	About string `json:"about"` // by what code, of which version, and who writes this
	rare  bool   // tried only where others failed
	zstd  bool
	new   func(io.Writer) io.WriteCloser
}

// Names of compressors that tools use.
const (
	GoDefault   = "go-gzip-default"
	GoBestSpeed = "go-gzip-1"
	pgzipPrefix = "pgzip-"
)

// nameOf is how the compressor of pgzip with a generation is called.
func nameOf(g kflate.Generation) string {
	first, _, _ := strings.Cut(g.String(), "-")
	return pgzipPrefix + first
}

// Compressors lists the known compressors, those in common use first.
func Compressors() []Compressor {
	list := []Compressor{
		goGzip(GoDefault, gzip.DefaultCompression, "docker, containerd, BuildKit", false),
		goGzip(GoBestSpeed, gzip.BestSpeed, "crane, ko and others made with go-containerregistry", false),
		pgzipOf(kflate.V1_15_11, false),
		pgzipOf(kflate.V1_18_2, false),
		goGzip("go-gzip-9", gzip.BestCompression, "tools told to compress as much as they can", false),
		pgzipOf(kflate.V1_20_4, true),
		pgzipOf(kflate.V1_15, true),
		pgzipOf(kflate.V1_14, true),
	}
	for g := kflate.V1_20_4; ; g-- {
		list = append(list, Compressor{
			Name:  "klauspost-gzip-" + strings.TrimPrefix(nameOf(g), pgzipPrefix),
			About: "klauspost/compress/gzip " + g.String() + ", default level", rare: true,
			new: func(w io.Writer) io.WriteCloser { return newKgzip(w, g) },
		})
		if g == kflate.V1_14 {
			break
		}
	}
	for level := 8; level >= gzip.HuffmanOnly; level-- {
		// -1 is the default, and 6 the same.
		if level != gzip.DefaultCompression && level != gzip.BestSpeed && level != 6 {
			list = append(list, goGzip("go-gzip-"+strconv.Itoa(level), level, "tools told to compress so", true))
		}
	}
	for _, level := range []zstd.EncoderLevel{zstd.SpeedDefault, zstd.SpeedFastest, zstd.SpeedBetterCompression, zstd.SpeedBestCompression} {
		list = append(list, Compressor{
			Name: "klauspost-zstd-" + level.String(), About: "klauspost/compress/zstd 1.20.3", zstd: true,
			new: func(w io.Writer) io.WriteCloser { return newZstd(w, level) },
		})
	}
	return list
}

func goGzip(name string, level int, users string, rare bool) Compressor {
	about := "compress/gzip of " + runtime.Version() + ", level " + strconv.Itoa(level) + ": " + users
	return Compressor{Name: name, About: about, rare: rare, new: func(w io.Writer) io.WriteCloser {
		z, err := gzip.NewWriterLevel(w, level)
		if err != nil {
			panic("recompress: " + err.Error())
		}
		return z
	}}
}

func pgzipOf(g kflate.Generation, rare bool) Compressor {
	about := "klauspost/pgzip with klauspost/compress " + g.String() + ", default level: skopeo, podman, buildah"
	return Compressor{Name: nameOf(g), About: about, rare: rare, new: func(w io.Writer) io.WriteCloser { return newPgzip(w, g) }}
}

// newZstd is one thread of klauspost/compress/zstd. More of them write the same.
func newZstd(w io.Writer, level zstd.EncoderLevel) io.WriteCloser {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("recompress: " + err.Error())
	}
	return z
}

// find returns the compressor of a name that is known to be there.
func find(name string) Compressor {
	for _, c := range Compressors() {
		if c.Name == name {
			return c
		}
	}
	panic("recompress: no compressor " + name)
}

// Used returns those of the known compressors that are named, each once.
func Used(names []string) []Compressor {
	var list []Compressor
	for _, c := range Compressors() {
		if slices.Contains(names, c.Name) {
			list = append(list, c)
		}
	}
	return list
}
