package zblock

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// step is a sequence. Its offset is an Offset_Value of RFC 8878 3.1.1.3.2.1.1:
// 1 to 3 repeat, larger ones are 3 more than what they stand for.
type step struct{ literals, match, offset int }

const (
	modeUsual = iota
	modeSingle
	modeDescribed
	modeRepeat
)

// coder is how the codes of one kind are written.
type coder struct {
	mode     int
	norm     []int16 // modeDescribed
	accuracy uint
	table    table // of the block, whatever the mode
}

// code returns the code of v, a length or an Offset_Value, and what is added to
// it.
func (k *kind) code(of int, v int) (code, extra int) {
	if of == offsets {
		code = bits.Len(uint(v)) - 1
		return code, v - 1<<code
	}
	at, found := slices.BinarySearch(k.values, uint32(v))
	if !found {
		at--
	}
	return at, v - int(k.values[at])
}

// codeOf returns the code whose state e is.
func (k *kind) codeOf(e entry) int {
	code := 0
	for k.values[code] != uint32(e.value()) || uint(k.bits[code]) != e.valueBits() {
		code++
	}
	return code
}

// codes returns those of a step, and what is added to each.
func codes(s step) (code, extra [kinds]int) {
	for k, v := range [kinds]int{s.literals, s.offset, s.match} {
		code[k], extra[k] = kindOf[k].code(k, v)
	}
	return code, extra
}

// bitWriter writes what bitReader reads, the last first.
type bitWriter struct {
	p   []byte
	acc uint64
	n   uint
}

func (w *bitWriter) write(v, n uint) {
	w.acc |= uint64(v) << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.p = append(w.p, byte(w.acc))
		w.acc >>= 8
	}
}

func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.p = append(w.p, byte(w.acc))
	}
	return w.p
}

// describe writes a distribution as RFC 8878 4.1.1 has it.
func describe(norm []int16, accuracy uint) []byte {
	var w bitWriter
	w.write(accuracy-minAccuracy, 4)
	left := 1<<accuracy + 1
	for i := 0; i < len(norm) && left > 1; i++ {
		width := uint(bits.Len(uint(left)))
		threshold := 1 << (width - 1)
		low := 2*threshold - 1 - left
		switch v := int(norm[i]) + 1; {
		case v < low:
			w.write(uint(v), width-1)
		case v >= threshold:
			w.write(uint(v+low), width)
		default:
			w.write(uint(v), width)
		}
		left -= int(max(norm[i], -norm[i]))
		if norm[i] != 0 {
			continue
		}
		zeros := 0
		for i+1 < len(norm) && norm[i+1] == 0 {
			zeros, i = zeros+1, i+1
		}
		for ; zeros >= 3; zeros -= 3 {
			w.write(3, 2)
		}
		w.write(uint(zeros), 2)
	}
	return w.flush()
}

// distribution makes up one in which the codes that are needed, and others, have
// states.
func distribution(rnd *rand.Rand, k int, accuracy uint, needed map[int]bool) []int16 {
	norm := make([]int16, len(kindOf[k].values))
	left := 1 << accuracy
	var some []int
	for c := range norm {
		if !needed[c] && (rnd.IntN(4) > 0 || left <= len(norm)) {
			continue
		}
		if norm[c] = 1; rnd.IntN(3) == 0 {
			norm[c] = -1
		} else {
			some = append(some, c)
		}
		left--
	}
	for len(some) < 2 { // one with all states would lead to itself
		if c := rnd.IntN(len(norm)); norm[c] == 0 {
			norm[c] = 1
			some = append(some, c)
			left--
		}
	}
	for left > 0 {
		n := 1 + rnd.IntN(left)
		norm[some[rnd.IntN(len(some))]] += int16(n)
		left -= n
	}
	if i := slices.IndexFunc(norm, func(n int16) bool { return int(n) == 1<<accuracy }); i >= 0 {
		panic("test: one code has all states")
	}
	return norm[:lastCode(norm)+1]
}

func lastCode(norm []int16) int {
	for i := len(norm) - 1; ; i-- {
		if norm[i] != 0 {
			return i
		}
	}
}

