package decompress

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

type zstdFrame uint8

const (
	zstdNoFrame zstdFrame = iota
	zstdData
	zstdSkippable
	zstdLegacy
)

// zstdFrameKind tells what frame begins with p.
func zstdFrameKind(p []byte) zstdFrame {
	if len(p) < 4 {
		return zstdNoFrame
	}
	switch magic := binary.LittleEndian.Uint32(p); {
	case string(p[:4]) == zstdMagic:
		return zstdData
	case magic&^0xf == 0x184d2a50: // RFC 8878 3.1.2
		return zstdSkippable
	case magic == 0xfd2fb51e, magic >= 0xfd2fb522 && magic <= 0xfd2fb527: // zstd 0.1, 0.2 to 0.7
		return zstdLegacy
	}
	return zstdNoFrame
}

const (
	zstdMaxHeader   = 18 // with magic number, RFC 8878 3.1.1.1
	zstdMinWindow   = 1 << 10
	zstdBlockHeader = 3
	zstdChecksumLen = 4
	zstdSkipHeader  = 8
	zstdMaxBlock    = 128 << 10

	zstdBlockRLE        = 1
	zstdBlockCompressed = 2
	zstdBlockReserved   = 3
)

// zstdEngine decodes the frames of a zstd stream. The library decodes one frame
// at a time; the engine walks the frame and block headers, whose sizes are
// explicit, and hands over exactly one frame, because the library does not tell
// where a frame ends and is not to see a window that is too large.
type zstdEngine struct {
	d        *Decoder
	dec      *zstd.Decoder
	large    bool // dec may hold a window above freeWindow
	any      bool // a frame, also a skippable one, was seen
	inFrame  bool
	pass     int64 // bytes to hand over before the next block header
	last     bool  // the last block was handed over
	checksum bool  // the frame has a checksum
	start    int64 // offset of the latest frame with data
	block    int64 // offset of the current block
	fail     error // why the walk ended early
}

func (e *zstdEngine) reset() {
	dec, large := e.dec, e.large
	*e = zstdEngine{d: e.d, dec: dec, large: large}
}

// drop lets go of the library's buffers.
func (e *zstdEngine) drop() {
	if e.dec != nil {
		e.dec.Close()
	}
	e.dec, e.large = nil, false
}

func (e *zstdEngine) next() ([]byte, error) {
	out := e.d.output()
	n := 0
	for n < len(out) {
		if !e.inFrame {
			if e.d.spread(e.start) {
				return out[:n], nil
			}
			if err := e.frame(); err != nil {
				return out[:n], err
			}
		}
		k, err := e.dec.Read(out[n:])
		n += k
		switch {
		case err == io.EOF && e.fail == nil:
			e.inFrame = false
		case err != nil:
			return out[:n], e.frameError(err)
		}
	}
	return out, nil
}

func (e *zstdEngine) frameError(err error) error {
	switch {
	case e.fail != nil:
		return e.fail
	case errors.Is(err, zstd.ErrCRCMismatch):
		return libraryError(Checksum, e.d.src.offset(), err)
	}
	// The input was complete, or fail were set: an unexpected end is one
	// inside a block, hence corruption.
	return &Error{Fault: Fault{Kind: Corrupt, Offset: e.block, Detail: err.Error()}, Err: err}
}

// frame skips skippable frames and starts the next data frame, or ends the
// stream.
func (e *zstdEngine) frame() error {
	d, s := e.d, &e.d.src
	for {
		p := s.peek(zstdMaxHeader)
		if len(p) < zstdMaxHeader && s.readError() != nil {
			return s.readError()
		}
		switch zstdFrameKind(p) {
		case zstdData:
			return e.data(p)
		case zstdLegacy:
			return newError(Unsupported, s.offset(), "frame of zstd 0.7 or older")
		case zstdNoFrame:
			switch {
			case d.members > 0:
				return d.finish()
			case len(p) == 0:
				return newError(Empty, s.offset(), "no zstd data frame")
			case len(p) < 4 && !e.any && string(p) == zstdMagic[:len(p)]:
				return s.short("zstd frame header")
			}
			return newError(HeaderInvalid, s.offset(), "no zstd magic number")
		}
		if len(p) < zstdSkipHeader {
			return s.short("zstd skippable frame")
		}
		e.any = true
		n := int64(binary.LittleEndian.Uint32(p[4:]))
		s.pos += zstdSkipHeader
		if e.payload(n) < n {
			return s.short("zstd skippable frame")
		}
	}
}

// zstdHeader is the header of a data frame, RFC 8878 3.1.1.1.
type zstdHeader struct {
	size       int // with magic number
	reserved   bool
	checksum   bool
	sized      bool   // there is a content size
	content    uint64 // the content size
	window     uint64
	dictionary uint64
}

