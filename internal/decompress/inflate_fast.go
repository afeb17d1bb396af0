package decompress

import (
	"encoding/binary"
	"math/bits"
)

const (
	// fastInput is how much input the fast loop wants: three refills of at
	// most seven bytes, the last of which loads eight.
	fastInput = 24
	// shortMatch is the distance below which eight bytes cannot be copied at
	// once.
	shortMatch = 8
	// maxDistExtra is the most extra bits of a distance.
	maxDistExtra = 13
)

// repeats spreads the first bytes of a word, as many as the index says, over
// the whole word when it multiplies them, and strides is the largest multiple of
// the index that fits into a word: how far the next copy of the word is right.
var (
	repeats = [shortMatch]uint64{0, 0x0101010101010101, 0x0001000100010001, 0x0001000001000001,
		0x0000000100000001, 1 | 1<<40, 1 | 1<<48, 1 | 1<<56}
	strides = [shortMatch]uint8{8, 8, 8, 6, 8, 5, 6, 7}
)

// load returns eight bytes of the window.
func (w *window) load(i uint) uint64 {
	i &= windowSize - 1
	return binary.LittleEndian.Uint64(w[i : i+8])
}

// store writes eight bytes into the window.
func (w *window) store(i uint, v uint64) {
	i &= windowSize - 1
	binary.LittleEndian.PutUint64(w[i:i+8], v)
}

// fast decodes codes while there are at least fastInput bytes of input and the
// output is below limit, which is at most chunkEnd.
//
// Indices are masked instead of checked. No mask changes an index: ip is at most
// inputSize-8, op stays below windowSize by the choice of chunkEnd, and from is
// checked against the history.
func (z *inflater) fast(limit int) verdict {
	in, win := z.src.buf, z.win
	last := uint(z.src.end) - fastInput
	stop := uint(min(limit, chunkEnd))
	ip, op := uint(z.src.pos), uint(z.op)
	bits, nb := z.bits, z.nb
	v := stepMore
	e := z.lit[(bits|load(in, ip)<<(nb&63))&litMask]
loop:
	for ip <= last && op < stop {
		// 56 bits: enough for two entries of literals and a length of 20
		// bits, or for three entries of literals and the next look.
		bits |= load(in, ip) << (nb & 63)
		ip += (63 - nb) >> 3 & 7
		nb |= 56
		if e&entryLiterals != 0 {
			win.literals(op, e)
			op += uint(e >> literalShift & 3)
			n := uint(e & entryBits)
			bits >>= n
			nb -= n
			e = z.lit[bits&litMask]
			if e&entryLiterals != 0 {
				win.literals(op, e)
				op += uint(e >> literalShift & 3)
				n := uint(e & entryBits)
				bits >>= n
				nb -= n
				e = z.lit[bits&litMask]
				if e&entryLiterals != 0 {
					win.literals(op, e)
					op += uint(e >> literalShift & 3)
					n := uint(e & entryBits)
					bits >>= n
					nb -= n
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
					win.literals(op, e)
					op++
					n := uint(e & entryBits)
					bits >>= n
					nb -= n
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
		n := uint(e & entryBits)
		length := uint(e>>baseShift) + uint(bits&z.masks[n]>>(e>>codeShift&codeMask))
		bits >>= n
		nb -= n
		if nb < distBits+maxDistExtra+litBits {
			bits |= load(in, ip) << (nb & 63)
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
			bits |= load(in, ip) << (nb & 63)
			ip += (63 - nb) >> 3 & 7
			nb |= 56
			d = z.dist[(uint(d>>baseShift)+uint(bits)&(1<<(d>>codeShift&codeMask)-1))&distIndex]
			if d&entryOther != 0 {
				v = stepCorrupt
				break
			}
		}
		n = uint(d & entryBits)
		dist := uint(d>>baseShift) + uint(bits&z.masks[n]>>(d>>codeShift&codeMask))
		bits >>= n
		nb -= n
		e = z.lit[bits&litMask]
		if dist > op-uint(z.hist) {
			v = stepCorrupt
			break
		}
		from, to := op-dist, op
		op += length
		if dist >= shortMatch {
			for {
				win.store(to, win.load(from))
				win.store(to+8, win.load(from+8))
				to += 16
				from += 16
				if to >= op {
					break
				}
			}
			continue
		}
		word := win.load(from) & (z.masks[8*dist&63]) * repeats[dist&7]
		step := uint(strides[dist&7])
		for ; to < op; to += step {
			win.store(to, word)
		}
	}
	ip -= nb >> 3
	nb &= 7
	z.src.pos, z.op = int(ip), int(op)
	z.bits, z.nb = bits&(1<<nb-1), nb
	return v
}

// load returns eight bytes of input.
func load(in *[inputSize + inputSlack]byte, i uint) uint64 {
	i &= inputSize - 1
	return binary.LittleEndian.Uint64(in[i : i+8])
}

// literals writes the literals of an entry, and what else is in it behind them.
func (w *window) literals(i uint, e uint32) {
	i &= windowSize - 1
	binary.LittleEndian.PutUint32(w[i:i+4], bits.RotateLeft32(e, -byteShift))
}
