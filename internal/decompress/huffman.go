package decompress

import "math/bits"

// Limits of deflate codes, RFC 1951 3.2.5 to 3.2.7.
const (
	maxCodeLen  = 15
	maxLitCodes = 286 // used in dynamic blocks; fixed ones define two more
	maxDistance = 30  // codes, likewise
	endOfBlock  = 256
	fixedLits   = 288
	fixedDists  = 32

	symbols = 512 // room for any of them, and an index mask

	precodeBits  = 7
	precodeCodes = 19
)

// The decoding tables. A primary table is indexed with the next litBits or
// distBits of input; codes longer than that continue in a subtable behind it.
// The sizes are powers of two above what complete codes can need, so that a mask
// proves an index to be in range: subtables add at most 340 entries for 286
// symbols beyond 9 bits, and less beyond 12; and 146 for 30 symbols beyond 8.
const (
	litBits   = 12
	litSize   = 1 << 13
	distBits  = 8
	distSize  = 1 << 9
	litMask   = 1<<litBits - 1
	distMask  = 1<<distBits - 1
	litIndex  = litSize - 1
	distIndex = distSize - 1
)

// A table entry is what to do for the next bits of input:
//
//	bits 0-4   how many bits to consume, extra bits included
//	bit  5     entryOther: none of the next three
//	bits 6-7   how many literals, 0 if it is no literal
//
//	literals:  bits 8-15 the first, 16-23 the second, 24-31 the third
//	lengths and distances:
//	           bits 8-11 how many of the bits are the code, the rest is extra
//	           bits 16-31 the base to which the extra bits are added
//	others:    entryLink: bits 8-11 are the index bits of a subtable that
//	           starts at bits 16-31; or entryEnd; or nothing: no such code
const (
	entryBits      = 31
	entryOther     = 1 << 5
	entryLiterals  = 3 << 6
	literalUnit    = 1 << 6
	literalShift   = 6
	byteShift      = 8
	codeShift      = 8
	codeMask       = 15
	baseShift      = 16
	entryLink      = entryOther | 1<<12
	entryEnd       = entryOther | 1<<13
	entryInvalid   = entryOther
	entryLinkFlag  = 1 << 12
	entryEndFlag   = 1 << 13
	maxLiteralPack = 2
)

// lengthEntries and distEntries hold base and extra bits of the symbols from
// 257 and from 0 on, RFC 1951 3.2.5.
var lengthEntries = [fixedLits - 257]uint32{
	3 << 16, 4 << 16, 5 << 16, 6 << 16, 7 << 16, 8 << 16, 9 << 16, 10 << 16,
	11<<16 | 1, 13<<16 | 1, 15<<16 | 1, 17<<16 | 1,
	19<<16 | 2, 23<<16 | 2, 27<<16 | 2, 31<<16 | 2,
	35<<16 | 3, 43<<16 | 3, 51<<16 | 3, 59<<16 | 3,
	67<<16 | 4, 83<<16 | 4, 99<<16 | 4, 115<<16 | 4,
	131<<16 | 5, 163<<16 | 5, 195<<16 | 5, 227<<16 | 5,
	258 << 16, entryInvalid, entryInvalid,
}

var distEntries = [fixedDists]uint32{
	1 << 16, 2 << 16, 3 << 16, 4 << 16,
	5<<16 | 1, 7<<16 | 1, 9<<16 | 2, 13<<16 | 2,
	17<<16 | 3, 25<<16 | 3, 33<<16 | 4, 49<<16 | 4,
	65<<16 | 5, 97<<16 | 5, 129<<16 | 6, 193<<16 | 6,
	257<<16 | 7, 385<<16 | 7, 513<<16 | 8, 769<<16 | 8,
	1025<<16 | 9, 1537<<16 | 9, 2049<<16 | 10, 3073<<16 | 10,
	4097<<16 | 11, 6145<<16 | 11, 8193<<16 | 12, 12289<<16 | 12,
	16385<<16 | 13, 24577<<16 | 13, entryInvalid, entryInvalid,
}

// litEntry returns the entry of a literal/length symbol with n code bits.
func litEntry(sym uint16, n uint32) uint32 {
	switch {
	case sym < endOfBlock:
		return uint32(sym)<<byteShift | literalUnit | n
	case sym == endOfBlock:
		return entryEnd | n
	}
	return lengthEntries[(sym-endOfBlock-1)&31] + n + n<<codeShift
}

