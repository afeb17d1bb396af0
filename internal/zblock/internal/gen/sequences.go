//go:build ignore

package main

// Registers of the decoder. What is needed less often is in the frame.
const (
	bits   = "AX" // eight bytes of the bit stream
	minus  = "BX" // minus how many of their bits, from the top, are consumed
	in     = "SI" // where they are
	ll     = "DI" // entry of the literal lengths' table
	ml     = "R8" // of the match lengths'
	of     = "R9" // of the offsets'
	dst    = "R10"
	lit    = "R11"
	tables = "R12"
	rep1   = "R13"
	rep2   = "R14"
	match  = "R15" // match length
	offset = "DX"  // also scratch, as CX and BP are
)

// Slots of the frame.
const (
	slotLow     = "0(SP)"  // lowest value that in may have
	slotLitEnd  = "8(SP)"  // end of the literals
	slotEnd     = "16(SP)" // where the block has to end
	slotWindow  = "24(SP)"
	slotRing    = "32(SP)" // lowest address of this lap
	slotDelta   = "40(SP)" // from there to the end of the lap before
	slotBefore  = "48(SP)" // lowest address of the lap before
	slotRep3    = "56(SP)"
	slotLeft    = "64(SP)"  // sequences
	slotWords   = "72(SP)"  // words plus constants of the block being compressed
	slotPlan    = "80(SP)"  // where the words of the blocks after that go
	slotK       = "88(SP)"  // the constants that belong to them
	slotMessage = "96(SP)"  // the message after what is planned
	slotGroups  = "104(SP)" // groups left, the one being compressed included
	slotBottom  = "112(SP)" // the buffers below, aligned
	slotSum     = "120(SP)" // sum of the three entries
	slots       = 128
)

// A group is what the schedule is worked out for at a time: four blocks of 64
// bytes.
const (
	groupBytes = 256
	// steps of a schedule: 16 are needed; the other four fill up the last round
	// of four units and go nowhere.
	groupSteps = 20
	buffer     = groupSteps * 64
	kBytes     = groupSteps * 16
	frame      = slots + 2*buffer + kBytes + 64
)

// minFar is the least offset at which 16 bytes at a time can be copied.
const minFar = 16

// unit is one place where a sequence is decoded; labels end in its name.
type unit struct {
	name  string
	final bool // the last sequence of the block, after which no state follows
}

func (u unit) l(name string) string { return name + "_" + u.name }

