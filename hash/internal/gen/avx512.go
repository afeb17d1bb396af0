//go:build ignore

package main

import "fmt"

func f(format string, args ...any) string { return fmt.Sprintf(format, args...) }
func x(n int) string                      { return f("X%d", n) }
func y(n int) string                      { return f("Y%d", n) }
func z(n int) string                      { return f("Z%d", n) }

// avx512 writes blocksAVX512x<width>: one stream in each 32-bit lane of a
// register, sixteen in Z registers or eight in Y registers.
//
// Registers 0 to 7 are a to h; the rest hold the last sixteen words of the
// message schedule and scratch. The state at the start of a block waits in the
// frame.
type vector struct {
	width   int
	reg     func(int) string
	word    [16]string // of the schedule, once a block is transposed
	scratch [8]string
}

func avx512(width int) {
	v := &vector{width: width, reg: z}
	if width == 8 {
		v.reg = y
	}
	v.write()
}

func (v *vector) write() {
	row := 4 * v.width // bytes of one word of each stream
	p("")
	p("// func blocksAVX512x%d(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)", v.width)
	p("// Requires: AVX512F, AVX512BW, AVX512VL")
	p("TEXT ·blocksAVX512x%d(SB), 0, $%d-24", v.width, 8*row)
	p("\tMOVQ n+16(FP), CX")
	p("\tTESTQ CX, CX")
	p("\tJZ done")
	p("\tMOVQ p+8(FP), BX")
	p("\tMOVQ h+0(FP), DI")
	states(v.width, row, true)
	for j := range 8 {
		p("\tVMOVDQU32 %d(SP), %s", row*j, v.reg(j))
	}
	p("\tXORQ SI, SI // offset of the block")
	p("")
	p("block:")
	v.transpose()
	p("\tLEAQ k256<>(SB), AX")
	p("\tMOVQ $3, DX")
	p("")
	p("sixteen: // rounds, three times, with the words for the next sixteen")
	for t := range 16 {
		v.round(t)
		v.extend(t)
	}
	p("\tADDQ $64, AX")
	p("\tDECQ DX")
	p("\tJNZ sixteen")
	p("")
	p("\t// rounds 48 to 63")
	for t := range 16 {
		v.round(t)
	}
	for j := range 8 {
		p("\tVPADDD %d(SP), %[2]s, %[2]s", row*j, v.reg(j))
		p("\tVMOVDQU32 %s, %d(SP)", v.reg(j), row*j)
	}
	p("\tADDQ $64, SI")
	p("\tDECQ CX")
	p("\tJNZ block")
	p("\tVZEROUPPER")
	p("")
	states(v.width, row, false)
	p("")
	p("done:")
	p("\tRET")
}

// states copies the states that DI points to into the frame, word by word, or
// back.
func states(width, row int, load bool) {
	for i := range width {
		p("\tMOVQ %d(DI), DX", 8*i)
		for j := range 8 {
			from, to := f("%d(DX)", 4*j), f("%d(SP)", row*j+4*i)
			if !load {
				from, to = to, from
			}
			p("\tMOVL %s, R8", from)
			p("\tMOVL R8, %s", to)
		}
	}
}

// round writes round t, in which the names a to h have moved t places.
func (v *vector) round(t int) {
	r := func(i int) string { return v.reg((i - t%8 + 8) % 8) }
	a, b, c, d, e, ff, g, h := r(0), r(1), r(2), r(3), r(4), r(5), r(6), r(7)
	s := v.scratch
	p("\tVPADDD %s, %s, %s", v.word[t], h, h)
	p("\tVPRORD $6, %s, %s", e, s[0])
	p("\tVPRORD $11, %s, %s", e, s[1])
	p("\tVPRORD $25, %s, %s", e, s[2])
	p("\tVPADDD.BCST %d(AX), %s, %s", 4*t, h, h)
	p("\tVMOVDQA32 %s, %s", e, s[3])
	p("\tVPTERNLOGD $0xca, %s, %s, %s // Ch", g, ff, s[3])
	p("\tVPTERNLOGD $0x96, %s, %s, %s // Sigma1", s[2], s[1], s[0])
	p("\tVPADDD %s, %s, %s", s[3], h, h)
	p("\tVPADDD %s, %s, %s", s[0], h, h)
	p("\tVPADDD %s, %s, %s", h, d, d)
	p("\tVPRORD $2, %s, %s", a, s[4])
	p("\tVPRORD $13, %s, %s", a, s[5])
	p("\tVPRORD $22, %s, %s", a, s[6])
	p("\tVMOVDQA32 %s, %s", a, s[7])
	p("\tVPTERNLOGD $0xe8, %s, %s, %s // Maj", c, b, s[7])
	p("\tVPTERNLOGD $0x96, %s, %s, %s // Sigma0", s[6], s[5], s[4])
	p("\tVPADDD %s, %s, %s", s[7], h, h)
	p("\tVPADDD %s, %s, %s", s[4], h, h)
}

