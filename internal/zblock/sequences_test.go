package zblock

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestBitReader(t *testing.T) {
	// 20 bits and the end mark: 1011 0110 1110 0101 0011, the last read first.
	p := []byte{0x53, 0x6e, 0x1b}
	bits := "10110110111001010011"
	value := func(s string) (v int) {
		for _, c := range s {
			v = v<<1 | int(c-'0')
		}
		return v
	}
	for first := uint(0); first <= 31; first++ {
		for second := uint(0); second <= 31; second++ {
			r, err := newBitReader(p)
			if err != nil || r.left != len(bits) {
				t.Fatalf("got %d bits, error %v, want %d", r.left, err, len(bits))
			}
			zeros := bits + "00000000000000000000000000000000000000000000000000000000000000"
			if got, want := r.read(first), value(zeros[:first]); got != want {
				t.Errorf("%d bits: got %b, want %b", first, got, want)
			}
			if got, want := r.read(second), value(zeros[first:first+second]); got != want {
				t.Errorf("%d bits after %d: got %b, want %b", second, first, got, want)
			}
			if got, want := r.left, len(bits)-int(first+second); got != want {
				t.Errorf("%d bits after %d: got %d left, want %d", second, first, got, want)
			}
			if r.left < 0 && (r.read(31) != 0 || r.read(0) != 0) {
				t.Errorf("%d bits after %d: got bits before the beginning", second, first)
			}
		}
	}
	for name, p := range map[string][]byte{"empty": nil, "no_mark": {0xff, 0}} {
		if _, err := newBitReader(p); !errors.Is(err, errStreamEnds) {
			t.Errorf("%s: got error %v, want %v", name, err, errStreamEnds)
		}
	}
	if r, err := newBitReader([]byte{1}); err != nil || r.left != 0 || r.read(0) != 0 {
		t.Errorf("only a mark: got %d bits, error %v", r.left, err)
	}
	if r, err := newBitReader([]byte{0xab, 0x80}); err != nil || r.left != 15 {
		t.Errorf("the highest mark: got %d bits, error %v", r.left, err)
	}
}

// Bits are the same, however many are read at a time, from streams of all
// lengths.
func TestBitReaderRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	for range 5000 {
		var w bitWriter
		type field struct{ v, n uint }
		fields := make([]field, rnd.IntN(20))
		for i := range fields {
			n := uint(rnd.IntN(32))
			fields[i] = field{uint(rnd.Uint32()) & (1<<n - 1), n}
			w.write(fields[i].v, fields[i].n)
		}
		w.write(1, 1)
		r, err := newBitReader(w.flush())
		if err != nil {
			t.Fatal(err)
		}
		for i := len(fields) - 1; i >= 0; i-- {
			if got := r.read(fields[i].n); got != int(fields[i].v) {
				t.Fatalf("got %x, want %x", got, fields[i].v)
			}
		}
		if r.left != 0 {
			t.Fatalf("got %d bits left, want 0", r.left)
		}
	}
}

