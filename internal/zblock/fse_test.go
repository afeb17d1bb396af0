package zblock

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The tables of RFC 8878, Appendix A: symbol, number of bits and base of each
// state.
var appendixA = [kinds][][3]int{
	literalLengths: {
		{0, 4, 0}, {0, 4, 16}, {1, 5, 32}, {3, 5, 0}, {4, 5, 0}, {6, 5, 0}, {7, 5, 0}, {9, 5, 0},
		{10, 5, 0}, {12, 5, 0}, {14, 6, 0}, {16, 5, 0}, {18, 5, 0}, {19, 5, 0}, {21, 5, 0}, {22, 5, 0},
		{24, 5, 0}, {25, 5, 32}, {26, 5, 0}, {27, 6, 0}, {29, 6, 0}, {31, 6, 0}, {0, 4, 32}, {1, 4, 0},
		{2, 5, 0}, {4, 5, 32}, {5, 5, 0}, {7, 5, 32}, {8, 5, 0}, {10, 5, 32}, {11, 5, 0}, {13, 6, 0},
		{16, 5, 32}, {17, 5, 0}, {19, 5, 32}, {20, 5, 0}, {22, 5, 32}, {23, 5, 0}, {25, 4, 0}, {25, 4, 16},
		{26, 5, 32}, {28, 6, 0}, {30, 6, 0}, {0, 4, 48}, {1, 4, 16}, {2, 5, 32}, {3, 5, 32}, {5, 5, 32},
		{6, 5, 32}, {8, 5, 32}, {9, 5, 32}, {11, 5, 32}, {12, 5, 32}, {15, 6, 0}, {17, 5, 32}, {18, 5, 32},
		{20, 5, 32}, {21, 5, 32}, {23, 5, 32}, {24, 5, 32}, {35, 6, 0}, {34, 6, 0}, {33, 6, 0}, {32, 6, 0},
	},
	offsets: {
		{0, 5, 0}, {6, 4, 0}, {9, 5, 0}, {15, 5, 0}, {21, 5, 0}, {3, 5, 0}, {7, 4, 0}, {12, 5, 0},
		{18, 5, 0}, {23, 5, 0}, {5, 5, 0}, {8, 4, 0}, {14, 5, 0}, {20, 5, 0}, {2, 5, 0}, {7, 4, 16},
		{11, 5, 0}, {17, 5, 0}, {22, 5, 0}, {4, 5, 0}, {8, 4, 16}, {13, 5, 0}, {19, 5, 0}, {1, 5, 0},
		{6, 4, 16}, {10, 5, 0}, {16, 5, 0}, {28, 5, 0}, {27, 5, 0}, {26, 5, 0}, {25, 5, 0}, {24, 5, 0},
	},
	matchLengths: {
		{0, 6, 0}, {1, 4, 0}, {2, 5, 32}, {3, 5, 0}, {5, 5, 0}, {6, 5, 0}, {8, 5, 0}, {10, 6, 0},
		{13, 6, 0}, {16, 6, 0}, {19, 6, 0}, {22, 6, 0}, {25, 6, 0}, {28, 6, 0}, {31, 6, 0}, {33, 6, 0},
		{35, 6, 0}, {37, 6, 0}, {39, 6, 0}, {41, 6, 0}, {43, 6, 0}, {45, 6, 0}, {1, 4, 16}, {2, 4, 0},
		{3, 5, 32}, {4, 5, 0}, {6, 5, 32}, {7, 5, 0}, {9, 6, 0}, {12, 6, 0}, {15, 6, 0}, {18, 6, 0},
		{21, 6, 0}, {24, 6, 0}, {27, 6, 0}, {30, 6, 0}, {32, 6, 0}, {34, 6, 0}, {36, 6, 0}, {38, 6, 0},
		{40, 6, 0}, {42, 6, 0}, {44, 6, 0}, {1, 4, 32}, {1, 4, 48}, {2, 4, 16}, {4, 5, 32}, {5, 5, 32},
		{7, 5, 32}, {8, 5, 32}, {11, 6, 0}, {14, 6, 0}, {17, 6, 0}, {20, 6, 0}, {23, 6, 0}, {26, 6, 0},
		{29, 6, 0}, {52, 6, 0}, {51, 6, 0}, {50, 6, 0}, {49, 6, 0}, {48, 6, 0}, {47, 6, 0}, {46, 6, 0},
	},
}