func decodeSequences() {
	plain := unit{name: "p"}
	last := unit{name: "z", final: true}
	fused := []unit{{name: "f0"}, {name: "f1"}, {name: "f2"}, {name: "f3"}}

	p("")
	p("// func decodeSequences(j *job)")
	p("// Requires: BMI2, AVX; with j.groups also AVX512F, AVX512BW, AVX512VL, SHA, SSSE3, SSE4.1")
	p("TEXT ·decodeSequences(SB), 0, $%d-8", frame)
	p("\tMOVQ j+0(FP), CX")
	for _, m := range []struct{ field, to string }{
		{"low", slotLow}, {"litEnd", slotLitEnd}, {"end", slotEnd}, {"window", slotWindow}, {"ring", slotRing},
		{"delta", slotDelta}, {"before", slotBefore}, {"rep3", slotRep3}, {"left", slotLeft},
		{"message", slotMessage}, {"groups", slotGroups},
	} {
		p("\tMOVQ job_%s(CX), DX", m.field)
		p("\tMOVQ DX, %s", m.to)
	}
	for _, m := range []struct{ field, to string }{
		{"minus", minus}, {"in", in}, {"ll", ll}, {"ml", ml}, {"of", of}, {"dst", dst}, {"lit", lit},
		{"tables", tables}, {"rep1", rep1}, {"rep2", rep2},
	} {
		p("\tMOVQ job_%s(CX), %s", m.field, m.to)
	}
	p("\tCMPQ %s, $0", slotGroups)
	p("\tJEQ ready")
	enterHash()
	p("ready:")
	refill()
	p("\tCMPQ %s, $1", slotLeft)
	p("\tJEQ last")
	p("\tCMPQ %s, $0", slotGroups)
	p("\tJNE fused")
	p("")
	p("\tPCALIGN $64")
	p("plain:")
	plain.sequence()
	p("\tDECQ %s", slotLeft)
	p("\tCMPQ %s, $1", slotLeft)
	p("\tJNE plain")
	p("")
	p("last:")
	last.sequence()
	p("\tMOVQ $0, %s", slotLeft)
	p("\tXORL CX, CX")
	p("\tJMP done")
	p("")
	p("\tPCALIGN $64")
	p("fused:")
	for i, u := range fused {
		u.sequence()
		rounds(i)
		step(i)
		p("\tDECQ %s", slotLeft)
		if i < 3 {
			p("\tCMPQ %s, $1", slotLeft)
			p("\tJEQ fusedEnd")
		}
	}
	blockEnd()
	p("")
	for _, u := range append(fused, plain, last) {
		u.asides()
	}
	p("")
	p("bad:")
	p("\tMOVQ $1, CX")
	p("")
	p("done:")
	leaveHash()
	p("\tMOVQ j+0(FP), DX")
	p("\tMOVQ CX, job_failed(DX)")
	p("\tMOVQ %s, CX", slotLeft)
	p("\tMOVQ CX, job_left(DX)")
	p("\tMOVQ %s, job_ll(DX)", ll)
	p("\tMOVQ %s, job_ml(DX)", ml)
	p("\tMOVQ %s, job_of(DX)", of)
	p("\tMOVQ %s, job_in(DX)", in)
	p("\tMOVQ %s, job_minus(DX)", minus)
	p("\tSUBQ job_low(DX), %s", in)
	p("\tLEAQ (%s)(%s*8), %s", minus, in, minus)
	p("\tMOVQ %s, job_unread(DX)", minus)
	p("\tMOVQ %s, job_dst(DX)", dst)
	p("\tSUBQ job_block(DX), %s", dst)
	p("\tMOVQ %s, job_decoded(DX)", dst)
	p("\tMOVQ %s, job_lit(DX)", lit)
	p("\tSUBQ job_litEnd(DX), %s", lit)
	p("\tNEGQ %s", lit)
	p("\tMOVQ %s, job_unused(DX)", lit)
	p("\tMOVQ %s, job_rep1(DX)", rep1)
	p("\tMOVQ %s, job_rep2(DX)", rep2)
	p("\tMOVQ %s, CX", slotRep3)
	p("\tMOVQ CX, job_rep3(DX)")
	p("\tRET")
}

// refill makes at least 57 bits available. It uses CX.
func refill() {
	p("\tLEAQ 7(%s), CX", minus)
	p("\tSARQ $3, CX // minus the bytes consumed")
	p("\tADDQ CX, %s", in)
	p("\tSHLQ $3, CX")
	p("\tSUBQ CX, %s", minus)
	p("\tCMPQ %s, %s", in, slotLow)
	p("\tJLT bad")
	p("\tMOVQ (%s), %s", in, bits)
}

