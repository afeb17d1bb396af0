package decompress

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ulikunitz/xz"
)

// frame returns a zstd frame with the given window descriptor (RFC 8878
// 3.1.1.1.2) and a raw block.
func frame(window byte, data string) []byte {
	head := []byte("\x28\xb5\x2f\xfd\x00")
	size := len(data)<<3 | 1
	return append(append(head, window, byte(size), byte(size>>8), byte(size>>16)), data...)
}

const (
	window8M  = (23 - 10) << 3
	window16M = (24 - 10) << 3
	window64M = (26 - 10) << 3
)

func TestMaxOutput(t *testing.T) {
	data := text(600_000, 9)
	streams := map[Format][]byte{
		None: data, Gzip: gz(t, data), Zstd: zst(t, data), Xz: xzip(t, data, xz.WriterConfig{}),
	}
	for f, in := range streams {
		for _, limit := range []int64{1, 300_000, 599_999, 600_000, 600_001} {
			t.Run(fmt.Sprintf("%v/limit=%d", f, limit), func(t *testing.T) {
				got := decode(NewDecoder(Options{MaxOutput: limit}), f, bytes.NewReader(in))
				wantKind := Kind("")
				if limit < 600_000 {
					wantKind = OutputLimit
				}
				if k := kind(t, got.err); k != wantKind {
					t.Errorf("got error %v, want kind %q", got.err, wantKind)
				}
				if want := data[:min(limit, 600_000)]; !bytes.Equal(got.data, want) {
					t.Errorf("got %d bytes, want %d", len(got.data), len(want))
				}
			})
		}
	}
}

func TestChunksAreSmallAndNeverEmpty(t *testing.T) {
	data := text(900_000, 10)
	for f, in := range map[Format][]byte{None: data, Gzip: gz(t, data), Zstd: zst(t, data)} {
		d := NewDecoder(Options{})
		d.Reset(context.Background(), f, bytes.NewReader(in))
		for {
			p, err := d.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(p) == 0 || len(p) > 256<<10 {
				t.Errorf("%v: got a chunk of %d bytes, want 1 to 256 KiB", f, len(p))
			}
		}
	}
}

// TestReadError wants the reader's own error, after the bytes before it.
func TestReadError(t *testing.T) {
	data := text(500_000, 11)
	streams := map[Format][]byte{
		None: data, Gzip: gz(t, data), Zstd: zst(t, data), Xz: xzip(t, data, xz.WriterConfig{}),
		Bzip2: unhex(t, bzip2Hello),
	}
	disk := errors.New("input/output error")
	for f, in := range streams {
		for _, reference := range []bool{false, true} {
			for _, at := range []int{0, 1, 5, 11, 20, len(in) / 2, len(in) - 5, len(in)} {
				t.Run(fmt.Sprintf("%v/at=%d/reference=%t", f, at, reference), func(t *testing.T) {
					d := NewDecoder(Options{Reference: reference})
					r := io.MultiReader(bytes.NewReader(in[:min(at, len(in))]), iotest.ErrReader(disk))
					got := decode(d, f, r)
					if got.err != disk {
						t.Errorf("got error %v, want the reader's", got.err)
					}
					if _, again := d.Next(); again != disk {
						t.Errorf("got error %v from the next call, want the reader's", again)
					}
					if !bytes.HasPrefix(data, got.data) && f != Bzip2 {
						t.Errorf("got %d other bytes", len(got.data))
					}
				})
			}
		}
	}
}