var kindNames = [kinds]string{"literal_lengths", "offsets", "match_lengths"}

func newTable() *table { return &table{states: new([tableSize]entry)} }

// stateOf is a state as it is to be for a code.
func stateOf(k *kind, code, stateBits, next int) entry {
	return newEntry(uint(stateBits), uint(k.bits[code]), uint(next), k.values[code])
}

func TestPredefinedTables(t *testing.T) {
	for k, states := range appendixA {
		t.Run(kindNames[k], func(t *testing.T) {
			usual := newTable()
			usual.setUsual(&kindOf[k])
			if !usual.defined || 1<<usual.accuracy != len(states) {
				t.Errorf("got defined %t and accuracy %d, want %d states", usual.defined, usual.accuracy, len(states))
			}
			for s, want := range states {
				if got, want := usual.states[s], stateOf(&kindOf[k], want[0], want[1], want[2]); got != want {
					t.Errorf("state %d: got %x, want %x", s, got, want)
				}
			}
		})
	}
}

// The values of codes follow each other without a gap, RFC 8878 3.1.1.3.2.1.1.
func TestCodes(t *testing.T) {
	last := [kinds]struct{ codes, most int }{
		literalLengths: {36, 131071}, offsets: {31, 1<<31 - 1 - 3}, matchLengths: {53, 131074},
	}
	for k, want := range last {
		kd := &kindOf[k]
		if len(kd.values) != want.codes || len(kd.bits) != want.codes {
			t.Errorf("%s: got %d values and %d bits, want %d", kindNames[k], len(kd.values), len(kd.bits), want.codes)
		}
		from := 1
		if k == offsets {
			from = 3 // those before are not values
			if !slices.Equal(kd.values[:3], []uint32{0, 1, 1}) {
				t.Errorf("got values %v, want 0, 1, 1", kd.values[:3])
			}
		}
		for c := from; c < len(kd.values); c++ {
			if got, want := kd.values[c], kd.values[c-1]+1<<kd.bits[c-1]; got != want {
				t.Errorf("%s: code %d: got %d, want %d", kindNames[k], c, got, want)
			}
		}
		end := len(kd.values) - 1
		if got := int(kd.values[end]) + 1<<kd.bits[end] - 1; got != want.most {
			t.Errorf("%s: got at most %d, want %d", kindNames[k], got, want.most)
		}
	}
}

func TestSingleCodes(t *testing.T) {
	for k := range kinds {
		kd := &kindOf[k]
		for code := range 256 {
			got := newTable()
			err := got.setSingle(kd, byte(code))
			if code >= len(kd.values) {
				if err == nil || got.defined {
					t.Errorf("%s: code %d: got defined %t and error %v, want an error", kindNames[k], code, got.defined, err)
				}
				continue
			}
			if err != nil || !got.defined || got.accuracy != 0 || got.states[0] != stateOf(kd, code, 0, 0) {
				t.Errorf("%s: code %d: got %+v, error %v", kindNames[k], code, got.states[0], err)
			}
		}
	}
}

// Descriptions of distributions are read as they were meant, to their last byte.
func TestReadTable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for k := range kinds {
		kd := &kindOf[k]
		for range 500 {
			accuracy := uint(6 + rnd.IntN(4))
			norm := distribution(rnd, k, accuracy, nil)
			p := describe(norm, accuracy)
			size := len(p)
			p = append(p, byte(rnd.Uint32()), 0xff, byte(rnd.Uint32()), 0xff)
			got, want := newTable(), newTable()
			n, err := got.read(kd, p)
			if err != nil || n != size || !got.defined || got.accuracy != accuracy {
				t.Fatalf("%s: %v: got %d bytes, accuracy %d, error %v, want %d bytes", kindNames[k], norm, n, got.accuracy, err, size)
			}
			if err := want.build(kd, norm, accuracy); err != nil {
				t.Fatal(err)
			}
			if *got.states != *want.states {
				t.Fatalf("%s: %v: got other states", kindNames[k], norm)
			}
			checkStates(t, kd, got)
		}
	}
}

