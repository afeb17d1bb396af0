package tarscan

import (
	"bytes"
	"math"
)

// Options bound a scan. A zero field means its default, a negative one no
// bound.
type Options struct {
	PAXBytes  int64 // 64 KiB: an extended header above it is a fault
	NameBytes int   // 4 KiB: a longer name or link target is a fault, and not kept
	Entries   int64 // no bound: the scan ends with a fault at the next entry
	Faults    int   // 64 of each kind are kept, the rest counted

	// Visit is called by Write for every entry; nil: they are counted only.
	Visit func(*Entry)
}

func (o Options) withDefaults() Options {
	if o.PAXBytes == 0 {
		o.PAXBytes = 64 << 10
	} else if o.PAXBytes < 0 {
		o.PAXBytes = math.MaxInt64
	}
	if o.NameBytes == 0 {
		o.NameBytes = 4 << 10
	} else if o.NameBytes < 0 {
		o.NameBytes = math.MaxInt32
	}
	if o.Entries <= 0 {
		o.Entries = math.MaxInt64
	}
	if o.Faults == 0 {
		o.Faults = 64
	} else if o.Faults < 0 {
		o.Faults = math.MaxInt
	}
	return o
}

// Summary is what a whole scan showed.
type Summary struct {
	Tar          bool  // the first block is a header, or zero
	Entries      int64 // members
	Size         int64 // bytes seen
	End          int64 // offset of the first zero block; -1 if there is none
	Trailing     int64 // bytes after the two zero blocks
	TrailingData bool  // some of the bytes after the first zero block are not zero
	Faults       []Fault
	Dropped      int // faults above Options.Faults
}

// state is what the next byte belongs to.
type state uint8

const (
	atHeader state = iota
	inBody
	inPAX
	inLong
	inPadding     // after an extension
	inSparse      // a continuation block of the old GNU sparse map
	inSecondBlock // one zero block was read
	atEnd
	lost
)

// Scanner reads a tar archive. Make one with New.
type Scanner struct {
	opt   Options
	state state
	pos   int64 // offset of the next byte
	left  int64 // bytes of the current body or payload, padding included for bodies
	pad   int64 // bytes of padding after it
	have  int   // bytes of buf that hold the begin of a block
	buf   block

	header  int64  // offset of the header that faults are about
	name    []byte // of that header's member
	entry   Entry
	joined  []byte // scratch for prefix and name
	scratch []byte // scratch for Clean
	links   []byte // scratch for a link target

	ext    extension
	pax    pax
	long   *[]byte // what a GNU long name is read into; nil: it is skipped
	faults faults
	sum    Summary
	ended  bool
}

// extension is what extension headers said about the member that follows.
type extension struct {
	start      int64 // offset of the first of them
	pending    bool  // there are any
	hasX       bool
	hasL, hasK bool
	hasPath    bool
	hasLink    bool
	hasSize    bool
	sparse     bool
	cut        bool // a name was above the limit
	lost       bool // the size could not be read
	size       int64
	path, link []byte // pax
	longName   []byte // GNU L
	longLink   []byte // GNU K
	sparseName []byte
}

func (e *extension) reset() {
	*e = extension{path: e.path[:0], link: e.link[:0], longName: e.longName[:0], longLink: e.longLink[:0], sparseName: e.sparseName[:0]}
}

// New returns a Scanner that expects the first byte of an archive.
func New(opt Options) *Scanner {
	s := new(Scanner)
	s.Reset(opt)
	return s
}

// Reset makes the Scanner ready for another archive; it keeps its buffers.
func (s *Scanner) Reset(opt Options) {
	s.ext.reset()
	s.pax.reset(false)
	*s = Scanner{
		opt: opt.withDefaults(), name: s.name[:0], joined: s.joined, scratch: s.scratch, links: s.links,
		ext: s.ext, pax: s.pax, sum: Summary{End: -1},
	}
	s.faults.keep = s.opt.Faults
}

// Write scans the next bytes and calls Options.Visit for the entries whose
// headers they complete. It always takes all of p and never fails.
func (s *Scanner) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n, e := s.Next(rest)
		if rest = rest[n:]; e != nil && s.opt.Visit != nil {
			s.opt.Visit(e)
		}
	}
	return len(p), nil
}

// Next scans p up to the end of the next entry's header. It returns how many
// bytes it took, and the entry, or nil when p is used up. The body of the
// entry, if any, comes next: give it to Next like everything else, or tell
// Skip about it.
func (s *Scanner) Next(p []byte) (n int, e *Entry) {
	for n < len(p) && e == nil {
		var k int
		k, e = s.step(p[n:])
		n += k
	}
	return n, e
}

// Skippable returns how many of the bytes that come next do not matter to the
// Scanner: the rest of a body, or everything once the scan has ended.
func (s *Scanner) Skippable() int64 {
	switch s.state {
	case inBody, inPadding:
		return s.left
	case inPAX:
		if s.pax.stage == broken {
			return s.left
		}
		return s.pax.skippable()
	case inLong:
		if s.long == nil {
			return s.left
		}
	case atEnd:
		if s.sum.TrailingData {
			return math.MaxInt64 - s.pos
		}
	case lost:
		return math.MaxInt64 - s.pos
	}
	return 0
}

// Skip tells the Scanner that n bytes, at most Skippable, were passed over.
func (s *Scanner) Skip(n int64) {
	if n < 0 || n > s.Skippable() {
		panic("tarscan: skip of bytes that matter")
	}
	s.pos += n
	switch s.state {
	case inPAX:
		if s.pax.stage == inValue {
			s.pax.left -= n
			s.paxValue(nil)
		}
		s.leave(n)
	case inBody, inPadding, inLong:
		s.leave(n)
	}
}

