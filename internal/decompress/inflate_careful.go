package decompress

import "encoding/binary"

// careful decodes codes one by one, for the last bytes of the input.
func (z *inflater) careful(limit int) verdict {
	s := z.src
	bits, nb := z.bits, z.nb
	defer func() {
		s.pos -= int(nb >> 3)
		nb &= 7
		z.bits, z.nb = bits&(1<<nb-1), nb
	}()
	// look returns the entry for the next bits, zeros where there are none.
	look := func(table []uint32, width uint) (e uint32, ok bool) {
		for nb <= 56 && s.pos < s.end {
			bits |= uint64(s.buf[s.pos]) << nb
			s.pos++
			nb += 8
		}
		e = table[bits&(1<<width-1)]
		if e&entryLinkFlag != 0 && e&entryOther != 0 {
			if nb < width {
				return e, false
			}
			bits >>= width
			nb -= width
			e = table[uint64(e>>baseShift)+bits&(1<<(e>>codeShift&codeMask)-1)]
		}
		return e, uint(e&entryBits) <= nb
	}
	take := func(e uint32) uint {
		v := bits & (1<<(e&entryBits) - 1) >> (e >> codeShift & codeMask)
		bits >>= e & entryBits
		nb -= uint(e & entryBits)
		return uint(v)
	}
	for z.op < limit {
		e, ok := look(z.lit[:], litBits)
		if !ok {
			return stepTruncate
		}
		if n := e >> literalShift & 3; n > 0 {
			binary.LittleEndian.PutUint32(z.win[z.op:], e>>byteShift)
			z.op += int(n)
			take(e &^ (codeMask << codeShift))
			continue
		}
		if e&entryOther != 0 {
			if e&entryEndFlag == 0 {
				return stepCorrupt
			}
			take(e)
			z.phase = atBlock
			return stepMore
		}
		length := int(e>>baseShift) + int(take(e))
		d, ok := look(z.dist[:], distBits)
		switch {
		case d&entryOther != 0:
			return stepCorrupt
		case !ok:
			return stepTruncate
		}
		dist := int(d>>baseShift) + int(take(d))
		if dist > z.op-z.hist {
			return stepCorrupt
		}
		for range length {
			z.win[z.op] = z.win[z.op-dist]
			z.op++
		}
	}
	return stepMore
}
