package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/decompress"
)

// compress is what a decoder does with a backlog: whole blocks p go into h.
func compress(t *testing.T, h *[8]uint32, p []byte) {
	t.Helper()
	s := sha256.New()
	// The state as crypto/sha256 keeps it: 4 bytes, h, a block, the length.
	saved, err := s.(encoding.BinaryAppender).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range h {
		binary.BigEndian.PutUint32(saved[4+4*i:], v)
	}
	if err := s.(encoding.BinaryUnmarshaler).UnmarshalBinary(saved); err != nil {
		t.Fatal(err)
	}
	s.Write(p)
	if saved, err = s.(encoding.BinaryAppender).AppendBinary(saved[:0]); err != nil {
		t.Fatal(err)
	}
	for i := range h {
		h[i] = binary.BigEndian.Uint32(saved[4+4*i:])
	}
}

// takeOff works off a part of what a backlog has to offer, as a decoder may.
func takeOff(t *testing.T, rnd *rand.Rand, b decompress.Backlog) {
	t.Helper()
	h, message := b.Take()
	if h == nil {
		return
	}
	n := len(message) / sha256.BlockSize
	switch rnd.IntN(4) {
	case 0:
		n = 0
	case 1:
		n = rnd.IntN(n + 1)
	}
	n *= sha256.BlockSize
	compress(t, h, message[:n])
	b.Done(n)
}

// lost overwrites what nobody may look at any more.
func lost(p []byte) {
	for i := range p {
		p[i] = 0xdd
	}
}

// A pair is SHA-256 of two streams, however much of them a decoder works off,
// and keeps nothing for longer than it is held.
func TestPairBacklog(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	rnd := rand.New(rand.NewPCG(1, 3))
	sizes := []int{1, 63, 64, 65, 500, leastLent - 1, leastLent, leastLent + 63, 5000, 60_000, lateBytes, lateBytes + 1, 300_000}
	part := func() []byte {
		p := make([]byte, rnd.IntN(1+sizes[rnd.IntN(len(sizes))]))
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		return p
	}
	var p pair
	for round := range rounds {
		p.reset(false)
		stored, decoded := sha256.New(), sha256.New()
		var held []byte
		for range rnd.IntN(40) {
			switch rnd.IntN(10) {
			case 0, 1, 2:
				b := part()
				stored.Write(b)
				p.stored(b)
				lost(b)
			case 3, 4, 5:
				takeOff(t, rnd, &p)
			case 6:
				p.settle() // as before another core takes over
			case 7:
				if got, _ := p.digests(); got != digestOf(stored.Sum(nil)) {
					t.Fatalf("round %d: got another digest of the stored bytes in the middle", round)
				}
			default:
				b := part()
				decoded.Write(b)
				hold := rnd.IntN(4) > 0
				p.decoded(b, hold)
				lost(held)
				if held = b; !hold {
					lost(b)
				}
			}
		}
		gotStored, gotDecoded := p.digests()
		if want := digestOf(stored.Sum(nil)); gotStored != want {
			t.Errorf("round %d, stored: got %s, want %s", round, gotStored, want)
		}
		if want := digestOf(decoded.Sum(nil)); gotDecoded != want {
			t.Errorf("round %d, decoded: got %s, want %s", round, gotDecoded, want)
		}
	}
}

// Another core takes over the hashing while bytes are held.
func TestBesideTakesOverHeld(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 3))
	for round := range 100 {
		o := newObserver(decompress.Options{}, &outputBudget{limit: math.MaxInt64}, nil)
		o.paired = true
		o.pair.reset(false)
		o.tar.reset()
		o.idle = new(idleCores)
		o.decoder = decompress.NewDecoder(o.options)
		stored, decoded := sha256.New(), sha256.New()
		steps := 2 + rnd.IntN(30)
		takesOver := rnd.IntN(steps)
		var held []byte
		var lent [][]byte
		for i := range steps {
			if i == takesOver {
				o.beside = startBeside(o)
			}
			if o.beside != nil {
				lost(held) // settled
			}
			b := make([]byte, rnd.IntN(100_000))
			for i := range b {
				b[i] = byte(i * round)
			}
			if rnd.IntN(2) == 0 {
				stored.Write(b)
				o.hashStored(b, want{})
				lost(b)
				takeOff(t, rnd, o)
				continue
			}
			decoded.Write(b)
			switch {
			case o.beside == nil:
				o.writeDecoded(b, want{}, true)
				lost(held)
				held = b
			case rnd.IntN(2) == 0:
				o.beside.lend(b, want{})
				if lent = append(lent, b); len(lent) > besideKept {
					lost(lent[0])
					lent = lent[1:]
				}
			default:
				o.hashDecoded(b, want{})
				lost(b)
			}
			takeOff(t, rnd, o)
		}
		if h, _ := o.Take(); h != nil && o.beside != nil {
			t.Errorf("round %d: got a backlog while another core hashes", round)
		}
		o.join()
		gotStored, gotDecoded := o.pair.digests()
		if gotStored != digestOf(stored.Sum(nil)) || gotDecoded != digestOf(decoded.Sum(nil)) {
			t.Errorf("round %d: got other digests", round)
		}
	}
}

// An observer sees the same in a zstd layer with an idle core and without, for
// windows that leave decoded bytes in place for long and for a moment only.
func TestObserveZstd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	data := make([]byte, 0, besideAfter+3<<20)
	for len(data) < cap(data)-300 {
		if len(data) > 1000 && rnd.IntN(4) > 0 {
			at := len(data) - 1 - rnd.IntN(min(len(data)-200, 1<<20))
			data = append(data, data[at:min(len(data), at+rnd.IntN(200))]...)
		} else {
			data = binary.LittleEndian.AppendUint32(data, rnd.Uint32()&0x1f1f1f1f)
		}
	}
	for _, window := range []int{1 << 10, 1 << 16, 1 << 20, 8 << 20} {
		var b bytes.Buffer
		enc, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enc.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := enc.Close(); err != nil {
			t.Fatal(err)
		}
		in := b.Bytes()
		for _, cut := range []bool{false, true} {
			if cut {
				in = in[:len(in)*9/10]
			}
			for _, cores := range []int{0, 1} {
				t.Run(fmt.Sprintf("window=%d/cores=%d/cut=%t", window, cores, cut), func(t *testing.T) {
					o := newObserver(decompress.Options{}, &outputBudget{limit: math.MaxInt64}, nil)
					defer o.close()
					o.idle = new(idleCores)
					for range cores {
						o.idle.give()
					}
					got, err := o.observe(context.Background(), "layer", &slow{bytes.NewReader(in)}, want{layer: true, maxOut: math.MaxInt64})
					if err != nil {
						t.Fatal(err)
					}
					if got.SHA256 != sum(in) || got.Size != int64(len(in)) {
						t.Errorf("got %s of %d stored bytes, want %s of %d", got.SHA256, got.Size, sum(in), len(in))
					}
					if got.Decoded == cut {
						t.Errorf("got decoded %t, faults %v", got.Decoded, got.Faults)
					}
					if !cut && (got.DiffID != sum(data) || got.Uncompressed != int64(len(data))) {
						t.Errorf("got %s of %d decoded bytes, want %s of %d", got.DiffID, got.Uncompressed, sum(data), len(data))
					}
					if (o.spare != nil) != (cores > 0) {
						t.Errorf("got another core used %t, want %t", o.spare != nil, cores > 0)
					}
				})
			}
		}
	}
}

// slow returns odd numbers of bytes.
type slow struct{ r io.Reader }

func (s *slow) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), 10_007)]) }
