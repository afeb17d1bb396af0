package decompress

import (
	"encoding/binary"
	"fmt"
	"io"
	"runtime"

	"github.com/cespare/xxhash/v2"

	"github.com/ocisum/ocisum/internal/zblock"
)

// ownBlocks decodes blocks by package zblock, and works off the backlog on the
// way. It takes and refuses what the library does.
type ownBlocks struct {
	d     *Decoder
	dec   *zblock.Decoder
	h     zstdHeader
	sum   *xxhash.Digest
	out   uint64 // bytes of the frame
	block int64  // offset of the current block
}

// drop also collects the garbage: a window that is allocated before that would
// be one more than the budget has.
func (e *ownBlocks) drop() {
	large := e.large()
	e.dec = nil
	if large {
		runtime.GC()
	}
}

func (e *ownBlocks) large() bool { return e.dec != nil && e.dec.Large() }

func (e *ownBlocks) open(h zstdHeader) error {
	if h.window < zstdMinWindow {
		return fmt.Errorf("window of %d bytes, at least %d are required", h.window, zstdMinWindow)
	}
	if e.dec == nil {
		e.dec = new(zblock.Decoder)
	}
	if e.sum == nil {
		e.sum = xxhash.New()
	}
	e.dec.Reset(int(h.window))
	e.sum.Reset()
	e.h, e.out = h, 0
	e.d.src.pos += h.size
	return nil
}

// next decodes one block.
func (e *ownBlocks) next() ([]byte, error) {
	s := &e.d.src
	p := s.peek(zstdBlockHeader)
	if len(p) < zstdBlockHeader {
		return nil, s.short("zstd block header")
	}
	b := readZstdBlock(p)
	e.block = s.offset()
	if !e.possible(b) {
		return nil, e.corrupt(fmt.Sprintf("zstd block of %d bytes", b.size))
	}
	s.pos += zstdBlockHeader
	out, err := e.decode(b)
	if err != nil {
		return nil, err
	}
	if !e.large() {
		e.d.lasting = 1 // a large window has to go when the budget says so
	}
	e.out += uint64(len(out))
	if e.h.sized && e.out > e.h.content {
		return nil, e.corrupt(fmt.Sprintf("zstd frame decodes to more than the %d bytes of its header", e.h.content))
	}
	if e.h.checksum {
		e.sum.Write(out)
	}
	if !b.last {
		return out, nil
	}
	if err := e.end(); err != nil {
		return nil, err // as the library, which keeps what it knows is wrong
	}
	return out, io.EOF
}

// possible reports whether a block may have the size that its header says. Like
// the library, it wants to know before the block is read: one that is also cut
// short is corrupt, not truncated.
func (e *ownBlocks) possible(b zstdBlock) bool {
	switch b.kind {
	case zstdBlockReserved:
		return true // and has no size; decode refuses it
	case zstdBlockCompressed:
		if b.size < zstdLeastCompressed {
			return false
		}
	}
	return uint64(b.size) <= min(e.h.window, zstdMaxBlock)
}

// decode decodes the block behind its header.
func (e *ownBlocks) decode(b zstdBlock) ([]byte, error) {
	stored := b.size
	if b.kind == zstdBlockRLE {
		stored = 1
	}
	if b.kind == zstdBlockReserved {
		return nil, e.corrupt("reserved zstd block type")
	}
	in := e.dec.Input(stored)
	if _, err := io.ReadFull(&e.d.src, in); err != nil {
		return nil, e.d.src.short("zstd frame")
	}
	var out []byte
	var err error
	switch b.kind {
	case zstdBlockRaw:
		out, err = e.dec.Raw(b.size)
	case zstdBlockRLE:
		out, err = e.dec.Repeat(b.size, in[0])
	case zstdBlockCompressed:
		out, err = e.dec.Compressed(b.size, e.d.opt.Backlog)
	}
	if err != nil {
		return nil, e.corrupt(err.Error())
	}
	return out, nil
}

// end checks what the frame says of itself.
func (e *ownBlocks) end() error {
	if e.h.sized && e.out != e.h.content {
		return e.corrupt(fmt.Sprintf("zstd frame decodes to %d bytes, its header says %d", e.out, e.h.content))
	}
	if !e.h.checksum {
		return nil
	}
	s := &e.d.src
	p := s.peek(zstdChecksumLen)
	if len(p) < zstdChecksumLen {
		return s.short("zstd frame")
	}
	s.pos += zstdChecksumLen
	want, got := binary.LittleEndian.Uint32(p), uint32(e.sum.Sum64())
	if got != want {
		return newError(Checksum, s.offset(), fmt.Sprintf("zstd checksum is %08x, the frame says %08x", got, want))
	}
	return nil
}

func (e *ownBlocks) corrupt(detail string) error { return newError(Corrupt, e.block, detail) }