// prepare makes the table of a coder.
func (c *coder) prepare(k int, code int) {
	if c.mode == modeRepeat {
		return
	}
	c.table = table{states: new([tableSize]entry)}
	var err error
	switch c.mode {
	case modeUsual:
		c.table.setUsual(&kindOf[k])
	case modeSingle:
		err = c.table.setSingle(&kindOf[k], byte(code))
	case modeDescribed:
		err = c.table.build(&kindOf[k], c.norm, c.accuracy)
	}
	if err != nil {
		panic(err)
	}
}

// leads tells for each code and each state which state of that code leads there.
func (c *coder) leads(k int) [][]int {
	size := 1 << c.table.accuracy
	m := make([][]int, len(kindOf[k].values))
	for s := range size {
		e := c.table.states[s]
		code := kindOf[k].codeOf(e)
		if m[code] == nil {
			m[code] = make([]int, size)
		}
		for i := range 1 << e.stateBits() {
			m[code][int(e.next())+i] = s
		}
	}
	return m
}

// encodeSequences writes a sequences section, RFC 8878 3.1.1.3.2. Every code has
// to have a state.
func encodeSequences(steps []step, coders *[kinds]coder) []byte {
	var p []byte
	switch n := len(steps); {
	case n < 128:
		p = append(p, byte(n))
	case n < 0x7f00:
		p = append(p, byte(n>>8|128), byte(n))
	default:
		p = append(p, 255, byte(n-0x7f00), byte((n-0x7f00)>>8))
	}
	if len(steps) == 0 {
		return p
	}
	at := len(p)
	p = append(p, 0)
	first, _ := codes(steps[0])
	var leads [kinds][][]int
	for k := range kinds {
		c := &coders[k]
		c.prepare(k, first[k])
		p[at] |= byte(c.mode << (6 - 2*k))
		switch c.mode {
		case modeSingle:
			p = append(p, byte(first[k]))
		case modeDescribed:
			p = append(p, describe(c.norm, c.accuracy)...)
		}
		leads[k] = c.leads(k)
	}
	type field struct{ v, n uint }
	var fields []field // the last first
	var state [kinds]int
	for i := len(steps) - 1; i >= 0; i-- {
		code, extra := codes(steps[i])
		before := state
		for k := range kinds {
			state[k] = leads[k][code[k]][before[k]]
		}
		if i < len(steps)-1 {
			for _, k := range []int{offsets, matchLengths, literalLengths} {
				e := coders[k].table.states[state[k]]
				fields = append(fields, field{uint(before[k]) - e.next(), e.stateBits()})
			}
		}
		for _, k := range []int{literalLengths, matchLengths, offsets} {
			fields = append(fields, field{uint(extra[k]), uint(kindOf[k].bits[code[k]])})
		}
	}
	for _, k := range []int{matchLengths, offsets, literalLengths} {
		fields = append(fields, field{uint(state[k]), coders[k].table.accuracy})
	}
	w := bitWriter{p: p}
	for _, f := range fields {
		w.write(f.v, f.n)
	}
	w.write(1, 1)
	return w.flush()
}

// encodeLiterals writes literals as they are, or as one byte if they are all the
// same and repeat is true, with a header of a size that fits.
func encodeLiterals(literals []byte, repeat bool) []byte {
	n := len(literals)
	how := literalsRaw
	if repeat {
		how = literalsRLE
	}
	var p []byte
	switch {
	case n < 32:
		p = append(p, byte(how|n<<3))
	case n < 4096:
		p = append(p, byte(how|1<<2|n<<4), byte(n>>4))
	default:
		p = append(p, byte(how|3<<2|n<<4), byte(n>>4), byte(n>>12))
	}
	if repeat {
		return append(p, literals[0])
	}
	return append(p, literals...)
}

// The types of blocks, RFC 8878 3.1.1.2.2.
const (
	blockRaw = iota
	blockRepeat
	blockCompressed
	blockReserved
)

func appendBlock(p []byte, kind, size int, stored []byte) []byte {
	h := size<<3 | kind<<1
	return append(append(p, byte(h), byte(h>>8), byte(h>>16)), stored...)
}

// frameHead returns the header of a frame without a size and a checksum, and its
// window: 1<<(10+exponent) and eighths of that.
func frameHead(exponent, eighths int) (p []byte, window int) {
	base := 1 << (10 + exponent)
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(exponent<<3 | eighths)}, base + base/8*eighths
}
