// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

// generateCodegen puts the code lengths of both tables, one after the other and
// run-length encoded, into codegen; RFC 1951 3.2.7. Codes 16 to 18 are followed
// by a count, and badCode is the end.
func (w *bitWriter) generateCodegen(numLiterals, numOffsets int, literals, offsets *huffmanEncoder) {
	clear(w.codegenFreq[:])
	// It holds the lengths first, and then the result, which is never longer
	// than what was read so far.
	codegen := w.codegen[:]
	for i := range codegen[:numLiterals] {
		codegen[i] = literals.codes[i].len()
	}
	for i := range codegen[numLiterals : numLiterals+numOffsets] {
		codegen[numLiterals+i] = offsets.codes[i].len()
	}
	codegen[numLiterals+numOffsets] = badCode

	size, count, out := codegen[0], 1, 0
	emit := func(code uint8) {
		codegen[out] = code
		out++
		w.codegenFreq[code]++
	}
	repeat := func(code uint8, n int) {
		emit(code)
		codegen[out] = uint8(n)
		out++
	}
	for in := 1; size != badCode; in++ {
		next := codegen[in]
		if next == size {
			count++
			continue
		}
		if size != 0 {
			emit(size)
			count--
			for count >= 3 {
				n := min(6, count)
				repeat(16, n-3)
				count -= n
			}
		} else {
			for count >= 11 {
				n := min(138, count)
				repeat(18, n-11)
				count -= n
			}
			if count >= 3 {
				repeat(17, count-3)
				count = 0
			}
		}
		for ; count > 0; count-- {
			emit(size)
		}
		size, count = next, 1
	}
	codegen[out] = badCode
}

func (w *bitWriter) headerSize() (size, numCodegens int) {
	numCodegens = len(w.codegenFreq)
	for numCodegens > 4 && w.codegenFreq[codegenOrder[numCodegens-1]] == 0 {
		numCodegens--
	}
	return 3 + 5 + 5 + 4 + 3*numCodegens +
		w.codegenEncoding.bitLength(w.codegenFreq[:]) +
		int(w.codegenFreq[16])*2 +
		int(w.codegenFreq[17])*3 +
		int(w.codegenFreq[18])*7, numCodegens
}

// dynamicHeader begins a block with tables of its own.
func (w *bitWriter) dynamicHeader(numLiterals, numOffsets, numCodegens int) {
	w.put(4, 3)
	w.put(uint64(numLiterals-257), 5)
	w.put(uint64(numOffsets-1), 5)
	w.put(uint64(numCodegens-4), 4)
	for _, i := range codegenOrder[:numCodegens] {
		w.put(uint64(w.codegenEncoding.codes[i].len()), 3)
	}
	for i := 0; w.codegen[i] != badCode; i++ {
		code := w.codegen[i]
		w.code(w.codegenEncoding.codes[code])
		switch code {
		case 16:
			i++
			w.put(uint64(w.codegen[i]), 2)
		case 17:
			i++
			w.put(uint64(w.codegen[i]), 3)
		case 18:
			i++
			w.put(uint64(w.codegen[i]), 7)
		}
	}
}