// readZstdHeader reads the header that p, a data frame, begins with. It reports
// false if p ends before; only reserved is right then.
func readZstdHeader(p []byte) (h zstdHeader, whole bool) {
	if len(p) < 5 {
		return h, false
	}
	desc := p[4]
	h.reserved, h.checksum = desc&0x08 != 0, desc&0x04 != 0
	single := desc&0x20 != 0
	windowLen := 1
	if single {
		windowLen = 0
	}
	dictLen := [4]int{0, 1, 2, 4}[desc&3]
	sizeLen := [4]int{0, 2, 4, 8}[desc>>6]
	if single && sizeLen == 0 {
		sizeLen = 1
	}
	h.size = 5 + windowLen + dictLen + sizeLen
	if len(p) < h.size {
		return h, false
	}
	p = p[5:h.size]
	if !single {
		base := uint64(1) << (10 + p[0]>>3)
		h.window = base + base/8*uint64(p[0]&7)
		p = p[1:]
	}
	h.dictionary = littleEndian(p[:dictLen])
	h.sized = sizeLen > 0
	h.content = littleEndian(p[dictLen:])
	if sizeLen == 2 {
		h.content += 256
	}
	if single {
		h.window = max(h.content, zstdMinWindow)
	}
	return h, true
}

// data starts the data frame that begins with p, after checking what it asks
// for.
func (e *zstdEngine) data(p []byte) error {
	d, s := e.d, &e.d.src
	start := s.offset()
	h, whole := readZstdHeader(p)
	switch {
	case h.reserved:
		return newError(HeaderInvalid, start+4, "reserved bit of the zstd frame header")
	case !whole:
		return s.short("zstd frame header")
	case h.dictionary != 0:
		return newError(Dictionary, start, fmt.Sprintf("zstd frame needs dictionary %d", h.dictionary))
	}
	if err := d.reserveWindow(h.window, start); err != nil {
		return err
	}
	e.large = e.large || h.window > freeWindow
	if err := e.open(); err != nil {
		return &Error{Fault: Fault{Kind: Unsupported, Offset: start, Detail: err.Error()}, Err: err}
	}
	d.members++
	e.any, e.inFrame = true, true
	e.pass, e.last, e.checksum = int64(h.size), false, h.checksum
	e.start, e.block = start, start
	return nil
}

// open points the library at the engine's Read, making its decoder if there is
// none.
func (e *zstdEngine) open() error {
	if e.dec != nil {
		return e.dec.Reset(zstdInput{e})
	}
	limit := uint64(max(e.d.opt.MaxWindow, zstdMinWindow))
	dec, err := zstd.NewReader(zstdInput{e},
		zstd.WithDecoderConcurrency(1), // no goroutines
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(limit),
		zstd.WithDecoderMaxMemory(limit)) // also bounds single-segment windows
	e.dec = dec
	return err
}

func littleEndian(p []byte) (n uint64) {
	for i, c := range p {
		n |= uint64(c) << (8 * i)
	}
	return n
}

// zstdInput is the current frame as the library reads it.
type zstdInput struct{ e *zstdEngine }

func (in zstdInput) Read(p []byte) (int, error) {
	e := in.e
	if e.fail != nil {
		return 0, e.fail
	}
	s := &e.d.src
	if e.pass == 0 {
		if err := e.walk(); err != nil {
			return 0, err
		}
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.Read(p[:min(int64(len(p)), e.pass)])
	e.pass -= int64(n)
	if err != nil {
		e.fail = s.short("zstd frame")
		return n, e.fail
	}
	return n, nil
}

// walk looks at the next block header and sets how much to hand over for it. It
// returns io.EOF at the end of the frame.
func (e *zstdEngine) walk() error {
	s := &e.d.src
	if e.last {
		if !e.checksum {
			return io.EOF
		}
		e.checksum = false
		e.pass = zstdChecksumLen
		return nil
	}
	p := s.peek(zstdBlockHeader)
	if len(p) < zstdBlockHeader {
		e.fail = s.short("zstd block header")
		return e.fail
	}
	b := readZstdBlock(p)
	e.block = s.offset()
	if b.kind == zstdBlockReserved {
		e.fail = newError(Corrupt, e.block, "reserved zstd block type")
		return e.fail
	}
	if b.size > zstdMaxBlock {
		e.fail = newError(Corrupt, e.block, fmt.Sprintf("zstd block of %d bytes", b.size))
		return e.fail
	}
	e.last = b.last
	e.pass = int64(b.stored())
	return nil
}

// zstdBlock is a block header, RFC 8878 3.1.1.2.
type zstdBlock struct {
	last bool
	kind int
	size int
}

func readZstdBlock(p []byte) zstdBlock {
	h := int(littleEndian(p[:zstdBlockHeader]))
	return zstdBlock{h&1 != 0, h >> 1 & 3, h >> 3}
}

// stored is the size of the block, its header included.
func (b zstdBlock) stored() int {
	if b.kind == zstdBlockRLE {
		return zstdBlockHeader + 1
	}
	return zstdBlockHeader + b.size
}
