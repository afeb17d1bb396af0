// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

import (
	"math"
	"math/bits"
	"slices"
)

const (
	maxBitsLimit = 16
	literalCount = 286 // valid literals
)

// hcode is a Huffman code: its length in the low 8 bits, its bits above.
type hcode uint32

func newHcode(code uint16, length uint8) hcode { return hcode(length) | hcode(code)<<8 }

func (h hcode) len() uint8     { return uint8(h) }
func (h hcode) code64() uint64 { return uint64(h >> 8) }

type literalNode struct {
	literal uint16
	freq    uint16
}

type huffmanEncoder struct {
	tree     bool // a plain Huffman tree is tried first; see Generation
	codes    []hcode
	bitCount [17]int32
	// Room for the longest table there is, that of literals, and a sentinel.
	freqcache [literalCount + 1]literalNode
}

func newHuffmanEncoder(size int) *huffmanEncoder {
	c := uint(bits.Len32(uint32(size - 1)))
	return &huffmanEncoder{codes: make([]hcode, size, 1<<c)}
}

// fixedLiteralEncoding is the table of RFC 1951 3.2.6.
var fixedLiteralEncoding = func() *huffmanEncoder {
	h := newHuffmanEncoder(literalCount)
	for ch := range uint16(literalCount) {
		var code uint16
		var size uint8
		switch {
		case ch < 144:
			code, size = ch+48, 8
		case ch < 256:
			code, size = ch+400-144, 9
		case ch < 280:
			code, size = ch-256, 7
		default:
			code, size = ch+192-280, 8
		}
		h.codes[ch] = newHcode(reverseBits(code, size), size)
	}
	return h
}()

var fixedOffsetEncoding = func() *huffmanEncoder {
	h := newHuffmanEncoder(offsetCodeCount)
	for ch := range h.codes {
		h.codes[ch] = newHcode(reverseBits(uint16(ch), 5), 5)
	}
	return h
}()

// huffOffset is for blocks without any match.
var huffOffset = func() *huffmanEncoder {
	h := newHuffmanEncoder(offsetCodeCount)
	var freq [offsetCodeCount]uint16
	freq[0] = 1
	h.generate(freq[:], 15)
	return h
}()

func reverseBits(number uint16, length uint8) uint16 {
	return bits.Reverse16(number << ((16 - length) & 15))
}

func (h *huffmanEncoder) bitLength(freq []uint16) int {
	total := 0
	for i, f := range freq {
		if f != 0 {
			total += int(f) * int(h.codes[i].len())
		}
	}
	return total
}

// canReuseBits is bitLength, or math.MaxInt32 if a code is missing.
func (h *huffmanEncoder) canReuseBits(freq []uint16) int {
	total := 0
	for i, f := range freq {
		if f != 0 {
			code := h.codes[i]
			if code == 0 {
				return math.MaxInt32
			}
			total += int(f) * int(code.len())
		}
	}
	return total
}

// levelInfo is the state of the tree under construction at one depth.
type levelInfo struct {
	level        int32
	lastFreq     int32 // of the last node at this level
	nextCharFreq int32 // of the next character to add
	nextPairFreq int32 // of the next pair from below; valid if needed below is 0
	needed       int32 // chains left to make before moving up
}

