package decompress

// mark is a place to which the decoder can go back: its whole state, with the
// input since then still in the source's buffer. It is set whenever that buffer
// or the window moves.
type mark struct {
	pos, op int
	bits    uint64
	nb      uint
	phase   phase
	final   bool
	left    int
	block   blockHeader // in phase inCodes
}

func (z *inflater) setMark() {
	m := &z.mark
	m.pos, m.op, m.bits, m.nb = z.src.pos, z.op, z.bits, z.nb
	m.phase, m.final, m.left = z.phase, z.final, z.left
	if z.phase == inCodes {
		b, to := &z.block, &m.block
		to.skip, to.size = b.skip, b.size
		copy(to.raw[:], b.raw[:(b.skip+b.size+7)/8])
	}
}

// replay lets compress/flate decode from the mark on, because the fast path
// stopped with v.
//
// compress/flate can only begin at a block, and the blocks that follow are
// aligned to bytes of the input. So it is given a made-up beginning: empty
// blocks of as many bits as bring the original bits to their original place in
// a byte, then the header of the block in which the mark is, and then the input
// from the mark on.
func (z *inflater) replay(v verdict) (done bool, err error) {
	m := &z.mark
	z.refFrom, z.truncated = z.op, v == stepTruncate
	z.replayed, z.reference = true, true
	z.src.pos, z.op = m.pos, m.op
	lead := m.lead()
	history := z.win[max(z.hist, m.op-historySize):m.op]
	z.openReference(&replayInput{lead: lead, src: z.src}, history)
	return z.runReference()
}

// lead returns the made-up beginning.
func (m *mark) lead() []byte {
	var w bitWriter
	switch m.phase {
	case inStored:
		w.put(boolBit(m.final), 1)
		w.put(blockStored, 2)
		w.put(0, -w.n&7)
		w.put(uint64(m.left), 16)
		w.put(uint64(^m.left&maxStored), 16)
	default:
		size := uint(0)
		if m.phase == inCodes {
			size = m.block.size
		}
		w.align((8 - m.nb - size) & 7)
		for i := m.block.skip; size > 0; size-- {
			w.put(uint64(m.block.raw[i>>3]>>(i&7)&1), 1)
			i++
		}
		w.put(m.bits, m.nb)
	}
	return w.p
}

// bitWriter makes deflate data.
type bitWriter struct {
	p []byte
	n uint // bits written
}

func (w *bitWriter) put(v uint64, n uint) {
	for ; n > 0; n-- {
		if w.n&7 == 0 {
			w.p = append(w.p, 0)
		}
		w.p[w.n>>3] |= byte(v&1) << (w.n & 7)
		v >>= 1
		w.n++
	}
}

// align writes empty blocks that are n bits long, modulo 8.
func (w *bitWriter) align(n uint) {
	if n&1 == 1 {
		// A dynamic block of 95 bits: a literal code of nothing but
		// end-of-block, in one bit, and no distance code. All 19 lengths of
		// the precode are given, which makes the number odd.
		w.put(blockDynamic<<1, 3)
		w.put(0, 5)
		w.put(0, 5)
		w.put(precodeCodes-4, 4)
		for _, sym := range precodeOrder {
			switch sym {
			case 18:
				w.put(1, 3) // word 0
			case 0, 1:
				w.put(2, 3) // words 10 and 11, which are reversed below
			default:
				w.put(0, 3)
			}
		}
		w.put(0|(138-11)<<1, 8) // 256 times length 0
		w.put(0|(118-11)<<1, 8)
		w.put(3, 2) // length 1
		w.put(1, 2) // length 0
		w.put(0, 1) // end of block
	}
	for w.n&7 != n {
		w.put(blockFixed<<1, 3) // ten bits
		w.put(0, 7)
	}
}

func boolBit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// replayInput is the made-up beginning followed by the source.
type replayInput struct {
	lead []byte
	src  *source
}

func (r *replayInput) Read(p []byte) (int, error) {
	if len(r.lead) == 0 {
		return r.src.Read(p)
	}
	n := copy(p, r.lead)
	r.lead = r.lead[n:]
	return n, nil
}

func (r *replayInput) ReadByte() (byte, error) {
	if len(r.lead) == 0 {
		return r.src.ReadByte()
	}
	c := r.lead[0]
	r.lead = r.lead[1:]
	return c, nil
}
