package decompress

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// cores is a Spare with a number of idle cores.
type cores struct {
	idle, taken, given atomic.Int64
}

func newCores(n int64) *cores {
	c := new(cores)
	c.idle.Store(n)
	return c
}

func (c *cores) Take() bool {
	for {
		n := c.idle.Load()
		if n <= 0 {
			return false
		}
		if c.idle.CompareAndSwap(n, n-1) {
			c.taken.Add(1)
			return true
		}
	}
}

func (c *cores) Give() { c.given.Add(1); c.idle.Add(1) }

// moody is a Spare that says yes in about one of two cases.
type moody struct {
	cores
	mu  sync.Mutex
	rnd *rand.Rand
}

func newMoody(seed uint64) *moody {
	m := &moody{rnd: rand.New(rand.NewPCG(seed, 8))}
	m.idle.Store(3)
	return m
}

func (m *moody) Take() bool {
	m.mu.Lock()
	yes := m.rnd.IntN(2) == 0
	m.mu.Unlock()
	return yes && m.cores.Take()
}

// eager cuts a piece after every unit, from the first one on.
var eager = pace{stored: 1, decoded: 1 << 30}

// everything is a result as text, the bytes aside.
func everything(d *Decoder, r result) string {
	offset, member, ok := d.Stargz()
	return fmt.Sprintf("error %v (%T), faults %v, %d members, frames %v, stargz %d %t %t",
		r.err, r.err, r.faults, r.members, d.Frames(), offset, member, ok)
}

// side decodes a stream in order and side by side, and wants no difference.
type side struct {
	serial *Decoder
	fanned []*Decoder
	spare  []*cores
}

func newSide(seed uint64, opt Options) *side {
	s := &side{serial: NewDecoder(opt)}
	one, many, mood := newCores(1), newCores(5), newMoody(seed)
	s.spare = []*cores{one, many, &mood.cores}
	for _, spare := range []Spare{one, many, mood} {
		o := opt
		o.Spare = spare
		d := NewDecoder(o)
		d.pace = eager
		s.fanned = append(s.fanned, d)
	}
	return s
}

func (s *side) check(t *testing.T, f Format, in []byte, wrap func(io.Reader) io.Reader) {
	t.Helper()
	want := decode(s.serial, f, wrap(bytes.NewReader(in)))
	text := everything(s.serial, want)
	for i, d := range s.fanned {
		r := bytes.NewReader(in)
		got := decode(d, f, wrap(r))
		if !bytes.Equal(got.data, want.data) {
			t.Errorf("spare %d: got %d bytes, want %d, or others", i, len(got.data), len(want.data))
		}
		if g := everything(d, got); g != text {
			t.Errorf("spare %d: got %s\nwant %s", i, g, text)
		}
		if n := s.spare[i]; n.taken.Load() != n.given.Load() {
			t.Errorf("spare %d: got %d cores back of %d", i, n.given.Load(), n.taken.Load())
		}
	}
}

// pieces is how many pieces were decoded side by side.
func (s *side) pieces() (n int) {
	for _, d := range s.fanned {
		n += d.pieces
	}
	return n
}

func plain(r io.Reader) io.Reader { return r }

