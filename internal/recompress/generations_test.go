package recompress

import (
	"bytes"
	stdgzip "compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/gzip"
	kpgzip "github.com/klauspost/pgzip"

	"github.com/ocisum/ocisum/internal/recompress/kflate"
)

// mixture is data of every kind that encoders tell apart: text, long and short
// repetitions, numbers, zeros, noise.
func mixture(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	words := make([]string, 400)
	for i := range words {
		b := make([]byte, 2+r.IntN(9))
		for j := range b {
			b[j] = byte('a' + r.IntN(26))
		}
		words[i] = string(b)
	}
	var out []byte
	kinds := []int{0, 1, 2, 3, 4, 5, 6}
	switch seed % 3 { // some codes then never occur
	case 1:
		kinds = []int{0, 1, 2, 5}
	case 2:
		kinds = []int{0, 1}
	}
	for len(out) < n {
		switch kinds[r.IntN(len(kinds))] {
		case 0, 1:
			for range 50 + r.IntN(400) {
				out = append(append(out, words[r.IntN(1+r.IntN(len(words)))]...), ' ')
			}
		case 2:
			out = append(out, make([]byte, r.IntN(9000))...)
		case 3:
			for range r.IntN(6000) {
				out = append(out, byte(r.Uint32()))
			}
		case 4:
			for i := range 200 + r.IntN(900) {
				out = binary.LittleEndian.AppendUint32(out, uint32(i*i+r.IntN(3)))
			}
		case 5:
			if len(out) > 70000 {
				at := len(out) - 1 - r.IntN(60000)
				out = append(out, out[at:min(at+r.IntN(4000), len(out))]...)
			}
		case 6:
			for range r.IntN(4000) {
				out = append(out, byte(r.IntN(1+r.IntN(20))))
			}
		}
	}
	return out[:n]
}

// sizes meet every edge: nothing, what is stored, one block of deflate and of
// pgzip, and just beside.
var sizes = []int{0, 1, 12, 13, 31, 32, 33, 127, 128, 129, 1000, 65534, 65535, 65536, 65535 + 20, 65535 + 100, 131070, 300000, 1 << 20, 1<<20 + 1, 1<<20 + 100, 2<<20 + 65535}

// made are the digests of what each generation makes of mixtures of all sizes,
// one after the other. They were computed with the released versions:
// klauspost/pgzip 1.2.6 and klauspost/compress/gzip with klauspost/compress
// 1.14.4, 1.15.9, 1.18.0, 1.20.3 and 1.20.4.
var made = map[kflate.Generation]struct{ pgzip, gzip string }{
	kflate.V1_14:    {"93238be0c9153272a04f91e2e10a9e5a2e1f96e8b8b3a241e619cfc618ae3e2a", "6e145516ab35329329b27e63c7da3a22166846c54b741a5a10e89f634cb59219"},
	kflate.V1_15:    {"b67e2ebd98c86e5716259401be09520970c18b33f9ba6d0e59052a5241193f31", "ec45d1efe6917646f8a4bcd0ca120b0f38eaf51f6ab290bf52af17b651cf1db7"},
	kflate.V1_15_11: {"2d85c5f30c5e731554c733a88b45867914be5d4b5d1df83d6f8090cad4e45e68", "38cedef55d74fefa704a3892f97b7be2497dfad80926ce9d11a96fcbc1d9e3b5"},
	kflate.V1_18_2:  {"2c72805555f6bc5daf6c83b13e6b5bead07941d810ae0147f104ced35fecc331", "115abe7ef9f4d6271d02d269aa2fc95d96828e7112e94d38f05ca6943a0134ae"},
	kflate.V1_20_4:  {"725ea5e26385716c9980a3bcf71a5f93701a731ca382dbdd660f4832b7f15adc", "65688ef966fd1171b2fc3c58ecc363fde71e7bddfb8f3ae07b0d7552075d041c"},
}

