package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Flags of a member header, RFC 1952 2.3.1.
const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagReserved  = 0xe0

	gzipHeaderLen  = 10
	gzipTrailerLen = 8
	methodDeflate  = 8
	// oddHeaderLen is how much extra field, name and comment pass without a
	// remark. The largest that is in honest use is a few hundred bytes
	// (eStargz, dictzip).
	oddHeaderLen = 64 << 10
)

// gzipEngine decodes the members of a gzip stream. It is a loop, not a
// recursion, and allocates nothing for a member: a stream may have millions.
type gzipEngine struct {
	d      *Decoder
	inf    *inflater
	inBody bool
	odd    bool   // HeaderOdd was recorded
	told   bool   // Disagreement was recorded
	crc    uint32 // of this member up to crcEnd
	crcEnd int    // position in inf.win
	size   uint32 // decoded bytes of this member up to crcEnd, modulo 2^32
}

func newGzipEngine(d *Decoder) *gzipEngine {
	return &gzipEngine{d: d, inf: newInflater(&d.src, d.opt.Reference)}
}

func (g *gzipEngine) reset() {
	g.inBody, g.odd = false, false
	g.told = false
	g.inf.reset(g.d.opt.Reference)
}

func (g *gzipEngine) next() ([]byte, error) {
	z := g.inf
	z.slide()
	g.d.lasting = z.kept
	g.crcEnd = z.op
	err := g.fill()
	g.sum()
	return z.win[historySize:z.op], err
}

// fill decodes until the chunk is full or there is an error.
func (g *gzipEngine) fill() error {
	for {
		if !g.inBody {
			if g.d.spread(g.d.starts[0]) {
				return nil
			}
			if err := g.member(); err != nil {
				return err
			}
		}
		done, err := g.inf.run()
		if g.inf.disagreed && !g.told {
			g.told = true
			g.d.fault(Disagreement, g.d.starts[0], "the standard library decodes what the fast decoder refused")
		}
		if err != nil {
			return g.bodyError(err)
		}
		if !done {
			return nil
		}
		if err := g.trailer(); err != nil {
			return err
		}
	}
}

// bodyError returns what the caller sees for err of the inflater, which comes
// from compress/flate or from the reader.
func (g *gzipEngine) bodyError(err error) error {
	s := &g.d.src
	if readErr := s.readError(); readErr != nil && errors.Is(err, readErr) {
		return readErr
	}
	e := libraryError(Corrupt, s.offset(), err)
	// The offset that compress/flate tells is from where it was made to begin.
	e.Detail = "invalid deflate data"
	if e.Kind == Truncated {
		e.Detail = "the deflate data has no end"
	}
	return e
}

// member starts the next member, or ends the stream.
func (g *gzipEngine) member() error {
	d, s := g.d, &g.d.src
	p := s.peek(gzipHeaderLen)
	if len(p) < gzipHeaderLen && s.readError() != nil {
		return s.readError()
	}
	if !bytes.HasPrefix(p, []byte(gzipMagic)) {
		switch {
		case d.members > 0:
			return d.finish()
		case len(p) == 0:
			return newError(Empty, 0, "no gzip member")
		case len(p) == 1 && p[0] == gzipMagic[0]:
			return s.short("gzip header")
		}
		return newError(HeaderInvalid, 0, "no gzip magic number")
	}
	if err := g.header(p); err != nil {
		return err
	}
	d.members++
	g.inBody = true
	g.crc, g.size, g.crcEnd = 0, 0, g.inf.op
	g.inf.begin()
	return nil
}

// header checks and consumes a member header, of which p is what is buffered.
func (g *gzipEngine) header(p []byte) error {
	s := &g.d.src
	start := s.offset()
	if len(p) > 2 && p[2] != methodDeflate {
		return newError(HeaderInvalid, start+2, fmt.Sprintf("compression method %d", p[2]))
	}
	if len(p) > 3 && p[3]&flagReserved != 0 {
		return newError(HeaderInvalid, start+3, fmt.Sprintf("reserved flags %#02x", p[3]&flagReserved))
	}
	if len(p) < gzipHeaderLen {
		return s.short("gzip header")
	}
	flags := p[3]
	crc := crc32.ChecksumIEEE(p[:gzipHeaderLen])
	s.pos += gzipHeaderLen
	var footer [26]byte // of an extra field, as much as may matter
	kept := 0
	if flags&flagExtra != 0 {
		p := s.peek(2)
		if len(p) < 2 {
			return s.short("gzip extra field")
		}
		n := int64(binary.LittleEndian.Uint16(p))
		crc = crc32.Update(crc, crc32.IEEETable, p[:2])
		s.pos += 2
		for n > 0 {
			p := s.peek(1)
			if len(p) == 0 {
				return s.short("gzip extra field")
			}
			p = p[:min(int64(len(p)), n)]
			crc = crc32.Update(crc, crc32.IEEETable, p)
			if n <= int64(len(footer)-kept) {
				kept += copy(footer[kept:], p)
			}
			s.pos += len(p)
			n -= int64(len(p))
		}
	}
	g.d.begins(start, footer[:kept])
	for _, flag := range [...]byte{flagName, flagComment} {
		if flags&flag == 0 {
			continue
		}
		for done := false; !done; {
			p := s.peek(1)
			if len(p) == 0 {
				return s.short("gzip name or comment")
			}
			if i := bytes.IndexByte(p, 0); i >= 0 {
				p, done = p[:i+1], true
			}
			crc = crc32.Update(crc, crc32.IEEETable, p)
			s.pos += len(p)
		}
	}
	if n := s.offset() - start - gzipHeaderLen; n > oddHeaderLen && !g.odd {
		g.odd = true
		g.d.fault(HeaderOdd, start, fmt.Sprintf("%d bytes of extra field, name and comment", n))
	}
	if flags&flagHeaderCRC != 0 {
		p := s.peek(2)
		if len(p) < 2 {
			return s.short("gzip header checksum")
		}
		if want, got := binary.LittleEndian.Uint16(p), uint16(crc); want != got {
			return newError(HeaderInvalid, s.offset(),
				fmt.Sprintf("header checksum is %04x, stored %04x", got, want))
		}
		s.pos += 2
	}
	return nil
}

// trailer checks what follows the deflate data of a member.
func (g *gzipEngine) trailer() error {
	g.sum()
	g.inBody = false
	s := &g.d.src
	p := s.peek(gzipTrailerLen)
	if len(p) < gzipTrailerLen {
		return s.short("gzip trailer")
	}
	wantCRC, wantSize := binary.LittleEndian.Uint32(p), binary.LittleEndian.Uint32(p[4:])
	switch {
	case wantCRC != g.crc:
		return newError(Checksum, s.offset(), fmt.Sprintf("CRC-32 is %08x, stored %08x", g.crc, wantCRC))
	case wantSize != g.size:
		return newError(Checksum, s.offset()+4, fmt.Sprintf(
			"size is %d modulo 2^32, stored %d", g.size, wantSize))
	}
	s.pos += gzipTrailerLen
	return nil
}

// sum adds what was decoded since the last call to the member's checksum and
// size, while it is still in the cache.
func (g *gzipEngine) sum() {
	p := g.inf.win[g.crcEnd:g.inf.op]
	if len(p) == 0 || !g.inBody {
		return
	}
	g.crc = crc32.Update(g.crc, crc32.IEEETable, p)
	g.size += uint32(len(p))
	g.crcEnd = g.inf.op
}