// member returns a gzip member at the given level; level 0 is stored.
func member(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// footer returns the last member of an eStargz layer.
func footer(toc int64) []byte {
	h := []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x1a\x00SG\x16\x00" + fmt.Sprintf("%016xSTARGZ", toc))
	return append(h, "\x01\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"...)
}

// decoys is data that looks, stored, as if members began in it.
func decoys(rnd *rand.Rand, n int) []byte {
	p := noise(n, rnd.Uint64())
	for i := 40; i+20 < n; i += 20 + rnd.IntN(400) {
		copy(p[i:], "\x01\x00\x00\x00\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
	}
	return p
}

// stream returns the units of a made-up stream.
func stream(t testing.TB, rnd *rand.Rand, f Format, units, size int) (list [][]byte) {
	for range units {
		n := rnd.IntN(size)
		if rnd.IntN(4) == 0 {
			n = rnd.IntN(20)
		}
		data := text(n, rnd.Uint64())
		switch rnd.IntN(6) {
		case 0:
			data = noise(n, rnd.Uint64())
		case 1:
			data = make([]byte, n)
		case 2:
			data = decoys(rnd, n)
		}
		switch {
		case f == Gzip && rnd.IntN(12) == 0:
			list = append(list, footer(int64(rnd.IntN(1000))))
		case f == Gzip:
			list = append(list, member(t, data, []int{0, 1, 6, -2}[rnd.IntN(4)]))
		case rnd.IntN(4) == 0:
			p := append([]byte("\x50\x2a\x4d\x18"), binary.LittleEndian.AppendUint32(nil, uint32(n%500))...)
			list = append(list, append(p, noise(n%500, 1)...))
		default:
			list = append(list, zst(t, data, zstd.WithEncoderCRC(rnd.IntN(2) == 0), zstd.WithSingleSegment(rnd.IntN(2) == 0),
				zstd.WithWindowSize(1<<(10+rnd.IntN(12)))))
		}
	}
	return list
}

// damage returns in with something wrong with it, somewhere.
func damage(rnd *rand.Rand, in []byte) []byte {
	switch at := rnd.IntN(len(in)); rnd.IntN(8) {
	case 0:
		return in[:at]
	case 1, 2:
		return with(in, at, byte(1+rnd.IntN(255)))
	case 3:
		return cat(in[:at], in[min(at+1+rnd.IntN(9), len(in)):])
	case 4:
		return cat(in[:at], noise(1+rnd.IntN(9), rnd.Uint64()), in[at:])
	case 5:
		return cat(in, make([]byte, 1+rnd.IntN(3000)))
	case 6:
		return cat(in, noise(1+rnd.IntN(3000), rnd.Uint64()))
	}
	return in
}

// TestFan compares decoding side by side with decoding in order.
func TestFan(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 12
	}
	wraps := []func(io.Reader) io.Reader{plain, plain, plain, iotest.HalfReader, iotest.DataErrReader,
		func(r io.Reader) io.Reader { return io.LimitReader(r, 30_000) },
		func(r io.Reader) io.Reader {
			return io.MultiReader(io.LimitReader(r, 30_000), iotest.ErrReader(io.ErrClosedPipe))
		}}
	for _, f := range []Format{Gzip, Zstd} {
		rnd := rand.New(rand.NewPCG(21, uint64(f)))
		s := newSide(3, Options{})
		limited := newSide(4, Options{MaxOutput: 60_000, MaxWindow: 1 << 20, Windows: NewBudget(200 << 20)})
		slow := newSide(5, Options{Reference: true})
		for range rounds {
			in := bytes.Join(stream(t, rnd, f, 1+rnd.IntN(12), 40_000), nil)
			s.check(t, f, in, plain)
			for range 6 {
				bad := damage(rnd, in)
				s.check(t, f, bad, wraps[rnd.IntN(len(wraps))])
				limited.check(t, f, bad, plain)
			}
			slow.check(t, f, damage(rnd, in), plain)
		}
		if n := s.pieces(); n < 20*rounds {
			t.Errorf("%v: got %d pieces decoded side by side", f, n)
		}
		if b := limited.serial.opt.Windows; !b.try(200 << 20) {
			t.Errorf("%v: got shared memory still taken", f)
		}
	}
}

// TestFanUsualPace decodes streams of real size, with members that are too
// large and others that look so.
func TestFanUsualPace(t *testing.T) {
	data := text(1<<20, 31)
	huge := make([]byte, 9<<20)
	for f, in := range map[Format][]byte{
		Gzip: cat(gz(t, data), gz(t, nil), gz(t, data), gz(t, huge), gz(t, data), member(t, noise(5<<20, 1), 0), gz(t, data), gz(t, data),
			bytes.Repeat(gz(t, data[:70_000]), 60), gz(t, data), with(gz(t, data), -3, 1), gz(t, data)),
		Zstd: cat(zst(t, data), zst(t, nil), zst(t, data), zst(t, huge), zst(t, noise(5<<20, 1)), zst(t, data), zst(t, data),
			bytes.Repeat(zst(t, data[:70_000]), 60), zst(t, data), with(zst(t, data), -1, 1), zst(t, data)),
	} {
		s := newSide(6, Options{})
		for _, d := range s.fanned {
			d.pace = usualPace
		}
		s.check(t, f, in, plain)
		if n := s.pieces(); n < 10 {
			t.Errorf("%v: got %d pieces decoded side by side", f, n)
		}
	}
}

// TestFanFixtures runs the table of TestDecoder, each stream after members that
// make the decoder spread.
func TestFanFixtures(t *testing.T) {
	before := map[Format][]byte{
		Gzip: bytes.Repeat(gz(t, []byte("before")), 3), Zstd: bytes.Repeat(zst(t, []byte("before")), 3),
	}
	s := newSide(7, Options{})
	for _, tt := range streamTests(t) {
		if tt.format == Gzip || tt.format == Zstd {
			t.Run(tt.name, func(t *testing.T) { s.check(t, tt.format, cat(before[tt.format], tt.in, tt.in), plain) })
		}
	}
}

// TestFanDecoy wants a member whose stored data looks like the beginning of
// another one, at the very place where its trailer would be plausible, to be
// decoded in order, and those after it side by side again.
func TestFanDecoy(t *testing.T) {
	inner := gz(t, []byte("not a member of this stream"))
	decoy := member(t, cat(noise(300, 1), []byte{9, 0, 0, 0}, inner, inner), flate.NoCompression)
	one := gz(t, text(5000, 2))
	in := cat(one, one, decoy, decoy, one, one, one, decoy, one)
	s := newSide(8, Options{})
	s.check(t, Gzip, in, plain)
	if got := decode(s.fanned[1], Gzip, bytes.NewReader(in)); got.members != 9 {
		t.Errorf("got %d members, want 9", got.members)
	}
}

// TestFanEnds wants no goroutine after Next returned an error, or Reset or
// Close returned.
func TestFanEnds(t *testing.T) {
	in := cat(bytes.Repeat(gz(t, text(200_000, 3)), 12), []byte("tail"))
	ends := map[string]func(d *Decoder, cancel func()){
		"end":    func(d *Decoder, _ func()) { drain(d) },
		"reset":  func(d *Decoder, _ func()) { d.Reset(context.Background(), None, strings.NewReader("")) },
		"close":  func(d *Decoder, _ func()) { d.Close() },
		"cancel": func(d *Decoder, cancel func()) { cancel(); drain(d) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			c, b := newCores(4), NewBudget(64<<20)
			d := NewDecoder(Options{Spare: c, Windows: b})
			d.pace = eager
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			d.Reset(ctx, Gzip, bytes.NewReader(in))
			for range 3 {
				if _, err := d.Next(); err != nil {
					t.Fatal(err)
				}
			}
			if c.taken.Load() == 0 {
				t.Errorf("got no core taken")
			}
			end(d, cancel)
			if c.taken.Load() != c.given.Load() {
				t.Errorf("got %d cores back of %d", c.given.Load(), c.taken.Load())
			}
			if d.fan != nil {
				t.Errorf("got a fan after the end")
			}
			if !b.try(64 << 20) {
				t.Errorf("got shared memory still taken")
			}
		})
	}
}

