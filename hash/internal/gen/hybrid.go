//go:build ignore

package main

// hybrid writes blocksHybrid2: rounds by the SHA extensions as in shani, but the
// message schedule of both streams at once by AVX-512, four words of each in a
// register. Intel's SHA256MSG1 and SHA256MSG2 compete with SHA256RNDS2 for one
// unit and are what limits interleaving there.
//
// Only Y16 to Y31 are used, because dirty upper halves of the lower registers
// would slow down the SSE instructions.
func hybrid() {
	const width = 2
	s := shani{width: width}
	slot := func(g, i int) string { return f("%d(R8)", 64*(g%4)+16*i) } // words plus constants
	saved := func(i, half int) string { return f("%d(R8)", 256+32*i+16*half) }
	p("")
	p("// func blocksHybrid%d(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)", width)
	p("// Requires: AVX512F, AVX512BW, AVX512VL, SHA, SSSE3, SSE4.1")
	p("TEXT ·blocksHybrid%d(SB), 0, $%d-24", width, 256+32*width+64)
	s.enter(63)
	p("\tMOVL $0x3333, DX")
	p("\tKMOVW DX, K1 // the first two words of each stream")
	p("\tMOVL $0xcccc, DX")
	p("\tKMOVW DX, K2 // the last two")
	p("\tVMOVDQU32 flip<>(SB), %s", y(31))
	p("")
	p("loop:")
	for i := range width {
		p("\tMOVO %s, %s", s.abef(i), saved(i, 0))
		p("\tMOVO %s, %s", s.cdgh(i), saved(i, 1))
	}
	for g := range 16 {
		p("")
		p("\t// rounds %d to %d", 4*g, 4*g+3)
		m := func(back int) string { return y(16 + (g+16-back)%4) }
		if g < 4 {
			p("\tVMOVDQU32 %d(%s), %s", 16*g, pointers[0], x(20))
			p("\tVINSERTI32X4 $1, %d(%s), %[3]s, %[3]s", 16*g, pointers[1], y(20))
			p("\tVPSHUFB %s, %s, %s", y(31), y(20), m(0))
		} else {
			w := m(4)
			p("\tVPALIGNR $4, %s, %s, %s", m(4), m(3), y(20))
			p("\tVPALIGNR $4, %s, %s, %s", m(2), m(1), y(24))
			p("\tVPRORD $7, %s, %s", y(20), y(21))
			p("\tVPRORD $18, %s, %s", y(20), y(22))
			p("\tVPSRLD $3, %s, %s", y(20), y(23))
			p("\tVPADDD %s, %s, %s", y(24), w, w)
			p("\tVPTERNLOGD $0x96, %s, %s, %s // sigma0", y(23), y(22), y(21))
			p("\tVPADDD %s, %s, %s", y(21), w, w)
			for step, from := range []string{m(1), w} {
				p("\tVPRORD $17, %s, %s", from, y(25))
				p("\tVPRORD $19, %s, %s", from, y(26))
				p("\tVPSRLD $10, %s, %s", from, y(27))
				p("\tVPTERNLOGD $0x96, %s, %s, %s // sigma1", y(27), y(26), y(25))
				p("\tVPSHUFD $%#02x, %s, %s", []int{0x0e, 0x40}[step], y(25), y(25))
				p("\tVPADDD %s, %s, K%d, %s", y(25), w, 1+step, w)
			}
		}
		p("\tVBROADCASTI32X4 %d(AX), %s", 16*g, y(28))
		p("\tVPADDD %s, %s, %s", m(0), y(28), y(28))
		p("\tVMOVDQU32 %s, %s", y(28), slot(g, 0))
		for i := range width {
			p("\tMOVO %s, X0", slot(g, i))
			p("\tSHA256RNDS2 X0, %s, %s", s.abef(i), s.cdgh(i))
			p("\tPSHUFD $0x0e, X0, X0")
			p("\tSHA256RNDS2 X0, %s, %s", s.cdgh(i), s.abef(i))
		}
	}
	p("")
	for i := range width {
		p("\tPADDD %s, %s", saved(i, 0), s.abef(i))
		p("\tPADDD %s, %s", saved(i, 1), s.cdgh(i))
		p("\tADDQ $64, %s", pointers[i])
	}
	p("\tDECQ CX")
	p("\tJNZ loop")
	p("\tVZEROUPPER")
	p("")
	s.leave()
}
