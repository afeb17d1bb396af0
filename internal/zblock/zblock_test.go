package zblock

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// decodeFrame decodes the one frame that p is, and a SHA-256 of message
// meanwhile.
func decodeFrame(d *Decoder, p []byte, w Backlog) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(p); err != nil {
		return nil, err
	}
	window := int(h.WindowSize)
	if h.SingleSegment {
		window = max(int(h.FrameContentSize), 1<<10)
	}
	d.Reset(window)
	p = p[h.HeaderSize:]
	var out []byte
	for {
		head := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
		p = p[3:]
		n := head >> 3
		var b []byte
		var err error
		switch head >> 1 & 3 {
		case 0:
			copy(d.Input(n), p)
			b, err = d.Raw(n)
			p = p[n:]
		case 1:
			b, err = d.Repeat(n, p[0])
			p = p[1:]
		case 2:
			if n > MaxBlock {
				return nil, errStoredSize
			}
			copy(d.Input(n), p)
			b, err = d.Compressed(n, w)
			p = p[n:]
		default:
			return nil, fmt.Errorf("block type 3")
		}
		if err != nil {
			return out, err
		}
		out = append(out, b...)
		if head&1 != 0 {
			return out, nil
		}
	}
}

// backlog is one message, of which step bytes are offered at a time.
type backlog struct {
	h    [8]uint32
	rest []byte
	step int
}

func (b *backlog) Take() (*[8]uint32, []byte) { return &b.h, b.rest[:min(b.step, len(b.rest))] }
func (b *backlog) Done(n int)                 { b.rest = b.rest[n:] }

func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 0, 3<<20)
	words := make([][]byte, 3000)
	for i := range words {
		w := make([]byte, 1+r.IntN(12))
		for j := range w {
			w[j] = byte('a' + r.IntN(26))
		}
		words[i] = w
	}
	for len(text) < 3<<20 {
		text = append(text, words[int(r.ExpFloat64()*200)%len(words)]...)
		text = append(text, " \n"[r.IntN(2)])
	}
	short := make([]byte, 1<<20)
	for i := 0; i < len(short); {
		n := 1 + r.IntN(20)
		for j := 0; j < 200 && i < len(short); j++ {
			if i >= n {
				short[i] = short[i-n]
			} else {
				short[i] = byte(r.Uint32())
			}
			i++
		}
		if i < len(short) {
			short[i] = byte(r.Uint32())
			i++
		}
	}
	self, _ := os.ReadFile("/proc/self/exe")
	return map[string][]byte{"text": text, "short": short, "zeros": make([]byte, 1<<20), "binary": self, "tiny": []byte("tiny tiny tiny tiny tiny"), "empty": nil}
}

func TestAgrees(t *testing.T) {
	for name, data := range samples() {
		for _, window := range []int{1 << 10, 1 << 15, 1 << 18, 8 << 20} {
			for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBestCompression} {
				enc, err := zstd.NewWriter(nil, zstd.WithWindowSize(window), zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(false))
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				enc.Reset(&b)
				enc.Write(data)
				enc.Close()
				p := b.Bytes()
				if len(p) == 0 {
					continue
				}
				for _, step := range []int{0, 1000, 1 << 20} {
					portable := step == 0
					d := &Decoder{portable: portable}
					msg := make([]byte, len(data)+1<<20)
					rand.NewChaCha8([32]byte{}).Read(msg)
					w := &backlog{[8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, msg, step}
					got, err := decodeFrame(d, p, w)
					if err != nil || !bytes.Equal(got, data) {
						t.Errorf("%s window %d level %v portable %v: %v, %d of %d bytes", name, window, level, portable, err, len(got), len(data))
					}
					done := len(msg) - len(w.rest)
					if want := state(msg[:done]); w.h != want {
						t.Errorf("%s window %d level %v portable %v: wrong SHA-256 of %d bytes", name, window, level, portable, done)
					}
					if !portable {
						t.Logf("%s %d %v: %d hashed of %d, failed %d", name, window, level, done, len(data), d.job.failed)
					}
				}
			}
		}
	}
}

// state is the state of SHA-256 after whole blocks.
func state(p []byte) (h [8]uint32) {
	s := sha256.New()
	s.Write(p)
	b, _ := s.(interface{ AppendBinary([]byte) ([]byte, error) }).AppendBinary(nil)
	for i := range h {
		h[i] = binary.BigEndian.Uint32(b[4+4*i:])
	}
	return h
}
