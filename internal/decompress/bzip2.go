package decompress

import (
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// bzip2Engine decodes a bzip2 stream with the standard library. The format has
// no explicit sizes, so where a stream ends is known only from how the library
// fails on what follows.
type bzip2Engine struct {
	d    *Decoder
	r    io.Reader
	tail [bzip2TailLen]byte // ring of the bytes last consumed
	n    int64              // bytes consumed
}

const (
	// bzip2EndLen is the end magic and the checksum of the stream, which
	// begin at any bit.
	bzip2EndLen = 6 + 4
	// bzip2TailLen holds them, shifted, and two bytes of what follows.
	bzip2TailLen = bzip2EndLen + 1 + 2
	// bzip2Continuation is what the library says to bytes after a stream
	// that begin no other one; it has consumed two of them by then.
	bzip2Continuation = "bad magic value in continuation file"
)

func newBzip2Engine(d *Decoder) *bzip2Engine {
	e := &bzip2Engine{d: d}
	e.r = bzip2.NewReader(e)
	return e
}

// Read is never called: the library prefers ReadByte.
func (e *bzip2Engine) Read(p []byte) (int, error) { return e.d.src.Read(p) }

// ReadByte is the library's input.
func (e *bzip2Engine) ReadByte() (byte, error) {
	c, err := e.d.src.ReadByte()
	if err == nil {
		e.tail[e.n%bzip2TailLen] = c
		e.n++
	}
	return c, err
}

func (e *bzip2Engine) next() ([]byte, error) {
	d := e.d
	if d.members == 0 {
		if len(d.src.peek(1)) == 0 && d.src.readError() == nil {
			return nil, newError(Empty, 0, "no bzip2 stream")
		}
		d.members = 1
	}
	out := d.output()
	n := 0
	for n < len(out) {
		k, err := e.r.Read(out[n:])
		n += k
		if err != nil {
			return out[:n], e.end(err)
		}
	}
	return out, nil
}

// end returns what the caller sees for err of the library.
func (e *bzip2Engine) end(err error) error {
	d, s := e.d, &e.d.src
	if err == io.EOF {
		return io.EOF
	}
	if readErr := s.readError(); readErr != nil && errors.Is(err, readErr) {
		return readErr
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		if !e.endsBefore(1) {
			return libraryError(Truncated, s.offset(), err)
		}
		return d.finish(e.last(1)...) // the stream is whole
	}
	kind := Corrupt
	switch text := err.Error(); {
	case strings.Contains(text, bzip2Continuation) && e.endsBefore(2):
		return d.finish(e.last(2)...)
	case strings.Contains(text, "checksum mismatch"):
		kind = Checksum
	case e.n <= 4:
		kind = HeaderInvalid
	case strings.Contains(text, "deprecated randomized"):
		kind = Unsupported
	}
	return libraryError(kind, s.offset(), err)
}

// last returns the last n consumed bytes.
func (e *bzip2Engine) last(n int64) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = e.tail[(e.n-n+int64(i))%bzip2TailLen]
	}
	return p
}

// endsBefore reports whether the consumed bytes but the last extra ones end
// with the end of a bzip2 stream: the magic number, a checksum, and less than a
// byte of padding.
func (e *bzip2Engine) endsBefore(extra int64) bool {
	end := e.n - extra
	if end < bzip2EndLen+4 || end > e.n {
		return false
	}
	var b [8]byte // the bytes in which the magic number begins and ends
	for shift := range 8 {
		from := end - bzip2EndLen
		if shift > 0 {
			from--
		}
		for i := range b {
			b[i] = e.tail[(from+int64(i))%bzip2TailLen]
		}
		// With shift bits of padding the magic number begins that many bits
		// before a byte boundary.
		v := binary.BigEndian.Uint64(b[:])
		if shift > 0 {
			v <<= 8 - shift
		}
		var magic [8]byte
		binary.BigEndian.PutUint64(magic[:], v)
		if string(magic[:6]) == bzip2EndBlock {
			return true
		}
	}
	return false
}
