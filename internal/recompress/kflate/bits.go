// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

import (
	"encoding/binary"
	"io"
	"math"
)

const (
	offsetCodeCount  = 30  // the largest offset code and 1
	endBlockMarker   = 256 // ends a block
	lengthCodesStart = 257 // the first length code
	codegenCodeCount = 19
	badCode          = 255

	maxNumLit  = 286
	maxNumDist = 30

	// maxPredefinedTokens is up to which number of tokens the fixed tables
	// are compared with others.
	maxPredefinedTokens = 250

	// flushSize is from how many bytes on the buffer goes to the destination.
	flushSize = 8 << 10

	// newTablePenalty is the shift of what a new table is thought to cost on
	// top of its estimate, at levels 1 to 6.
	newTablePenalty = 7
)

// Extra bits and bases of length codes from 257 on, and of offset codes: RFC
// 1951 3.2.5, lengths less 3 and offsets less 1.
var (
	lengthExtraBits = [32]uint8{
		/* 257 */ 0, 0, 0,
		/* 260 */ 0, 0, 0, 0, 0, 1, 1, 1, 1, 2,
		/* 270 */ 2, 2, 2, 3, 3, 3, 3, 4, 4, 4,
		/* 280 */ 4, 5, 5, 5, 5, 0,
	}
	lengthBase = [32]uint8{
		0, 1, 2, 3, 4, 5, 6, 7, 8, 10,
		12, 14, 16, 20, 24, 28, 32, 40, 48, 56,
		64, 80, 96, 112, 128, 160, 192, 224, 255,
	}
	offsetExtraBits = [32]uint8{
		0, 0, 0, 0, 1, 1, 2, 2, 3, 3,
		4, 4, 5, 5, 6, 6, 7, 7, 8, 8,
		9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
	}
	offsetBase = [offsetCodeCount]uint32{
		0x000000, 0x000001, 0x000002, 0x000003, 0x000004,
		0x000006, 0x000008, 0x00000c, 0x000010, 0x000018,
		0x000020, 0x000030, 0x000040, 0x000060, 0x000080,
		0x0000c0, 0x000100, 0x000180, 0x000200, 0x000300,
		0x000400, 0x000600, 0x000800, 0x000c00, 0x001000,
		0x001800, 0x002000, 0x003000, 0x004000, 0x006000,
	}
	// codegenOrder is the odd order of code lengths; RFC 1951 3.2.7.
	codegenOrder = [codegenCodeCount]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// A bitWriter writes blocks. Blocks that are not the last of a stream may share
// tables: if lastHeader is not 0, the tables can be used again, and the end of
// the last block is still owed. If lastHuffMan is set, they are for literals
// only.
type bitWriter struct {
	dst     io.Writer
	err     error
	trimmed bool // tables end at the last code in use

	bits            uint64
	nbits           uint8
	out             []byte
	lastHuffMan     bool
	lastHeader      int
	literalEncoding *huffmanEncoder
	tmpLitEncoding  *huffmanEncoder
	offsetEncoding  *huffmanEncoder
	codegenEncoding *huffmanEncoder
	literalFreq     [lengthCodesStart + 32]uint16
	offsetFreq      [32]uint16
	codegenFreq     [codegenCodeCount]uint16
	codegen         [literalCount + offsetCodeCount + 1]uint8
}

func newBitWriter(dst io.Writer, trimmed, tree bool) *bitWriter {
	w := &bitWriter{
		dst: dst, trimmed: trimmed, out: make([]byte, 0, flushSize+8),
		literalEncoding: newHuffmanEncoder(literalCount),
		tmpLitEncoding:  newHuffmanEncoder(literalCount),
		codegenEncoding: newHuffmanEncoder(codegenCodeCount),
		offsetEncoding:  newHuffmanEncoder(offsetCodeCount),
	}
	for _, h := range []*huffmanEncoder{w.literalEncoding, w.tmpLitEncoding, w.codegenEncoding, w.offsetEncoding} {
		h.tree = tree
	}
	return w
}

func (w *bitWriter) reset(dst io.Writer) {
	w.dst, w.err, w.bits, w.nbits, w.out = dst, nil, 0, 0, w.out[:0]
	w.lastHeader, w.lastHuffMan = 0, false
}

func (w *bitWriter) write(b []byte) {
	if w.err == nil {
		_, w.err = w.dst.Write(b)
	}
}

// put appends n bits, at most 16.
func (w *bitWriter) put(b uint64, n uint8) {
	w.bits |= b << (w.nbits & 63)
	w.nbits += n
	if w.nbits >= 48 {
		w.out = binary.LittleEndian.AppendUint64(w.out, w.bits)
		w.out = w.out[:len(w.out)-2]
		w.bits >>= 48
		w.nbits -= 48
		if len(w.out) >= flushSize {
			w.write(w.out)
			w.out = w.out[:0]
		}
	}
}

func (w *bitWriter) code(c hcode) { w.put(c.code64(), c.len()) }

// payEnd ends the block whose end is still owed.
func (w *bitWriter) payEnd() {
	if w.lastHeader > 0 {
		w.code(w.literalEncoding.codes[endBlockMarker])
		w.lastHeader = 0
	}
}

// flush pads to a whole byte and hands everything over.
func (w *bitWriter) flush() {
	w.payEnd()
	for ; w.nbits != 0; w.nbits -= min(w.nbits, 8) {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
	}
	w.bits = 0
	if len(w.out) > 0 {
		w.write(w.out)
		w.out = w.out[:0]
	}
}

// storedHeader begins a stored block. Where that were only to end the stream,
// an empty block of fixed codes is shorter.
func (w *bitWriter) storedHeader(length int, last bool) {
	w.payEnd()
	if length == 0 && last {
		w.put(3, 3)
		w.put(0, 7)
		w.flush()
		return
	}
	w.put(flag(last), 3)
	w.flush()
	w.put(uint64(length), 16)
	w.put(uint64(^uint16(length)), 16)
}

func flag(last bool) uint64 {
	if last {
		return 1
	}
	return 0
}

// stored writes a stored block.
func (w *bitWriter) stored(b []byte, last bool) {
	w.storedHeader(len(b), last)
	w.flush() // two whole 16-bit numbers: nothing is padded
	w.write(b)
}

// storedSize is the size of a stored block in bits.
func storedSize(b []byte) int { return (len(b) + 5) * 8 }

func (w *bitWriter) canReuse(t *tokens) bool {
	for i, v := range t.offHist[:offsetCodeCount] {
		if v != 0 && w.offsetEncoding.codes[i] == 0 {
			return false
		}
	}
	for i, v := range t.extraHist[:literalCount-256] {
		if v != 0 && w.literalEncoding.codes[256+i] == 0 {
			return false
		}
	}
	for i, v := range t.litHist[:] {
		if v != 0 && w.literalEncoding.codes[i] == 0 {
			return false
		}
	}
	return true
}

func (w *bitWriter) extraBitSize() int {
	total := 0
	for i, n := range w.literalFreq[lengthCodesStart:literalCount] {
		total += int(n) * int(lengthExtraBits[i&31])
	}
	for i, n := range w.offsetFreq[:offsetCodeCount] {
		total += int(n) * int(offsetExtraBits[i&31])
	}
	return total
}

func (w *bitWriter) fixedSize(extraBits int) int {
	return 3 + fixedLiteralEncoding.bitLength(w.literalFreq[:]) + fixedOffsetEncoding.bitLength(w.offsetFreq[:]) + extraBits
}

// blockDynamic writes a block with the tables of the last one, with new ones,
// with the fixed ones, or stored, whatever seems shortest.
func (w *bitWriter) blockDynamic(t *tokens, input []byte, sync bool) {
	if sync {
		t.addEOB()
	}
	if w.lastHuffMan && w.lastHeader > 0 {
		w.payEnd()
		w.lastHuffMan = false
	}
	if w.lastHeader > 0 && !w.canReuse(t) {
		w.payEnd()
	}
	numLiterals, numOffsets := w.index(t, sync)
	extraBits := w.extraBitSize()
	ssize := storedSize(input)

	if w.lastHeader > 0 {
		// The size of the last header is the best estimate of that of a new one.
		newSize := w.lastHeader + t.estimatedBits()
		newSize += int(w.literalEncoding.codes[endBlockMarker].len()) + newSize>>newTablePenalty
		reuseSize := w.literalEncoding.bitLength(w.literalFreq[:]) + w.offsetEncoding.bitLength(w.offsetFreq[:]) + extraBits
		size := reuseSize
		if newSize < reuseSize {
			w.payEnd()
			size = newSize
		}
		if t.n < maxPredefinedTokens {
			if w.fixedSize(extraBits)+7 < size {
				if ssize <= size {
					w.stored(input, false)
				} else {
					w.fixed(t, sync)
				}
				return
			}
		}
		if ssize <= size {
			w.stored(input, false)
			return
		}
	}
	if w.lastHeader == 0 {
		w.literalFreq[endBlockMarker] = 1
		w.literalEncoding.generate(w.literalFreq[:literalCount], 15)
		w.offsetEncoding.generate(w.offsetFreq[:offsetCodeCount], 15)
		w.generateCodegen(numLiterals, numOffsets, w.literalEncoding, w.offsetEncoding)
		w.codegenEncoding.generate(w.codegenFreq[:], 7)
		header, numCodegens := w.headerSize()
		size := header + w.literalEncoding.bitLength(w.literalFreq[:]) + w.offsetEncoding.bitLength(w.offsetFreq[:]) + extraBits
		if t.n < maxPredefinedTokens {
			if preSize := w.fixedSize(extraBits); preSize <= size {
				if ssize <= preSize {
					w.stored(input, false)
				} else {
					w.fixed(t, sync)
				}
				return
			}
		}
		if ssize <= size {
			w.stored(input, false)
			return
		}
		w.dynamicHeader(numLiterals, numOffsets, numCodegens)
		if !sync {
			w.lastHeader, _ = w.headerSize()
		}
		w.lastHuffMan = false
	}
	if sync {
		w.lastHeader = 0
	}
	w.writeTokens(t.slice(), w.literalEncoding.codes, w.offsetEncoding.codes)
}

// fixed writes a block with the tables of RFC 1951 3.2.6.
func (w *bitWriter) fixed(t *tokens, sync bool) {
	w.payEnd()
	w.put(2, 3)
	if !sync {
		t.addEOB()
	}
	w.writeTokens(t.slice(), fixedLiteralEncoding.codes, fixedOffsetEncoding.codes)
}

// index takes the frequencies of a block, and returns how many codes its
// tables hold.
func (w *bitWriter) index(t *tokens, sync bool) (numLiterals, numOffsets int) {
	copy(w.literalFreq[:256], t.litHist[:])
	copy(w.literalFreq[256:256+32], t.extraHist[:])
	w.offsetFreq = t.offHist
	if t.n == 0 {
		return 0, 0
	}
	if w.trimmed {
		w.literalFreq[endBlockMarker] = 1
	} else if !sync {
		return maxNumLit, maxNumDist
	}
	numLiterals = len(w.literalFreq)
	for w.literalFreq[numLiterals-1] == 0 {
		numLiterals--
	}
	numOffsets = len(w.offsetFreq)
	for numOffsets > 0 && w.offsetFreq[numOffsets-1] == 0 {
		numOffsets--
	}
	if numOffsets == 0 {
		// There has to be a tree.
		w.offsetFreq[0] = 1
		numOffsets = 1
	}
	return numLiterals, numOffsets
}

func (w *bitWriter) writeTokens(tokens []token, literals, offsets []hcode) {
	lits, lengths := literals[:256], literals[lengthCodesStart:literalCount]
	for _, t := range tokens {
		if t < 256 {
			w.code(lits[t])
			continue
		}
		if t == endBlockMarker {
			w.code(literals[endBlockMarker])
			continue
		}
		length := t.length()
		lc := lengthCodes[length]
		w.code(lengths[lc])
		w.put(uint64(length-lengthBase[lc]), lengthExtraBits[lc])
		offset := t.offset()
		oc := offset >> 16 & 31
		w.code(offsets[oc])
		w.put(uint64((offset-offsetBase[oc])&matchOffsetOnlyMask), offsetExtraBits[oc])
	}
}

// blockHuff writes a block of literals only, or stores it where that gains
// little.
func (w *bitWriter) blockHuff(input []byte, sync bool) {
	clear(w.literalFreq[:])
	if !w.lastHuffMan {
		clear(w.offsetFreq[:])
	}
	const (
		numLiterals = endBlockMarker + 1
		numOffsets  = 1
		// guessHeaderBits is what tables take about: 70 bytes.
		guessHeaderBits = 70 * 8
	)
	for _, b := range input {
		w.literalFreq[b]++
	}
	ssize := storedSize(input)
	if len(input) > 1024 && incompressible(w.literalFreq[:256], len(input)) {
		w.stored(input, false)
		return
	}
	w.literalFreq[endBlockMarker] = 1
	w.tmpLitEncoding.generate(w.literalFreq[:numLiterals], 15)
	estBits := w.tmpLitEncoding.canReuseBits(w.literalFreq[:numLiterals])
	if estBits < math.MaxInt32 {
		estBits += w.lastHeader
		if w.lastHeader == 0 {
			estBits += guessHeaderBits
		}
		estBits += estBits >> newTablePenalty
	}
	if ssize <= estBits {
		w.stored(input, false)
		return
	}
	if w.lastHeader > 0 && estBits < w.literalEncoding.canReuseBits(w.literalFreq[:256]) {
		w.payEnd()
	}
	if w.lastHeader == 0 {
		w.literalEncoding, w.tmpLitEncoding = w.tmpLitEncoding, w.literalEncoding
		w.generateCodegen(numLiterals, numOffsets, w.literalEncoding, huffOffset)
		w.codegenEncoding.generate(w.codegenFreq[:], 7)
		header, numCodegens := w.headerSize()
		w.dynamicHeader(numLiterals, numOffsets, numCodegens)
		w.lastHuffMan = true
		w.lastHeader = header
	}
	for _, b := range input {
		w.code(w.literalEncoding.codes[b])
	}
	if sync {
		w.code(w.literalEncoding.codes[endBlockMarker])
		w.lastHeader = 0
		w.lastHuffMan = false
	}
}

// incompressible reports whether bytes occur about equally often.
func incompressible(freq []uint16, n int) bool {
	abs, avg, limit := float64(0), float64(n)/256, float64(n*2)
	for _, v := range freq {
		diff := float64(v) - avg
		abs += float64(diff * diff)
		if abs > limit {
			break
		}
	}
	return abs < limit
}
