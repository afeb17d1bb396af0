package decompress

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/zblock"
)

// said is what users see of the end of a stream: no detail, which is the
// library's for one of them.
func said(d *Decoder, r result) string {
	kindOf := func(err error) string {
		if e, ok := err.(*Error); ok {
			return fmt.Sprintf("%s at %d", e.Kind, e.Offset)
		}
		return err.Error()
	}
	var faults []string
	for _, f := range r.faults {
		faults = append(faults, fmt.Sprintf("%s at %d: %s", f.Kind, f.Offset, f.Detail))
	}
	return fmt.Sprintf("%s, faults %q, %d members, frames %v", kindOf(r.err), faults, r.members, d.Frames())
}

// sameBlocks checks that blocks decoded here are those that the library decodes,
// and end in the same way.
func sameBlocks(t *testing.T, own *Decoder, got result, library *Decoder, want result) {
	t.Helper()
	if got, want := said(own, got), said(library, want); got != want {
		t.Errorf("got %s, the library's blocks %s", got, want)
	}
	if !bytes.Equal(got.data, want.data) {
		t.Errorf("got %d bytes, the library %d, or others", len(got.data), len(want.data))
	}
}

// TestOwnBlocks damages streams in many ways: whatever the library says, the
// blocks decoded here say too.
func TestOwnBlocks(t *testing.T) {
	if !zblock.Fast() {
		t.Skip("this CPU has none")
	}
	rnd := rand.New(rand.NewPCG(11, 11))
	own, library := NewDecoder(Options{}), NewDecoder(Options{Reference: true})
	check := func(in []byte) {
		t.Helper()
		sameBlocks(t, own, decode(own, Zstd, bytes.NewReader(in)), library, decode(library, Zstd, bytes.NewReader(in)))
		if t.Failed() {
			t.Fatalf("the stream is %x", in[:min(len(in), 2000)])
		}
	}
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	for i, p := range materials(rnd, 20_000) {
		for _, window := range []int{1 << 10, 1 << 14, 1 << 20} {
			in := zst(t, p, zstd.WithWindowSize(window), zstd.WithEncoderCRC(i%2 == 0), zstd.WithEncoderLevel(zstd.EncoderLevel(1+i%4)))
			check(in)
			check(cat(in, in))
			for range rounds {
				bad := bytes.Clone(in)
				for range 1 + rnd.IntN(3) {
					bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
				}
				check(bad)
				check(bad[:rnd.IntN(len(bad))])
			}
		}
	}
}

// Blocks whose sizes cannot be, at the end of a stream and before it.
func TestOwnBlocksOfImpossibleSize(t *testing.T) {
	own, library := NewDecoder(Options{}), NewDecoder(Options{Reference: true})
	for kind := range 4 {
		for _, size := range []int{0, 1, 2, 3, 1023, 1024, 1025, zstdMaxBlock - 1, zstdMaxBlock, zstdMaxBlock + 1, 1<<21 - 1} {
			for _, window := range []byte{0, 1, window8M} {
				for _, stored := range []int{0, 1, 2, 100, size - 1, size, size + 1} {
					h := size<<3 | kind<<1 | 1
					in := cat([]byte("\x28\xb5\x2f\xfd\x00"), []byte{window, byte(h), byte(h >> 8), byte(h >> 16)}, make([]byte, max(0, stored)))
					t.Run(fmt.Sprintf("kind=%d/size=%d/window=%d/stored=%d", kind, size, window, stored), func(t *testing.T) {
						sameBlocks(t, own, decode(own, Zstd, bytes.NewReader(in)), library, decode(library, Zstd, bytes.NewReader(in)))
					})
				}
			}
		}
	}
}

// What Next returned stays as it is during the call after, as Held says: over
// blocks and frames without a byte, other windows, and the end of the stream.
func TestOwnBlocksHeld(t *testing.T) {
	if !zblock.Fast() {
		t.Skip("this CPU has none")
	}
	rnd := rand.New(rand.NewPCG(12, 12))
	skip := []byte("\x50\x2a\x4d\x18\x02\x00\x00\x00ab")
	var in, want []byte
	for range 200 {
		p := text(1+rnd.IntN(100_000), rnd.Uint64())
		window := zstdMinWindow << rnd.IntN(15)
		switch rnd.IntN(4) {
		case 0:
			in = append(in, skip...)
		case 1:
			in = append(in, zst(t, nil)...)
		case 2: // blocks with bytes, and more without
			in = append(in, "\x28\xb5\x2f\xfd\x00\x00"...)
			for len(p) > zstdMinWindow {
				in = append(append(in, 0, 0x20, 0), p[:zstdMinWindow]...)
				in = append(in, 0, 0, 0, 0, 0, 0)
				want, p = append(want, p[:zstdMinWindow]...), p[zstdMinWindow:]
			}
			in = append(in, 1, 0, 0)
			continue
		}
		in = append(in, zst(t, p, zstd.WithWindowSize(window))...)
		want = append(want, p...)
	}
	d := NewDecoder(Options{MaxWindow: 64 << 20})
	for _, in := range [][]byte{in, in[:len(in)-3]} {
		d.Reset(context.Background(), Zstd, bytes.NewReader(in))
		var got, last []byte
		held := 0
		for {
			p, err := d.Next()
			if held != 0 && held != 1 {
				t.Fatalf("got %d calls for which a chunk is held, want at most one", held)
			}
			if held > 0 && !bytes.Equal(last, got[len(got)-len(last):]) {
				t.Fatalf("the %d bytes before %d have changed", len(last), len(got))
			}
			if err != nil {
				break
			}
			got = append(got, p...)
			last, held = p, d.Held()
			if held == 0 {
				t.Fatal("got a chunk that is not held")
			}
		}
		if !bytes.HasPrefix(want, got) || len(got) < len(want)-zstdMaxBlock {
			t.Errorf("got %d bytes, want %d, or others", len(got), len(want))
		}
	}
}
