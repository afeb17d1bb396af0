package decompress

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/zblock"
)

// What a frame asks for is not what it gets: memory follows what is in it.
func TestLargeWindowOfLittle(t *testing.T) {
	if !zblock.Fast() {
		t.Skip("the library allocates the window at once")
	}
	d := NewDecoder(Options{Windows: NewBudget(64 << 20)})
	in := frame(window64M, "little")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		if got := decode(d, Zstd, bytes.NewReader(in)); got.err != io.EOF || string(got.data) != "little" {
			t.Fatalf("got %q, %v", got.data, got.err)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("20 streams of six bytes allocated %d bytes", n)
	}
}

// A chunk in a large window is not held: it would keep the window in memory
// after the budget has been given back.
func TestLargeWindowIsNotHeld(t *testing.T) {
	data := make([]byte, 12<<20)
	rand.NewChaCha8([32]byte{}).Read(data)
	var b bytes.Buffer
	enc, err := zstd.NewWriter(&b, zstd.WithWindowSize(16<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	enc.Write(data)
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(Options{})
	d.Reset(context.Background(), Zstd, &b)
	for n := 0; ; {
		p, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n += len(p); n > zblock.Small+1<<20 && d.Held() != 0 {
			t.Fatalf("after %d bytes: held during %d calls", n, d.Held())
		}
	}
}
