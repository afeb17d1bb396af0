package zblock

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// A large window is allocated when a frame has more than a small one holds, with
// what was decoded so far, wherever in the ring the frame began.
func TestGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes 200 MiB") // TestLargeWindow has one above Small, too
	}
	part := make([]byte, 9<<20)
	rand.NewChaCha8([32]byte{}).Read(part)
	far := encode(t, bytes.Repeat(part, 4), 16<<20, zstd.SpeedBetterCompression)
	little := encode(t, part[:3<<20], 16<<20, zstd.SpeedBetterCompression)
	for _, portable := range []bool{false, true} {
		d := &Decoder{portable: portable}
		for i, frame := range [][]byte{little, little, far, little, far} {
			want := part[:3<<20]
			if &frame[0] == &far[0] {
				want = bytes.Repeat(part, 4)
			}
			window, rest := blocks(t, frame)
			d.Reset(window)
			got, err := decodeBlocks(t, d, rest, nil)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("portable %t, frame %d: got %d bytes or others, %v", portable, i, len(got), err)
			}
			if large := d.Large(); large != (i >= 2) {
				t.Errorf("portable %t, frame %d: got a large window: %t", portable, i, large)
			}
		}
	}
}
