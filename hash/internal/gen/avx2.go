//go:build ignore

package main

// avx2 writes blocksAVX2x8: one stream in each 32-bit lane of a Y register, for
// CPUs that have neither SHA extensions nor AVX-512.
//
// Y0 to Y7 are a to h, Y8 to Y13 scratch; Y14 and Y15 take turns at a^b, which
// is the b^c of the next round's Maj. The frame holds the state at the start of
// the block and the last sixteen words of the message schedule.
func avx2() {
	const (
		width = 8
		row   = 4 * width
	)
	state := func(j int) string { return f("%d(SP)", row*j) }
	word := func(t int) string { return f("%d(SP)", row*(8+t%16)) }
	p("")
	p("// func blocksAVX2x8(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)")
	p("// Requires: AVX, AVX2")
	p("TEXT ·blocksAVX2x8(SB), 0, $%d-24", (8+16)*row)
	p("\tMOVQ n+16(FP), CX")
	p("\tTESTQ CX, CX")
	p("\tJZ done")
	p("\tMOVQ p+8(FP), BX")
	p("\tMOVQ h+0(FP), DI")
	states(width, row, true)
	p("\tXORQ SI, SI // offset of the block")
	p("")
	p("block:")
	p("\tVMOVDQU flip<>(SB), Y15")
	for half := range 2 {
		for i := range width {
			p("\tMOVQ %d(BX), DX", 8*i)
			p("\tVMOVDQU %d(DX)(SI*1), %s", row*half, y(i))
			p("\tVPSHUFB Y15, %[1]s, %[1]s", y(i))
		}
		for t, r := range transpose8() {
			p("\tVMOVDQU %s, %s", y(r), word(8*half+t))
		}
	}
	for j := range 8 {
		p("\tVMOVDQU %s, %s", state(j), y(j))
	}
	p("\tVPXOR Y1, Y2, Y15")
	p("\tLEAQ k256<>(SB), AX")
	p("\tMOVQ $3, DX")
	p("")
	p("sixteen: // rounds, three times, with the words for the next sixteen")
	for t := range 16 {
		round2(t, word(t))
		extend2(word(t), word(t+1), word(t+9), word(t+14))
	}
	p("\tADDQ $64, AX")
	p("\tDECQ DX")
	p("\tJNZ sixteen")
	p("")
	p("\t// rounds 48 to 63")
	for t := range 16 {
		round2(t, word(t))
	}
	for j := range 8 {
		p("\tVPADDD %s, %[2]s, %[2]s", state(j), y(j))
		p("\tVMOVDQU %s, %s", y(j), state(j))
	}
	p("\tADDQ $64, SI")
	p("\tDECQ CX")
	p("\tJNZ block")
	p("\tVZEROUPPER")
	p("")
	states(width, row, false)
	p("")
	p("done:")
	p("\tRET")
}

// xors writes the exclusive or of v shifted right by each of right and left by
// each of left into to, by way of scratch.
func xors(v, to, scratch string, right, left []int) {
	dst := to
	shift := func(op string, n int) {
		p("\t%s $%d, %s, %s", op, n, v, dst)
		if dst == scratch {
			p("\tVPXOR %s, %[2]s, %[2]s", scratch, to)
		}
		dst = scratch
	}
	for _, n := range right {
		shift("VPSRLD", n)
	}
	for _, n := range left {
		shift("VPSLLD", n)
	}
}

// rotations are the arguments of xors that make up right rotations.
func rotations(n ...int) (right, left []int) {
	for _, r := range n {
		right, left = append(right, r), append(left, 32-r)
	}
	return right, left
}

func round2(t int, word string) {
	r := func(i int) string { return y((i - t%8 + 8) % 8) }
	a, b, d, e, ff, g, h := r(0), r(1), r(3), r(4), r(5), r(6), r(7)
	ab, bc := y(14+t%2), y(15-t%2)
	p("\tVPADDD %s, %s, %s", word, h, h)
	p("\tVPBROADCASTD %d(AX), Y8", 4*t)
	p("\tVPADDD Y8, %s, %s", h, h)
	right, left := rotations(6, 11, 25)
	xors(e, "Y9", "Y10", right, left)
	p("\tVPXOR %s, %s, Y11", ff, g)
	p("\tVPAND %s, Y11, Y11", e)
	p("\tVPXOR %s, Y11, Y11 // Ch", g)
	p("\tVPADDD Y11, %s, %s", h, h)
	p("\tVPADDD Y9, %s, %s", h, h)
	p("\tVPADDD %s, %s, %s", h, d, d)
	p("\tVPXOR %s, %s, %s", a, b, ab)
	p("\tVPAND %s, %s, %s", ab, bc, bc)
	p("\tVPXOR %s, %s, %s // Maj", b, bc, bc)
	p("\tVPADDD %s, %s, %s", bc, h, h)
	right, left = rotations(2, 13, 22)
	xors(a, "Y12", "Y13", right, left)
	p("\tVPADDD Y12, %s, %s", h, h)
}

// extend2 turns word t into word t+16.
func extend2(w, w1, w9, w14 string) {
	p("\tVMOVDQU %s, Y8", w1)
	right, left := rotations(7, 18)
	xors("Y8", "Y9", "Y10", append(right, 3), left)
	p("\tVPADDD %s, Y9, Y9", w)
	p("\tVMOVDQU %s, Y11", w14)
	right, left = rotations(17, 19)
	xors("Y11", "Y12", "Y13", append(right, 10), left)
	p("\tVPADDD %s, Y9, Y9", w9)
	p("\tVPADDD Y12, Y9, Y9")
	p("\tVMOVDQU Y9, %s", w)
}

// transpose8 turns Y0 to Y7, eight words of a stream each, into one word of
// eight streams each, and returns where word t is. Y8 to Y14 are scratch.
func transpose8() (at [8]int) {
	free := []int{8}
	both := func(opLo, opHi string, a, b int) (lo, hi int) {
		hi, free = free[0], append(free[1:], b)
		p("\t%s %s, %s, %s", opHi, y(b), y(a), y(hi))
		p("\t%s %s, %s, %s", opLo, y(b), y(a), y(a))
		return a, hi
	}
	var half [2][4]int
	for q := range half {
		lo01, hi01 := both("VPUNPCKLDQ", "VPUNPCKHDQ", 4*q, 4*q+1)
		lo23, hi23 := both("VPUNPCKLDQ", "VPUNPCKHDQ", 4*q+2, 4*q+3)
		half[q][0], half[q][1] = both("VPUNPCKLQDQ", "VPUNPCKHQDQ", lo01, lo23)
		half[q][2], half[q][3] = both("VPUNPCKLQDQ", "VPUNPCKHQDQ", hi01, hi23)
	}
	for c := range 4 {
		at[c], at[4+c] = both("VPERM2I128 $0x20,", "VPERM2I128 $0x31,", half[0][c], half[1][c])
	}
	return at
}
