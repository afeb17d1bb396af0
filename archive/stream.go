package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/tarscan"
)

// streamBuffer holds headers and skipped bodies; bodies that are read pass it
// by.
const streamBuffer = 64 << 10

// ErrNotKept is returned by Stream.Open: the bytes have passed.
var ErrNotKept = errors.New("a stream keeps no bytes")

// Stream reads an archive once, from its first to its last byte. It is for one
// goroutine until Next has returned an error.
type Stream struct {
	index
	ctx  context.Context
	r    io.Reader
	scan *tarscan.Scanner
	buf  []byte
	rest []byte // of buf, not given to scan yet
	body *body
	end  bool  // r has ended
	err  error // what Next returns from now on
}

// NewStream returns a Stream over r.
func NewStream(ctx context.Context, r io.Reader, lim Limits) *Stream {
	s := &Stream{index: index{lim: lim.withDefaults()}, ctx: ctx, r: r, buf: make([]byte, streamBuffer)}
	s.scan = tarscan.New(s.lim.scan(nil))
	return s
}

// Next returns the next member in archive order, with a reader of its body
// that is valid until the next call; what is left of a body is skipped. Later
// members of a name are returned like the first one, and members with an
// unsafe name under the name as written; Offset tells members apart. The
// body's reader ends in io.ErrUnexpectedEOF if the archive is cut.
//
// At the end of the bytes, which is not before everything after the end marker
// was read too, Next returns io.EOF, and the Stream answers like an [Archive].
// Any other error is the context's or, unchanged, that of the reader; then the
// Stream answers for what it saw. An [*OuterError] of the reader is no such
// error: it is an end of the bytes.
func (s *Stream) Next() (content.Object, io.Reader, error) {
	s.body.close()
	s.body = nil
	for s.err == nil {
		for len(s.rest) > 0 {
			n, e := s.scan.Next(s.rest)
			s.rest = s.rest[n:]
			if e == nil {
				continue
			}
			if o, ok := s.add(e); ok {
				s.body = &body{s: s, left: o.Size}
				return o, s.body, nil
			}
		}
		s.fill()
	}
	return content.Object{}, nil, s.err
}

// fill reads the next bytes, or ends the stream.
func (s *Stream) fill() {
	if s.end {
		s.finish(s.scan.Summary())
		s.err = io.EOF
		return
	}
	n, err := s.read(s.buf)
	s.rest = s.buf[:n]
	if err != nil && !s.end {
		s.fail(err)
	}
}

// fail ends the stream with an error of the medium.
func (s *Stream) fail(err error) {
	s.rest = nil
	s.finish(s.scan.Partial())
	s.err = err
}

// read reads from r. It sets end when the bytes have ended.
func (s *Stream) read(p []byte) (int, error) {
	for range 100 {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		n, err := s.r.Read(p)
		if n < 0 || n > len(p) {
			return 0, fmt.Errorf("reader returned an impossible count %d", n)
		}
		var outer *OuterError
		if err == io.EOF || errors.As(err, &outer) {
			s.end = true
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// Open returns ErrNotKept.
func (s *Stream) Open(_ context.Context, o content.Object) (io.ReadCloser, error) {
	return nil, fmt.Errorf("open %q: %w", o.Name, ErrNotKept)
}

// Close releases the buffer. It does not close the reader.
func (s *Stream) Close() error {
	if s.err == nil {
		s.fail(errors.New("stream is closed"))
	}
	s.body.close()
	s.buf, s.rest = nil, nil
	return nil
}

// body reads the body of the current member from the stream.
type body struct {
	s    *Stream
	left int64
	err  error
}

func (b *body) close() {
	if b != nil {
		b.s = nil
	}
}

func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.left == 0:
		return 0, io.EOF
	case b.s == nil:
		return 0, errors.New("read of a member after the next one was asked for")
	case b.err != nil:
		return 0, b.err
	case len(p) == 0:
		return 0, nil
	}
	s := b.s
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	var n int
	if len(s.rest) > 0 {
		n = copy(p, s.rest)
		s.rest = s.rest[n:]
	} else if s.end {
		b.err = io.ErrUnexpectedEOF
	} else if n, b.err = s.read(p); b.err != nil {
		switch {
		case b.err == io.EOF:
			b.err = io.ErrUnexpectedEOF
		case !s.end:
			defer s.fail(b.err)
		}
	}
	s.scan.Skip(int64(n))
	if b.left -= int64(n); b.left == 0 {
		b.err = nil
		return n, nil
	}
	if n > 0 {
		return n, nil
	}
	return 0, b.err
}
