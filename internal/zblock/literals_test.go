package zblock

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/huff0"
)

// newDecoder returns a decoder for a frame with that window.
func newDecoder(window int) *Decoder {
	d := new(Decoder)
	d.Reset(window)
	return d
}

// inInput puts p where stored blocks are.
func (d *Decoder) inInput(p []byte) []byte {
	in := d.Input(len(p))
	copy(in, p)
	return in
}

// literalHeader is a Literals_Section_Header of RFC 8878 3.1.1.3.1.1.
func literalHeader(how, format, size, stored int) []byte {
	v := uint64(how | format<<2)
	n := 0
	if how == literalsRaw || how == literalsRLE {
		n = [4]int{1, 2, 1, 3}[format]
		if n == 1 {
			v = uint64(how) | uint64(format<<2&7) | uint64(size)<<3
		} else {
			v |= uint64(size) << 4
		}
	} else {
		n = [4]int{3, 3, 4, 5}[format]
		width := [4]int{10, 10, 14, 18}[format]
		v |= uint64(size)<<4 | uint64(stored)<<(4+width)
	}
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(v >> (8 * i))
	}
	return p
}

// huffman compresses literals, with a tree or, for others, with that tree alone.
func huffman(t testing.TB, streams int, p []byte, again ...[]byte) (all [][]byte) {
	t.Helper()
	s := &huff0.Scratch{Reuse: huff0.ReusePolicyNone}
	for i, p := range append([][]byte{p}, again...) {
		if i > 0 {
			s.Reuse = huff0.ReusePolicyMust
		}
		compress := huff0.Compress4X
		if streams == 1 {
			compress = huff0.Compress1X
		}
		out, reused, err := compress(p, s)
		if err != nil || reused != (i > 0) {
			t.Fatalf("got tree reused %t, error %v", reused, err)
		}
		all = append(all, bytes.Clone(out))
	}
	return all
}

func TestLiterals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	text := prose(rnd, 100_000)
	const rest = "rest"
	check := func(t *testing.T, d *Decoder, in, want []byte) {
		t.Helper()
		got, err := d.readLiterals(d.inInput(append(bytes.Clone(in), rest...)))
		if err != nil || string(got) != rest || !bytes.Equal(d.literals, want) {
			t.Errorf("got %d literals, rest %q, error %v, want %d", len(d.literals), got, err, len(want))
		}
		if cap(d.literals)-len(d.literals) < slack {
			t.Errorf("got room for %d bytes behind the literals, want %d", cap(d.literals)-len(d.literals), slack)
		}
	}
	sizes := map[int][]int{0: {0, 1, 31}, 1: {0, 1, 31, 32, 4095}, 2: {0, 5, 31}, 3: {0, 1, 4096, 100_000}}
	for format, sizes := range sizes {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("raw/format=%d/size=%d", format, n), func(t *testing.T) {
				check(t, newDecoder(1<<20), append(literalHeader(literalsRaw, format, n, 0), text[:n]...), text[:n])
			})
			t.Run(fmt.Sprintf("repeated/format=%d/size=%d", format, n), func(t *testing.T) {
				check(t, newDecoder(1<<20), append(literalHeader(literalsRLE, format, n, 0), 'x'), bytes.Repeat([]byte("x"), n))
			})
		}
	}
	for format, n := range []int{700, 1000, 9000, 100_000} {
		streams := 4
		if format == 0 {
			streams = 1
		}
		packed := huffman(t, streams, text[:n], text[:n/2])
		t.Run(fmt.Sprintf("compressed/format=%d", format), func(t *testing.T) {
			d := newDecoder(1 << 20)
			check(t, d, append(literalHeader(literalsCompressed, format, n, len(packed[0])), packed[0]...), text[:n])
			check(t, d, append(literalHeader(literalsTreeless, format, n/2, len(packed[1])), packed[1]...), text[:n/2])
		})
	}
}

func TestLiteralsMalformed(t *testing.T) {
	text := prose(rand.New(rand.NewPCG(1, 1)), 1000)
	packed := huffman(t, 4, text)[0]
	one := huffman(t, 1, text[:900])[0]
	cat := func(p ...[]byte) []byte { return bytes.Join(p, nil) }
	tests := []struct {
		name string
		in   []byte
		want error
		text string
	}{
		{"empty", nil, errLiteralsEnd, ""},
		{"one_byte", []byte{0}, errLiteralsEnd, ""},
		{"raw_header_cut", []byte{literalsRaw | 3<<2, 0}, errLiteralsEnd, ""},
		{"raw_cut", cat(literalHeader(literalsRaw, 1, 100, 0), text[:99]), errLiteralsEnd, ""},
		{"raw_large", cat(literalHeader(literalsRaw, 3, 1025, 0), make([]byte, 1025)), errLiteralsSize, ""},
		{"raw_largest", literalHeader(literalsRaw, 3, 1<<20-1, 0), errLiteralsEnd, ""},
		{"repeated_cut", literalHeader(literalsRLE, 1, 100, 0), errLiteralsEnd, ""},
		{"repeated_large", cat(literalHeader(literalsRLE, 3, 1025, 0), []byte("x")), errLiteralsSize, ""},
		{"compressed_header_cut", literalHeader(literalsCompressed, 3, 100, 10)[:4], errLiteralsEnd, ""},
		{"compressed_cut", cat(literalHeader(literalsCompressed, 1, 1000, len(packed)), packed[:len(packed)-1]), errLiteralsEnd, ""},
		{"compressed_large", cat(literalHeader(literalsCompressed, 2, 1025, len(packed)), packed), errLiteralsSize, ""},
		{"compressed_few", cat(literalHeader(literalsCompressed, 1, 1001, len(packed)), packed), nil, "literals"},
		{"compressed_many", cat(literalHeader(literalsCompressed, 1, 997, len(packed)), packed), nil, "literals"},
		{"compressed_no_tree", cat(literalHeader(literalsCompressed, 1, 1000, 1), packed[:1]), nil, "tree"},
		{"compressed_bad_tree", cat(literalHeader(literalsCompressed, 1, 1000, 20), make([]byte, 20)), nil, "tree"},
		{"one_stream_as_four", cat(literalHeader(literalsCompressed, 1, 900, len(one)), one), nil, "literals"},
		{"treeless_without_tree", cat(literalHeader(literalsTreeless, 1, 1000, len(packed)), packed), errNoTree, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDecoder(1 << 10)
			_, err := d.readLiterals(d.inInput(tt.in))
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got error %v, want %v %s", err, tt.want, tt.text)
			}
		})
	}
}

// A tree is of one frame.
func TestTreeOfAnotherFrame(t *testing.T) {
	text := prose(rand.New(rand.NewPCG(1, 1)), 1000)
	packed := huffman(t, 4, text, text)
	d := newDecoder(1 << 10)
	for _, want := range []error{nil, errNoTree} {
		d.Reset(1 << 10)
		if want == nil {
			if _, err := d.readLiterals(d.inInput(append(literalHeader(literalsCompressed, 1, 1000, len(packed[0])), packed[0]...))); err != nil {
				t.Fatal(err)
			}
		}
		_, err := d.readLiterals(d.inInput(append(literalHeader(literalsTreeless, 1, 1000, len(packed[1])), packed[1]...)))
		if !errors.Is(err, want) {
			t.Errorf("got error %v, want %v", err, want)
		}
	}
}
