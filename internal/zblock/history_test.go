package zblock

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// next decodes a block of one match and a literal, and returns it.
func next(d *Decoder, offset, match int) ([]byte, error) {
	g := generator{rnd: rand.New(rand.NewPCG(1, 1))}
	body := g.sequenceBlock(1, step{0, match, offset + 3})
	d.inInput(body)
	return d.Compressed(len(body), nil)
}

// A match reaches as far as the frame and the window do, and no further,
// wherever in the ring the frame begins and however often it went round.
func TestHistory(t *testing.T) {
	const window = 1 << 10
	rnd := rand.New(rand.NewPCG(1, 2))
	stride := 11
	if testing.Short() {
		stride = 67
	}
	for _, portable := range []bool{false, true} {
		for _, before := range []int{0, 1, 3, 20, 500, 1000, 1023, 1024, 1025, 2000, 10_000} {
			for start := rnd.IntN(stride); start < len(newDecoder(window).ring)-slack; start += stride {
				d := &Decoder{portable: portable}
				d.Reset(window)
				for i := range d.ring {
					d.ring[i] = 0xee // of another frame
				}
				d.pos = start
				d.Reset(window)
				var all []byte
				for len(all) < before {
					n := min(before-len(all), 1+rnd.IntN(window))
					p := d.Input(n)
					for i := range p {
						p[i] = byte(rnd.Uint32())
					}
					out, err := d.Raw(n)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, out...)
				}
				most := min(before, window)
				match := 3 + rnd.IntN(1000)
				offset := most - rnd.IntN(min(most, 3)+1)
				if rnd.IntN(3) == 0 || offset < 1 {
					offset = most + 1 + rnd.IntN(100)
				}
				out, err := next(d, offset, match)
				if offset > most {
					if !errors.Is(err, errMatchOffset) {
						t.Fatalf("start %d, %d before, portable %t, offset %d: got error %v, want %v", start, before, portable, offset, err, errMatchOffset)
					}
					continue
				}
				if err != nil || len(out) != match+1 {
					t.Fatalf("start %d, %d before, portable %t, offset %d: got %d bytes, error %v, want %d", start, before, portable, offset, len(out), err, match+1)
				}
				if fellBack(d) {
					t.Fatalf("start %d, %d before, offset %d: the assembly did not decode it", start, before, offset)
				}
				for i := range match {
					all = append(all, all[len(all)-offset])
					if out[i] != all[len(all)-1] {
						t.Fatalf("start %d, %d before, portable %t, offset %d, position %d of %d: got another byte", start, before, portable, offset, i, match)
					}
				}
			}
		}
	}
}

// Frames of many windows follow each other on one decoder. What it has returned
// stays as it is during the next call, even if that is in the next frame.
func TestFrames(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	for _, portable := range []bool{false, true} {
		rnd := rand.New(rand.NewPCG(8, 8))
		d := &Decoder{portable: portable}
		var held, copied []byte
		for round := range rounds {
			exponent := rnd.IntN(9)
			g := newGenerator(rnd, exponent, rnd.IntN(8))
			for range 1 + rnd.IntN(12) {
				g.block()
			}
			if g.last == 0 {
				continue
			}
			frame, want := g.finish()
			window, p := blocks(t, frame)
			d.Reset(window)
			var all []byte
			for last := false; !last; {
				var out []byte
				var err error
				if out, p, last, err = decodeBlock(d, p, newMessages(t, rnd, 5000)); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				if !bytes.Equal(held, copied) {
					t.Fatalf("round %d, portable %t: the block before has changed", round, portable)
				}
				all = append(all, out...)
				if len(out) > 0 { // the caller asks again if there is nothing
					held, copied = out, slices.Clone(out)
				}
			}
			if !bytes.Equal(all, want) {
				t.Fatalf("round %d, portable %t: got %d bytes, want %d, or others", round, portable, len(all), len(want))
			}
		}
	}
}

// What Reset allocates is bounded, and kept.
func TestMemory(t *testing.T) {
	d := new(Decoder)
	for _, window := range []int{1 << 10, 1 << 17, 1 << 20, 9 << 20, 1 << 10, 9 << 20} {
		before := cap(d.ring)
		d.Reset(window)
		if window <= before-(1<<20) && cap(d.ring) != before {
			t.Errorf("window %d: got another ring of %d bytes, want that of %d", window, cap(d.ring), before)
		}
		if len(d.ring) <= before {
			continue
		}
		if got := len(d.ring) + len(d.in) + len(d.literalBuf); got > window+1<<20 {
			t.Errorf("window %d: got %d bytes of buffers, want less than a MiB more", window, got)
		}
	}
	if n := len(d.Input(MaxBlock)); n != MaxBlock {
		t.Errorf("got room for %d bytes, want %d", n, MaxBlock)
	}
}

// Once the buffers are there, nothing is allocated.
func TestAllocations(t *testing.T) {
	frame := encode(t, prose(rand.New(rand.NewPCG(1, 1)), 1<<20), 1<<17, zstd.SpeedDefault)
	window, p := blocks(t, frame)
	for _, portable := range []bool{false, true} {
		d := &Decoder{portable: portable}
		b := &plain{h: initial, rest: make([]byte, 16<<20)}
		if n := testing.AllocsPerRun(5, func() {
			d.Reset(window)
			rest := p
			for last := false; !last; {
				var err error
				if _, rest, last, err = decodeBlock(d, rest, b); err != nil {
					t.Fatal(err)
				}
			}
		}); n >= 1 {
			t.Errorf("portable %t: got %v allocations, want none", portable, n)
		}
	}
}

// A block is refused if it is larger than its window or 128 KiB, as stored or as
// decoded.
func TestBlockSizes(t *testing.T) {
	for _, window := range []int{1 << 10, 1<<10 + 1<<7, MaxBlock, 1 << 20} {
		most := min(window, MaxBlock)
		for _, size := range []int{0, 1, most - 1, most, most + 1} {
			t.Run(fmt.Sprintf("window=%d/size=%d", window, size), func(t *testing.T) {
				var want error
				if size > most {
					want = errStoredSize
				}
				d := newDecoder(window)
				if size <= MaxBlock {
					if out, err := d.Raw(size); !errors.Is(err, want) || err == nil && len(out) != size {
						t.Errorf("got %d bytes and error %v, want %v", len(out), err, want)
					}
				}
				if out, err := d.Repeat(size, 7); !errors.Is(err, want) || err == nil && !bytes.Equal(out, bytes.Repeat([]byte{7}, size)) {
					t.Errorf("repeated: got %d bytes and error %v, want %v", len(out), err, want)
				}
				if size > most {
					if _, err := d.Compressed(size, nil); !errors.Is(err, want) {
						t.Errorf("compressed: got error %v, want %v", err, want)
					}
				}
				// As decoded: a literal, a match and more literals.
				for _, tail := range []int{0, 1, 100} {
					match := size - 1 - tail
					if match < 3 {
						continue
					}
					for _, portable := range []bool{false, true} {
						d := &Decoder{portable: portable}
						d.Reset(window)
						g := generator{rnd: rand.New(rand.NewPCG(1, 1))}
						body := g.sequenceBlock(tail, step{1, match, 1 + 3})
						d.inInput(body)
						out, err := d.Compressed(len(body), nil)
						if (err == nil) != (want == nil) || err != nil && !errors.Is(err, errBlockSize) || err == nil && len(out) != size {
							t.Errorf("tail %d, portable %t: got %d bytes and error %v", tail, portable, len(out), err)
						}
					}
				}
			})
		}
	}
}
