//go:build ignore

package main

// pointers hold the data pointers of the interleaved streams.
var pointers = []string{"SI", "DI", "R9", "R10"}

// shaNI writes blocksSHANI<width>, which interleaves streams so that the latency
// of one stream's SHA256RNDS2 is hidden behind the others'.
//
// X0 is the implicit operand of SHA256RNDS2; then come the states, ABEF and
// CDGH of each stream. Two streams keep their message schedules in registers;
// more do not fit and keep them in the frame, a ring of four words a stream.
func shaNI(width int) {
	s := shani{width: width, registers: width == 2}
	s.write()
}

type shani struct {
	width     int
	registers bool
}

func (s shani) abef(i int) string { return x(1 + 2*i) }
func (s shani) cdgh(i int) string { return x(2 + 2*i) }

// message is where group g (four words) of the schedule of stream i lives.
func (s shani) message(i, g int) string {
	if s.registers {
		return x(1 + 2*s.width + 4*i + g%4)
	}
	return f("%d(R8)", 64*i+16*(g%4))
}

// tmp is a scratch register; renaming makes it irrelevant that it is shared.
func (s shani) tmp(i int) string {
	if s.registers {
		return x(1 + 6*s.width)
	}
	return x(1 + 2*s.width + i%(15-2*s.width))
}

// saved is where the state before the block waits to be added.
func (s shani) saved(i, half int) string { return f("%d(R8)", 64*s.width+32*i+16*half) }

func (s shani) write() {
	frame := (64 + 32) * s.width
	p("")
	p("// func blocksSHANI%d(h *[MaxLanes]*[8]uint32, p *[MaxLanes]*byte, n int)", s.width)
	p("// Requires: SHA, SSSE3, SSE4.1")
	p("TEXT ·blocksSHANI%d(SB), 0, $%d-24", s.width, frame+16)
	s.enter(15)
	p("")
	p("loop:")
	for i := range s.width {
		p("\tMOVO %s, %s", s.abef(i), s.saved(i, 0))
		p("\tMOVO %s, %s", s.cdgh(i), s.saved(i, 1))
	}
	for g := range 16 {
		p("")
		p("\t// rounds %d to %d", 4*g, 4*g+3)
		for i := range s.width {
			s.group(i, g)
		}
	}
	p("")
	for i := range s.width {
		p("\tPADDD %s, %s", s.saved(i, 0), s.abef(i))
		p("\tPADDD %s, %s", s.saved(i, 1), s.cdgh(i))
		p("\tADDQ $64, %s", pointers[i])
	}
	p("\tDECQ CX")
	p("\tJNZ loop")
	p("")
	s.leave()
}

// enter loads the arguments, aligns R8 in the frame and loads the states: a b c
// d, e f g h in memory become A B E F, C D G H from the top in registers.
func (s shani) enter(align int) {
	p("\tMOVQ n+16(FP), CX")
	p("\tTESTQ CX, CX")
	p("\tJZ done")
	p("\tLEAQ %d(SP), R8 // memory operands of SSE are aligned", align)
	p("\tANDQ $~%d, R8", align)
	p("\tLEAQ k256<>(SB), AX")
	p("\tMOVQ p+8(FP), BX")
	for i := range s.width {
		p("\tMOVQ %d(BX), %s", 8*i, pointers[i])
	}
	p("\tMOVQ h+0(FP), BX")
	for i := range s.width {
		p("\tMOVQ %d(BX), DX", 8*i)
		p("\tMOVOU (DX), %s", s.abef(i))
		p("\tMOVOU 16(DX), %s", s.cdgh(i))
		p("\tPSHUFD $0xb1, %[1]s, %[1]s", s.abef(i))
		p("\tPSHUFD $0x1b, %[1]s, %[1]s", s.cdgh(i))
		p("\tMOVO %s, %s", s.abef(i), s.tmp(i))
		p("\tPALIGNR $8, %s, %s", s.cdgh(i), s.abef(i))
		p("\tPBLENDW $0xf0, %s, %s", s.tmp(i), s.cdgh(i))
	}
}

// leave stores the states and returns.
func (s shani) leave() {
	for i := range s.width {
		p("\tMOVQ %d(BX), DX", 8*i)
		p("\tPSHUFD $0x1b, %[1]s, %[1]s", s.abef(i))
		p("\tPSHUFD $0xb1, %[1]s, %[1]s", s.cdgh(i))
		p("\tMOVO %s, %s", s.abef(i), s.tmp(i))
		p("\tPBLENDW $0xf0, %s, %s", s.cdgh(i), s.abef(i))
		p("\tPALIGNR $8, %s, %s", s.tmp(i), s.cdgh(i))
		p("\tMOVOU %s, (DX)", s.abef(i))
		p("\tMOVOU %s, 16(DX)", s.cdgh(i))
	}
	p("")
	p("done:")
	p("\tRET")
}

// group writes four rounds of stream i, and before them the four words of the
// message schedule that they use.
func (s shani) group(i, g int) {
	m := func(back int) string { return s.message(i, g-back) }
	t, w := s.tmp(i), s.tmp(i)
	switch {
	case g < 4:
		if s.registers {
			w = s.message(i, g)
		}
		p("\tMOVOU %d(%s), %s", 16*g, pointers[i], w)
		p("\tPSHUFB flip<>(SB), %s", w)
		if !s.registers {
			p("\tMOVO %s, %s", w, s.message(i, g))
		}
	case s.registers:
		w = s.message(i, g) // where g-4 was
		p("\tSHA256MSG1 %s, %s", m(3), w)
		p("\tMOVO %s, %s", m(1), t)
		p("\tPALIGNR $4, %s, %s", m(2), t)
		p("\tPADDD %s, %s", t, w)
		p("\tSHA256MSG2 %s, %s", m(1), w)
	default:
		p("\tMOVO %s, %s", m(4), w)
		p("\tSHA256MSG1 %s, %s", m(3), w)
		p("\tMOVO %s, X0", m(1))
		p("\tPALIGNR $4, %s, X0", m(2))
		p("\tPADDD X0, %s", w)
		p("\tSHA256MSG2 %s, %s", m(1), w)
		if g < 15 {
			p("\tMOVO %s, %s", w, s.message(i, g))
		}
	}
	p("\tMOVO %s, X0", w)
	p("\tPADDD %d(AX), X0", 16*g)
	p("\tSHA256RNDS2 X0, %s, %s", s.abef(i), s.cdgh(i))
	p("\tPSHUFD $0x0e, X0, X0")
	p("\tSHA256RNDS2 X0, %s, %s", s.cdgh(i), s.abef(i))
}
