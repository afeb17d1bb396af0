package zblock

import (
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// fuzzOutput bounds what the blocks of a frame may decode to.
const fuzzOutput = 4 << 20

// cut returns the blocks of p up to the last one, whose header says so, if that
// is there; and what all of them may decode to.
func cut(p []byte) (blocks []byte, most int) {
	for at := 0; len(p)-at >= 3; {
		h := int(p[at]) | int(p[at+1])<<8 | int(p[at+2])<<16
		n := h >> 3
		most += MaxBlock
		if h>>1&3 == blockRepeat {
			most += n - MaxBlock
			n = 1
		}
		if at += 3 + n; at > len(p) {
			break
		}
		if h&1 != 0 {
			return p[:at], most
		}
	}
	return p, most
}

// FuzzBlocks wants blocks decoded by assembly, without it and by the library
// alike, and the SHA-256 beside them to be right.
func FuzzBlocks(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range 60 {
		g := newGenerator(rnd, i%9, i%8)
		g.wild = i%4 == 3
		for len(g.want) == 0 || len(g.frame) < 150 {
			switch i % 6 {
			case 0:
				g.block()
			default:
				g.compressed(1 + rnd.IntN(200))
			}
		}
		frame, _ := g.finish()
		f.Add(frame[6:], frame[5], uint64(i))
	}
	for _, data := range [][]byte{prose(rnd, 400), prose(rnd, 3000), make([]byte, 5000)} {
		for level := zstd.SpeedFastest; level <= zstd.SpeedBestCompression; level++ {
			frame := encode(f, data, 1<<12, level)
			var h zstd.Header
			if err := h.Decode(frame); err != nil {
				f.Fatal(err)
			}
			f.Add(frame[h.HeaderSize:], byte(2<<3), uint64(level))
		}
	}
	library := newJudges(f).library
	f.Fuzz(func(t *testing.T, p []byte, window byte, seed uint64) {
		p, most := cut(p)
		if most > fuzzOutput {
			return
		}
		head, _ := frameHead(int(window>>3)%9, int(window&7))
		j := judges{t, library}
		j.decode(append(head, p...), rand.New(rand.NewPCG(seed, 0)))
	})
}
