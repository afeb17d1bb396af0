package hash

import (
	"encoding"
	"encoding/binary"
	"hash"
	"math/bits"
)

// single compresses blocks of one stream into a state that it is handed, with
// an engine for one stream if there is one: the state travels in the form in
// which crypto/sha256 and sha256-simd marshal theirs, which costs little beside
// the blocks. The known-answer test of the lanes covers the form; where it does
// not hold, portable Go takes over.
type single struct {
	h     stateful // nil: portable Go
	state [stateSize]byte
	last  [2 * blockSize]byte // scratch for padding
}

// stateful is what an engine must offer for its state to be set and read.
type stateful interface {
	hash.Hash
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// The marshaled state: four bytes of magic, the state in big-endian words, the
// buffered bytes, the length.
const (
	stateMagic = "sha\x03"
	stateWords = len(stateMagic)
	stateSize  = stateWords + 32 + blockSize + 8
)

func (s *laneSet) single() (one single) {
	if s.stream != nil {
		one.h, _ = s.stream().(stateful)
	}
	return one
}

// blocks compresses p, whole blocks, into h.
func (s *single) blocks(h *[8]uint32, p []byte) {
	if len(p) == 0 {
		return
	}
	if s.h == nil || !s.engine(h, p) {
		blocksGo(h, p)
	}
}

// engine reports whether the engine did it; h is unchanged if not.
func (s *single) engine(h *[8]uint32, p []byte) bool {
	copy(s.state[:], stateMagic)
	for i, v := range h {
		binary.BigEndian.PutUint32(s.state[stateWords+4*i:], v)
	}
	// Length zero stands for any whole number of blocks: only Sum reads it.
	clear(s.state[stateWords+32:])
	if s.h.UnmarshalBinary(s.state[:]) != nil {
		return false
	}
	s.h.Write(p)
	var out []byte
	var err error
	if a, ok := s.h.(encoding.BinaryAppender); ok {
		out, err = a.AppendBinary(s.state[:0])
	} else {
		out, err = s.h.MarshalBinary()
	}
	if err != nil || len(out) != stateSize || string(out[:stateWords]) != stateMagic {
		return false
	}
	for i := range h {
		h[i] = binary.BigEndian.Uint32(out[stateWords+4*i:])
	}
	return true
}

// blocksGo is FIPS 180-4, 6.2.2, word for word.
func blocksGo(h *[8]uint32, p []byte) {
	var w [64]uint32
	for ; len(p) >= blockSize; p = p[blockSize:] {
		for t := range 16 {
			w[t] = binary.BigEndian.Uint32(p[4*t:])
		}
		for t := 16; t < 64; t++ {
			x, y := w[t-15], w[t-2]
			sigma0 := bits.RotateLeft32(x, -7) ^ bits.RotateLeft32(x, -18) ^ x>>3
			sigma1 := bits.RotateLeft32(y, -17) ^ bits.RotateLeft32(y, -19) ^ y>>10
			w[t] = sigma1 + w[t-7] + sigma0 + w[t-16]
		}
		a, b, c, d, e, f, g, hh := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
		for t := range 64 {
			sum1 := bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)
			t1 := hh + sum1 + (e&f ^ ^e&g) + k256[t] + w[t]
			sum0 := bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)
			t2 := sum0 + (a&b ^ a&c ^ b&c)
			hh, g, f, e, d, c, b, a = g, f, e, d+t1, c, b, a, t1+t2
		}
		for i, v := range [8]uint32{a, b, c, d, e, f, g, hh} {
			h[i] += v
		}
	}
}

// k256 are the constants of FIPS 180-4, 4.2.2.
var k256 = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
