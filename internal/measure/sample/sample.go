// Package sample makes data and images to measure with: the same bytes on
// every machine and every run, without a disk, a clock or another tool.
//
// A [Kind] imitates what layers hold. What a decoder costs depends on how the
// stream is made up of literals, of matches, and of how long and how far away
// those are, so that is what Library and Text imitate: their parameters were
// chosen such that gzip packs them as tightly, and decoders read them about as
// fast, as the shared libraries and the documents of a Debian system. Noise is
// what cannot be compressed, Zeros what compresses best.
//
// An [Image] is laid out as docker save or as an OCI layout with gzip or zstd
// layers, and written as a tar or a folder.
//
//	data := sample.Data(sample.Library, 8<<20, 1)
//	img, err := sample.Build(sample.Spec{Format: sample.OCIGzip, Layers: 8, LayerSize: 16 << 20})
//	_, err = img.WriteTo(w)
package sample

import "fmt"

// Kind is a kind of data.
type Kind string

// The kinds.
const (
	Library Kind = "library" // machine code and tables: gzip leaves two fifths
	Text    Kind = "text"    // documents and sources: gzip leaves a fifth
	Noise   Kind = "noise"   // incompressible, as photos and archives are
	Zeros   Kind = "zeros"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Library, Text, Noise, Zeros} }

// ParseKind returns the kind of that name.
func ParseKind(s string) (Kind, error) {
	for _, k := range Kinds() {
		if string(k) == s {
			return k, nil
		}
	}
	return "", fmt.Errorf("no kind of data is called %q", s)
}

// Data returns n bytes of a kind. Different seeds give different bytes of the
// same making.
func Data(k Kind, n int, seed uint64) []byte {
	out := make([]byte, 0, n+maxCopy)
	r := &source{state: seed*0x9e3779b97f4a7c15 + 1}
	switch k {
	case Library:
		out = library.append(out, n, r)
	case Text:
		out = text.append(out, n, r)
	case Noise:
		for len(out) < n {
			v := r.next()
			out = append(out, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
		}
	case Zeros:
		out = out[:n]
	}
	return out[:n:n]
}

// source is splitmix64: small, good enough, and the same for ever.
type source struct{ state uint64 }

func (s *source) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n).
func (s *source) below(n int) int { return int((s.next() >> 33) * uint64(n) >> 31) }

// skewed returns a number in [0, n): the higher the power, the more of them
// are small.
func (s *source) skewed(n, power int) int {
	x := float64(s.next()>>11) / (1 << 53)
	y := x
	for range power - 1 {
		y *= x
	}
	return int(y * float64(n))
}
