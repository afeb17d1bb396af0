//go:build ignore

package main

// sha2 writes blocksSHA2x2, which interleaves two streams so that the latency
// of one stream's SHA256H and SHA256H2 is hidden behind the other's.
//
// The two streams have ten registers each; the constants pass through V20 to
// V23, because there is no room for all of them.
func sha2() {
	type stream struct {
		state, data                                                        string // pointers
		abcd, efgh, savedABCD, savedEFGH, m0, m1, m2, m3, before, constant string
	}
	at := func(i int) stream {
		v := func(n int) string { return f("V%d", 10*i+n) }
		return stream{f("R%d", 3+i), f("R%d", 5+i), v(0), v(1), v(2), v(3), v(4), v(5), v(6), v(7), v(8), v(9)}
	}
	streams := []stream{at(0), at(1)}
	p("")
	p("// func blocksSHA2x2(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)")
	p("// Requires: SHA2")
	p("TEXT ·blocksSHA2x2(SB), NOSPLIT, $0-24")
	p("\tMOVD h+0(FP), R0")
	p("\tMOVD p+8(FP), R1")
	p("\tMOVD n+16(FP), R7")
	p("\tCBZ R7, done")
	for i, s := range streams {
		p("\tMOVD %d(R0), %s", 8*i, s.state)
		p("\tMOVD %d(R1), %s", 8*i, s.data)
		p("\tVLD1 (%s), [%s.S4, %s.S4]", s.state, s.abcd, s.efgh)
	}
	p("")
	p("loop:")
	p("\tMOVD $k256<>(SB), R2")
	for _, s := range streams {
		p("\tVLD1.P 64(%s), [%s.B16, %s.B16, %s.B16, %s.B16]", s.data, s.m0, s.m1, s.m2, s.m3)
		p("\tVMOV %s.B16, %s.B16", s.abcd, s.savedABCD)
		p("\tVMOV %s.B16, %s.B16", s.efgh, s.savedEFGH)
		for _, m := range []string{s.m0, s.m1, s.m2, s.m3} {
			p("\tVREV32 %[1]s.B16, %[1]s.B16", m)
		}
	}
	for g := range 16 {
		p("")
		p("\t// rounds %d to %d", 4*g, 4*g+3)
		if g%4 == 0 {
			p("\tVLD1.P 64(R2), [V20.S4, V21.S4, V22.S4, V23.S4]")
		}
		for _, s := range streams {
			m := func(i int) string { return []string{s.m0, s.m1, s.m2, s.m3}[(g+i)%4] }
			p("\tVADD V%d.S4, %s.S4, %s.S4", 20+g%4, m(0), s.constant)
			if g < 12 { // the words of group g+4, in the place of this group's
				p("\tSHA256SU0 %s.S4, %s.S4", m(1), m(0))
				p("\tSHA256SU1 %s.S4, %s.S4, %s.S4", m(3), m(2), m(0))
			}
			p("\tVMOV %s.B16, %s.B16", s.abcd, s.before)
			p("\tSHA256H %s.S4, %s, %s", s.constant, s.efgh, s.abcd)
			p("\tSHA256H2 %s.S4, %s, %s", s.constant, s.before, s.efgh)
		}
	}
	p("")
	for _, s := range streams {
		p("\tVADD %s.S4, %[2]s.S4, %[2]s.S4", s.savedABCD, s.abcd)
		p("\tVADD %s.S4, %[2]s.S4, %[2]s.S4", s.savedEFGH, s.efgh)
	}
	p("\tSUB $1, R7, R7")
	p("\tCBNZ R7, loop")
	p("")
	for _, s := range streams {
		p("\tVST1 [%s.S4, %s.S4], (%s)", s.abcd, s.efgh, s.state)
	}
	p("")
	p("done:")
	p("\tRET")
}
