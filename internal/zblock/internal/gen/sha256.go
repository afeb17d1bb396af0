//go:build ignore

package main

import "fmt"

// SHA-256 beside the sequences (FIPS 180-4, 6.2). A round waits for the round
// before; a CPU that decodes meanwhile has nearly all of it for nothing. What
// costs is the message schedule, which AVX-512 works out for four blocks at a
// time, in a group: those of the next group while this one is compressed. Each
// sequence is followed by 16 rounds and one step of the schedule, so that 16
// sequences go with a group.
//
// X0 is the implicit operand of SHA256RNDS2, X1 and X2 the state, ABEF and CDGH,
// X4 and X5 what it was before the block. Z16 to Z31 are the schedule's, because
// dirty upper halves of the lower registers would slow down the SSE instructions.
const (
	abef      = "X1"
	cdgh      = "X2"
	savedABEF = "X4"
	savedCDGH = "X5"
	flipper   = 31
)

func z(i int) string { return fmt.Sprintf("Z%d", i) }

// enterHash loads the state and works out the schedule of the first group.
func enterHash() {
	p("\tLEAQ %d(SP), CX", slots+63)
	p("\tANDQ $~63, CX")
	p("\tMOVQ CX, %s", slotBottom)
	p("\tLEAQ k256<>(SB), DX")
	for i := range 4 {
		p("\tVMOVDQU32 %d(DX), Z20", 64*i)
		p("\tVMOVDQU32 Z20, %d(CX)", 2*buffer+64*i)
	}
	p("\tVMOVDQU32 flip<>(SB), %s", z(flipper))
	p("\tMOVL $0x3333, DX")
	p("\tKMOVW DX, K1 // the first two words of each block")
	p("\tMOVL $0xcccc, DX")
	p("\tKMOVW DX, K2 // the last two")
	p("\tMOVQ j+0(FP), DX")
	p("\tMOVQ job_h(DX), DX")
	p("\tMOVOU (DX), %s", abef)
	p("\tMOVOU 16(DX), %s", cdgh)
	p("\tPSHUFD $0xb1, %[1]s, %[1]s", abef)
	p("\tPSHUFD $0x1b, %[1]s, %[1]s", cdgh)
	p("\tMOVO %s, X3", abef)
	p("\tPALIGNR $8, %s, %s", cdgh, abef)
	p("\tPBLENDW $0xf0, X3, %s", cdgh)
	p("\tMOVO %s, %s", abef, savedABEF)
	p("\tMOVO %s, %s", cdgh, savedCDGH)
	p("\tMOVQ CX, %s", slotWords)
	p("\tMOVQ CX, %s", slotPlan)
	begin()
	p("\tMOVQ $3, BP")
	p("first:")
	for i := range 4 {
		step(i)
	}
	advancePlan()
	p("\tDECQ BP")
	p("\tJNZ first")
	nextMessage()
	p("\tMOVQ %s, CX", slotBottom)
	p("\tADDQ $%d, CX", buffer)
	p("\tMOVQ CX, %s", slotPlan)
	begin()
}

// begin takes in the group at slotMessage, whose words go to slotPlan. It uses
// CX and DX.
func begin() {
	p("\tMOVQ %s, DX", slotMessage)
	p("\tMOVQ %s, CX", slotPlan)
	for t := range 4 {
		w := 16 + t
		p("\tVMOVDQU32 %d(DX), X%d", 16*t, w)
		for b := 1; b < 4; b++ {
			p("\tVINSERTI32X4 $%d, %d(DX), %[3]s, %[3]s", b, 64*b+16*t, z(w))
		}
		p("\tVPSHUFB %s, %s, %s", z(flipper), z(w), z(w))
	}
	p("\tMOVQ %s, DX", slotBottom)
	p("\tADDQ $%d, DX", 2*buffer)
	for t := range 4 {
		p("\tVBROADCASTI32X4 %d(DX), Z20", 16*t)
		p("\tVPADDD %s, Z20, Z20", z(16+t))
		p("\tVMOVDQU32 Z20, %d(CX)", 64*t)
	}
	p("\tADDQ $64, DX")
	p("\tMOVQ DX, %s", slotK)
	p("\tADDQ $256, CX")
	p("\tMOVQ CX, %s", slotPlan)
}

// nextMessage moves on to the next group, if there is one; if not, the last is
// taken in again, to no effect.
func nextMessage() {
	p("\tXORL DX, DX")
	p("\tMOVL $%d, CX", groupBytes)
	p("\tCMPQ %s, $2", slotGroups)
	p("\tCMOVQCS DX, CX")
	p("\tADDQ CX, %s", slotMessage)
}

// rounds writes the 16 rounds that go with unit i.
func rounds(i int) {
	p("\t// rounds %d to %d", 16*i, 16*i+15)
	p("\tMOVQ %s, CX", slotWords)
	for g := range 4 {
		p("\tVMOVDQU %d(CX), X0", 64*(4*i+g))
		p("\tSHA256RNDS2 X0, %s, %s", abef, cdgh)
		p("\tVPSHUFD $0x0e, X0, X0")
		p("\tSHA256RNDS2 X0, %s, %s", cdgh, abef)
	}
}

