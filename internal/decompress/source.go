package decompress

import (
	"context"
	"io"
	"slices"
)

const (
	// inputSize is the input buffer, and the size of the reads that fill it:
	// large enough that the cost of a read call vanishes, small enough to leave
	// the second-level cache to the output and the window. It is a power of
	// two for the fast inflate, which masks its index; inputSlack is room for
	// a load that begins at the last of them.
	inputSize  = 64 << 10
	inputSlack = 8
	// maxEmptyReads is how often a reader may return nothing, without an
	// error, before it is taken to be broken (as bufio does).
	maxEmptyReads = 100
)

// source is the stored stream: a contiguous buffer over the caller's reader
// that knows its offset and keeps the reader's error apart from all others.
type source struct {
	ctx  context.Context
	r    io.Reader
	buf  *[inputSize + inputSlack]byte
	pos  int // buf[pos:end] is read but not consumed
	end  int
	base int64 // offset of buf[0] in the stored stream
	err  error // of the reader, io.EOF included; sticky

	ahead [][]byte // read already; comes before what the reader has
	late  error    // of the reader, after ahead
}

func (s *source) reset(ctx context.Context, r io.Reader) {
	if s.buf == nil {
		s.buf = new([inputSize + inputSlack]byte)
	}
	s.ctx, s.r = ctx, r
	s.pos, s.end, s.base, s.err = 0, 0, 0, nil
	s.ahead, s.late = nil, nil
}

// offset is the stored offset of the next unconsumed byte.
func (s *source) offset() int64 { return s.base + int64(s.pos) }

// fill reads once, after moving what is unconsumed to the front of the buffer.
// It reports whether there are more unconsumed bytes than before; if not, the
// buffer is full or s.err is set.
func (s *source) fill() bool {
	if s.err != nil {
		return false
	}
	if s.pos > 0 {
		copy(s.buf[:], s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == inputSize {
		return false
	}
	n := s.read(s.buf[s.end:inputSize])
	s.end += n
	return n > 0
}

// read reads into p and returns how much that was; if nothing, s.err is set.
// s.err must be nil before.
func (s *source) read(p []byte) int {
	if len(s.ahead) > 0 {
		return s.reread(p)
	}
	for range maxEmptyReads {
		if err := s.ctx.Err(); err != nil {
			s.err = err
			return 0
		}
		n, err := s.r.Read(p)
		if n < 0 || n > len(p) {
			// A reader that lies about its count would corrupt our state.
			s.err = errBadRead
			return 0
		}
		s.err = err
		if n > 0 || err != nil {
			return n
		}
	}
	s.err = io.ErrNoProgress
	return 0
}

// reread is read for what was handed back.
func (s *source) reread(p []byte) int {
	n := copy(p, s.ahead[0])
	if s.ahead[0] = s.ahead[0][n:]; len(s.ahead[0]) == 0 {
		s.ahead = s.ahead[1:]
	}
	if len(s.ahead) == 0 {
		s.ahead, s.err, s.late = nil, s.late, nil
	}
	return n
}

// handBack makes the source go on at offset with parts, which were read from
// there on and are nowhere else by now, and then with the reader.
func (s *source) handBack(offset int64, parts [][]byte) {
	parts = slices.DeleteFunc(parts, func(p []byte) bool { return len(p) == 0 })
	s.base, s.pos, s.end = offset, 0, 0
	if len(s.ahead) == 0 && len(parts) > 0 {
		s.late, s.err = s.err, nil
	}
	s.ahead = append(parts, s.ahead...)
}

// peek returns at least n unconsumed bytes, fewer only where the stream ends.
// n is at most a few KiB.
func (s *source) peek(n int) []byte {
	for s.end-s.pos < n && s.fill() {
	}
	return s.buf[s.pos:s.end]
}

// peekAtMost is peek that returns no more than n bytes.
func (s *source) peekAtMost(n int) []byte {
	p := s.peek(n)
	return p[:min(n, len(p))]
}

// readError returns the reader's error if it is one, nil at a plain EOF. It is
// meant for a caller that was left short by peek or Read.
func (s *source) readError() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// short returns the error for a stream that lacks bytes: the reader's own, or
// Truncated.
func (s *source) short(detail string) error {
	if err := s.readError(); err != nil {
		return err
	}
	return newError(Truncated, s.base+int64(s.end), detail)
}

// Read and ReadByte make a source the input of library decoders. With ReadByte
// the libraries consume no byte that they do not need.
func (s *source) Read(p []byte) (int, error) {
	if s.pos == s.end && !s.fill() {
		return 0, s.err
	}
	n := copy(p, s.buf[s.pos:s.end])
	s.pos += n
	return n, nil
}

func (s *source) ReadByte() (byte, error) {
	if s.pos == s.end && !s.fill() {
		return 0, s.err
	}
	c := s.buf[s.pos]
	s.pos++
	return c, nil
}
