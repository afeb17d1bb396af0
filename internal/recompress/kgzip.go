package recompress

import (
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"

	"github.com/ocisum/ocisum/internal/recompress/kflate"
)

// kgzip writes what klauspost/compress/gzip does at its default level.
type kgzip struct {
	dst   io.Writer
	flate *kflate.Writer
	crc   hash.Hash32
	size  uint32
	head  []byte
	begun bool
	err   error
}

func newKgzip(dst io.Writer, g kflate.Generation) *kgzip {
	head := klauspostHeader
	if g >= kflate.V1_20_4 { // no time is no time
		head = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	}
	return &kgzip{dst: dst, flate: kflate.NewWriter(dst, g), crc: crc32.NewIEEE(), head: head}
}

func (z *kgzip) begin() {
	if !z.begun {
		z.begun = true
		_, z.err = z.dst.Write(z.head)
	}
}

// Write implements io.Writer.
func (z *kgzip) Write(p []byte) (int, error) {
	z.begin()
	z.crc.Write(p)
	z.size += uint32(len(p))
	if z.err == nil {
		_, z.err = z.flate.Write(p)
	}
	return len(p), z.err
}

// Close ends the stream.
func (z *kgzip) Close() error {
	z.begin()
	if z.err == nil {
		z.err = z.flate.Close()
	}
	if z.err == nil {
		trailer := binary.LittleEndian.AppendUint32(nil, z.crc.Sum32())
		_, z.err = z.dst.Write(binary.LittleEndian.AppendUint32(trailer, z.size))
	}
	return z.err
}
