package zblock

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// fenced returns n bytes between pages that cannot be touched. They end, or
// begin, where such a page begins or ends. Give back frees them.
func fenced(t testing.TB, n int, end bool) []byte {
	t.Helper()
	page := unix.Getpagesize()
	inside := (n + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, inside+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	for _, outside := range [][]byte{mem[:page], mem[page+inside:]} {
		if err := unix.Mprotect(outside, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	at := page
	if end {
		at += inside - n
	}
	return mem[at : at+n : at+n]
}

// fence moves the buffers of d, which has been reset, between such pages.
func fence(t testing.TB, d *Decoder, end bool) {
	for _, b := range []*[]byte{&d.ring, &d.in, &d.literalBuf} {
		if len(*b) != cap(*b) {
			t.Fatalf("got a buffer of %d bytes with room for %d, want the same", len(*b), cap(*b))
		}
		*b = fenced(t, len(*b), end)
	}
}

// fencedMessages is messages whose pieces end, or begin, at such a page, in
// turn.
type fencedMessages struct {
	*messages
	mem [2][]byte
	n   int
}

func newFencedMessages(t testing.TB, rnd *rand.Rand, n int) *fencedMessages {
	m := &fencedMessages{messages: newMessages(t, rnd, n)}
	for i := range m.mem {
		m.mem[i] = fenced(t, n, i == 0)
	}
	return m
}

func (m *fencedMessages) Take() (*[8]uint32, []byte) {
	h, p := m.messages.Take()
	m.n++
	mem := m.mem[m.n%2]
	if m.n%2 == 0 {
		mem = mem[len(mem)-len(p):]
	}
	return h, mem[:copy(mem, p)]
}

// TestStaysInside decodes good and damaged blocks in buffers of exactly the
// memory that Reset allocates: whoever touches more of it faults.
func TestStaysInside(t *testing.T) {
	if !Fast() {
		t.Skip("there is no assembly for this CPU")
	}
	rounds := 20
	if testing.Short() {
		rounds = 6
	}
	for _, exponent := range []int{0, 3, 6, 7, 8} {
		for _, end := range []bool{true, false} {
			t.Run(fmt.Sprintf("exponent=%d/end=%t", exponent, end), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(uint64(exponent), 7))
				_, window := frameHead(exponent, 0)
				d := new(Decoder)
				d.Reset(window)
				fence(t, d, end)
				m := newFencedMessages(t, rnd, 1<<20)
				for range rounds {
					frame, want := packed(rnd, exponent)
					_, p := blocks(t, frame)
					d.pos = rnd.IntN(len(d.ring) - slack)
					d.Reset(window)
					m.messages.h, m.done = initial, 0
					if got, err := decodeBlocks(t, d, p, m); err != nil || !bytes.Equal(got, want) {
						t.Fatalf("got %d bytes and error %v, want %d bytes", len(got), err, len(want))
					}
					m.check()
					for range 10 {
						d.Reset(window)
						m.messages.h, m.done = initial, 0
						decodeDamaged(d, damaged(rnd, p), m)
						m.check()
					}
				}
			})
		}
	}
}

// A stream that ends long before its sequences do, and in which anything would
// be a good sequence: whoever reads on leaves the input.
func TestOverreadStaysInside(t *testing.T) {
	const single = 0x54
	sequences := []byte{255, 0, 0, single, 0, 5, 0} // no literals, offsets 29 to 60, 3 bytes each
	for _, stream := range [][]byte{{1}, {0xff}, {0, 1}, {0, 0, 0, 0, 0, 0, 0, 0xff}, bytes.Repeat([]byte{0x55}, 100)} {
		for _, portable := range []bool{false, true} {
			d := &Decoder{portable: portable}
			d.Reset(1 << 17)
			fence(t, d, false)
			if _, err := d.Raw(100); err != nil {
				t.Fatal(err)
			}
			block := append(append(encodeLiterals(nil, false), sequences...), stream...)
			m := newMessages(t, rand.New(rand.NewPCG(1, 1)), 20_000)
			if _, err := d.Compressed(len(d.inInput(block)), m); !errors.Is(err, errOverread) {
				t.Errorf("%d bytes, portable %t: got error %v, want %v", len(stream), portable, err, errOverread)
			}
			m.check()
		}
	}
}

// packed makes a frame in which there are blocks that fill, stored and decoded,
// all that a block may.
func packed(rnd *rand.Rand, exponent int) (frame, want []byte) {
	g := newGenerator(rnd, exponent, 0)
	for range 4 + rnd.IntN(10) {
		g.block()
		g.brimful()
	}
	return g.finish()
}

// brimful adds a block that decodes to as much as one may, and whose last bytes
// are literals or a match of some kind.
func (g *generator) brimful() {
	if len(g.want) == 0 {
		g.raw(1)
	}
	room := g.blockSize()
	s := step{match: 3 + g.rnd.IntN(60)}
	if g.rnd.IntN(3) == 0 {
		s.match = room / 2
	}
	tail := 0
	if g.rnd.IntN(3) == 0 {
		tail = g.rnd.IntN(40)
	}
	// Not all of it, or the block as stored is too large.
	fill := step{literals: 1, match: min(room-s.match-tail-1-g.rnd.IntN(40), 1<<17), offset: 1 + 3}
	if fill.match < 3 {
		return
	}
	s.literals = room - s.match - tail - fill.literals - fill.match
	s.offset = 3 + 1 + g.rnd.IntN(min(len(g.want)+1, g.window, 40))
	literals := g.noise(fill.literals + s.literals + tail)
	steps := []step{fill, s}
	coders := g.choose(steps)
	body := append(encodeLiterals(literals, false), encodeSequences(steps, &coders)...)
	if len(body) > room {
		return
	}
	g.coders, g.defined = coders, true
	copyOf := func(offset, n int) {
		for range n {
			g.want = append(g.want, g.want[len(g.want)-offset])
		}
	}
	for _, s := range steps {
		g.want, literals = append(g.want, literals[:s.literals]...), literals[s.literals:]
		copyOf(s.offset-3, s.match)
		g.rep = [3]int{s.offset - 3, g.rep[0], g.rep[1]}
	}
	g.want = append(g.want, literals...)
	g.add(blockCompressed, len(body), body)
}

// decodeDamaged decodes what may be bad. A block that is does not end it, so
// that more are tried.
func decodeDamaged(d *Decoder, p []byte, b Backlog) {
	for last := false; !last && len(p) > 0; {
		_, p, last, _ = decodeBlock(d, p, b)
	}
}
