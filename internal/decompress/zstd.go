package decompress

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ocisum/ocisum/internal/zblock"
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
	zstdMaxBlock    = zblock.MaxBlock

	// The library takes this content size for none, as zstd itself does.
	zstdUnknownSize = 1<<64 - 1

	// A byte that begins the literals and one that begins the sequences, RFC
	// 8878 3.1.1.3.
	zstdLeastCompressed = 2

	zstdBlockRaw        = 0
	zstdBlockRLE        = 1
	zstdBlockCompressed = 2
	zstdBlockReserved   = 3
)

// zstdEngine decodes the frames of a zstd stream. It walks the frame headers,
// whose windows are checked before any memory is asked for, and leaves what is
// in the frames to its blocks: those of this project where there is assembly for
// them, else those of the library.
type zstdEngine struct {
	d       *Decoder
	blocks  zstdBlocks
	any     bool // a frame, also a skippable one, was seen
	inFrame bool
	start   int64 // offset of the latest frame with data
}

// zstdBlocks decodes the blocks of one frame after another.
type zstdBlocks interface {
	// open prepares for the frame whose header the source has at hand.
	open(h zstdHeader) error
	// next returns the next bytes of the frame and, with the last or after it,
	// io.EOF. The source is behind the frame then.
	next() ([]byte, error)
	// large reports whether more than freeWindow may be held.
	large() bool
	// drop lets go of the window.
	drop()
}

func newZstdEngine(d *Decoder) *zstdEngine {
	e := &zstdEngine{d: d}
	if zblock.Fast() && !d.opt.Reference {
		e.blocks = &ownBlocks{d: d}
	} else {
		e.blocks = &libraryBlocks{d: d}
	}
	return e
}

func (e *zstdEngine) reset() {
	*e = zstdEngine{d: e.d, blocks: e.blocks}
}

func (e *zstdEngine) next() ([]byte, error) {
	if !e.inFrame {
		if e.d.spread(e.start) {
			return nil, nil
		}
		if err := e.frame(); err != nil {
			return nil, err
		}
	}
	p, err := e.blocks.next()
	if err == io.EOF {
		e.inFrame, err = false, nil
	}
	return p, err
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
	h.content = littleEndian(p[dictLen:])
	h.sized = sizeLen > 0 && h.content != zstdUnknownSize
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
	if err := e.blocks.open(h); err != nil {
		return &Error{Fault: Fault{Kind: Unsupported, Offset: start, Detail: err.Error()}, Err: err}
	}
	d.members++
	e.any, e.inFrame, e.start = true, true, start
	return nil
}

func littleEndian(p []byte) (n uint64) {
	for i, c := range p {
		n |= uint64(c) << (8 * i)
	}
	return n
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