// bitCounts returns how many literals get codes of each length. The list holds
// three or more literals in order of frequency. It is the package-merge
// algorithm without its memory: see compress/flate of the standard library.
func (h *huffmanEncoder) bitCounts(list []literalNode, maxBits int32) []int32 {
	n := int32(len(list))
	list = list[0 : n+1]
	list[n] = literalNode{math.MaxUint16, math.MaxUint16}

	maxBits = min(maxBits, n-1)

	var levels [maxBitsLimit]levelInfo
	var leafCounts [maxBitsLimit][maxBitsLimit]int32

	l2f := int32(list[2].freq)
	l1f := int32(list[1].freq)
	l0f := int32(list[0].freq) + int32(list[1].freq)
	for level := int32(1); level <= maxBits; level++ {
		levels[level] = levelInfo{level: level, lastFreq: l1f, nextCharFreq: l2f, nextPairFreq: l0f}
		leafCounts[level][level] = 2
		if level == 1 {
			levels[level].nextPairFreq = math.MaxInt32
		}
	}
	levels[maxBits].needed = 2*n - 4

	for level := uint32(maxBits); level < maxBitsLimit; {
		l := &levels[level]
		if l.nextPairFreq == math.MaxInt32 && l.nextCharFreq == math.MaxInt32 {
			// Neither leafs nor pairs are left: never come back here.
			l.needed = 0
			levels[level+1].nextPairFreq = math.MaxInt32
			level++
			continue
		}
		prevFreq := l.lastFreq
		if l.nextCharFreq < l.nextPairFreq {
			n := leafCounts[level][level] + 1
			l.lastFreq = l.nextCharFreq
			leafCounts[level][level] = n
			if e := list[n]; e.literal < math.MaxUint16 {
				l.nextCharFreq = int32(e.freq)
			} else {
				l.nextCharFreq = math.MaxInt32
			}
		} else {
			l.lastFreq = l.nextPairFreq
			save := leafCounts[level][level]
			leafCounts[level] = leafCounts[level-1]
			leafCounts[level][level] = save
			levels[l.level-1].needed = 2
		}
		if l.needed--; l.needed == 0 {
			if l.level == maxBits {
				break
			}
			levels[l.level+1].nextPairFreq = prevFreq + l.lastFreq
			level++
		} else {
			for levels[level-1].needed > 0 {
				level--
			}
		}
	}
	if leafCounts[maxBits][maxBits] != n {
		panic("kflate: a Huffman table does not hold every literal")
	}
	bitCount := h.bitCount[:maxBits+1]
	size := 1
	counts := &leafCounts[maxBits]
	for level := maxBits; level > 0; level-- {
		bitCount[size] = counts[level] - counts[level-1]
		size++
	}
	return bitCount
}

// assign gives each literal its code; RFC 1951 3.2.2.
func (h *huffmanEncoder) assign(bitCount []int32, list []literalNode) {
	code := uint16(0)
	for n, count := range bitCount {
		code <<= 1
		if n == 0 || count == 0 {
			continue
		}
		// Of the literals of one length, in the order of literals.
		chunk := list[len(list)-int(count):]
		slices.SortFunc(chunk, func(a, b literalNode) int { return int(a.literal) - int(b.literal) })
		for _, node := range chunk {
			h.codes[node.literal] = newHcode(reverseBits(code, uint8(n)), uint8(n))
			code++
		}
		list = list[:len(list)-int(count)]
	}
}

// generate makes the shortest codes for these frequencies.
func (h *huffmanEncoder) generate(freq []uint16, maxBits int32) {
	list := h.freqcache[:len(freq)+1]
	codes := h.codes[:len(freq)]
	count := 0
	for i, f := range freq {
		if f != 0 {
			list[count] = literalNode{uint16(i), f}
			count++
		} else {
			codes[i] = 0
		}
	}
	list[count] = literalNode{}
	list = list[:count]
	if count <= 2 {
		for i, node := range list {
			h.codes[node.literal] = newHcode(uint16(i), 1)
		}
		return
	}
	slices.SortFunc(list, func(a, b literalNode) int {
		if a.freq != b.freq {
			return int(a.freq) - int(b.freq)
		}
		return int(a.literal) - int(b.literal)
	})
	if h.tree {
		if bitCount := h.treeBitCounts(list, maxBits); bitCount != nil {
			h.assign(bitCount, list)
			return
		}
	}
	h.assign(h.bitCounts(list, maxBits), list)
}

// treeBitCounts is bitCounts by a Huffman tree, or nil if that has longer codes
// than allowed. Where several sets of lengths are best, it is another one.
func (h *huffmanEncoder) treeBitCounts(list []literalNode, maxBits int32) []int32 {
	n := len(list)
	// Nodes up to n are leaves, the others inner nodes, both by frequency: the
	// two smallest unused ones are always in front.
	var parent [2 * literalCount]uint16
	var freq [literalCount]int32
	leaf, node := 0, 0
	for k := range n - 1 {
		for range 2 {
			if leaf < n && (node >= k || int32(list[leaf].freq) <= freq[node]) {
				freq[k] += int32(list[leaf].freq)
				parent[leaf] = uint16(n + k)
				leaf++
			} else {
				freq[k] += freq[node]
				parent[n+node] = uint16(n + k)
				node++
			}
		}
	}
	clear(h.bitCount[:])
	longest := 0
	depth := freq[:] // of inner nodes, from the root down
	depth[n-2] = 0
	for k := 2*n - 3; k >= 0; k-- {
		d := depth[int(parent[k])-n] + 1
		if k >= n {
			depth[k-n] = d
			continue
		}
		if d > maxBits {
			return nil
		}
		h.bitCount[d]++
		longest = max(longest, int(d))
	}
	return h.bitCount[:longest+1]
}
