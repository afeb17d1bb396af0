package recompress

import (
	"context"
	"errors"
	"hash"
	"io"
	"math"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
)

// chunk is how much is read at a time.
const chunk = 256 << 10

// Blob is what became of a layer.
type Blob struct {
	Digest digest.Digest `json:"digest"`
	Size   int64         `json:"size"`
}

// errTooLong ends a trial that cannot become what is looked for.
var errTooLong = errors.New("longer than the blob that is looked for")

// sum hashes and counts, and refuses more than limit bytes.
type sum struct {
	hash  hash.Hash
	size  int64
	limit int64
}

func newSum(limit int64) *sum { return &sum{hash: ohash.New(digest.SHA256), limit: limit} }

func (s *sum) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.size > s.limit {
		return 0, errTooLong
	}
	return s.hash.Write(p)
}

func (s *sum) blob() Blob { return Blob{ohash.FromHash(digest.SHA256, s.hash), s.size} }

// trial is one compressor at work.
type trial struct {
	sum *sum
	w   io.WriteCloser
	err error
}

// compress runs compressors side by side over what is read once, and returns
// the tar and what each of them made of it. A zero Blob is one that grew beyond
// limit.
func compress(ctx context.Context, r io.Reader, list []Compressor, limit int64) (plain Blob, made []Blob, err error) {
	tar := newSum(math.MaxInt64)
	trials := make([]trial, len(list))
	for i, c := range list {
		s := newSum(limit)
		trials[i] = trial{sum: s, w: c.new(s)}
	}
	buf := make([]byte, chunk)
	for {
		if err := ctx.Err(); err != nil {
			return Blob{}, nil, err
		}
		n, err := r.Read(buf)
		tar.Write(buf[:n])
		left := false
		for i := range trials {
			if t := &trials[i]; t.err == nil && n > 0 {
				_, t.err = t.w.Write(buf[:n])
			}
			left = left || trials[i].err == nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return Blob{}, nil, err
		}
		if !left && len(list) > 0 {
			return Blob{}, make([]Blob, len(list)), nil
		}
	}
	made = make([]Blob, len(list))
	for i := range trials {
		t := &trials[i]
		if t.err == nil {
			t.err = t.w.Close()
		}
		switch {
		case t.err == nil:
			made[i] = t.sum.blob()
		case !errors.Is(t.err, errTooLong):
			return Blob{}, nil, t.err
		}
	}
	return tar.blob(), made, nil
}
