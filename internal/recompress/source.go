package recompress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/layout"
	"github.com/ocisum/ocisum/verify"
)

// Source gives access to the objects of an archive or folder that package
// verify has judged, by the names in its report.
type Source struct {
	path   string
	lim    verify.Limits
	follow bool
	src    content.Source // nil: a compressed archive, read again from its beginning for each object
	closer io.Closer
}

// Open opens what verify.Path has judged with the same options. A pipe cannot
// be read twice, and is refused.
func Open(ctx context.Context, path string, opt verify.Options) (*Source, error) {
	s := &Source{path: path, lim: opt.Limits, follow: opt.FollowLinks}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		s.src, err = layout.Open(ctx, path, layout.Options{FollowLinks: s.follow, Members: s.lim.Members, NameBytes: s.lim.NameBytes, LinkHops: s.lim.LinkHops})
		return s, err
	}
	f, err := archive.OpenFile(path)
	if err != nil {
		return nil, err
	}
	if !f.Regular() {
		f.Close()
		return nil, errors.New("a pipe can be read only once, and layers are read after the documents that name them")
	}
	head := make([]byte, decompress.PrefixLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		f.Close()
		return nil, err
	}
	if decompress.Detect(head[:n]) != decompress.None {
		return s, f.Close()
	}
	a, err := archive.New(ctx, f, f.Size(), s.limits())
	if err != nil {
		f.Close()
		return nil, err
	}
	s.src, s.closer = a, f
	return s, nil
}

func (s *Source) limits() archive.Limits {
	return archive.Limits{Members: s.lim.Members, PAXBytes: s.lim.PAXBytes, NameBytes: s.lim.NameBytes, LinkHops: s.lim.LinkHops}
}

// window is the bound of decoders, of which 0 is the default and none the
// largest.
func (s *Source) window() int64 {
	if s.lim.Window < 0 {
		return math.MaxInt64
	}
	return s.lim.Window
}

// Close releases the source.
func (s *Source) Close() error {
	var err error
	if s.src != nil {
		err = s.src.Close()
	}
	if s.closer != nil {
		err = errors.Join(err, s.closer.Close())
	}
	return err
}

// Stored returns the bytes of an object as they are stored.
func (s *Source) Stored(ctx context.Context, name string) (io.ReadCloser, error) {
	if s.src == nil {
		return s.scan(ctx, name)
	}
	o, ok := s.src.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("%q is no longer there", name)
	}
	o, err := s.src.Resolve(o)
	if err != nil {
		return nil, err
	}
	return s.src.Open(ctx, o)
}

// scan reads a compressed archive up to an object.
func (s *Source) scan(ctx context.Context, name string) (io.ReadCloser, error) {
	f, err := archive.OpenFile(s.path)
	if err != nil {
		return nil, err
	}
	outer, err := archive.Unwrap(ctx, f, s.window())
	if err != nil {
		f.Close()
		return nil, err
	}
	tar := archive.NewStream(ctx, outer, s.limits())
	for {
		o, r, err := tar.Next()
		if err != nil {
			f.Close()
			if err == io.EOF {
				err = fmt.Errorf("%q is no longer there", name)
			}
			return nil, err
		}
		if o.Name == name && o.Kind == content.Regular {
			return &member{r, f}, nil
		}
	}
}

// member is an object of a compressed archive.
type member struct {
	io.Reader
	io.Closer
}

// Decoded returns the bytes of an object as they are after decompression, at
// most as many as package verify found.
func (s *Source) Decoded(ctx context.Context, name string, size int64) (io.ReadCloser, error) {
	rc, err := s.Stored(ctx, name)
	if err != nil {
		return nil, err
	}
	head := make([]byte, decompress.PrefixLen)
	n, err := io.ReadFull(rc, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		rc.Close()
		return nil, err
	}
	r := io.MultiReader(bytes.NewReader(head[:n]), rc)
	format := decompress.Detect(head[:n])
	if format == decompress.None {
		return &member{r, rc}, nil
	}
	d := decompress.NewDecoder(decompress.Options{MaxWindow: s.window(), MaxOutput: max(size, 1)})
	d.Reset(ctx, format, r)
	return &decoded{d: d, rc: rc}, nil
}

// decoded reads from a Decoder.
type decoded struct {
	d    *decompress.Decoder
	rc   io.Closer
	left []byte
}

func (r *decoded) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		var err error
		if r.left, err = r.d.Next(); err != nil {
			r.left = nil
			return 0, err
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

func (r *decoded) Close() error {
	r.d.Close()
	return r.rc.Close()
}