func TestSequencesHeader(t *testing.T) {
	stream := []byte{0xff, 0xff, 0xff, 0xff, 0x80}
	tests := []struct {
		name string
		in   []byte
		n    int
		want error
	}{
		{"none", []byte{0}, 0, nil},
		{"none_long", []byte{128, 0}, 0, nil},
		{"one", append([]byte{1, 0}, stream...), 1, nil},
		{"127", append([]byte{127, 0}, stream...), 127, nil},
		{"128", append([]byte{128, 128, 0}, stream...), 128, nil},
		{"five_long", append([]byte{128, 5, 0}, stream...), 5, nil},
		{"0x7eff", append([]byte{254, 255, 0}, stream...), 0x7eff, nil},
		{"0x7f00", append([]byte{255, 0, 0, 0}, stream...), 0x7f00, nil},
		{"most", append([]byte{255, 255, 255, 0}, stream...), 0xffff + 0x7f00, nil},
		{"single", append([]byte{1, 0x54, 3, 3, 3}, stream...), 1, nil},
		{"empty", nil, 0, errSectionEnds},
		{"two_cut", []byte{128}, 0, errSectionEnds},
		{"three_cut", []byte{255, 0}, 0, errSectionEnds},
		{"modes_cut", []byte{1}, 0, errSectionEnds},
		{"single_cut", []byte{1, 0x54, 3, 3}, 0, errSectionEnds},
		{"bytes_after_none", []byte{0, 0}, 0, errNoSequences},
		{"reserved", append([]byte{1, 1}, stream...), 0, errReservedBits},
		{"reserved_too", append([]byte{1, 2}, stream...), 0, errReservedBits},
		{"no_stream", []byte{1, 0}, 0, errStreamEnds},
		{"no_mark", []byte{1, 0, 1, 0}, 0, errStreamEnds},
		{"repeated_literal_lengths", append([]byte{1, 0xc0}, stream...), 0, errNoTable},
		{"repeated_offsets", append([]byte{1, 0x30}, stream...), 0, errNoTable},
		{"repeated_lengthlengths", append([]byte{1, 0x0c}, stream...), 0, errNoTable},
		{"described_cut", append([]byte{1, 0x80}, 0, 0, 0), 0, errTableEnds},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder(1 << 10)
			s, err := d.readSequences(d.inInput(tt.in))
			if !errors.Is(err, tt.want) {
				t.Fatalf("got error %v, want %v", err, tt.want)
			}
			if err == nil && s.n != tt.n {
				t.Errorf("got %d sequences, want %d", s.n, tt.n)
			}
		})
	}
	d := newDecoder(1 << 10)
	if _, err := d.readSequences(d.inInput(append([]byte{1, 0x54, 200, 3, 3}, stream...))); err == nil {
		t.Error("got no error for code 200")
	}
}

