package decompress

import (
	"crypto/sha256"
	"strconv"
)

// keptFrames bounds the skippable frames that are remembered: tables of
// contents stand at the end.
const keptFrames = 8

// Frame is a skippable frame of a zstd stream (RFC 8878 3.1.2). zstd:chunked
// keeps its table of contents in one, and where that is in another.
type Frame struct {
	Offset int64 // of the payload in the stored stream
	Size   int64
	SHA256 [sha256.Size]byte // of the payload
	Data   []byte            // the payload, where it is at most 64 bytes
}

// smallFrame is what a footer of zstd:chunked stays below.
const smallFrame = 64

// Frames returns the last skippable frames of a zstd stream, at most eight. It
// is complete once Next has returned io.EOF; the slice is valid until Reset.
func (d *Decoder) Frames() []Frame { return d.frames }

// Stargz returns what the footer of an eStargz layer says, if the last gzip
// member is one: the offset of the table of contents, and whether one of the
// last members does begin there.
func (d *Decoder) Stargz() (offset int64, member, ok bool) {
	if !d.footer {
		return 0, false, false
	}
	for _, start := range d.starts {
		if d.members > 1 && start == d.toc {
			member = true
		}
	}
	return d.toc, member, true
}

// remember adds a frame and forgets the oldest.
func remember(list []Frame, f Frame) []Frame {
	if len(list) == keptFrames {
		copy(list, list[1:])
		list = list[:keptFrames-1]
	}
	return append(list, f)
}

// begins remembers where a gzip member begins, and what its extra field says:
// the footer of eStargz is an empty member with the offset of the table of
// contents in it, as a subfield SG or, in stargz, without one.
func (d *Decoder) begins(start int64, extra []byte) {
	copy(d.starts[1:], d.starts[:])
	d.starts[0] = start
	d.footer = false
	switch len(extra) {
	case 26:
		if string(extra[:4]) != "SG\x16\x00" {
			return
		}
		extra = extra[4:]
	case 22:
	default:
		return
	}
	if string(extra[16:]) != "STARGZ" {
		return
	}
	if n, err := strconv.ParseInt(string(extra[:16]), 16, 64); err == nil {
		d.footer, d.toc = true, n
	}
}

// payload skips the payload of a skippable frame and remembers what it was. It
// returns how many bytes there were.
func (e *zstdEngine) payload(n int64) int64 {
	s := &e.d.src
	f := Frame{Offset: s.offset(), Size: n}
	sum := sha256.New()
	left := n
	for left > 0 {
		p := s.peek(1)
		if len(p) == 0 {
			return n - left
		}
		p = p[:min(int64(len(p)), left)]
		sum.Write(p)
		if n <= smallFrame {
			f.Data = append(f.Data, p...)
		}
		s.pos += len(p)
		left -= int64(len(p))
	}
	sum.Sum(f.SHA256[:0])
	e.d.frames = remember(e.d.frames, f)
	return n
}