func drain(d *Decoder) {
	for {
		if _, err := d.Next(); err != nil {
			return
		}
	}
}

// TestFanPanic wants a panic of the reader to reach the caller with nothing left
// behind, and one in a piece to be forgotten.
func TestFanPanic(t *testing.T) {
	c := newCores(2)
	d := NewDecoder(Options{Spare: c})
	d.pace = eager
	one := gz(t, noise(200_000, 4))
	in := bytes.NewReader(bytes.Repeat(one, 20))
	d.Reset(context.Background(), Gzip, readFunc(func(p []byte) (int, error) {
		if in.Len() < 10*len(one) {
			panic("reader")
		}
		return in.Read(p)
	}))
	func() {
		defer func() {
			if r := recover(); r != "reader" {
				t.Errorf("got panic %v, want the reader's", r)
			}
		}()
		drain(d)
	}()
	if c.taken.Load() != c.given.Load() || c.taken.Load() == 0 {
		t.Errorf("got %d cores back of %d", c.given.Load(), c.taken.Load())
	}

	p := &piece{format: Gzip, in: one, done: make(chan struct{}, 1)} // no room: cap(out) is 0
	p.decode(context.Background())
	if p.ok {
		t.Errorf("got a piece of more bytes than there is room for")
	}
	var none context.Context
	p.decode(none) // makes the reading of the input panic
	if p.ok || p.gzip != nil {
		t.Errorf("got a piece, or its decoder, in spite of a panic")
	}
}

