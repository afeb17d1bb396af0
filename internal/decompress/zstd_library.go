package decompress

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// libraryBlocks leaves blocks to the library. The library decodes one frame at
// a time; block headers, whose sizes are explicit, are walked to hand over
// exactly one frame, because it does not tell where a frame ends.
type libraryBlocks struct {
	d        *Decoder
	dec      *zstd.Decoder
	pass     int64 // bytes to hand over before the next block header
	last     bool  // the last block was handed over
	checksum bool  // the frame has a checksum
	much     bool  // dec may hold a window above freeWindow
	block    int64 // offset of the current block
	fail     error // why the walk ended early
}

func (e *libraryBlocks) drop() {
	if e.dec != nil {
		e.dec.Close()
	}
	e.dec, e.much = nil, false
}

func (e *libraryBlocks) large() bool { return e.much }

func (e *libraryBlocks) next() ([]byte, error) {
	out := e.d.output()
	n := 0
	for n < len(out) {
		k, err := e.dec.Read(out[n:])
		n += k
		switch {
		case err == io.EOF && e.fail == nil:
			return out[:n], io.EOF
		case err != nil:
			return out[:n], e.frameError(err)
		}
	}
	return out, nil
}

func (e *libraryBlocks) frameError(err error) error {
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

// open points the library at the frame, making its decoder if there is none.
func (e *libraryBlocks) open(h zstdHeader) error {
	e.much = e.much || h.window > freeWindow
	e.pass, e.last, e.checksum = int64(h.size), false, h.checksum
	e.block, e.fail = e.d.src.offset(), nil
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

// zstdInput is the current frame as the library reads it.
type zstdInput struct{ e *libraryBlocks }

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
func (e *libraryBlocks) walk() error {
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