func distEntry(sym uint16, n uint32) uint32 {
	return distEntries[sym&(fixedDists-1)] + n + n<<codeShift
}

func precodeEntry(sym uint16, n uint32) uint32 { return uint32(sym)<<baseShift | n }

// code is a canonical prefix code (RFC 1951 3.2.2), its symbols in the order of
// their code words.
type code struct {
	count  [maxCodeLen + 1]uint16
	sorted [symbols]uint16
	first  [maxCodeLen + 2]uint16 // where each length begins in sorted
	total  int
}

// set takes the code lengths of the symbols. It reports whether they are a code
// that compress/flate accepts: complete, empty, or a single code of one bit.
func (c *code) set(lens []uint8) bool {
	c.count = [maxCodeLen + 1]uint16{}
	for _, n := range lens {
		c.count[n&maxCodeLen]++
	}
	c.count[0] = 0
	space, at := 0, uint16(0)
	for n := 1; n <= maxCodeLen; n++ {
		space = space<<1 + int(c.count[n])
		c.first[n] = at
		at += c.count[n]
	}
	c.first[maxCodeLen+1] = at
	c.total = int(at)
	next := c.first
	for sym, n := range lens {
		if n != 0 {
			at := next[n&maxCodeLen]
			c.sorted[at%symbols] = uint16(sym)
			next[n&maxCodeLen] = at + 1
		}
	}
	return c.total == 0 || space == 1<<maxCodeLen || (c.total == 1 && c.count[1] == 1)
}

// fill makes the decoding table of c: table[:1<<width] is the primary table.
func (c *code) fill(table []uint32, width uint, entry func(sym uint16, n uint32) uint32) {
	primary := table[:1<<width]
	if c.total <= 1 { // empty, or a single code of one bit, which is 0
		for i := range primary {
			primary[i] = entryInvalid
		}
		if c.total == 1 {
			e := entry(c.sorted[0], 1)
			for i := 0; i < len(primary); i += 2 {
				primary[i] = e
			}
		}
		return
	}
	// Code words are used from the least significant bit on, so they are
	// kept reversed. The table grows with the code length: all codes of n
	// bits fit into 2^n entries, which are doubled to make room for n+1.
	word, at := uint(0), 0
	n := uint(1)
	for c.count[n] == 0 && n < width {
		n++
	}
	for ; n <= width; n++ {
		if c.first[n] > 0 {
			copy(table[1<<(n-1):1<<n], table[:1<<(n-1)])
		}
		for range c.count[n] {
			table[word] = entry(c.sorted[at], uint32(n))
			at++
			word = nextWord(word, n)
		}
	}
	if at == c.total {
		return
	}
	c.fillSub(table, width, word, at, entry)
}

// fillSub makes the subtables for the codes from sorted[at] on, whose first
// word is word.
func (c *code) fillSub(table []uint32, width, word uint, at int, entry func(sym uint16, n uint32) uint32) {
	free := uint(1) << width
	prefix, sub, subBits := ^uint(0), uint(0), uint(0)
	for n := width + 1; n <= maxCodeLen; n++ {
		for left := c.count[n]; left > 0; left-- {
			if p := word & (1<<width - 1); p != prefix {
				// As many bits as the codes with this prefix need: those of
				// the longest one, found where the code space is used up.
				prefix, sub = p, free
				subBits = n - width
				for space := int(left); space < 1<<subBits && width+subBits < maxCodeLen; {
					subBits++
					space = space<<1 + int(c.count[width+subBits])
				}
				free += 1 << subBits
				table[prefix] = uint32(sub)<<baseShift | entryLink | uint32(subBits)<<codeShift | uint32(width)
			}
			e := entry(c.sorted[at], uint32(n-width))
			at++
			for i := sub + word>>width; i < sub+1<<subBits; i += 1 << (n - width) {
				table[i] = e
			}
			word = nextWord(word, n)
		}
	}
}

// nextWord returns the reversed code word of n bits that follows word, for the
// same or a greater length. After the last one of a complete code it returns 0.
func nextWord(word, n uint) uint {
	// Adding one to the unreversed word clears its trailing ones, which are
	// the leading ones here, and sets the bit before them.
	ones := ^word & (1<<n - 1)
	if ones == 0 {
		return 0
	}
	bit := uint(1) << (bits.Len(ones) - 1)
	return word&(bit-1) | bit
}