// sequence decodes one sequence and carries it out: RFC 8878 3.1.1.3.2.1 and
// 3.1.1.4.
func (u unit) sequence() {
	p("\t// offset")
	p("\tLEAQ (%s)(%s*1), CX", ll, ml)
	p("\tADDQ %s, CX", of)
	p("\tMOVQ CX, %s", slotSum)
	p("\tRORXQ $8, %s, CX", of)
	p("\tMOVBLZX CX, BP")
	p("\tSUBQ BP, %s", minus)
	p("\tSHRXQ %s, %s, %s", minus, bits, offset)
	p("\tBZHIQ CX, %[1]s, %[1]s", offset)
	p("\tMOVQ %s, CX", of)
	p("\tSHRQ $32, CX")
	p("\tADDQ CX, %s", offset)
	p("\tCMPL BP, $1")
	p("\tJLE %s", u.l("repeated"))
	p("\tMOVQ %s, %s", rep2, slotRep3)
	p("\tMOVQ %s, %s", rep1, rep2)
	p("\tMOVQ %s, %s", offset, rep1)
	p("%s:", u.l("known"))

	p("\t// match length")
	p("\tRORXQ $8, %s, CX", ml)
	p("\tMOVBLZX CX, BP")
	p("\tSUBQ BP, %s", minus)
	p("\tSHRXQ %s, %s, %s", minus, bits, match)
	p("\tBZHIQ CX, %[1]s, %[1]s", match)
	p("\tMOVQ %s, CX", ml)
	p("\tSHRQ $32, CX")
	p("\tADDQ CX, %s", match)

	// 57 bits are enough if the values have 30: the states have 27 at most.
	p("\tMOVQ %s, BP", slotSum)
	p("\tMOVBLZX BP, CX")
	p("\tSHRL $8, BP")
	p("\tMOVBLZX BP, BP")
	p("\tCMPL BP, $30")
	p("\tJGT %s", u.l("more"))
	p("%s:", u.l("enough"))

	p("\t// literal length, in CX")
	if !u.final {
		// Total of the states' bits, needed below.
		p("\tMOVQ CX, %s", slotSum)
	}
	p("\tRORXQ $8, %s, CX", ll)
	p("\tMOVBLZX CX, BP")
	p("\tSUBQ BP, %s", minus)
	p("\tSHRXQ %s, %s, BP", minus, bits)
	p("\tBZHIQ CX, BP, BP")
	p("\tMOVQ %s, CX", ll)
	p("\tSHRQ $32, CX")
	p("\tADDQ BP, CX")

	if !u.final {
		p("\t// states")
		p("\tSUBQ %s, %s", slotSum, minus)
		p("\tSHRXQ %s, %s, %s", minus, bits, bits)
		for i, s := range []string{of, ml, ll} {
			p("\tBZHIQ %s, %s, BP", s, bits)
			if i < 2 {
				p("\tSHRXQ %s, %s, %s", s, bits, bits)
			}
			p("\tSHRL $16, %s", s)
			p("\tADDQ BP, %s", s)
			p("\tMOVQ %d(%s)(%s*8), %s", 4096*map[string]int{ll: 0, of: 1, ml: 2}[s], tables, s, s)
		}
	}

	p("\t// literals")
	p("\tLEAQ (%s)(CX*1), BP", lit)
	p("\tCMPQ BP, %s", slotLitEnd)
	p("\tJHI bad")
	p("\tLEAQ (%s)(CX*1), BP", dst)
	p("\tADDQ %s, BP", match)
	p("\tCMPQ BP, %s", slotEnd)
	p("\tJHI bad")
	p("\tVMOVDQU (%s), X3", lit)
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tADDQ CX, %s", lit)
	p("\tADDQ CX, %s", dst)
	p("\tCMPQ CX, $16")
	p("\tJHI %s", u.l("literals"))
	p("%s:", u.l("copied"))

	p("\t// match, up to BP")
	p("\tCMPQ %s, %s", offset, slotWindow)
	p("\tJHI bad")
	p("\tMOVQ %s, CX", dst)
	p("\tSUBQ %s, CX", offset)
	p("\tCMPQ CX, %s", slotRing)
	p("\tJCS %s", u.l("wrapped"))
	p("%s:", u.l("inLap"))
	p("\tCMPQ %s, $%d", offset, minFar)
	p("\tJCS %s", u.l("near"))
	p("\tVMOVDQU (CX), X3")
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tCMPQ %s, $16", match)
	p("\tJHI %s", u.l("long"))
	p("%s:", u.l("matched"))
	p("\tMOVQ BP, %s", dst)
	if !u.final {
		refill()
	}
}

