package zblock

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// plain is a Backlog that offers all it has, and counts how often.
type plain struct {
	h     [8]uint32
	rest  []byte
	taken int
}

func (b *plain) Take() (*[8]uint32, []byte) { b.taken++; return &b.h, b.rest }
func (b *plain) Done(n int)                 { b.rest = b.rest[n:] }

// Messages of all lengths beside blocks of all numbers of sequences: what is
// done is done, and no more is than there are sequences for.
func TestBacklog(t *testing.T) {
	const worth, group = 64, 256 // sequences, bytes
	rnd := rand.New(rand.NewPCG(7, 7))
	message := make([]byte, 20_000)
	for i := range message {
		message[i] = byte(rnd.Uint32())
	}
	lengths := []int{0, 1, 255, 256, 257, 511, 512, 513, 767, 768, 1000, 1024, 5000, 20_000}
	for _, n := range []int{1, 2, 3, 63, 64, 65, 66, 67, 68, 69, 80, 81, 127, 128, 129, 130, 131, 200, 1000} {
		for _, length := range lengths {
			t.Run(fmt.Sprintf("sequences=%d/message=%d", n, length), func(t *testing.T) {
				g := newGenerator(rnd, 7, 0)
				d := newDecoder(g.window)
				body := g.sequenceBlock(2, slices.Repeat([]step{{1, 3 + rnd.IntN(20), 1 + 3}}, n)...)
				d.inInput(body)
				b := &plain{h: initial, rest: message[:length]}
				out, err := d.Compressed(len(body), b)
				if err != nil || !bytes.Equal(out, make([]byte, len(out))) {
					t.Fatalf("got %d bytes, error %v, want zeros", len(out), err)
				}
				done := length - len(b.rest)
				if got := state(message[:done]); got != b.h {
					t.Errorf("got another state after %d bytes", done)
				}
				if done%64 != 0 || done > 16*n {
					t.Errorf("got %d bytes hashed beside %d sequences", done, n)
				}
				if Hashes() && n > 2*worth && length >= group && done == 0 {
					t.Errorf("got nothing hashed of %d bytes", length)
				}
				if !Hashes() && b.taken > 0 {
					t.Errorf("got %d calls of Take by a CPU that cannot use it", b.taken)
				}
			})
		}
	}
}

// A backlog goes on from block to block, whatever else happens.
func TestBacklogOfFrame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for range 20 {
		g := newGenerator(rnd, 8, 0)
		for range 30 {
			g.block()
		}
		frame, want := g.finish()
		window, p := blocks(t, frame)
		m := newMessages(t, rnd, len(want))
		got, err := decodeBlocks(t, newDecoder(window), p, m)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, error %v, want %d", len(got), err, len(want))
		}
		m.check()
	}
}