func TestGenerations(t *testing.T) {
	for g, want := range made {
		pg, kg := sha256.New(), sha256.New()
		for i, size := range sizes {
			data := mixture(size, uint64(i))
			for _, z := range []io.WriteCloser{newPgzip(pg, g), newKgzip(kg, g)} {
				z.Write(data)
				if err := z.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := hex.EncodeToString(pg.Sum(nil)); got != want.pgzip {
			t.Errorf("%s: pgzip: got %s, want %s", g, got, want.pgzip)
		}
		if got := hex.EncodeToString(kg.Sum(nil)); got != want.gzip {
			t.Errorf("%s: gzip: got %s, want %s", g, got, want.gzip)
		}
	}
}

// TestGoGzip notices when compress/gzip of another Go version writes other
// bytes: then the digests of docker, crane and BuildKit are no longer
// reproduced, and its old encoder has to be kept as kflate keeps others. The
// digests are those of Go 1.22 and 1.26.
func TestGoGzip(t *testing.T) {
	for level, want := range map[int]string{stdgzip.DefaultCompression: "f1f5e699da3349cfb26648416679d3b33e29884d1d211ad7db980085966cb34a", stdgzip.BestSpeed: "3d92656a76bcc42b6cf8c6abec053eaa676637ec9cb1c28a2606ff34c7169840", stdgzip.BestCompression: "926ee6a962325b092a05abc4d59ce5269db811391338e4bcc4a0a3cb4c875d4c"} {
		sum := sha256.New()
		for i, size := range sizes {
			z, _ := stdgzip.NewWriterLevel(sum, level)
			z.Write(mixture(size, uint64(i)))
			z.Close()
		}
		if got := hex.EncodeToString(sum.Sum(nil)); got != want {
			t.Errorf("level %d: got %s, want %s", level, got, want)
		}
	}
}

// TestOfThisModule holds the newest generation against the module itself.
func TestOfThisModule(t *testing.T) {
	for i, size := range sizes {
		same(t, mixture(size, uint64(100+i)), 1<<20)
	}
}

// same compresses data with both implementations, and decodes it. Whatever the
// sizes of the writes, the bytes must be the same.
func same(t *testing.T, data []byte, step int) {
	t.Helper()
	for _, pair := range []struct {
		name string
		want func(io.Writer) io.WriteCloser
		got  func(io.Writer, kflate.Generation) io.WriteCloser
	}{
		{"pgzip", func(w io.Writer) io.WriteCloser { return kpgzip.NewWriter(w) }, func(w io.Writer, g kflate.Generation) io.WriteCloser { return newPgzip(w, g) }},
		{"gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, func(w io.Writer, g kflate.Generation) io.WriteCloser { return newKgzip(w, g) }},
	} {
		var want bytes.Buffer
		z := pair.want(&want)
		z.Write(data)
		z.Close()
		for g := kflate.V1_14; g <= kflate.V1_20_4; g++ {
			var got bytes.Buffer
			z := pair.got(&got, g)
			for at := 0; at < len(data); at += step {
				z.Write(data[at:min(at+step, len(data))])
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			if g == kflate.V1_18_2 && !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%s of %d bytes: other bytes than those of the module", pair.name, len(data))
			}
			r, err := stdgzip.NewReader(&got)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, data) {
				t.Errorf("%s %s of %d bytes: does not decode to what it was made of: %v", pair.name, g, len(data), err)
			}
		}
	}
}

// FuzzGenerations looks for data that is compressed otherwise than by the
// module, or wrongly.
func FuzzGenerations(f *testing.F) {
	for i := range 6 {
		f.Add(mixture(1<<i*60, uint64(i)), uint16(100+i*1000), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, step uint16, times uint8) {
		if len(data)*int(times) > 3<<20 {
			return
		}
		same(t, bytes.Repeat(data, 1+int(times)), 1+int(step))
	})
}

// TestPgzipReportsErrors has a destination that fails at every possible write.
func TestPgzipReportsErrors(t *testing.T) {
	data := mixture(1<<20+5000, 7)
	for limit := int64(0); ; limit += 50_000 {
		s := newSum(limit)
		z := newPgzip(s, kflate.V1_18_2)
		_, err := z.Write(data)
		if err == nil {
			err = z.Close()
		}
		if s.size <= limit {
			if err != nil {
				t.Errorf("limit %d: %v", limit, err)
			}
			break
		}
		if err == nil {
			t.Errorf("limit %d: no error", limit)
		}
	}
}

func BenchmarkCompressors(b *testing.B) {
	data := mixture(8<<20, 1)
	for _, c := range Compressors() {
		if c.rare {
			continue
		}
		b.Run(fmt.Sprintf("compressor=%s", c.Name), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				z := c.new(io.Discard)
				z.Write(data)
				z.Close()
			}
		})
	}
}