// asides writes what a sequence needs seldom.
func (u unit) asides() {
	p("")
	p("%s: // offset is 0, 1 or 2: RFC 8878 3.1.1.5", u.l("repeated"))
	p("\tMOVQ %s, CX", ll)
	p("\tSHRQ $32, CX")
	p("\tCMPQ CX, $1")
	p("\tADCQ $0, %s // one more if there are no literals", offset)
	p("\tCMPQ %s, $1", offset)
	p("\tJCS %s", u.l("first"))
	p("\tJEQ %s", u.l("second"))
	p("\tCMPQ %s, $2", offset)
	p("\tMOVQ %s, %s", slotRep3, offset)
	p("\tJEQ %s", u.l("third"))
	p("\tMOVQ %s, %s", rep1, offset)
	p("\tDECQ %s", offset)
	p("\tMOVQ $1, CX")
	p("\tCMOVQEQ CX, %s // never 0", offset)
	p("%s:", u.l("third"))
	p("\tMOVQ %s, %s", rep2, slotRep3)
	p("\tMOVQ %s, %s", rep1, rep2)
	p("\tMOVQ %s, %s", offset, rep1)
	p("\tJMP %s", u.l("known"))
	p("%s:", u.l("second"))
	p("\tMOVQ %s, %s", rep2, offset)
	p("\tMOVQ %s, %s", rep1, rep2)
	p("\tMOVQ %s, %s", offset, rep1)
	p("\tJMP %s", u.l("known"))
	p("%s:", u.l("first"))
	p("\tMOVQ %s, %s", rep1, offset)
	p("\tJMP %s", u.l("known"))

	p("")
	p("%s:", u.l("more"))
	p("\tMOVQ CX, BP")
	refill()
	p("\tMOVQ BP, CX")
	p("\tJMP %s", u.l("enough"))

	p("")
	p("%s: // of CX bytes 16 are there", u.l("literals"))
	p("\tMOVQ %s, %s", lit, bits)
	p("\tSUBQ CX, %s", bits)
	p("\tNEGQ CX")
	p("\tADDQ %s, CX", dst)
	p("%s:", u.l("literalLoop"))
	p("\tVMOVDQU 16(%s), X3", bits)
	p("\tVMOVDQU X3, 16(CX)")
	p("\tADDQ $16, %s", bits)
	p("\tADDQ $16, CX")
	p("\tLEAQ 16(CX), %s // as bits are used up, they are scratch until the refill", "BP")
	p("\tCMPQ BP, %s", dst)
	p("\tJCS %s", u.l("literalLoop"))
	p("\tLEAQ (%s)(%s*1), BP", dst, match)
	p("\tJMP %s", u.l("copied"))

	p("")
	p("%s: // the match begins in the lap before", u.l("wrapped"))
	p("\tMOVQ %s, %s", slotRing, bits)
	p("\tSUBQ CX, %s // bytes of it in that lap", bits)
	p("\tADDQ %s, CX", slotDelta)
	p("\tCMPQ CX, %s", slotBefore)
	p("\tJCS bad")
	p("\tCMPQ %s, %s", match, bits)
	p("\tJHI %s", u.l("both"))
	p("%s:", u.l("wrappedLoop"))
	p("\tVMOVDQU (CX), X3")
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tADDQ $16, CX")
	p("\tADDQ $16, %s", dst)
	p("\tCMPQ %s, BP", dst)
	p("\tJCS %s", u.l("wrappedLoop"))
	p("\tJMP %s", u.l("matched"))
	p("%s: // and ends in this one", u.l("both"))
	p("\tSUBQ %s, %s", bits, match)
	p("\tADDQ %s, %s // where the rest begins", dst, bits)
	p("%s:", u.l("bothLoop"))
	p("\tVMOVDQU (CX), X3")
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tADDQ $16, CX")
	p("\tADDQ $16, %s", dst)
	p("\tCMPQ %s, %s", dst, bits)
	p("\tJCS %s", u.l("bothLoop"))
	p("\tMOVQ %s, %s", bits, dst)
	p("\tMOVQ %s, CX", slotRing)
	p("\tJMP %s", u.l("inLap"))

	p("")
	p("%s: // the match is longer than 16", u.l("long"))
	p("\tADDQ $16, CX")
	p("\tADDQ $16, %s", dst)
	p("%s:", u.l("longLoop"))
	p("\tVMOVDQU (CX), X3")
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tADDQ $16, CX")
	p("\tADDQ $16, %s", dst)
	p("\tCMPQ %s, BP", dst)
	p("\tJCS %s", u.l("longLoop"))
	p("\tJMP %s", u.l("matched"))

	p("")
	p("%s: // the match overlaps itself in 16 bytes", u.l("near"))
	p("\tVMOVDQU (CX), X3")
	p("\tLEAQ stride<>(SB), CX")
	p("\tMOVQ (CX)(%s*8), %s", offset, bits)
	p("\tSHLQ $4, %s", offset)
	p("\tLEAQ repeat<>(SB), CX")
	p("\tVPSHUFB (CX)(%s*1), X3, X3", offset)
	p("%s:", u.l("nearLoop"))
	p("\tVMOVDQU X3, (%s)", dst)
	p("\tADDQ %s, %s", bits, dst)
	p("\tCMPQ %s, BP", dst)
	p("\tJCS %s", u.l("nearLoop"))
	p("\tJMP %s", u.l("matched"))
}
