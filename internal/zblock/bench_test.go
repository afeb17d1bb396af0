package zblock

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const benchSize = 16 << 20

// shared returns the beginnings of this machine's shared libraries, prose if
// there are none.
func shared(b *testing.B) []byte {
	var out []byte
	_ = filepath.WalkDir("/usr/lib", func(path string, e fs.DirEntry, err error) error {
		if len(out) >= benchSize {
			return filepath.SkipAll
		}
		if err != nil || !e.Type().IsRegular() || !strings.Contains(e.Name(), ".so") {
			return nil
		}
		if p, err := os.ReadFile(path); err == nil {
			out = append(out, p[:min(len(p), 2<<20)]...)
		}
		return nil
	})
	if len(out) < benchSize/8 {
		b.Log("/usr/lib has too few libraries: prose instead")
		out = prose(rand.New(rand.NewPCG(1, 1)), benchSize)
	}
	return out[:min(len(out), benchSize)]
}

// allowance is a Backlog of as many bytes as were decoded, which are always the
// same ones.
type allowance struct {
	h       [8]uint32
	message []byte
	left    int
}

func (a *allowance) Take() (*[8]uint32, []byte) {
	if a.left < 2<<10 {
		return nil, nil
	}
	return &a.h, a.message[:min(a.left, len(a.message))]
}

func (a *allowance) Done(n int) { a.left -= n }

// BenchmarkBlocks decodes the blocks of a frame; beside them or after each, as
// many bytes are hashed as it has. What is not done beside is done after.
func BenchmarkBlocks(b *testing.B) {
	for _, kind := range []struct {
		name string
		data []byte
	}{{"library", shared(b)}, {"text", prose(rand.New(rand.NewPCG(1, 1)), benchSize)}} {
		frame := encode(b, kind.data, 8<<20, zstd.SpeedDefault)
		var h zstd.Header
		if err := h.Decode(frame); err != nil {
			b.Fatal(err)
		}
		for _, hash := range []string{"none", "beside", "after"} {
			b.Run(fmt.Sprintf("kind=%s/hash=%s", kind.name, hash), func(b *testing.B) {
				d := new(Decoder)
				a := &allowance{message: make([]byte, MaxBlock)}
				sum := sha256.New()
				var backlog Backlog
				if hash == "beside" {
					backlog = a
				}
				hashed := 0
				pass := func() {
					d.Reset(int(h.WindowSize))
					a.left = 0
					p := frame[h.HeaderSize:]
					for last := false; !last; {
						var out []byte
						var err error
						before := a.left
						if out, p, last, err = decodeBlock(d, p, backlog); err != nil {
							b.Fatal(err)
						}
						hashed += before - a.left
						if hash != "none" {
							sum.Write(a.message[:a.left]) // what nobody got to
							a.left = len(out)
						}
					}
				}
				pass() // allocates
				hashed = 0
				b.SetBytes(int64(len(kind.data)))
				b.ReportAllocs()
				for b.Loop() {
					pass()
				}
				if hash == "beside" {
					b.ReportMetric(float64(hashed)/float64(b.N)/float64(len(kind.data)), "beside/B")
				}
			})
		}
	}
}
