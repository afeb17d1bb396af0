// Copyright 2009 The Go Authors. All rights reserved.
// Copyright (c) 2015 Klaus Post
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

import "math"

// A token is a literal, or a match:
// bits 0-15 offset - 1, 16-21 offset code, 22-29 length - 3, 30-31 type.
type token uint32

const (
	lengthShift         = 22
	offsetMask          = 1<<lengthShift - 1
	matchType           = 1 << 30
	matchOffsetOnlyMask = 0xffff
)

func (t token) offset() uint32 { return uint32(t) & offsetMask }
func (t token) length() uint8  { return uint8(t >> lengthShift) }

// tokens are those of one block, and how often each code occurs.
type tokens struct {
	extraHist [32]uint16  // codes from 256 on
	offHist   [32]uint16  // offset codes
	litHist   [256]uint16 // codes 0 to 255
	n         uint16      // must be able to contain maxStoreBlockSize
	tokens    [maxStoreBlockSize + 1]token
}

func (t *tokens) reset() {
	if t.n == 0 {
		return
	}
	t.n = 0
	t.litHist, t.extraHist, t.offHist = [256]uint16{}, [32]uint16{}, [32]uint16{}
}

func (t *tokens) slice() []token { return t.tokens[:t.n] }

func (t *tokens) addLiterals(lit []byte) {
	for _, v := range lit {
		t.tokens[t.n] = token(v)
		t.litHist[v]++
		t.n++
	}
}

// addMatchLong adds a match, in pieces if it is longer than one can be. The
// smallest match is already subtracted from the offset, not from the length.
func (t *tokens) addMatchLong(xlength int32, xoffset uint32, wholePieces bool) {
	oc := offsetCode(xoffset)
	xoffset |= oc << 16
	for xlength > 0 {
		xl := xlength
		if xl > maxMatchLength {
			// At least baseMatchLength must be left for the next piece.
			if wholePieces && xl > maxMatchLength+baseMatchLength {
				xl = maxMatchLength
			} else {
				xl = maxMatchLength - baseMatchLength
			}
		}
		xlength -= xl
		xl -= baseMatchLength
		t.extraHist[lengthCodes[uint8(xl)]+1]++
		t.offHist[oc&31]++
		t.tokens[t.n] = token(matchType | uint32(xl)<<lengthShift | xoffset)
		t.n++
	}
}

func (t *tokens) addEOB() {
	t.tokens[t.n] = token(endBlockMarker)
	t.extraHist[0]++
	t.n++
}

// estimatedBits is about what the block takes with the best tables there are.
func (t *tokens) estimatedBits() int {
	shannon := float32(0)
	bits := 0
	matches := 0
	if total := int(t.n); total > 0 {
		invTotal := 1.0 / float32(total)
		for _, v := range t.litHist[:] {
			if v > 0 {
				shannon += weight(v, invTotal)
			}
		}
		shannon += 15 // the end of the block
		for i, v := range t.extraHist[1 : literalCount-256] {
			if v > 0 {
				shannon += weight(v, invTotal)
				bits += int(lengthExtraBits[i&31]) * int(v)
				matches += int(v)
			}
		}
	}
	if matches > 0 {
		invTotal := 1.0 / float32(matches)
		for i, v := range t.offHist[:offsetCodeCount] {
			if v > 0 {
				shannon += weight(v, invTotal)
				bits += int(offsetExtraBits[i&31]) * int(v)
			}
		}
	}
	return int(shannon) + bits
}

// weight is the estimated number of bits of all occurrences of one code. The
// conversions keep the compiler from fusing operations: see the package comment.
func weight(v uint16, invTotal float32) float32 {
	n := float32(v)
	return float32(min(max(-fastLog2(float32(n*invTotal)), 1), 15) * n)
}

// fastLog2 is an approximation. From https://stackoverflow.com/a/28730362
func fastLog2(val float32) float32 {
	ux := int32(math.Float32bits(val))
	log2 := float32(((ux >> 23) & 255) - 128)
	ux &= -0x7f800001
	ux += 127 << 23
	uval := math.Float32frombits(uint32(ux))

	p := float32(-0.34484843*uval) + 2.02466578
	q := float32(p*uval) - 0.67487759
	return log2 + q
}

// lengthCodes is the length code, less 257, of a length less 3; RFC 1951 3.2.5.
var lengthCodes = func() (codes [256]uint8) {
	code := 0
	for length := range codes {
		for code+1 < len(lengthBase) && int(lengthBase[code+1]) <= length && lengthBase[code+1] > lengthBase[code] {
			code++
		}
		codes[length] = uint8(code)
	}
	return codes
}()

// offsetCode is the code of an offset less 1; RFC 1951 3.2.5.
func offsetCode(off uint32) uint32 {
	if off < uint32(len(offsetCodes)) {
		return uint32(offsetCodes[off])
	}
	return uint32(offsetCodes[uint8(off>>7)]) + 14
}

var offsetCodes = func() (codes [256]uint8) {
	code := 0
	for off := range codes {
		for code+1 < len(offsetBase) && offsetBase[code+1] <= uint32(off) {
			code++
		}
		codes[off] = uint8(code)
	}
	return codes
}()
