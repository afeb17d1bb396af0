package decompress

// fillLits makes the literal/length table of c, as fill does, and packs two
// literals into an entry where their codes fit into litBits together.
func (c *code) fillLits(table *[litSize]uint32) {
	if c.total <= 1 {
		c.fill(table[:], litBits, litEntry)
		return
	}
	var words [symbols]uint16 // of the literals, at their place in c.sorted
	var lits [litBits + 1]uint16
	word, at := uint(0), uint(0)
	shortest := uint(1)
	for c.count[shortest] == 0 && shortest < litBits {
		shortest++
	}
	for n := shortest; n <= litBits; n++ {
		if n > shortest {
			copy(table[1<<(n-1):1<<n], table[:1<<(n-1)])
		}
		for range c.count[n] {
			sym := c.sorted[at%symbols]
			table[word%litSize] = litEntry(sym, uint32(n))
			if sym < endOfBlock {
				words[at%symbols] = uint16(word)
				lits[n]++
			}
			at++
			word = nextWord(word, n)
		}
		// The pairs of n bits. They come after the doubling, which put the
		// entry of the first literal alone at their place.
		for n1 := shortest; n1+shortest <= n; n1++ {
			n2 := n - n1
			if lits[n1] == 0 || lits[n2] == 0 {
				continue
			}
			from1, from2 := uint(c.first[n1]), uint(c.first[n2])
			second, secondWords := c.sorted[from2:from2+uint(lits[n2])], words[from2:from2+uint(lits[n2])]
			secondWords = secondWords[:len(second)]
			for i := from1; i < from1+uint(lits[n1]); i++ {
				e := uint32(c.sorted[i])<<byteShift | 2*literalUnit | uint32(n)
				w := uint(words[i])
				for j, sym := range second {
					table[(w|uint(secondWords[j])<<n1)%litSize] = e | uint32(sym)<<(2*byteShift)
				}
			}
		}
	}
	if int(at) < c.total {
		c.fillSub(table[:], litBits, word, int(at), litEntry)
	}
}
