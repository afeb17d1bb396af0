package zblock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The three kinds of codes of a sequence, in the order in which a block
// describes their tables, RFC 8878 3.1.1.3.2.1.
const (
	literalLengths = iota
	offsets
	matchLengths
	kinds
)

const (
	minAccuracy = 5
	maxAccuracy = 9 // 8 for offsets by the RFC; the library takes 9, and nothing is lost by it
	tableSize   = 1 << maxAccuracy
)

// entry is a state of a decoding table: from the lowest byte on, the bits that
// lead to the next state, the bits that are added to the value, in two bytes
// the lowest next state, and in four the lowest value.
type entry uint64

func newEntry(stateBits, valueBits uint, next uint, value uint32) entry {
	return entry(stateBits) | entry(valueBits)<<8 | entry(next)<<16 | entry(value)<<32
}

func (e entry) stateBits() uint { return uint(e & 0xff) }
func (e entry) valueBits() uint { return uint(e >> 8 & 0xff) }
func (e entry) next() uint      { return uint(e >> 16 & 0xffff) }
func (e entry) value() uint     { return uint(e >> 32) }

// table is a decoding table of 1<<accuracy states. No next state is outside.
type table struct {
	states   *[tableSize]entry
	accuracy uint
	defined  bool
}

// kind is what the codes of a kind stand for.
type kind struct {
	values   []uint32 // the lowest of each code
	bits     []uint8  // that are added
	accuracy uint     // of the predefined distribution
	usual    []int16  // the predefined distribution
}

// RFC 8878 3.1.1.3.2.1.1 and 3.1.1.3.2.2.
var kindOf = [kinds]kind{
	literalLengths: {
		values: []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64,
			128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536},
		bits: []uint8{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6,
			7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		accuracy: 6,
		usual: []int16{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3,
			2, 1, 1, 1, 1, 1, -1, -1, -1, -1},
	},
	// Offsets less the 3 that repeated ones take; codes 0 and 1 are those.
	offsets: {
		values: []uint32{0, 1, 1, 5, 13, 29, 61, 125, 253, 509, 1021, 2045, 4093, 8189, 16381, 32765, 65533, 131069,
			262141, 524285, 1048573, 2097149, 4194301, 8388605, 16777213, 33554429, 67108861, 134217725, 268435453,
			536870909, 1073741821},
		bits: []uint8{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
			26, 27, 28, 29, 30},
		accuracy: 5,
		usual: []int16{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1,
			-1, -1, -1},
	},
	matchLengths: {
		values: []uint32{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
			28, 29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099,
			8195, 16387, 32771, 65539},
		bits: []uint8{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		accuracy: 6,
		usual: []int16{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1},
	},
}

var (
	errTableEnds     = errors.New("sequence table ends early")
	errTableSymbols  = errors.New("sequence table has too many or too few codes")
	errTableSum      = errors.New("sequence table does not add up")
	errTableCircular = errors.New("sequence table has a state that leads to itself")
)

// setUsual makes t the predefined table of k.
func (t *table) setUsual(k *kind) {
	t.defined = true
	if err := t.build(k, k.usual, k.accuracy); err != nil {
		panic("zblock: bug: predefined table: " + err.Error())
	}
}

// setSingle makes t the table of nothing but one code.
func (t *table) setSingle(k *kind, code byte) error {
	if int(code) >= len(k.values) {
		return fmt.Errorf("sequence code %d, at most %d is possible", code, len(k.values)-1)
	}
	t.accuracy, t.defined = 0, true
	t.states[0] = newEntry(0, uint(k.bits[code]), 0, k.values[code])
	return nil
}

// read makes t the table that p, the rest of a block, begins with, RFC 8878
// 4.1.1, and returns its size. As the library does, it wants four bytes.
func (t *table) read(k *kind, p []byte) (int, error) {
	if len(p) < 4 {
		return 0, errTableEnds
	}
	var at uint // bits read
	peek := func() uint32 {
		var b [8]byte
		copy(b[:], p[min(int(at>>3), len(p)):])
		return uint32(binary.LittleEndian.Uint64(b[:]) >> (at & 7))
	}
	accuracy := uint(peek()&0xf) + minAccuracy
	if accuracy > maxAccuracy {
		return 0, fmt.Errorf("sequence table of accuracy %d, at most %d is possible", accuracy, maxAccuracy)
	}
	at = 4
	var norm [64]int16
	n := 0
	for left := int32(1)<<accuracy + 1; left > 1; {
		if n >= len(k.values) {
			return 0, errTableSymbols
		}
		// One bit less for the lowest values.
		width := uint(bits.Len32(uint32(left)))
		threshold := int32(1) << (width - 1)
		low := 2*threshold - 1 - left
		v := int32(peek())
		count := v & (threshold - 1)
		if count < low {
			at += width - 1
		} else {
			if count = v & (2*threshold - 1); count >= threshold {
				count -= low
			}
			at += width
		}
		count-- // -1 is a probability below one state, which takes one
		norm[n] = int16(count)
		n++
		left -= max(count, -count)
		if count != 0 {
			continue
		}
		for more := uint32(3); more == 3; {
			more = peek() & 3
			at += 2
			if n += int(more); n > len(k.values) || at > 8*uint(len(p)) {
				return 0, errTableSymbols
			}
		}
	}
	size := int(at+7) / 8
	switch {
	case size > len(p):
		return 0, errTableEnds
	case n < 2:
		return 0, errTableSymbols
	}
	t.defined = true
	return size, t.build(k, norm[:n], accuracy)
}

// build makes t the table of a distribution, RFC 8878 4.1.1, "From normalized
// distribution to decoding tables".
func (t *table) build(k *kind, norm []int16, accuracy uint) error {
	size := uint(1) << accuracy
	var code [tableSize]uint8
	var next [64]uint16
	high := size
	for c, n := range norm {
		next[c] = uint16(max(n, -n))
		if n < 0 {
			if high == 0 {
				return errTableSum
			}
			high--
			code[high] = uint8(c)
		}
	}
	step, at := size>>1+size>>3+3, uint(0)
	for c, n := range norm {
		for ; n > 0; n-- {
			code[at] = uint8(c)
			at = (at + step) & (size - 1)
			for at >= high {
				at = (at + step) & (size - 1)
			}
		}
	}
	if at != 0 {
		return errTableSum
	}
	for s := range size {
		c := code[s]
		n := uint(next[c])
		next[c]++
		width := accuracy - uint(bits.Len(n)-1)
		from := n<<width - size
		if from == s && width == 0 {
			return errTableCircular
		}
		t.states[s] = newEntry(width, uint(k.bits[c]), from, k.values[c])
	}
	t.accuracy = accuracy
	return nil
}
