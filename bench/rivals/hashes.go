package main

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	simd "github.com/minio/sha256-simd"
	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/measure/sample"
)

// chunk is what Go code reads at a time.
const chunk = 256 << 10

// streams is how many files the contest of several files has.
const streams = 8

// hashContests hash files that are in memory, on one core.
func hashContests(opt options) ([]contest, error) {
	size := opt.size << 20
	one := filepath.Join(opt.scratch, "hash")
	if err := os.WriteFile(one, sample.Data(sample.Noise, size, 1), 0o666); err != nil {
		return nil, err
	}
	var many []string
	for i := range streams {
		many = append(many, filepath.Join(opt.scratch, fmt.Sprintf("hash-%d", i)))
		if err := os.WriteFile(many[i], sample.Data(sample.Noise, size/streams, uint64(i)), 0o666); err != nil {
			return nil, err
		}
	}
	single := contest{title: "SHA-256 of one file, one core", bytes: int64(size)}
	several := contest{title: fmt.Sprintf("SHA-256 of %d files, one core", streams), bytes: int64(size)}
	several.entrants = append(several.entrants, inside("ocisum hash, lanes", func() error { return hashLanes(many) }))
	for _, e := range []struct {
		name string
		new  func() hash.Hash
	}{
		{"ocisum hash", func() hash.Hash { return ohash.New(digest.SHA256) }},
		{"crypto/sha256", sha256.New},
		{"minio/sha256-simd", simd.New},
	} {
		single.entrants = append(single.entrants, inside(e.name, func() error { return hashFiles(e.new, one) }))
		several.entrants = append(several.entrants, inside(e.name, func() error { return hashFiles(e.new, many...) }))
	}
	single.entrants = append(single.entrants, program("sha256sum", "sha256sum", one)...)
	single.entrants = append(single.entrants, program("openssl dgst", "openssl", "dgst", "-sha256", one)...)
	several.entrants = append(several.entrants, program("sha256sum", append([]string{"sha256sum"}, many...)...)...)
	several.entrants = append(several.entrants, program("openssl dgst", append([]string{"openssl", "dgst", "-sha256"}, many...)...)...)
	return []contest{single, several}, nil
}

func hashFiles(make func() hash.Hash, names ...string) error {
	buf := newBuffer()
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		h := make()
		_, err = io.CopyBuffer(onlyWriter{h}, onlyReader{f}, buf)
		f.Close()
		if err != nil {
			return err
		}
		h.Sum(nil)
	}
	return nil
}

// hashLanes reads all files chunk by chunk and hashes them side by side.
func hashLanes(names []string) error {
	var files []*os.File
	parts := make([][]byte, len(names))
	bufs := make([][]byte, len(names))
	for i, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		files = append(files, f)
		bufs[i] = newBuffer()
	}
	l := ohash.NewLanes()
	for more := true; more; {
		more = false
		for i, f := range files {
			n, err := io.ReadFull(f, bufs[i])
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return err
			}
			parts[i] = bufs[i][:n]
			more = more || n == chunk
		}
		l.Write(parts)
	}
	for i := range names {
		l.Digest(i)
	}
	return nil
}

func newBuffer() []byte { return make([]byte, chunk) }

// onlyReader and onlyWriter hide what io.Copy would take a short cut by.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)
