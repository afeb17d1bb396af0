package decompress

import "encoding/binary"

const (
	// fastInput is how much input the fast loop wants: two refills of eight bytes.
	fastInput = 16
	// shortMatch is the distance below which eight bytes cannot be copied at once.
	shortMatch = 8
)

// fast decodes codes while there are at least fastInput bytes of input and the
// output is below limit, which is at most chunkFull.
func (z *inflater) fast(limit int) verdict {
	in := z.src.buf
	last := uint(min(z.src.end, inputSize)) - fastInput
	stop := uint(min(limit, chunkFull))
	ip, op := uint(z.src.pos), uint(z.op)
	bits, nb := z.bits, z.nb
	hist := uint(z.hist)
	v := stepMore

	e := z.lit[(bits|binary.LittleEndian.Uint64(in[ip:])<<(nb&63))&litMask]
loop:
	for ip <= last && op < stop {
		// 56 bits: enough for two literals of the primary table, and a
		// length of 20; or for three literals and the next look.
		bits |= binary.LittleEndian.Uint64(in[ip:]) << (nb & 63)
		ip += (63 - nb) >> 3 & 7
		nb |= 56
		if e&entryLiterals != 0 {
			binary.LittleEndian.PutUint32(z.win[op:], e>>byteShift)
			op += uint(e >> literalShift & 3)
			bits >>= e & entryBits
			nb -= uint(e & entryBits)
			e = z.lit[bits&litMask]
			if e&entryLiterals != 0 {
				binary.LittleEndian.PutUint32(z.win[op:], e>>byteShift)
				op += uint(e >> literalShift & 3)
				bits >>= e & entryBits
				nb -= uint(e & entryBits)
				e = z.lit[bits&litMask]
				if e&entryLiterals != 0 {
					binary.LittleEndian.PutUint32(z.win[op:], e>>byteShift)
					op += uint(e >> literalShift & 3)
					bits >>= e & entryBits
					nb -= uint(e & entryBits)
					e = z.lit[bits&litMask]
					continue
				}
			}
		}
		if e&entryOther != 0 {
			if e&entryLinkFlag != 0 {
				bits >>= litBits
				nb -= litBits
				e = z.lit[(uint(e>>baseShift)+uint(bits)&(1<<(e>>codeShift&codeMask)-1))&litIndex]
				if e&entryLiterals != 0 {
					z.win[op] = byte(e >> byteShift)
					op++
					bits >>= e & entryBits
					nb -= uint(e & entryBits)
					e = z.lit[bits&litMask]
					continue
				}
			}
			if e&entryOther != 0 {
				if e&entryEndFlag != 0 {
					bits >>= e & entryBits
					nb -= uint(e & entryBits)
					z.phase = atBlock
				} else {
					v = stepCorrupt
				}
				break loop
			}
		}
		saved := bits
		bits >>= e & entryBits
		nb -= uint(e & entryBits)
		length := uint(e>>baseShift) + uint(saved&(1<<(e&entryBits)-1)>>(e>>codeShift&codeMask))
		if nb < 28+litBits {
			bits |= binary.LittleEndian.Uint64(in[ip:]) << (nb & 63)
			ip += (63 - nb) >> 3 & 7
			nb |= 56
		}
		d := z.dist[bits&distMask]
		if d&entryOther != 0 {
			if d&entryLinkFlag == 0 {
				v = stepCorrupt
				break
			}
			bits >>= distBits
			nb -= distBits
			d = z.dist[(uint(d>>baseShift)+uint(bits)&(1<<(d>>codeShift&codeMask)-1))&distIndex]
			if d&entryOther != 0 {
				v = stepCorrupt
				break
			}
		}
		saved = bits
		bits >>= d & entryBits
		nb -= uint(d & entryBits)
		dist := uint(d>>baseShift) + uint(saved&(1<<(d&entryBits)-1)>>(d>>codeShift&codeMask))
		e = z.lit[bits&litMask]
		if dist > op-hist {
			v = stepCorrupt
			break
		}
		from, to := op-dist, op
		op += length
		if dist >= shortMatch {
			for {
				binary.LittleEndian.PutUint64(z.win[to:], binary.LittleEndian.Uint64(z.win[from:]))
				binary.LittleEndian.PutUint64(z.win[to+8:], binary.LittleEndian.Uint64(z.win[from+8:]))
				to += 16
				from += 16
				if to >= op {
					break
				}
			}
			continue
		}
		// The match repeats its first dist bytes: make them a pattern of
		// eight bytes and store it at multiples of dist.
		pattern := binary.LittleEndian.Uint64(z.win[from:]) & (1<<(8*dist) - 1)
		pattern |= pattern << (8 * dist)
		pattern |= pattern << (16 * dist)
		pattern |= pattern << (32 * dist)
		step := 8 - 8%dist
		for ; to < op; to += step {
			binary.LittleEndian.PutUint64(z.win[to:], pattern)
		}
	}
	ip -= nb >> 3
	nb &= 7
	z.src.pos, z.op = int(ip), int(op)
	z.bits, z.nb = bits&(1<<nb-1), nb
	return v
}

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
