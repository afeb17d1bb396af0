package decompress

import "encoding/binary"

const (
	// maxBlockHeader is more than the longest block header: 3 bits, 14 of
	// counts, 19 code lengths of 3 bits, and 316 symbols of 7 bits with 7
	// extra bits.
	maxBlockHeader = 600

	blockStored  = 0
	blockFixed   = 1
	blockDynamic = 2

	maxStored = 0xffff
)

// blockHeader is the header of the current block as it was read, for a replay
// that begins inside the block.
type blockHeader struct {
	raw  [maxBlockHeader]byte
	skip uint // bits of raw[0] that are not the header's
	size uint // bits of the header
}

// precodeOrder is the order in which the lengths of the precode are stored, RFC
// 1951 3.2.7.
var precodeOrder = [precodeCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// bitReader takes bits from a slice. Past its end it yields zeros and counts
// them, so that one check at the end of a header is enough.
type bitReader struct {
	p    []byte
	at   int
	bits uint64
	nb   uint
	over uint // bits past the end
}

// need makes at least 48 bits available.
func (r *bitReader) need() {
	if r.nb >= 48 {
		return
	}
	if r.at+8 <= len(r.p) {
		r.bits |= binary.LittleEndian.Uint64(r.p[r.at:]) << (r.nb & 63)
		r.at += int((63 - r.nb) >> 3)
		r.nb |= 56
		return
	}
	for r.nb <= 56 {
		if r.at < len(r.p) {
			r.bits |= uint64(r.p[r.at]) << r.nb
			r.at++
		} else {
			r.over += 8
		}
		r.nb += 8
	}
}

func (r *bitReader) take(n uint) uint {
	v := uint(r.bits) & (1<<n - 1)
	r.bits >>= n & 63
	r.nb -= n
	return v
}

// readHeader reads a block header and prepares for the block's data. What it
// refuses it leaves unread; the replay will read it again.
func (z *inflater) readHeader() verdict {
	s := z.src
	r := bitReader{p: s.buf[s.pos:s.end], bits: z.bits, nb: z.nb}
	r.need()
	final := r.take(1) == 1
	var v verdict
	next := inCodes
	switch r.take(2) {
	case blockStored:
		v = z.readStored(&r)
		next = inStored
	case blockFixed:
		z.setFixed()
	case blockDynamic:
		v = z.readDynamic(&r)
	default:
		v = stepCorrupt
	}
	if r.over > r.nb {
		return stepTruncate // whatever was made of the missing bits
	}
	if v != stepMore {
		return v
	}
	// Give back whole bytes, real ones only.
	r.at -= int((r.nb - r.over) >> 3)
	r.nb = (r.nb - r.over) & 7

	b := &z.block
	copy(b.raw[1:], r.p[:r.at])
	b.skip, b.size = 8-z.nb, uint(r.at)*8-r.nb+z.nb
	b.raw[0] = byte(z.bits << b.skip)

	s.pos += r.at
	z.bits, z.nb = r.bits&(1<<r.nb-1), r.nb
	z.final, z.phase = final, next
	return stepMore
}

func (z *inflater) readStored(r *bitReader) verdict {
	r.take(r.nb & 7)
	r.need()
	n, check := r.take(16), r.take(16)
	if n != ^check&maxStored {
		return stepCorrupt
	}
	z.left = int(n)
	return stepMore
}

// setFixed makes the tables of RFC 1951 3.2.6, unless they are there.
func (z *inflater) setFixed() {
	if z.fixed {
		return
	}
	for i := range z.lens[:fixedLits] {
		switch {
		case i < 144:
			z.lens[i] = 8
		case i < 256:
			z.lens[i] = 9
		case i < 280:
			z.lens[i] = 7
		default:
			z.lens[i] = 8
		}
	}
	z.code.set(z.lens[:fixedLits])
	z.code.fillLits(&z.lit)
	for i := range z.lens[:fixedDists] {
		z.lens[i] = 5
	}
	z.code.set(z.lens[:fixedDists])
	z.code.fill(z.dist[:], distBits, distEntry)
	z.fixed = true
}

// readDynamic reads the codes of RFC 1951 3.2.7 and makes their tables.
func (z *inflater) readDynamic(r *bitReader) verdict {
	lits, dists, precodes := r.take(5)+257, r.take(5)+1, r.take(4)+4
	if lits > maxLitCodes || dists > maxDistance {
		return stepCorrupt
	}
	z.fixed = false
	var precode [precodeCodes]uint8
	for _, sym := range precodeOrder[:precodes] {
		r.need()
		precode[sym] = uint8(r.take(3))
	}
	c := &z.code
	var table [1 << precodeBits]uint32
	if !c.set(precode[:]) {
		return stepCorrupt
	}
	c.fill(table[:], precodeBits, precodeEntry)
	total := lits + dists
	for i := uint(0); i < total; {
		r.need()
		if r.over > r.nb {
			return stepTruncate
		}
		e := table[r.bits&(1<<precodeBits-1)]
		if e&entryOther != 0 {
			return stepCorrupt
		}
		r.take(uint(e & entryBits))
		sym := uint8(e >> baseShift)
		if sym < 16 {
			z.lens[i] = sym
			i++
			continue
		}
		var value uint8
		var repeat uint
		switch sym {
		case 16:
			if i == 0 {
				return stepCorrupt
			}
			value, repeat = z.lens[i-1], 3+r.take(2)
		case 17:
			repeat = 3 + r.take(3)
		default:
			repeat = 11 + r.take(7)
		}
		if i+repeat > total {
			return stepCorrupt
		}
		run := z.lens[i : i+repeat]
		for j := range run {
			run[j] = value
		}
		i += repeat
	}
	if !c.set(z.lens[:lits]) {
		return stepCorrupt
	}
	c.fillLits(&z.lit)
	if !c.set(z.lens[lits:total]) {
		return stepCorrupt
	}
	c.fill(z.dist[:], distBits, distEntry)
	return stepMore
}
