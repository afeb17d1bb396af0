package zblock

import (
	"bytes"
	"math/rand/v2"
)

// generator makes up frames whose blocks hold every kind of sequence, and says
// what they decode to.
type generator struct {
	rnd     *rand.Rand
	window  int
	frame   []byte
	want    []byte
	rep     [3]int
	coders  [kinds]coder
	defined bool // the coders have been used
	last    int  // where the latest block begins in frame
	wild    bool // also offsets that cannot be
}

func newGenerator(rnd *rand.Rand, exponent, eighths int) *generator {
	g := &generator{rnd: rnd, rep: [3]int{1, 4, 8}}
	g.frame, g.window = frameHead(exponent, eighths)
	return g
}

// finish marks the last block.
func (g *generator) finish() (frame, want []byte) {
	g.frame[g.last] |= 1
	return g.frame, g.want
}

func (g *generator) blockSize() int { return min(g.window, MaxBlock) }

// size picks small numbers often and large ones at times.
func (g *generator) size(most int) int {
	if most <= 0 {
		return 0
	}
	limit := []int{2, 17, 17, 33, 70, 300, 3000, most}[g.rnd.IntN(8)]
	return g.rnd.IntN(min(limit, most) + 1)
}

func (g *generator) noise(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(g.rnd.Uint32())
	}
	return p
}

// offset picks an Offset_Value for a match after so many bytes of the frame.
func (g *generator) offset(have int) int {
	have = min(have, g.window)
	var o int
	switch g.rnd.IntN(8) {
	case 0, 1:
		return 1 + g.rnd.IntN(3)
	case 2, 3:
		o = 1 + g.rnd.IntN(40)
	case 4:
		o = have - g.rnd.IntN(3)
	case 5:
		o = have - g.rnd.IntN(200)
	case 6:
		o = 1 + g.rnd.IntN(1000)
	default:
		o = 1 + g.rnd.IntN(max(have, 1))
	}
	if g.wild && g.rnd.IntN(300) == 0 {
		o = have + 1 + g.size(1<<20)
	}
	return max(o, 1) + 3
}

// apply returns what an Offset_Value stands for and what is repeated then, RFC
// 8878 3.1.1.5, written down as it is there.
func apply(rep [3]int, value, literals int) (offset int, after [3]int) {
	if value > 3 {
		return value - 3, [3]int{value - 3, rep[0], rep[1]}
	}
	if literals == 0 {
		value++
	}
	switch value {
	case 1:
		return rep[0], rep
	case 2:
		return rep[1], [3]int{rep[1], rep[0], rep[2]}
	case 3:
		return rep[2], [3]int{rep[2], rep[0], rep[1]}
	}
	offset = rep[0] - 1
	if offset == 0 {
		offset = 1 // as all decoders do it
	}
	return offset, [3]int{offset, rep[0], rep[1]}
}

// compressed adds a block of n sequences at most, of which all but repeat modes
// and their codes are made up. If wild, it may be bad.
func (g *generator) compressed(n int) {
	var steps []step
	literals := []byte{}
	want, rep := bytes.Clone(g.want[max(0, len(g.want)-g.window):]), g.rep
	before := len(want)
	same := g.rnd.IntN(10) == 0 // one kind of sequence, so that a single code does
	for range n {
		room := g.blockSize() - (len(want) - before)
		s := step{literals: g.size(min(room-3, 1<<17-1))}
		s.match = 3 + g.size(min(room-3-s.literals, 1<<17-1))
		if same && len(steps) > 0 {
			s.literals, s.match = steps[0].literals, steps[0].match
		}
		if room < s.literals+s.match {
			break
		}
		s.offset = g.offset(len(want) + s.literals)
		o, after := apply(rep, s.offset, s.literals)
		if !g.wild && o > min(len(want)+s.literals, g.window) {
			continue
		}
		rep = after
		part := g.noise(s.literals)
		literals = append(literals, part...)
		want = append(want, part...)
		for range s.match {
			if o > len(want) {
				want = append(want, 0) // bad: nobody will look
			} else {
				want = append(want, want[len(want)-o])
			}
		}
		steps = append(steps, s)
	}
	tail := g.noise(g.size(min(g.blockSize()-(len(want)-before), 1<<17)))
	literals, want = append(literals, tail...), append(want, tail...)

	coders := g.choose(steps)
	body := append(encodeLiterals(literals, false), encodeSequences(steps, &coders)...)
	if len(body) > g.blockSize() {
		return
	}
	if len(steps) > 0 {
		g.coders, g.defined = coders, true
	}
	g.rep = rep
	g.want = append(g.want, want[before:]...)
	g.add(blockCompressed, len(body), body)
}

// choose picks how codes are written.
func (g *generator) choose(steps []step) [kinds]coder {
	var needed [kinds]map[int]bool
	for k := range kinds {
		needed[k] = map[int]bool{}
		for _, s := range steps {
			code, _ := codes(s)
			needed[k][code[k]] = true
		}
	}
	old := g.coders
	var coders [kinds]coder
	for k := range kinds {
		c := &coders[k]
		can := func(t *table) bool {
			have := map[int]bool{}
			for _, e := range t.states[:1<<t.accuracy] {
				have[kindOf[k].codeOf(e)] = true
			}
			for code := range needed[k] {
				if !have[code] {
					return false
				}
			}
			return true
		}
		usual := coder{mode: modeUsual}
		usual.prepare(k, 0)
		switch g.rnd.IntN(4) {
		case modeRepeat:
			if g.defined && can(&old[k].table) {
				*c = old[k]
				c.mode = modeRepeat
				continue
			}
		case modeUsual:
			if can(&usual.table) {
				*c = usual
				continue
			}
		}
		if len(needed[k]) == 1 && g.rnd.IntN(2) == 0 {
			c.mode = modeSingle
			continue
		}
		c.mode, c.accuracy = modeDescribed, 6+uint(g.rnd.IntN(4))
		c.norm = distribution(g.rnd, k, c.accuracy, needed[k])
	}
	return coders
}

func (g *generator) add(kind, size int, stored []byte) {
	g.last = len(g.frame)
	g.frame = appendBlock(g.frame, kind, size, stored)
}

func (g *generator) raw(n int) {
	p := g.noise(n)
	g.want = append(g.want, p...)
	g.add(blockRaw, n, p)
}

func (g *generator) repeat(n int) {
	p := g.noise(1)
	g.want = append(g.want, bytes.Repeat(p, n)...)
	g.add(blockRepeat, n, p)
}

// block adds any block.
func (g *generator) block() {
	switch g.rnd.IntN(12) {
	case 0:
		g.raw(g.size(g.blockSize()))
	case 1:
		g.repeat(g.size(g.blockSize()))
	case 2:
		g.raw(g.blockSize())
	default:
		g.compressed(1 + g.size(3000))
	}
}