func TestBrokenReader(t *testing.T) {
	d := NewDecoder(Options{})
	if got := decode(d, Gzip, readFunc(func(p []byte) (int, error) { return 0, nil })); got.err != io.ErrNoProgress {
		t.Errorf("got error %v, want %v", got.err, io.ErrNoProgress)
	}
	if got := decode(d, None, readFunc(func(p []byte) (int, error) { return len(p) + 1, nil })); got.err != errBadRead {
		t.Errorf("got error %v, want %v", got.err, errBadRead)
	}
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	d := NewDecoder(Options{})
	zeros := readFunc(func(p []byte) (int, error) { clear(p); return len(p), nil })
	d.Reset(ctx, None, zeros)
	if _, err := d.Next(); err != nil {
		t.Fatal(err)
	}
	bomb := NewDecoder(Options{})
	bomb.Reset(ctx, Gzip, bytes.NewReader(gz(t, make([]byte, 1<<20)))) // one read
	if _, err := bomb.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, d := range []*Decoder{d, bomb} {
		if _, err := d.Next(); err != context.Canceled {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	}
}

func TestBudget(t *testing.T) {
	b := NewBudget(20 << 20)
	opt := Options{Windows: b}
	small, large, never := frame(window8M, "small"), frame(window16M, "large"), frame(window64M, "never")

	// Small windows are free, large ones are given back at the end, at an
	// error, at Reset and at Close: each of these would wait otherwise.
	holder := NewDecoder(opt)
	holder.Reset(context.Background(), Zstd, bytes.NewReader(cat(small, large)))
	if got := decode(holder, Zstd, bytes.NewReader(cat(small, large))); got.err != io.EOF || string(got.data) != "smalllarge" {
		t.Fatalf("got %q, %v", got.data, got.err)
	}
	d := NewDecoder(opt)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if got := decode(d, Zstd, bytes.NewReader(small)); got.err != io.EOF {
		t.Errorf("got error %v, want %v", got.err, io.EOF)
	}
	for _, in := range [][]byte{large, cat(large, []byte("tail")), large[:len(large)-1]} {
		decode(d, Zstd, bytes.NewReader(in))
		if err := b.Acquire(ctx, 20<<20); err != nil {
			t.Fatalf("got error %v after a stream ended, want the memory back", err)
		}
		b.Release(20 << 20)
	}
	got := decode(d, Zstd, bytes.NewReader(never))
	if kind(t, got.err) != Window || !errors.Is(got.err, ErrNeverFits) {
		t.Errorf("got error %v, want kind %q", got.err, Window)
	}

	// A decoder waits for memory and can be called off.
	if err := b.Acquire(ctx, 10<<20); err != nil {
		t.Fatal(err)
	}
	brief, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	d.Reset(brief, Zstd, bytes.NewReader(large))
	if _, err := d.Next(); err != context.DeadlineExceeded {
		t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
	}
	b.Release(10 << 20)
	d.Close()
	if _, err := d.Next(); err == nil || err == io.EOF {
		t.Errorf("got error %v after Close", err)
	}
}

// TestGrowingWindows checks that two decoders that each hold a window and want
// a larger one do not wait for each other.
func TestGrowingWindows(t *testing.T) {
	b := NewBudget(40 << 20)
	in := bytes.Repeat(cat(frame(window16M, "a"), frame(window16M+1, "b"), frame(window16M+4, "c")), 20)
	done := make(chan error)
	for range 2 {
		go func() {
			d := NewDecoder(Options{Windows: b})
			defer d.Close()
			for range 5 {
				d.Reset(context.Background(), Zstd, iotest.OneByteReader(bytes.NewReader(in)))
				for {
					if _, err := d.Next(); err == io.EOF {
						break
					} else if err != nil {
						done <- err
						return
					}
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestManyMembers(t *testing.T) {
	const n = 100_000
	for f, one := range map[Format][]byte{
		Gzip: gz(t, nil), Zstd: []byte("\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00"),
	} {
		in := bytes.Repeat(one, n)
		d := NewDecoder(Options{})
		decode(d, f, bytes.NewReader(in[:len(one)*10]))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := decode(d, f, bytes.NewReader(in))
		runtime.ReadMemStats(&after)
		if got.err != io.EOF || got.members != n || len(got.data) > 0 {
			t.Errorf("%v: got error %v, %d members, %d bytes", f, got.err, got.members, len(got.data))
		}
		if grown := after.TotalAlloc - before.TotalAlloc; f == Gzip && grown > 64<<10 {
			t.Errorf("%v: got %d bytes allocated for %d members", f, grown, n)
		}
	}
}

// TestNoAllocation wants a warm decoder to allocate nothing for a gzip stream.
func TestNoAllocation(t *testing.T) {
	in := gz(t, text(600_000, 12))
	d := NewDecoder(Options{})
	r := bytes.NewReader(nil)
	allocs := testing.AllocsPerRun(5, func() {
		r.Reset(in)
		d.Reset(context.Background(), Gzip, r)
		for {
			if _, err := d.Next(); err != nil {
				if err != io.EOF {
					t.Fatal(err)
				}
				return
			}
		}
	})
	if allocs > 0 {
		t.Errorf("got %v allocations a stream, want 0", allocs)
	}
}

// TestXzDictionaries feeds blocks of one byte that ask for a large dictionary
// each.
func TestXzDictionaries(t *testing.T) {
	header := cat([]byte("\xfd7zXZ\x00"), checked([]byte{0, 0}))
	block := cat(checked([]byte{2, 0, 0x21, 1, 26, 0, 0, 0}), // 32 MiB
		[]byte("\x01\x00\x00a\x00\x00\x00\x00"))
	got := decode(NewDecoder(Options{}), Xz, bytes.NewReader(cat(header, bytes.Repeat(block, 20))))
	if k := kind(t, got.err); k != Window {
		t.Errorf("got error %v, want kind %q", got.err, Window)
	}
	if string(got.data) != "aaaaaaaa" {
		t.Errorf("got %q, want eight blocks", got.data)
	}
}

// checked appends the CRC-32 of p to p.
func checked(p []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(p), crc32.ChecksumIEEE(p))
}

// TestDisagreement makes the fast inflate fail in the middle of a good stream:
// the stream stays good, and the fault is told once.
func TestDisagreement(t *testing.T) {
	data := text(800_000, 13)
	in := cat(gz(t, data), gz(t, data))
	d := NewDecoder(Options{})
	for _, at := range []int64{1, 1000, 300_000, 799_999, 900_000} {
		t.Run(fmt.Sprintf("at=%d", at), func(t *testing.T) {
			d.Reset(context.Background(), Gzip, bytes.NewReader(in))
			d.gzip.inf.failAt = at
			var got []byte
			for {
				p, err := d.Next()
				got = append(got, p...)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(got, cat(data, data)) {
				t.Errorf("got %d bytes, want others", len(got))
			}
			if f := d.Faults(); len(f) != 1 || f[0].Kind != Disagreement {
				t.Errorf("got faults %v, want one %s", f, Disagreement)
			}
		})
	}
}

// TestHugeBlock decodes a block that is larger than every buffer and damaged
// at its end, so that the replay begins in the middle of it.
func TestHugeBlock(t *testing.T) {
	var w bitWriter
	w.put(blockFixed<<1|1, 3)
	for range 4 << 20 {
		w.put(0x55>>1, 8) // some literal
	}
	want := inflateStd(w.p)
	z := newInflater(new(source), false)
	got := inflate(z, bytes.NewReader(w.p))
	if !z.replayed || z.disagreed || !errors.Is(got.err, io.ErrUnexpectedEOF) || !errors.Is(want.err, io.ErrUnexpectedEOF) {
		t.Errorf("got error %v, replayed %t, disagreed %t; want %v", got.err, z.replayed, z.disagreed, want.err)
	}
	if !bytes.Equal(got.data, want.data) {
		t.Errorf("got %d bytes, want %d", len(got.data), len(want.data))
	}
}

func TestErrorText(t *testing.T) {
	got := decode(NewDecoder(Options{}), Gzip, bytes.NewReader(gz(t, []byte("hello"))[:15]))
	want := "truncated at stored byte 15: the deflate data has no end"
	if got.err.Error() != want {
		t.Errorf("got %q, want %q", got.err, want)
	}
	var corrupt flate.CorruptInputError
	got = decode(NewDecoder(Options{}), Gzip, bytes.NewReader(with(gz(t, []byte("hello")), 10, 6)))
	if !errors.As(got.err, &corrupt) {
		t.Errorf("got error %v, want one of compress/flate beneath it", got.err)
	}
}
