package zblock

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// ability is what the assembly is used for.
type ability struct {
	decodes bool
	hashes  bool // while it decodes
}

var (
	trust   sync.Once
	trusted ability
)

// able is what the CPU can do and gives the right answers for.
func able() ability {
	trust.Do(func() {
		a := possible()
		a.decodes = a.decodes && ability{decodes: true}.knowsAnswer()
		a.hashes = a.decodes && a.hashes && a.knowsAnswer()
		trusted = a
	})
	return trusted
}

// Fast reports whether decoding is done in assembly, which is faster than the
// library.
func Fast() bool { return able().decodes }

// Hashes reports whether a Backlog is worked off.
func Hashes() bool { return able().hashes }

// knowsAnswer is a known-answer test: a block of sequences that need no bits is
// decoded while a message is hashed, and crypto/sha256 hashes it too.
func (a ability) knowsAnswer() bool {
	const n = 300
	block := []byte{literalsRaw | 1<<2 | n&0xf<<4, n >> 4}
	var want []byte
	for i := range n {
		c := byte(i * 7)
		block = append(block, c)
		want = append(want, c, c, c, c)
	}
	// Of each kind one code: one literal, the latest offset, which is 1, and
	// three bytes.
	block = append(block, 128+n>>8, n&0xff, 1<<6|1<<4|1<<2, 1, 0, 0, 1)
	message := make([]byte, 4096)
	for i := range message {
		message[i] = byte(i * i >> 3)
	}
	t := trial{h: initial, rest: message}
	d := &Decoder{trial: &a}
	d.Reset(8 << 10)
	copy(d.Input(len(block)), block)
	got, err := d.Compressed(len(block), &t)
	if err != nil || !bytes.Equal(got, want) || d.fellBack {
		return false
	}
	done := len(message) - len(t.rest)
	return t.h == sha256State(message[:done]) && (done > 0) == a.hashes
}

// trial is the backlog of the test.
type trial struct {
	h    [8]uint32
	rest []byte
}

func (t *trial) Take() (*[8]uint32, []byte) { return &t.h, t.rest }
func (t *trial) Done(n int)                 { t.rest = t.rest[n:] }

// initial is FIPS 180-4, 5.3.3.
var initial = [8]uint32{
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}

// sha256State is the state of crypto/sha256 after whole blocks: what follows the
// four letters of its encoding.
func sha256State(blocks []byte) (h [8]uint32) {
	s := sha256.New()
	s.Write(blocks)
	b, err := s.(interface{ MarshalBinary() ([]byte, error) }).MarshalBinary()
	if err != nil || len(b) < 4+sha256.Size {
		return h
	}
	for i := range h {
		h[i] = binary.BigEndian.Uint32(b[4+4*i:])
	}
	return h
}
