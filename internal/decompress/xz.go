package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// Numbers of the .xz file format, version 1.2.1; the sections are its.
const (
	xzHeaderLen   = 12 // 2.1.1
	xzFooterLen   = 12 // 2.1.2
	xzMaxBlockHdr = 1024
	xzMaxVarint   = 9 // 1.2
	xzFilterLZMA2 = 0x21
	xzMaxChunkHdr = 6 // of LZMA2
	xzPadUnit     = 4

	// xzMaxBlocks bounds the blocks of a stream, of each of which the library
	// keeps 16 bytes. A block of xz -T is at least 1 MiB by default.
	xzMaxBlocks = 1 << 20
	// The library makes a dictionary for every block. xzDictFree and
	// xzDictRatio bound what all of them may have taken together: a
	// constant, and a multiple of the stored and decoded bytes so far.
	// Without it a megabyte of empty blocks asks for a terabyte.
	xzDictFree  = 256 << 20
	xzDictRatio = 64
)

// xzPhase is what the walk through a stream expects next.
type xzPhase uint8

const (
	xzAtHeader xzPhase = iota
	xzAtBlock          // or at the index
	xzAtChunk
	xzAtRecords
	xzAtEnd
)

// xzEngine decodes the streams of an xz file with a library that decodes one
// of them at a time. As with zstd, the engine walks the headers ahead of the
// library.
type xzEngine struct {
	d        *Decoder
	r        *xz.Reader
	phase    xzPhase
	pass     int64 // bytes to hand over before the next look
	check    int64 // size of the check field
	data     int64 // bytes of the block's chunks so far
	blocks   int
	records  uint64 // varints left in the index
	index    int64  // bytes of the index so far
	dicts    int64  // dictionary bytes allocated so far, all streams
	fail     error  // why the walk ended early
	inStream bool
}

func (e *xzEngine) drop() { e.r = nil }

func (e *xzEngine) next() ([]byte, error) {
	out := e.d.output()
	n := 0
	for n < len(out) {
		if !e.inStream {
			if err := e.stream(); err != nil {
				return out[:n], err
			}
		}
		k, err := e.r.Read(out[n:])
		n += k
		switch {
		case err == io.EOF && e.fail == nil:
			e.inStream = false
		case err != nil:
			return out[:n], e.streamError(err)
		}
	}
	return out, nil
}

// streamError returns what the caller sees for err of the library.
func (e *xzEngine) streamError(err error) error {
	kind := Corrupt
	switch text := err.Error(); {
	case e.fail != nil:
		return e.fail
	case strings.Contains(text, "checksum error for block"):
		kind = Checksum
	case e.phase == xzAtBlock && e.blocks == 0:
		kind = HeaderInvalid
	}
	// The input was complete, or fail were set.
	return &Error{Fault: Fault{Kind: kind, Offset: e.d.src.offset(), Detail: err.Error()}, Err: err}
}

// stream skips padding and starts the next stream, or ends the file.
func (e *xzEngine) stream() error {
	d, s := e.d, &e.d.src
	p := s.peek(xzHeaderLen)
	for d.members > 0 && len(p) >= xzPadUnit && binary.LittleEndian.Uint32(p) == 0 {
		// Stream padding, section 2.2: legal between streams and after them.
		s.pos += xzPadUnit
		p = s.peek(xzHeaderLen)
	}
	if len(p) < xzHeaderLen && s.readError() != nil {
		return s.readError()
	}
	if !bytes.HasPrefix(p, []byte(xzMagic)) {
		switch {
		case d.members > 0:
			return d.finish()
		case len(p) == 0:
			return newError(Empty, 0, "no xz stream")
		case len(p) < len(xzMagic) && string(p) == xzMagic[:len(p)]:
			return s.short("xz stream header")
		}
		return newError(HeaderInvalid, 0, "no xz magic number")
	}
	if len(p) < xzHeaderLen {
		return s.short("xz stream header")
	}
	start := s.offset()
	// Section 2.1.1.2: sizes of the check field by type.
	e.check = [16]int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[p[7]&0xf]
	if t := p[7]; p[6] == 0 && t < 16 && t != xz.None && t != xz.CRC32 && t != xz.CRC64 && t != xz.SHA256 {
		return newError(Unsupported, start+7, fmt.Sprintf("xz check type %d", t))
	}
	e.phase, e.pass, e.blocks, e.fail = xzAtBlock, xzHeaderLen, 0, nil
	r, err := xz.ReaderConfig{DictCap: lzma.MinDictCap, SingleStream: true}.NewReader(xzInput{e})
	if err != nil {
		if e.fail != nil {
			return e.fail
		}
		return libraryError(HeaderInvalid, start, err)
	}
	e.r = r
	d.members++
	e.inStream = true
	return nil
}

// xzInput is the current stream as the library reads it.
type xzInput struct{ e *xzEngine }