// TestFanMemory checks the account of what pieces hold, with the largest.
func TestFanMemory(t *testing.T) {
	data := bytes.Repeat(cat(text(200<<10, 5), make([]byte, 120<<10)), 27)[:8<<20]
	in := bytes.Repeat(zst(t, data, zstd.WithWindowSize(64<<10)), 6)
	d := NewDecoder(Options{Spare: newCores(15)})
	d.Reset(context.Background(), Zstd, bytes.NewReader(in))
	most := 0
	for {
		_, err := d.Next()
		if d.fan != nil {
			most = max(most, d.fan.held)
			real := 0
			for _, p := range d.fan.free { // those in flight belong to their goroutines
				real += cap(p.in) + cap(p.out) + pieceEngine
			}
			if real > d.fan.held {
				t.Fatalf("got %d bytes held, %d accounted for", real, d.fan.held)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if most > fanMemory || most < 2*len(data) {
		t.Errorf("got %d bytes held at most, want two pieces and at most %d", most, fanMemory)
	}
	if d.fan != nil || d.pieces < 5 {
		t.Errorf("got %d pieces decoded side by side, and a fan: %t", d.pieces, d.fan != nil)
	}
}

// TestMemberEnd checks the guess on its own.
func TestMemberEnd(t *testing.T) {
	a, b := gz(t, text(1000, 1)), gz(t, nil)
	tests := []struct {
		name      string
		in        []byte
		end, size int
		want      outcome
	}{
		{"another", cat(a, b), len(a), 1000, unitFound},
		{"empty", cat(b, a), len(b), 0, unitFound},
		{"alone", a, 0, 0, unitMore},
		{"magic_cut", cat(a, b[:3]), 0, 0, unitMore},
		{"other_method", cat(a, with(b, 2, 1)), 0, 0, unitMore},
		{"reserved_flag", cat(a, with(b, 3, 0x80)), 0, 0, unitMore},
		{"size_absurd", cat(with(a, -1, 0x40), b), 0, 0, unitMore},
		{"no_member", []byte("none, whatever follows"), 0, 0, unitRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end, size, _, o := memberEnd(tt.in, 0)
			if end != tt.end || size != tt.size || o != tt.want {
				t.Errorf("got %d, %d, %d; want %d, %d, %d", end, size, o, tt.end, tt.size, tt.want)
			}
			// Byte by byte it comes to the same.
			for n, from := 4, 0; n <= len(tt.in) && tt.want == unitFound; n++ {
				e, _, seen, o := memberEnd(tt.in[:n], from)
				if from = seen; o == unitFound {
					if e != tt.end {
						t.Errorf("got %d with %d bytes, want %d", e, n, tt.end)
					}
					break
				}
				if n == len(tt.in) {
					t.Errorf("got no end byte by byte")
				}
			}
		})
	}
}

// FuzzParallel decodes a stream in order and side by side.
func FuzzParallel(f *testing.F) {
	rnd := rand.New(rand.NewPCG(9, 9))
	for range 8 {
		f.Add(bytes.Join(stream(f, rnd, Gzip, 5, 3000), nil), false)
		f.Add(bytes.Join(stream(f, rnd, Zstd, 5, 3000), nil), true)
		f.Add(damage(rnd, bytes.Join(stream(f, rnd, Gzip, 5, 3000), nil)), false)
		f.Add(damage(rnd, bytes.Join(stream(f, rnd, Zstd, 5, 3000), nil)), true)
	}
	s := newSide(10, Options{MaxOutput: fuzzOutput, MaxWindow: 1 << 20})
	head := map[Format][]byte{Gzip: gz(f, nil), Zstd: zst(f, nil)}
	f.Fuzz(func(t *testing.T, in []byte, isZstd bool) {
		format := Gzip
		if isZstd {
			format = Zstd
		}
		s.check(t, format, cat(head[format], in), plain)
	})
}
