package recompress

import (
	"bytes"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"

	"github.com/ocisum/ocisum/internal/recompress/kflate"
)

const (
	// pgzipBlock is how much github.com/klauspost/pgzip compresses at a time
	// unless told otherwise, which no container tool does. Blocks end where
	// they end whatever the number of CPUs, so that does not change the bytes.
	pgzipBlock = 1 << 20
	// pgzipTail is how much of a block is the dictionary of the next.
	pgzipTail = 16 << 10
)

// klauspostHeader is that of RFC 1952 as klauspost/pgzip and klauspost/compress
// write it: they take Go's zero time, 62135596800 seconds before the epoch, for
// a time of modification, and keep its lowest 32 bits.
var klauspostHeader = []byte{0x1f, 0x8b, 8, 0, 0x00, 0x09, 0x6e, 0x88, 0, 0xff}

// pgzip writes what github.com/klauspost/pgzip 1.2.5 to 1.3.0 does at its
// default level, in one goroutine and with one block of memory.
type pgzip struct {
	dst     io.Writer
	flate   *kflate.Writer
	crc     hash.Hash32
	size    uint32
	begun   bool
	block   []byte
	tail    []byte // dictionary of the block
	stowed  []byte // the memory behind tail
	encoded bytes.Buffer
	err     error
}

func newPgzip(dst io.Writer, g kflate.Generation) *pgzip {
	return &pgzip{dst: dst, flate: kflate.NewWriter(io.Discard, g), crc: crc32.NewIEEE(), block: make([]byte, 0, pgzipBlock)}
}

func (z *pgzip) begin() {
	if !z.begun {
		z.begun = true
		_, z.err = z.dst.Write(klauspostHeader)
	}
}

// Write implements io.Writer.
func (z *pgzip) Write(p []byte) (int, error) {
	z.begin()
	z.crc.Write(p)
	z.size += uint32(len(p))
	for rest := p; len(rest) > 0 && z.err == nil; {
		n := min(len(rest), cap(z.block)-len(z.block))
		z.block = append(z.block, rest[:n]...)
		rest = rest[n:]
		if len(z.block) == cap(z.block) {
			z.compress(false)
		}
	}
	return len(p), z.err
}

// compress writes the block.
func (z *pgzip) compress(last bool) {
	z.encoded.Reset()
	z.flate.ResetDict(&z.encoded, z.tail)
	z.flate.Write(z.block)
	z.flate.Flush()
	if last {
		z.flate.Close()
	}
	if z.err == nil {
		_, z.err = z.dst.Write(z.encoded.Bytes())
	}
	z.tail = nil
	if len(z.block) > pgzipTail {
		z.stowed = append(z.stowed[:0], z.block[len(z.block)-pgzipTail:]...)
		z.tail = z.stowed
	}
	z.block = z.block[:0]
}

// Close writes what is left: a block that is last, even if it is empty.
func (z *pgzip) Close() error {
	z.begin()
	z.compress(true)
	if z.err == nil {
		trailer := binary.LittleEndian.AppendUint32(nil, z.crc.Sum32())
		_, z.err = z.dst.Write(binary.LittleEndian.AppendUint32(trailer, z.size))
	}
	return z.err
}
