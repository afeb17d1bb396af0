package zblock

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const maxWindow = 64 << 20

var errShort = errors.New("frame ends early")

// blocks is the frame that p is as its window and what follows the header. There
// is to be no checksum; a content size is not looked at.
func blocks(t testing.TB, p []byte) (window int, rest []byte) {
	t.Helper()
	var h zstd.Header
	if err := h.Decode(p); err != nil || h.HasCheckSum || h.DictionaryID != 0 {
		t.Fatalf("got header %+v, error %v, want one of a simple frame", h, err)
	}
	window = int(h.WindowSize)
	if h.SingleSegment {
		window = max(int(h.FrameContentSize), zstd.MinWindowSize)
	}
	return window, p[h.HeaderSize:]
}

// decodeBlock decodes the block that p begins with.
func decodeBlock(d *Decoder, p []byte, b Backlog) (out, rest []byte, last bool, err error) {
	if len(p) < 3 {
		return nil, nil, false, errShort
	}
	h := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
	p = p[3:]
	n, kind := h>>3, h>>1&3
	stored := n
	if kind == blockRepeat {
		stored = 1
	}
	switch {
	case n > MaxBlock, kind == blockReserved:
		return nil, nil, false, errStoredSize
	case len(p) < stored:
		return nil, nil, false, errShort
	}
	in := d.Input(stored)
	copy(in, p)
	switch kind {
	case blockRaw:
		out, err = d.Raw(n)
	case blockRepeat:
		out, err = d.Repeat(n, in[0])
	default:
		out, err = d.Compressed(n, b)
	}
	return out, p[stored:], h&1 != 0, err
}

// decodeBlocks decodes the blocks of a frame. What was decoded last has to stay
// as it is until the next block is there.
func decodeBlocks(t testing.TB, d *Decoder, p []byte, b Backlog) (all []byte, err error) {
	t.Helper()
	var held []byte
	for last := false; !last; {
		var out []byte
		d.job = job{}
		out, p, last, err = decodeBlock(d, p, b)
		if !bytes.Equal(held, all[len(all)-len(held):]) {
			t.Fatalf("what was decoded %d bytes ago has changed", len(held))
		}
		if err != nil {
			return all, err
		}
		if fellBack(d) {
			t.Fatalf("the assembly could not decode a good block: %+v", jobOf(d))
		}
		if all = append(all, out...); len(out) > 0 {
			held = out
		}
	}
	return all, nil
}

func jobOf(d *Decoder) any { return d.job }

// messages is a Backlog of random bytes, which it offers in pieces of all
// lengths, and wants to be asked in turn.
type messages struct {
	t    testing.TB
	rnd  *rand.Rand
	h    [8]uint32
	all  []byte
	done int
	out  int // bytes of the latest Take, -1 after Done
	most int
}

func newMessages(t testing.TB, rnd *rand.Rand, n int) *messages {
	m := &messages{t: t, rnd: rnd, h: initial, all: make([]byte, n), out: -1, most: 1 << rnd.IntN(20)}
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(m.all[i:], rnd.Uint64())
	}
	return m
}

func (m *messages) Take() (*[8]uint32, []byte) {
	if m.out >= 0 {
		m.t.Error("got Take, want Done of the one before")
	}
	if m.rnd.IntN(20) == 0 {
		return nil, nil
	}
	p := m.all[m.done:]
	p = p[:min(len(p), m.rnd.IntN(m.most+1))]
	m.out = len(p)
	return &m.h, p
}

func (m *messages) Done(n int) {
	if m.out < 0 || n < 0 || n > m.out || n%sha256.BlockSize != 0 {
		m.t.Errorf("got Done(%d) after Take of %d bytes", n, m.out)
	}
	m.out = -1
	m.done += n
}

// check checks that what is said to be done, and no more, was compressed.
func (m *messages) check() {
	m.t.Helper()
	if m.out >= 0 {
		m.t.Error("got no Done after Take")
	}
	if want := state(m.all[:m.done]); m.h != want {
		m.t.Errorf("got another state of SHA-256 after %d bytes", m.done)
	}
}

// state is the state of SHA-256 after whole blocks.
func state(p []byte) (h [8]uint32) {
	s := sha256.New()
	s.Write(p)
	b, err := s.(interface{ AppendBinary([]byte) ([]byte, error) }).AppendBinary(nil)
	if err != nil {
		panic(err)
	}
	for i := range h {
		h[i] = binary.BigEndian.Uint32(b[4+4*i:]) // behind "sha\x03"
	}
	return h
}

// judges decodes frames in all ways that there are.
type judges struct {
	t       testing.TB
	library *zstd.Decoder
}

func newJudges(t testing.TB) *judges {
	library, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxWindow))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(library.Close)
	return &judges{t, library}
}

type onlyReader struct{ io.Reader } // which the library reads as a stream

// decode decodes a frame by assembly, beginning at a place of the ring, without
// it, and by the library, and wants them to agree.
func (j *judges) decode(frame []byte, rnd *rand.Rand) ([]byte, error) {
	j.t.Helper()
	window, p := blocks(j.t, frame)
	if err := j.library.Reset(onlyReader{bytes.NewReader(frame)}); err != nil {
		j.t.Fatal(err)
	}
	want, wantErr := io.ReadAll(j.library)
	for _, portable := range []bool{false, true} {
		d := &Decoder{portable: portable}
		startAnywhere(d, window, rnd)
		m := newMessages(j.t, rnd, len(want)/2+1000)
		got, err := decodeBlocks(j.t, d, p, m)
		m.check()
		if (err == nil) != (wantErr == nil) {
			j.t.Fatalf("portable %t: got error %v, the library's is %v", portable, err, wantErr)
		}
		if !bytes.Equal(got, want) {
			j.t.Fatalf("portable %t: got %d bytes, want %d, or others; error %v", portable, len(got), len(want), wantErr)
		}
		if m.done > 0 && portable {
			j.t.Errorf("got %d bytes hashed by portable code", m.done)
		}
	}
	return want, wantErr
}

// startAnywhere resets d as if frames had gone before.
func startAnywhere(d *Decoder, window int, rnd *rand.Rand) {
	d.Reset(window)
	for i := range d.ring {
		d.ring[i] = 0xaa
	}
	switch rnd.IntN(3) {
	case 0:
		d.pos = rnd.IntN(len(d.ring) - slack)
	case 1:
		d.pos = len(d.ring) - slack - 1 - rnd.IntN(d.maxBlock+slack)
	}
	d.Reset(window)
}