// extend turns word t into word t+16.
func (v *vector) extend(t int) {
	w, w1, w9, w14 := v.word[t], v.word[(t+1)%16], v.word[(t+9)%16], v.word[(t+14)%16]
	s := v.scratch
	p("\tVPRORD $7, %s, %s", w1, s[0])
	p("\tVPRORD $18, %s, %s", w1, s[1])
	p("\tVPSRLD $3, %s, %s", w1, s[2])
	p("\tVPADDD %s, %s, %s", w9, w, w)
	p("\tVPTERNLOGD $0x96, %s, %s, %s // sigma0", s[2], s[1], s[0])
	p("\tVPRORD $17, %s, %s", w14, s[3])
	p("\tVPRORD $19, %s, %s", w14, s[4])
	p("\tVPSRLD $10, %s, %s", w14, s[5])
	p("\tVPADDD %s, %s, %s", s[0], w, w)
	p("\tVPTERNLOGD $0x96, %s, %s, %s // sigma1", s[5], s[4], s[3])
	p("\tVPADDD %s, %s, %s", s[3], w, w)
}

// transpose loads one block of every stream into sixteen registers (a Y
// register takes half a block) and leaves one word of every stream in each.
//
// 32-bit and 64-bit unpacks transpose 4x4 words within the 128-bit quarters,
// then shuffles transpose the quarters. Where things end up is fixed here, once
// for all blocks, so that no moves are needed.
func (v *vector) transpose() {
	free := []int{8, 9, 10, 11, 12, 13, 14}
	// both writes lo and hi, made of a and b: lo in the place of a, and b is free.
	both := func(opLo, opHi string, a, b int) (lo, hi int) {
		hi, free = free[0], append(free[1:], b)
		p("\t%s %s, %s, %s", opHi, v.reg(b), v.reg(a), v.reg(hi))
		p("\t%s %s, %s, %s", opLo, v.reg(b), v.reg(a), v.reg(a))
		return a, hi
	}
	p("\tVMOVDQU32 flip<>(SB), %s", v.reg(15))
	for i := range 16 {
		stream, offset := i%v.width, 32*(i/v.width)
		p("\tMOVQ %d(BX), DX", 8*stream)
		p("\tVMOVDQU32 %d(DX)(SI*1), %s", offset, v.reg(16+i))
		p("\tVPSHUFB %s, %[2]s, %[2]s", v.reg(15), v.reg(16+i))
	}
	// [q][c]: words c, c+4 ... of streams 4q to 4q+3, by quarters. With Y
	// registers, q 2 and 3 are the second half of the block.
	var quarter [4][4]int
	for q := range 4 {
		r := 16 + 4*q
		lo01, hi01 := both("VPUNPCKLDQ", "VPUNPCKHDQ", r, r+1)
		lo23, hi23 := both("VPUNPCKLDQ", "VPUNPCKHDQ", r+2, r+3)
		quarter[q][0], quarter[q][1] = both("VPUNPCKLQDQ", "VPUNPCKHQDQ", lo01, lo23)
		quarter[q][2], quarter[q][3] = both("VPUNPCKLQDQ", "VPUNPCKHQDQ", hi01, hi23)
	}
	var at [16]int
	for c := range 4 {
		q0, q1, q2, q3 := quarter[0][c], quarter[1][c], quarter[2][c], quarter[3][c]
		if v.width == 8 {
			at[c], at[4+c] = both("VSHUFI32X4 $0,", "VSHUFI32X4 $3,", q0, q1)
			at[8+c], at[12+c] = both("VSHUFI32X4 $0,", "VSHUFI32X4 $3,", q2, q3)
			continue
		}
		lo01, hi01 := both("VSHUFI32X4 $0x44,", "VSHUFI32X4 $0xee,", q0, q1)
		lo23, hi23 := both("VSHUFI32X4 $0x44,", "VSHUFI32X4 $0xee,", q2, q3)
		at[c], at[4+c] = both("VSHUFI32X4 $0x88,", "VSHUFI32X4 $0xdd,", lo01, lo23)
		at[8+c], at[12+c] = both("VSHUFI32X4 $0x88,", "VSHUFI32X4 $0xdd,", hi01, hi23)
	}
	for t, r := range at {
		v.word[t] = v.reg(r)
	}
	for i, r := range append(free, 15) {
		v.scratch[i] = v.reg(r)
	}
}
