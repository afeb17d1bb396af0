package decompress

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	kflate "github.com/klauspost/compress/flate"
)

// inflated is what decoding raw deflate data gives.
type inflated struct {
	data []byte
	err  error // nil for a complete stream
	used int64 // stored bytes consumed, if complete
}

// inflate decodes raw deflate data with z.
func inflate(z *inflater, r io.Reader) (res inflated) {
	z.src.reset(context.Background(), r)
	z.reset(false)
	z.begin()
	for {
		z.slide()
		done, err := z.run()
		res.data = append(res.data, z.win[historySize:z.op]...)
		if done || err != nil {
			res.err, res.used = err, z.src.offset()
			return res
		}
	}
}

// inflateStd does the same with compress/flate.
func inflateStd(in []byte) (res inflated) {
	r := bytes.NewReader(in)
	res.data, res.err = io.ReadAll(flate.NewReader(r))
	res.used = int64(len(in) - r.Len())
	return res
}

// compare fails t if the fast path and the reference differ.
func compare(t testing.TB, z *inflater, in []byte, r io.Reader) {
	t.Helper()
	got, want := inflate(z, r), inflateStd(in)
	switch {
	case z.disagreed:
		t.Errorf("the fast path refused what compress/flate accepts: %x", in)
	case (got.err == nil) != (want.err == nil):
		t.Errorf("got error %v, want %v: %x", got.err, want.err, in)
	case got.err != nil && errors.Is(got.err, io.ErrUnexpectedEOF) != errors.Is(want.err, io.ErrUnexpectedEOF):
		t.Errorf("got error %v, want %v: %x", got.err, want.err, in)
	case !bytes.Equal(got.data, want.data):
		t.Errorf("got %d bytes, want %d, or others: %x", len(got.data), len(want.data), in)
	case got.err == nil && got.used != want.used:
		t.Errorf("got %d bytes consumed, want %d: %x", got.used, want.used, in)
	}
}

// deflaters make deflate data in as many ways as there are.
func deflaters() []func(p []byte) []byte {
	var list []func(p []byte) []byte
	add := func(open func(w io.Writer) (io.WriteCloser, error), flush int) {
		list = append(list, func(p []byte) []byte {
			var b bytes.Buffer
			w, err := open(&b)
			if err != nil {
				panic(err)
			}
			for len(p) > 0 {
				n := min(len(p), flush)
				w.Write(p[:n])
				if f, ok := w.(interface{ Flush() error }); ok && n == flush {
					f.Flush()
				}
				p = p[n:]
			}
			w.Close()
			return b.Bytes()
		})
	}
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		add(func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) }, 1<<30)
		add(func(w io.Writer) (io.WriteCloser, error) { return kflate.NewWriter(w, level) }, 1<<30)
	}
	add(func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 6) }, 3000)
	add(func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 6) }, 37)
	add(func(w io.Writer) (io.WriteCloser, error) { return kflate.NewStatelessWriter(w), nil }, 20000)
	return list
}

// materials are contents that exercise different codes.
func materials(rnd *rand.Rand, n int) [][]byte {
	skewed := make([]byte, n)
	for i := range skewed { // a wide range of code lengths
		skewed[i] = byte(rnd.ExpFloat64() * 12)
	}
	runs := make([]byte, 0, n)
	for len(runs) < n { // matches of all lengths and short distances
		p := noise(1+rnd.IntN(12), rnd.Uint64())
		runs = append(runs, bytes.Repeat(p, 1+rnd.IntN(80))...)
	}
	far := noise(min(n, 40_000), rnd.Uint64())
	for len(far) < n { // matches of all distances
		at := len(far) - 1 - rnd.IntN(min(len(far)-1, 32768))
		far = append(far, far[at:min(len(far), at+rnd.IntN(300))]...)
		far = append(far, byte(rnd.Uint32()))
	}
	return [][]byte{text(n, rnd.Uint64()), noise(n, rnd.Uint64()), make([]byte, n), skewed, runs[:n], far[:n]}
}

func TestInflateValid(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	z := newInflater(new(source), false)
	sizes := []int{0, 1, 2, 300, 70_000, 300_000}
	if testing.Short() {
		sizes = sizes[:5]
	}
	for _, n := range sizes {
		for _, p := range materials(rnd, max(n, 2)) {
			p = p[:n]
			for i, deflate := range deflaters() {
				in := deflate(p)
				compare(t, z, in, bytes.NewReader(in))
				if i%4 == 0 && n <= 300 {
					compare(t, z, in, iotest.OneByteReader(bytes.NewReader(in)))
				}
				if z.replayed {
					t.Fatalf("the fast path did not decode deflater %d of %d bytes by itself", i, n)
				}
			}
		}
	}
}

// TestInflateDamaged mutates and cuts valid streams.
func TestInflateDamaged(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 8
	}
	rnd := rand.New(rand.NewPCG(2, 2))
	z := newInflater(new(source), false)
	for _, n := range []int{40, 900, 20_000} {
		for _, p := range materials(rnd, n) {
			for _, deflate := range deflaters() {
				in := deflate(p)
				for range rounds * 100 / (100 + n/10) {
					bad := bytes.Clone(in)
					for range 1 + rnd.IntN(3) {
						at := rnd.IntN(len(bad))
						if rnd.IntN(2) == 0 { // the headers are where it matters
							at = rnd.IntN(min(len(bad), 80))
						}
						bad[at] ^= 1 << rnd.IntN(8)
					}
					compare(t, z, bad, bytes.NewReader(bad))
				}
				cut := in[:rnd.IntN(len(in))]
				compare(t, z, cut, bytes.NewReader(cut))
				if t.Failed() {
					return
				}
			}
		}
	}
}

