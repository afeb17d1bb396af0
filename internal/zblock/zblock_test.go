package zblock

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestGenerated decodes blocks with every kind of sequence.
func TestGenerated(t *testing.T) {
	j := newJudges(t)
	rounds, most := 25, 40
	if testing.Short() {
		rounds, most = 10, 15
	}
	for exponent := range 11 {
		for round := range rounds {
			rnd := rand.New(rand.NewPCG(uint64(exponent), uint64(round)))
			g := newGenerator(rnd, exponent, rnd.IntN(8))
			g.wild = round%5 == 4
			for range 1 + rnd.IntN(most) {
				g.block()
			}
			if g.last == 0 {
				continue
			}
			frame, want := g.finish()
			got, err := j.decode(frame, rnd)
			if !g.wild && (err != nil || !bytes.Equal(got, want)) {
				t.Fatalf("exponent %d, round %d: got %d bytes and error %v, want %d bytes", exponent, round, len(got), err, len(want))
			}
		}
	}
}

// TestDamaged wants damaged blocks refused by all, or decoded alike.
func TestDamaged(t *testing.T) {
	j := newJudges(t)
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	good := 0
	for round := range rounds {
		rnd := rand.New(rand.NewPCG(uint64(round), 77))
		g := newGenerator(rnd, rnd.IntN(8), rnd.IntN(8))
		g.raw(1 + rnd.IntN(1000))
		g.compressed(1 + g.size(300))
		g.compressed(1 + g.size(300))
		frame, _ := g.finish()
		head := frame[:6]
		if _, err := j.decode(append(slices.Clone(head), damaged(rnd, frame[6:])...), rnd); err == nil {
			good++
		}
	}
	if good == 0 || good == rounds {
		t.Errorf("got %d of %d damaged frames decoded, want some", good, rounds)
	}
}

// damaged flips some bits of the blocks p, not of their headers.
func damaged(rnd *rand.Rand, p []byte) []byte {
	p = bytes.Clone(p)
	var at [][2]int // where compressed blocks begin and end
	for i := 0; i < len(p); {
		h := int(p[i]) | int(p[i+1])<<8 | int(p[i+2])<<16
		i += 3
		n := h >> 3
		switch h >> 1 & 3 {
		case blockRepeat:
			n = 1
		case blockCompressed:
			at = append(at, [2]int{i, i + n})
		}
		i += n
	}
	for range 1 + rnd.IntN(4) {
		if len(at) == 0 {
			break
		}
		b := at[rnd.IntN(len(at))]
		if rnd.IntN(2) == 0 { // sequences are at the end
			b[0] = max(b[0], b[1]-200)
		}
		p[b[0]+rnd.IntN(b[1]-b[0])] ^= 1 << rnd.IntN(8)
	}
	return p
}

// TestLargeWindow goes round a ring of more than 8 MiB.
func TestLargeWindow(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes 40 MiB")
	}
	j := newJudges(t)
	rnd := rand.New(rand.NewPCG(13, 1))
	g := newGenerator(rnd, 13, 1)
	for len(g.want) < 3*g.window {
		g.compressed(300)
		g.repeat(g.blockSize())
		g.raw(g.size(g.blockSize()))
	}
	frame, want := g.finish()
	if got, err := j.decode(frame, rnd); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes and error %v, want %d bytes", len(got), err, len(want))
	}
}

// TestEncoded decodes what an encoder makes of real data.
func TestEncoded(t *testing.T) {
	j := newJudges(t)
	rnd := rand.New(rand.NewPCG(3, 3))
	for name, data := range samples(t) {
		for _, window := range []int{1 << 10, 1 << 15, 1 << 18, 16 << 20} {
			for level := zstd.SpeedFastest; level <= zstd.SpeedBestCompression; level++ {
				if testing.Short() && rnd.IntN(4) > 0 {
					continue
				}
				t.Run(fmt.Sprintf("%s/window=%d/level=%v", name, window, level), func(t *testing.T) {
					frame := encode(t, data, window, level)
					if got, err := j.decode(frame, rnd); err != nil || !bytes.Equal(got, data) {
						t.Errorf("got %d bytes and error %v, want %d bytes", len(got), err, len(data))
					}
				})
			}
		}
	}
}

func encode(t testing.TB, data []byte, window int, level zstd.EncoderLevel) []byte {
	t.Helper()
	var b bytes.Buffer
	enc, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samples returns data of many kinds: of this machine, of the packed corpora,
// and made up.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	const most = 2 << 20
	rnd := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{"text": prose(rnd, most), "zeros": make([]byte, 1<<20), "tiny": bytes.Repeat([]byte("tiny "), 5), "empty": nil}
	short := make([]byte, 0, 1<<20)
	for len(short) < 1<<20 {
		short = append(short, byte(rnd.Uint32()))
		o := 1 + rnd.IntN(min(20, len(short)))
		for range 200 {
			short = append(short, short[len(short)-o])
		}
	}
	all["short"] = short
	for _, name := range []string{"/usr/bin/gdb", "/usr/bin/git", "/usr/bin/bash"} {
		if p, err := os.ReadFile(name); err == nil {
			all["binary"] = p[:min(len(p), 2*most)]
			break
		}
	}
	names, err := filepath.Glob("../../testdata/*.tar.zst")
	if err != nil || len(names) == 0 {
		t.Fatalf("got no packed corpora, error %v", err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if all[filepath.Base(name)], err = io.ReadAll(io.LimitReader(r, 2*most)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// prose returns words with a skewed distribution.
func prose(rnd *rand.Rand, n int) []byte {
	words := make([][]byte, 3000)
	for i := range words {
		words[i] = make([]byte, 1+rnd.IntN(12))
		for j := range words[i] {
			words[i][j] = byte('a' + rnd.IntN(26))
		}
	}
	var text []byte
	for len(text) < n {
		text = append(text, words[int(rnd.ExpFloat64()*200)%len(words)]...)
		text = append(text, " \n"[rnd.IntN(2)])
	}
	return text[:n]
}