func (in xzInput) Read(p []byte) (int, error) {
	e, s := in.e, &in.e.d.src
	if len(p) == 0 {
		return 0, nil
	}
	for e.pass == 0 && e.fail == nil {
		if e.phase == xzAtEnd {
			return 0, io.EOF
		}
		e.fail = e.walk()
	}
	if e.fail != nil {
		return 0, e.fail
	}
	n, err := s.Read(p[:min(int64(len(p)), e.pass)])
	e.pass -= int64(n)
	if err != nil {
		e.fail = s.short("xz stream")
		return n, e.fail
	}
	return n, nil
}

// walk looks at what comes next and sets how much to hand over for it.
func (e *xzEngine) walk() error {
	switch e.phase {
	case xzAtBlock:
		return e.walkBlock()
	case xzAtChunk:
		return e.walkChunk()
	case xzAtRecords:
		return e.walkIndex()
	}
	return errors.New("decompress: walk beyond an xz stream")
}

// walkBlock looks at a block header, section 3.1, or the index indicator.
func (e *xzEngine) walkBlock() error {
	s := &e.d.src
	p := s.peek(1)
	if len(p) == 0 {
		return s.short("xz block")
	}
	if p[0] == 0 {
		e.phase, e.pass, e.index, e.records = xzAtRecords, 1, 1, 0
		return nil
	}
	size := (int(p[0]) + 1) * 4
	if p = s.peek(size); len(p) < size {
		return s.short("xz block header")
	}
	start := s.offset()
	dict, err := xzDictionary(p[1:size])
	if err != nil {
		var fault *Error
		if errors.As(err, &fault) {
			fault.Offset = start
		}
		return err
	}
	if err := e.d.reserveWindow(uint64(dict), start); err != nil {
		return err
	}
	if e.blocks++; e.blocks > xzMaxBlocks {
		return newError(Unsupported, start, fmt.Sprintf("more than %d blocks in one xz stream", xzMaxBlocks))
	}
	e.dicts += dict
	if e.dicts > xzDictFree+xzDictRatio*(start+e.d.out) {
		return newError(Window, start, fmt.Sprintf("dictionaries of %d bytes for %d bytes of data", e.dicts, start))
	}
	e.phase, e.pass, e.data = xzAtChunk, int64(size), 0
	return nil
}

// xzDictionary returns the dictionary size that a block header, without its
// first byte, asks for.
func xzDictionary(p []byte) (int64, error) {
	invalid := newError(HeaderInvalid, 0, "xz block header")
	flags := p[0]
	p = p[1:]
	skip := 0 // compressed size, uncompressed size
	if flags&0x40 != 0 {
		skip++
	}
	if flags&0x80 != 0 {
		skip++
	}
	for range skip {
		_, n := binary.Uvarint(p[:min(len(p), xzMaxVarint)])
		if n <= 0 {
			return 0, invalid
		}
		p = p[n:]
	}
	if len(p) < 3 {
		return 0, invalid
	}
	if flags&3 != 0 || p[0] != xzFilterLZMA2 {
		return 0, newError(Unsupported, 0, "xz filter other than LZMA2")
	}
	if p[1] != 1 {
		return 0, invalid
	}
	dict, err := lzma.DecodeDictCap(p[2])
	if err != nil {
		return 0, libraryError(HeaderInvalid, 0, err)
	}
	return max(dict, lzma.MinDictCap), nil
}

// walkChunk looks at an LZMA2 chunk header.
func (e *xzEngine) walkChunk() error {
	s := &e.d.src
	p := s.peek(xzMaxChunkHdr)
	if len(p) == 0 {
		return s.short("LZMA2 chunk")
	}
	var n int64
	switch control := p[0]; {
	case control == 0: // end of the block: padding and check follow
		e.data++
		n = 1 + -e.data&(xzPadUnit-1) + e.check
		e.phase, e.pass = xzAtBlock, n
		return nil
	case len(p) < xzMaxChunkHdr:
		// Even the shortest rest of a stream is longer.
		return s.short("LZMA2 chunk")
	case control >= 0x80:
		n = 5 + int64(binary.BigEndian.Uint16(p[3:])) + 1
		if control >= 0xc0 {
			n++ // properties
		}
	case control <= 2:
		n = 3 + int64(binary.BigEndian.Uint16(p[1:])) + 1
	default:
		return newError(Corrupt, s.offset(), fmt.Sprintf("LZMA2 control byte %#02x", control))
	}
	e.data += n
	e.pass = n
	return nil
}

// walkIndex looks at the next number of the index, section 4.
func (e *xzEngine) walkIndex() error {
	s := &e.d.src
	v, n := binary.Uvarint(s.peekAtMost(xzMaxVarint))
	if n <= 0 {
		if len(s.peek(xzMaxVarint)) < xzMaxVarint {
			return s.short("xz index")
		}
		return newError(Corrupt, s.offset(), "number in the xz index")
	}
	if e.index == 1 {
		if v != uint64(e.blocks) {
			return newError(Corrupt, s.offset(), fmt.Sprintf("xz index of %d blocks, there are %d", v, e.blocks))
		}
		e.records = 2 * v
	} else {
		e.records--
	}
	e.index += int64(n)
	e.pass = int64(n)
	if e.records == 0 {
		e.pass += -e.index&(xzPadUnit-1) + 4 + xzFooterLen
		e.phase = xzAtEnd
	}
	return nil
}