// TestInflateRandom decodes random bits after a random block type, and random
// dynamic headers.
func TestInflateRandom(t *testing.T) {
	rounds := 20_000
	if testing.Short() {
		rounds = 3_000
	}
	rnd := rand.New(rand.NewPCG(3, 3))
	z := newInflater(new(source), false)
	for i := range rounds {
		in := noise(20+rnd.IntN(200), rnd.Uint64())
		if i%2 == 0 {
			in = randomDynamic(rnd)
		}
		compare(t, z, in, bytes.NewReader(in))
		if t.Failed() {
			return
		}
	}
}

// randomDynamic returns a dynamic block with a valid header of random complete
// codes, and random bits for data.
func randomDynamic(rnd *rand.Rand) []byte {
	var w bitWriter
	w.put(blockDynamic<<1|rnd.Uint64()&1, 3)
	lits, dists := 257+rnd.IntN(30), 1+rnd.IntN(30)
	w.put(uint64(lits-257), 5)
	w.put(uint64(dists-1), 5)
	w.put(precodeCodes-4, 4)
	// A precode of 16 words of 4 bits for the lengths 0 to 15 and none to
	// repeat; its words are the lengths themselves, reversed.
	for _, sym := range precodeOrder {
		n := uint64(4)
		if sym > 15 {
			n = 0
		}
		w.put(n, 3)
	}
	for _, lens := range [][]uint8{randomLens(rnd, lits), randomLens(rnd, dists)} {
		for _, n := range lens {
			for bit := 3; bit >= 0; bit-- {
				w.put(uint64(n>>bit&1), 1)
			}
		}
	}
	return append(w.p, noise(rnd.IntN(400), rnd.Uint64())...)
}

// randomLens returns the lengths of a random code of at most n symbols,
// complete most of the time.
func randomLens(rnd *rand.Rand, n int) []uint8 {
	lens := make([]uint8, n)
	leaves := []uint8{0}
	deep := rnd.IntN(2) == 0
	for range rnd.IntN(n) {
		i := rnd.IntN(len(leaves))
		if deep {
			i = len(leaves) - 1
		}
		if leaves[i] == maxCodeLen {
			deep = false
			continue
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	if len(leaves) == 1 {
		leaves[0] = uint8(rnd.IntN(3))
	}
	if rnd.IntN(20) == 0 {
		leaves[rnd.IntN(len(leaves))] = uint8(rnd.IntN(16))
	}
	perm := rnd.Perm(n)
	for i, l := range leaves {
		lens[perm[i]] = l
	}
	return lens
}

// TestReplay forces the fast path to give up in the middle of good streams, at
// many places, and wants the reference to carry on without a seam.
func TestReplay(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	z := newInflater(new(source), false)
	deflate := deflaters()
	sizes := []int{1000, 90_000, 500_000}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for _, n := range sizes {
		for m, p := range materials(rnd, n) {
			for i := m % 3; i < len(deflate); i += 3 {
				in := deflate[i](p)
				for range 4 {
					at := 1 + rnd.IntN(n-1)
					t.Run(fmt.Sprintf("size=%d/material=%d/deflater=%d/at=%d", n, m, i, at), func(t *testing.T) {
						z.failAt = int64(at)
						defer func() { z.failAt = 0 }()
						var r io.Reader = bytes.NewReader(in)
						if n < 100_000 {
							r = iotest.HalfReader(r)
						}
						got := inflate(z, r)
						if got.err != nil || !bytes.Equal(got.data, p) {
							t.Errorf("got error %v and %d bytes, want %d", got.err, len(got.data), len(p))
						}
						if want := inflateStd(in).used; got.used != want {
							t.Errorf("got %d bytes consumed, want %d", got.used, want)
						}
						if z.replayed && !z.disagreed {
							t.Error("got no disagreement, want one")
						}
						if !z.replayed && at < n-2*maxMatch {
							t.Error("got no replay, want one")
						}
					})
				}
			}
		}
	}
}

func FuzzInflate(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for _, p := range materials(rnd, 400) {
		for _, deflate := range deflaters() {
			f.Add(deflate(p))
		}
	}
	for range 50 {
		f.Add(randomDynamic(rnd))
	}
	z := newInflater(new(source), false)
	f.Fuzz(func(t *testing.T, in []byte) {
		compare(t, z, in, bytes.NewReader(in))
		// The standard library is the judge. klauspost accepts some streams that
		// it refuses (an incomplete set of distance codes), so it is a second
		// witness only for what is sound.
		want := inflateStd(in)
		if want.err != nil {
			return
		}
		data, err := io.ReadAll(kflate.NewReader(bytes.NewReader(in)))
		if err != nil || !bytes.Equal(data, want.data) {
			t.Errorf("klauspost: got error %v and %d bytes, want %v and %d", err, len(data), want.err, len(want.data))
		}
	})
}
