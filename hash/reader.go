package hash

import (
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/opencontainers/go-digest"
)

// errReadCount is what a Reader says of a source that breaks io.Reader's
// contract.
var errReadCount = errors.New("hash: source returned an impossible read count")

// MismatchError says how the bytes that passed a Reader differ from what was
// promised.
type MismatchError struct {
	Want     digest.Digest
	Got      digest.Digest // "" if reading stopped because there were too many bytes
	WantSize int64         // -1 if none was promised
	GotSize  int64         // bytes seen; with Got == "" the stream may be longer
}

func (e *MismatchError) Error() string {
	var b strings.Builder
	b.WriteString("content mismatch:")
	if e.WantSize >= 0 && e.WantSize != e.GotSize {
		more := ""
		if e.Got == "" {
			more = "at least "
		}
		fmt.Fprintf(&b, " want %d bytes, got %s%d", e.WantSize, more, e.GotSize)
	}
	if e.Got != "" && e.Got != e.Want {
		fmt.Fprintf(&b, " want %s, got %s", e.Want, e.Got)
	}
	return b.String()
}

// Reader passes a stream through and checks it against a digest and a size.
//
// Bytes are handed out before they are verified: whoever acts on them must be
// able to take it back until Read has returned io.EOF. A reader that stops
// early, even after exactly the promised number of bytes, has verified nothing.
type Reader struct {
	r        io.Reader
	h        hash.Hash
	want     digest.Digest
	size     int64
	n        int64
	err      error
	verified bool
}

// NewReader returns a Reader over r that wants the given digest and size; a
// size of -1 promises none. It returns the error of Parse if want is not a
// digest it can check. The Reader does not close r.
func NewReader(r io.Reader, want digest.Digest, size int64) (*Reader, error) {
	if _, err := Parse(string(want)); err != nil {
		return nil, err
	}
	if size < -1 {
		return nil, fmt.Errorf("negative size %d", size)
	}
	// There is no second chance to compute a mismatch again.
	return &Reader{r: r, h: Reference(want.Algorithm()), want: want, size: size}, nil
}

// Read returns io.EOF only once the source has ended and digest and size hold.
// If they do not, or as soon as the source holds more bytes than promised, it
// returns a *MismatchError; bytes beyond the promised size are never handed
// out. An error of the source comes through unchanged. The first error, io.EOF
// included, is returned for ever after.
func (v *Reader) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := v.r.Read(p)
	if n < 0 || n > len(p) {
		v.err = errReadCount
		return 0, v.err
	}
	before := v.n
	v.n += int64(n)
	if v.size >= 0 && v.n > v.size {
		v.err = &MismatchError{Want: v.want, WantSize: v.size, GotSize: v.n}
		return int(v.size - before), v.err
	}
	v.h.Write(p[:n])
	if err == io.EOF {
		err = v.end()
	}
	v.err = err
	return n, err
}

// end judges the whole stream.
func (v *Reader) end() error {
	got := FromHash(v.want.Algorithm(), v.h)
	if got != v.want || v.size >= 0 && v.n != v.size {
		return &MismatchError{Want: v.want, Got: got, WantSize: v.size, GotSize: v.n}
	}
	v.verified = true
	return io.EOF
}

// Verified reports whether Read has returned io.EOF, which is to say that the
// whole stream is what was promised.
func (v *Reader) Verified() bool { return v.verified }
