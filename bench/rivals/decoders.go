package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	kgzip "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"

	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/measure/sample"
)

// decodeContests decode files that are in memory, and throw the result away.
func decodeContests(opt options) ([]contest, error) {
	var all []contest
	for _, kind := range []sample.Kind{sample.Library, sample.Text} {
		plain := sample.Data(kind, opt.size<<20, 1)
		gz, err := sample.Gzip(plain, 6)
		if err != nil {
			return nil, err
		}
		zst, err := sample.Zstd(plain, 3)
		if err != nil {
			return nil, err
		}
		name := filepath.Join(opt.scratch, string(kind))
		if err := os.WriteFile(name+".gz", gz, 0o666); err != nil {
			return nil, err
		}
		if err := os.WriteFile(name+".zst", zst, 0o666); err != nil {
			return nil, err
		}
		all = append(all, gzipContest(kind, name+".gz", int64(len(plain))), zstdContest(kind, name+".zst", int64(len(plain))))
	}
	return all, nil
}

func gzipContest(kind sample.Kind, name string, size int64) contest {
	c := contest{title: fmt.Sprintf("gunzip, %s", kind), bytes: size, note: "pgzip and pigz read and check on a second core."}
	c.entrants = []entrant{
		inside("ocisum inflate", func() error { return decode(name, decompress.Gzip) }),
		inside("compress/gzip", func() error {
			return discard(name, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
		}),
		inside("klauspost/compress", func() error {
			return discard(name, func(r io.Reader) (io.Reader, error) { return kgzip.NewReader(r) })
		}),
		inside("klauspost/pgzip", func() error {
			return discard(name, func(r io.Reader) (io.Reader, error) { return pgzip.NewReader(r) })
		}),
	}
	for _, args := range [][]string{{"gzip", "-dc"}, {"pigz", "-dc"}, {"igzip", "-dc"}, {"libdeflate-gunzip", "-c"}} {
		c.entrants = append(c.entrants, program(args[0], append(args, name)...)...)
	}
	return c
}

func zstdContest(kind sample.Kind, name string, size int64) contest {
	c := contest{title: fmt.Sprintf("unzstd, %s", kind), bytes: size}
	c.entrants = []entrant{
		inside("ocisum", func() error { return decode(name, decompress.Zstd) }),
		inside("klauspost/compress, one core", func() error { return unzstd(name, 1) }),
		inside("klauspost/compress, default", func() error { return unzstd(name, 0) }),
	}
	c.entrants = append(c.entrants, program("zstd", "zstd", "-qdc", name)...)
	return c
}

func unzstd(name string, cores int) error {
	return discard(name, func(r io.Reader) (io.Reader, error) {
		var opts []zstd.DOption
		if cores > 0 {
			opts = append(opts, zstd.WithDecoderConcurrency(cores))
		}
		d, err := zstd.NewReader(r, opts...)
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	})
}

func decode(name string, f decompress.Format) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	d := decompress.NewDecoder(decompress.Options{})
	defer d.Close()
	for d.Reset(context.Background(), f, file); ; {
		if _, err := d.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func discard(name string, open func(io.Reader) (io.Reader, error)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := open(f)
	if err != nil {
		return err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	_, err = io.CopyBuffer(onlyWriter{io.Discard}, onlyReader{r}, newBuffer())
	return err
}
