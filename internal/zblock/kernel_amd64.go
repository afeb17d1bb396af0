//go:build amd64 && !purego

package zblock

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/ocisum/ocisum/internal/cpu"
)

//go:generate go run ./internal/gen/main.go ./internal/gen/sequences.go ./internal/gen/sha256.go

// possible is what the CPU has the instructions for.
func possible() ability {
	a := ability{decodes: cpu.Allowed("avx", cpuid.AVX) && cpu.Allowed("bmi2", cpuid.BMI2)}
	a.hashes = a.decodes && cpu.Allowed("sha", cpuid.SHA) && cpu.Allowed("ssse3", cpuid.SSSE3) && cpu.Allowed("sse41", cpuid.SSE4) &&
		cpu.Allowed("avx512f", cpuid.AVX512F) && cpu.Allowed("avx512bw", cpuid.AVX512BW) && cpu.Allowed("avx512vl", cpuid.AVX512VL)
	return a
}

// Impl names the instructions that decode, and those that hash meanwhile.
func Impl() (decode, hash string) {
	if Fast() {
		decode = "avx+bmi2"
	}
	if Hashes() {
		hash = "sha-ni+avx512"
	}
	return decode, hash
}

// job is what decodeSequences does, and how far it got. Up to slack bytes after
// the literals and the block may be read, and after the block written.
type job struct {
	// The bit stream, which is read from its end.
	low   *byte // eight bytes before it, which may be read
	in    *byte // eight bytes that hold the next bit among their highest eight
	minus int   // minus how many bits above it are used up: -3 if it is bit 60

	tables     *[kinds][tableSize]entry
	ll, ml, of entry // the states
	left       int   // sequences, at least 1

	lit, litEnd *byte
	block       *byte // where the block begins
	dst, end    *byte // end: where it must have ended

	// History is what is before dst from ring on and, before that, what ends
	// delta bytes after ring, from before on.
	ring   *byte
	delta  int
	before *byte
	window int

	rep1, rep2, rep3 int

	// SHA-256 with state h of as many groups of four blocks as there are at
	// message.
	h       *[8]uint32
	message *byte
	groups  int

	// What came of it. If nothing failed and sequences are left, the message is
	// used up.
	failed  int
	unread  int // bits
	decoded int
	unused  int // literals
	blocks  int // compressed
}

const (
	groupBytes = 256 // as in internal/gen
	// worthwhile is how many sequences have to be left for a message: with four
	// groups, setting up the first schedule takes no more than a fifth.
	worthwhile = 64
)

// decodeSequences decodes sequences and carries them out, and compresses the
// message meanwhile.
//
//go:noescape
func decodeSequences(j *job)

// decodeFast is decodePortable in assembly, working off b on the way. It
// reports whether all is well; if not, the decoder is in no defined state.
func (d *Decoder) decodeFast(s sequences, b Backlog) bool {
	if s.r.left < 0 {
		return false
	}
	if len(d.literals) == 0 {
		d.literals = d.literalBuf[:0]
	}
	// Both are parts of larger buffers, and were sliced without a capacity: there
	// is a byte after the literals, and the stream tells where in d.in it is.
	lit := d.literals[:len(d.literals)+1]
	stream := cap(d.in) - cap(s.r.p)
	ends := (s.r.left + 7) / 8
	j := &d.job
	*j = job{
		low: &d.in[stream-8], in: &d.in[stream+ends-8], minus: s.r.left - 8*ends,
		tables: &d.states, ll: s.ll, ml: s.ml, of: s.of, left: s.n,
		lit: &lit[0], litEnd: &lit[len(d.literals)],
		block: &d.ring[d.pos], dst: &d.ring[d.pos], end: &d.ring[d.end],
		ring: &d.ring[d.start], delta: d.lap - d.start, before: &d.ring[d.before], window: d.window,
		rep1: d.rep[0], rep2: d.rep[1], rep3: d.rep[2],
	}
	for j.left > 0 && j.failed == 0 {
		j.groups = 0
		if b != nil && j.left > worthwhile {
			var message []byte
			if j.h, message = b.Take(); len(message) >= groupBytes {
				j.message, j.groups = &message[0], len(message)/groupBytes
			}
		}
		decodeSequences(j)
		if j.groups > 0 {
			b.Done(j.blocks * 64)
		} else if j.h != nil {
			b.Done(0)
		}
		j.h, j.message = nil, nil
	}
	if j.failed != 0 || j.unread != 0 {
		return false
	}
	d.pos += j.decoded
	d.literals = d.literals[len(d.literals)-j.unused:]
	d.rep = [3]int{j.rep1, j.rep2, j.rep3}
	return true
}