// checkStates checks what the assembly relies on, that no state leads outside,
// and that a code leads to each at most once.
func checkStates(t *testing.T, k *kind, tb *table) {
	t.Helper()
	var led [64][tableSize]uint8
	size := uint(1) << tb.accuracy
	for _, e := range tb.states[:size] {
		if e.next()+1<<e.stateBits() > size || e.valueBits() > 30 || e.stateBits() > maxAccuracy {
			t.Fatalf("got state %x of %d", e, size)
		}
		code := k.codeOf(e)
		for i := range uint(1) << e.stateBits() {
			if led[code][e.next()+i]++; led[code][e.next()+i] > 1 {
				t.Fatalf("got two states of code %d that lead to %d", code, e.next()+i)
			}
		}
	}
}

func TestReadTableMalformed(t *testing.T) {
	long := describe(slices.Repeat([]int16{1}, 32), 5)
	zeros := func(n int) []byte { // one code, zeros, and another code
		return describe(append(append([]int16{16}, make([]int16, n)...), 16), 5)
	}
	pad := func(p []byte) []byte { return append(slices.Clone(p), 0, 0, 0, 0) }
	tests := []struct {
		name string
		kind int
		in   []byte
		want error
		text string
	}{
		{"empty", literalLengths, nil, errTableEnds, ""},
		{"three_bytes", literalLengths, zeros(0)[:3:3], errTableEnds, ""},
		{"accuracy_10", literalLengths, []byte{0x05, 0, 0, 0}, nil, "accuracy 10"},
		{"accuracy_20", offsets, []byte{0xff, 0xff, 0xff, 0xff}, nil, "accuracy 20"},
		{"cut", literalLengths, long[:len(long)-2], nil, ""},
		{"one_code", literalLengths, pad(describe([]int16{32}, 5)), errTableSymbols, ""},
		{"all_states", literalLengths, pad(describe([]int16{0, 32}, 5)), errTableCircular, ""},
		{"too_many_zeros", literalLengths, pad(zeros(35)), errTableSymbols, ""},
		{"zeros_without_end", literalLengths, append(describe([]int16{16, 0}, 5)[:1:1], 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), errTableSymbols, ""},
		{"too_many_codes", offsets, pad(long), errTableSymbols, ""},
		{"more_codes_than_offsets_have", offsets, pad(zeros(30)), errTableSymbols, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := newTable().read(&kindOf[tt.kind], tt.in)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %d and error %v, want %v %s", n, err, tt.want, tt.text)
			}
		})
	}
	// On the right side of those limits.
	for name, tt := range map[string]struct {
		kind int
		in   []byte
	}{
		"zeros": {literalLengths, zeros(34)}, "codes": {literalLengths, long}, "zeros_of_offsets": {offsets, zeros(29)},
		"two_codes": {matchLengths, zeros(0)}, "zeros_of_match_lengths": {matchLengths, zeros(51)},
	} {
		in := tt.in
		if len(in) < 4 {
			in = pad(in)
		}
		if n, err := newTable().read(&kindOf[tt.kind], in); err != nil || n != len(tt.in) {
			t.Errorf("%s: got %d and error %v, want %d", name, n, err, len(tt.in))
		}
	}
}

// Whatever a description says, what is accepted leads nowhere outside.
func TestReadTableRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	read := 0
	for range 60_000 {
		k := rnd.IntN(kinds)
		p := make([]byte, rnd.IntN(24))
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		if len(p) > 0 {
			p[0] = p[0]&^0xf | byte(rnd.IntN(6))
		}
		tb := newTable()
		n, err := tb.read(&kindOf[k], p)
		if err != nil {
			continue
		}
		if read++; n < 1 || n > len(p) {
			t.Fatalf("got a description of %d bytes in %x", n, p)
		}
		checkStates(t, &kindOf[k], tb)
	}
	if read < 300 {
		t.Errorf("got %d good descriptions, want some", read)
	}
}

func TestBuildMalformed(t *testing.T) {
	for name, tt := range map[string]struct {
		norm []int16
		want error
	}{
		"few":       {[]int16{16, 8}, errTableSum},
		"many_rare": {slices.Repeat([]int16{-1}, 33), errTableSum},
		"circular":  {[]int16{0, 32}, errTableCircular},
	} {
		if err := newTable().build(&kindOf[literalLengths], tt.norm, 5); !errors.Is(err, tt.want) {
			t.Errorf("%s: got error %v, want %v", name, err, tt.want)
		}
	}
}