// step works out four words of each block of the group that is planned. Unit i
// finds the sixteen before in Z16 to Z19, from Z(16+i) on, and replaces the
// first. It uses CX and DX.
func step(i int) {
	w := func(n int) string { return z(16 + (i+n)%4) }
	p("\t// schedule")
	p("\tVPALIGNR $4, %s, %s, Z20", w(0), w(1))
	p("\tVPALIGNR $4, %s, %s, Z24", w(2), w(3))
	p("\tVPRORD $7, Z20, Z21")
	p("\tVPRORD $18, Z20, Z22")
	p("\tVPSRLD $3, Z20, Z23")
	p("\tVPADDD Z24, %[1]s, %[1]s", w(0))
	p("\tVPTERNLOGD $0x96, Z23, Z22, Z21 // sigma0")
	p("\tVPADDD Z21, %[1]s, %[1]s", w(0))
	for half, from := range []string{w(3), w(0)} {
		p("\tVPRORD $17, %s, Z25", from)
		p("\tVPRORD $19, %s, Z26", from)
		p("\tVPSRLD $10, %s, Z27", from)
		p("\tVPTERNLOGD $0x96, Z27, Z26, Z25 // sigma1")
		p("\tVPSHUFD $%#02x, Z25, Z25", []int{0x0e, 0x40}[half])
		p("\tVPADDD Z25, %[1]s, K%[2]d, %[1]s", w(0), 1+half)
	}
	p("\tMOVQ %s, CX", slotK)
	p("\tMOVQ %s, DX", slotPlan)
	p("\tVBROADCASTI32X4 %d(CX), Z28", 16*i)
	p("\tVPADDD %s, Z28, Z28", w(0))
	p("\tVMOVDQU32 Z28, %d(DX)", 64*i)
}

// advancePlan goes on to the next four steps of a schedule.
func advancePlan() {
	p("\tADDQ $64, %s", slotK)
	p("\tADDQ $256, %s", slotPlan)
}

// blockEnd ends a block after the fourth unit, and goes on with the sequences.
func blockEnd() {
	p("\t// end of a block")
	p("\tPADDD %s, %s", savedABEF, abef)
	p("\tPADDD %s, %s", savedCDGH, cdgh)
	p("\tMOVO %s, %s", abef, savedABEF)
	p("\tMOVO %s, %s", cdgh, savedCDGH)
	advancePlan()
	p("\tMOVQ %s, CX", slotWords)
	p("\tADDQ $16, CX")
	p("\tMOVQ CX, %s", slotWords)
	p("\tTESTQ $63, CX")
	p("\tJEQ groupEnd")
	p("ended:")
	p("\tCMPQ %s, $1", slotLeft)
	p("\tJNE fused")
	p("fusedEnd:")
	p("\tJMP last")
	p("")
	p("groupEnd:")
	p("\tDECQ %s", slotGroups)
	p("\tJEQ hashed")
	// The two buffers change places.
	p("\tMOVQ %s, DX", slotBottom)
	p("\tSUBQ $64, CX")
	p("\tMOVQ CX, %s", slotPlan)
	p("\tLEAQ %d(DX)(DX*1), DX", buffer)
	p("\tSUBQ CX, DX")
	p("\tMOVQ DX, %s", slotWords)
	nextMessage()
	begin()
	p("\tJMP ended")
	p("")
	p("hashed:")
	p("\tMOVQ %s, DX", slotBottom)
	p("\tMOVQ DX, %s", slotWords)
	p("\tCMPQ %s, $1", slotLeft)
	p("\tJEQ last")
	p("\tXORL CX, CX")
	p("\tJMP done // for another message")
}

// leaveHash stores the state as it was after the last whole block, and how many
// blocks are done. It leaves CX alone.
func leaveHash() {
	p("\tMOVQ j+0(FP), DX")
	p("\tCMPQ job_groups(DX), $0")
	p("\tJEQ unhashed")
	// Blocks done: four for each group that is, and those of the current one.
	p("\tMOVQ job_groups(DX), BP")
	p("\tSUBQ %s, BP", slotGroups)
	p("\tSHLQ $2, BP")
	p("\tMOVQ %s, %s", slotWords, bits)
	p("\tSHRQ $4, %s", bits)
	p("\tANDQ $3, %s", bits)
	p("\tADDQ %s, BP", bits)
	p("\tMOVQ BP, job_blocks(DX)")
	p("\tMOVQ job_h(DX), BP")
	p("\tMOVO %s, %s", savedABEF, abef)
	p("\tMOVO %s, %s", savedCDGH, cdgh)
	p("\tPSHUFD $0x1b, %[1]s, %[1]s", abef)
	p("\tPSHUFD $0xb1, %[1]s, %[1]s", cdgh)
	p("\tMOVO %s, X3", abef)
	p("\tPBLENDW $0xf0, %s, %s", cdgh, abef)
	p("\tPALIGNR $8, X3, %s", cdgh)
	p("\tMOVOU %s, (BP)", abef)
	p("\tMOVOU %s, 16(BP)", cdgh)
	p("\tVZEROUPPER")
	p("unhashed:")
}