// leave counts n bytes of a body, payload or padding, and goes on to what
// comes after it.
func (s *Scanner) leave(n int64) {
	if s.left -= n; s.left > 0 {
		return
	}
	switch s.state {
	case inPAX:
		s.endPAX()
	case inLong:
		s.endLong()
	default:
		s.state = atHeader
		return
	}
	s.state, s.left = inPadding, s.pad
	if s.left == 0 {
		s.state = atHeader
	}
}

// step takes a piece of p that belongs to one state.
func (s *Scanner) step(p []byte) (n int, e *Entry) {
	switch s.state {
	case atHeader, inSparse, inSecondBlock:
		var b *block
		if b, n = s.gather(p); b == nil {
			s.pos += int64(n)
			return n, nil
		}
		s.pos += int64(n)
		switch s.state {
		case atHeader:
			return n, s.takeHeader(b, s.pos-BlockSize)
		case inSparse:
			return n, s.takeSparse(b)
		default:
			s.takeSecondBlock(b)
			return n, nil
		}
	case atEnd:
		s.takeTrailing(p)
		n = len(p)
		s.pos += int64(n)
		return n, nil
	case lost:
		s.pos += int64(len(p))
		return len(p), nil
	}
	n = int(min(int64(len(p)), s.left))
	switch s.state {
	case inPAX:
		s.takePAX(p[:n], s.left)
	case inLong:
		if s.long != nil {
			*s.long = append(*s.long, p[:n]...)
		}
	}
	s.pos += int64(n)
	s.leave(int64(n))
	return n, nil
}

// gather returns the next block: a view of p where it is whole there.
func (s *Scanner) gather(p []byte) (*block, int) {
	if s.have == 0 && len(p) >= BlockSize {
		return (*block)(p), BlockSize
	}
	n := copy(s.buf[s.have:], p)
	s.have += n
	if s.have < BlockSize {
		return nil, n
	}
	s.have = 0
	return &s.buf, n
}

func (s *Scanner) takeSecondBlock(b *block) {
	s.state = atEnd
	if b.isZero() {
		return
	}
	s.sum.TrailingData = true
	what := "bytes other than zero"
	if b.sumOK() {
		what = "another header"
	}
	s.faultAt(LoneZero, s.sum.End, nil, "one zero block, then %s", what)
}

// zeros is what trailing bytes are compared with.
var zeros [4096]byte

func (s *Scanner) takeTrailing(p []byte) {
	if s.sum.TrailingData {
		return
	}
	for off := s.pos; len(p) > 0; {
		n := min(len(p), len(zeros))
		if !bytes.Equal(p[:n], zeros[:n]) {
			first := off + int64(n-len(bytes.TrimLeft(p[:n], "\x00")))
			s.sum.TrailingData = true
			s.faultAt(Trailing, first, nil, "bytes other than zero after the end marker at byte %d", s.sum.End)
			return
		}
		p, off = p[n:], off+int64(n)
	}
}

// fault reports something about the current header.
func (s *Scanner) fault(k Kind, format string, args ...any) {
	s.faultAt(k, s.header, s.name, format, args...)
}

func (s *Scanner) faultAt(k Kind, off int64, name []byte, format string, args ...any) {
	s.faults.add(k, off, name, format, args...)
}

// Summary ends the scan, if it was not ended before, and returns what it
// showed. Bytes given to the Scanner afterwards are ignored.
func (s *Scanner) Summary() Summary {
	if !s.ended {
		s.ended = true
		s.finish()
		s.sum.Size = s.pos
		if s.sum.End >= 0 {
			s.sum.Trailing = max(0, s.pos-s.sum.End-2*BlockSize)
		}
		s.state = lost
	}
	return s.Partial()
}

// Partial returns what the scan showed so far, without a judgement of the
// place where it stands: for an input that could not be read to its end.
func (s *Scanner) Partial() Summary {
	if !s.ended {
		s.sum.Size = s.pos
	}
	s.sum.Faults, s.sum.Dropped = s.faults.kept, s.faults.dropped
	return s.sum
}

// finish judges the place where the bytes end.
func (s *Scanner) finish() {
	rest := s.buf[:s.have]
	switch s.state {
	case atHeader:
		whole := bytes.Equal(rest, zeros[:len(rest)])
		switch {
		case s.ext.pending:
			s.fault(Truncated, "the archive ends after an extension header")
		case whole:
			s.faultAt(NoEnd, s.pos, nil, "the archive ends without the two zero blocks")
		case !s.sum.Tar && !hasMagic(rest):
			s.faultAt(NotTar, 0, nil, "%d bytes that are no tar header", len(rest))
		default:
			s.sum.Tar = true
			s.faultAt(Truncated, s.pos-int64(s.have), nil, "the archive ends after %d bytes of a header", s.have)
		}
	case inBody:
		if s.left > s.pad {
			s.fault(Truncated, "the archive ends %d bytes before the end of the body", s.left-s.pad)
		} else {
			s.faultAt(NoEnd, s.pos, nil, "the archive ends without the two zero blocks")
		}
	case inPAX, inLong, inPadding, inSparse:
		s.fault(Truncated, "the archive ends inside of an extension header")
	case inSecondBlock:
		if !bytes.Equal(rest, zeros[:len(rest)]) {
			s.sum.TrailingData = true
			s.faultAt(LoneZero, s.sum.End, nil, "one zero block, then bytes other than zero")
		} else {
			s.faultAt(NoEnd, s.sum.End, nil, "the archive ends after one of the two zero blocks")
		}
	}
}