// Tables are repeated within a frame, whatever they were, and not beyond it.
func TestRepeatedTables(t *testing.T) {
	stream := []byte{0xff, 0xff, 0xff, 0xff, 0x80}
	for name, first := range map[string][]byte{"usual": {1, 0}, "single": {1, 0x54, 3, 3, 3}} {
		d := newDecoder(1 << 10)
		want, err := d.readSequences(d.inInput(append(first, stream...)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.readSequences(d.inInput(append([]byte{1, 0xfc}, stream...)))
		if err != nil || got.ll != want.ll || got.of != want.of || got.ml != want.ml {
			t.Errorf("%s: got states %x %x %x, error %v, want %x %x %x", name, got.ll, got.of, got.ml, err, want.ll, want.of, want.ml)
		}
		d.Reset(1 << 10)
		if _, err := d.readSequences(d.inInput(append([]byte{1, 0xfc}, stream...))); !errors.Is(err, errNoTable) {
			t.Errorf("%s: next frame: got error %v, want %v", name, err, errNoTable)
		}
	}
}

// RFC 8878 3.1.1.5.
func TestRepeatedOffsets(t *testing.T) {
	tests := []struct {
		code, literals, want int
		after                [3]int
	}{
		{0, 1, 10, [3]int{10, 20, 30}},
		{1, 1, 20, [3]int{20, 10, 30}},
		{2, 1, 30, [3]int{30, 10, 20}},
		{0, 0, 20, [3]int{20, 10, 30}},
		{1, 0, 30, [3]int{30, 10, 20}},
		{2, 0, 9, [3]int{9, 10, 20}},
	}
	for _, tt := range tests {
		d := &Decoder{rep: [3]int{10, 20, 30}}
		if got := d.repeated(tt.code, tt.literals); got != tt.want || d.rep != tt.after {
			t.Errorf("code %d, %d literals: got %d, then %v, want %d, then %v", tt.code, tt.literals, got, d.rep, tt.want, tt.after)
		}
	}
	d := &Decoder{rep: [3]int{1, 20, 30}}
	if got := d.repeated(2, 0); got != 1 || d.rep != [3]int{1, 1, 20} {
		t.Errorf("one less than 1: got %d, then %v, want 1", got, d.rep)
	}
}

// Matches of all offsets that overlap themselves, and some that do not, in the
// same sequences by assembly and without.
func TestMatches(t *testing.T) {
	j := newJudges(t)
	rnd := rand.New(rand.NewPCG(4, 4))
	for offset := 1; offset <= 70; offset++ {
		for _, repeat := range []bool{false, true} { // offset given, or that of before
			g := newGenerator(rnd, 7, 0)
			g.raw(100)
			steps := []step{{0, 3, offset + 3}}
			want := bytes.Clone(g.want)
			match := func(n int) {
				for range n {
					want = append(want, want[len(want)-offset])
				}
			}
			match(3)
			var literals []byte
			for length := 3; length <= 140; length++ {
				s := step{length % 3, length, offset + 3}
				if repeat {
					if s.literals == 0 {
						s.literals = 3
					}
					s.offset = 1
				}
				part := g.noise(s.literals)
				literals, want = append(literals, part...), append(want, part...)
				match(s.match)
				steps = append(steps, s)
			}
			coders := g.choose(steps)
			body := append(encodeLiterals(literals, false), encodeSequences(steps, &coders)...)
			g.add(blockCompressed, len(body), body)
			frame, _ := g.finish()
			if got, err := j.decode(frame, rnd); err != nil || !bytes.Equal(got, want) {
				t.Errorf("offset %d: got %d bytes and error %v, want %d bytes", offset, len(got), err, len(want))
			}
		}
	}
}

// Sequences with so many bits that the assembly can just do without another
// read, and with more. Each state takes nine, the most there are.
func TestManyBits(t *testing.T) {
	j := newJudges(t)
	for offsetBits := 15; offsetBits <= 17; offsetBits++ {
		for matchCode := 42; matchCode <= 44; matchCode++ {
			for literalCode := 24; literalCode <= 27; literalCode++ {
				rnd := rand.New(rand.NewPCG(uint64(matchCode), uint64(literalCode)))
				g := newGenerator(rnd, 8, 0)
				for range 3 {
					g.raw(g.blockSize())
				}
				var steps []step
				var literals []byte
				coders := [kinds]coder{}
				for k, code := range [kinds]int{literalCode, offsetBits, matchCode} {
					norm := make([]int16, max(code+1, 3))
					norm[0], norm[1], norm[code] = 255, 256, -1
					coders[k] = coder{mode: modeDescribed, accuracy: maxAccuracy, norm: norm}
				}
				pick := func(k, code int) int {
					return int(kindOf[k].values[code]) + rnd.IntN(1<<kindOf[k].bits[code])
				}
				for range 40 {
					s := step{pick(literalLengths, literalCode), pick(matchLengths, matchCode), 1<<offsetBits + rnd.IntN(1<<offsetBits)}
					part := g.noise(s.literals)
					literals, g.want = append(literals, part...), append(g.want, part...)
					for range s.match {
						g.want = append(g.want, g.want[len(g.want)-(s.offset-3)])
					}
					steps = append(steps, s)
				}
				body := append(encodeLiterals(literals, false), encodeSequences(steps, &coders)...)
				g.add(blockCompressed, len(body), body)
				frame, want := g.finish()
				if got, err := j.decode(frame, rnd); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("codes %d, %d, %d: got %d bytes and error %v, want %d bytes", literalCode, offsetBits, matchCode, len(got), err, len(want))
				}
			}
		}
	}
}

// sequenceBlock is a block of steps, whose literals are zeros and a tail of
// them.
func (g *generator) sequenceBlock(tail int, steps ...step) []byte {
	for _, s := range steps {
		tail += s.literals
	}
	coders := g.choose(steps)
	return append(encodeLiterals(make([]byte, tail), tail > 0), encodeSequences(steps, &coders)...)
}

// Every way in which sequences can be wrong, found at the first of many, at the
// last, and in between.
func TestSequencesMalformed(t *testing.T) {
	good := step{4, 10, 1 + 3}
	fill := func(n int) []step {
		all := make([]step, n)
		for i := range all {
			all[i] = good
		}
		return all
	}
	tests := []struct {
		name string
		bad  step
		want error
	}{
		{"few_literals", step{50, 10, 4}, errFewLiterals},
		{"offset_before_frame", step{4, 10, 16384 + 3}, errMatchOffset},
		{"offset_beyond_window", step{4, 10, 1<<17 + 1 + 3}, errMatchOffset},
		{"offset_huge", step{4, 10, 1<<31 - 1}, errMatchOffset},
		{"block_size", step{4, 1 << 17, 4}, errBlockSize},
	}
	for _, tt := range tests {
		for n := range 200 {
			for _, at := range []int{0, n / 2, n} {
				steps := append(fill(n), good)
				steps[at] = tt.bad
				g := newGenerator(rand.New(rand.NewPCG(uint64(n), 9)), 7, 0)
				body := g.sequenceBlock(0, steps...)
				if tt.want == errFewLiterals {
					coders := g.choose(steps)
					body = append(encodeLiterals(make([]byte, 4*at+49), true), encodeSequences(steps, &coders)...)
				}
				for _, portable := range []bool{false, true} {
					d := &Decoder{portable: portable}
					d.Reset(1 << 17)
					d.inInput(body)
					m := newMessages(t, g.rnd, 20_000)
					if _, err := d.Compressed(len(body), m); !errors.Is(err, tt.want) {
						t.Errorf("%s at %d of %d, portable %t: got error %v, want %v", tt.name, at, n+1, portable, err, tt.want)
					}
					m.check()
				}
			}
		}
	}
}

// Bits that are missing or left over.
func TestStreamMalformed(t *testing.T) {
	for _, n := range []int{1, 2, 5, 100, 200} {
		var steps []step
		for range n {
			steps = append(steps, step{4, 10, 1 + 3})
		}
		coders := [kinds]coder{{mode: modeUsual}, {mode: modeUsual}, {mode: modeUsual}}
		body := append(encodeLiterals(make([]byte, 4*n), true), encodeSequences(steps, &coders)...)
		head := len(encodeLiterals(make([]byte, 4*n), true))
		count := 1
		if n > 127 {
			count = 2
		}
		insert := func(at int, p ...byte) []byte { return append(append(bytes.Clone(body[:at]), p...), body[at:]...) }
		for name, tt := range map[string]struct {
			in   []byte
			want error
		}{
			"whole":        {body, nil},
			"byte_over":    {insert(head+count+1, 0), errUnread},
			"bytes_over":   {insert(head+count+1, make([]byte, 20)...), errUnread},
			"byte_missing": {append(bytes.Clone(body[:head+count+1]), body[head+count+2:]...), errOverread},
		} {
			if name == "byte_missing" && n == 1 && len(body) < head+count+4 {
				continue
			}
			for _, portable := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/n=%d/portable=%t", name, n, portable), func(t *testing.T) {
					d := &Decoder{portable: portable}
					d.Reset(1 << 17)
					d.Input(1)[0] = 1
					if _, err := d.Raw(1); err != nil {
						t.Fatal(err)
					}
					d.inInput(tt.in)
					m := newMessages(t, rand.New(rand.NewPCG(1, uint64(n))), 20_000)
					if _, err := d.Compressed(len(tt.in), m); !errors.Is(err, tt.want) {
						t.Errorf("got error %v, want %v", err, tt.want)
					}
					m.check()
				})
			}
		}
	}
}
