package decompress

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// fuzzOutput bounds what a fuzzed stream may decode to.
const fuzzOutput = 8 << 20

// faultKind reports whether a result has a fault of one of the kinds.
func (r result) faultKind(kinds ...Kind) bool {
	for _, f := range r.faults {
		for _, k := range kinds {
			if f.Kind == k {
				return true
			}
		}
	}
	return false
}

// checkResult checks what holds for every stream of every format.
func checkResult(t *testing.T, in []byte, got result) {
	t.Helper()
	if got.err != io.EOF {
		kind(t, got.err)
		var e *Error
		if errors.As(got.err, &e); e.Offset < 0 || e.Offset > int64(len(in)) {
			t.Errorf("got offset %d of %d stored bytes", e.Offset, len(in))
		}
	}
	for _, f := range got.faults {
		if f.Offset < 0 || f.Offset > int64(len(in)) || f.Detail == "" {
			t.Errorf("got fault %v of %d stored bytes", f, len(in))
		}
	}
	if got.faultKind(Disagreement) {
		t.Errorf("got faults %v", got.faults)
	}
}

func FuzzGzip(f *testing.F) {
	for _, tt := range streamTests(f) {
		if tt.format == Gzip && len(tt.in) < 20_000 {
			f.Add(tt.in)
		}
	}
	rnd := rand.New(rand.NewPCG(6, 6))
	for _, p := range materials(rnd, 500) {
		f.Add(cat(gz(f, p), gz(f, p[:100])))
	}
	fast := NewDecoder(Options{MaxOutput: fuzzOutput})
	slow := NewDecoder(Options{MaxOutput: fuzzOutput, Reference: true})
	f.Fuzz(func(t *testing.T, in []byte) {
		got, ref := decode(fast, Gzip, bytes.NewReader(in)), decode(slow, Gzip, bytes.NewReader(in))
		checkResult(t, in, got)
		if !bytes.Equal(got.data, ref.data) || fmt.Sprint(got.err, got.faults, got.members) != fmt.Sprint(ref.err, ref.faults, ref.members) {
			t.Errorf("got %v, %v, %d bytes; the reference %v, %v, %d", got.err, got.faults, len(got.data), ref.err, ref.faults, len(ref.data))
		}

		var std []byte
		r, err := gzip.NewReader(bytes.NewReader(in))
		if err == nil {
			std, err = io.ReadAll(io.LimitReader(r, fuzzOutput+1))
		}
		if len(std) > fuzzOutput {
			return
		}
		if reservedFlags(in, got) {
			return // compress/gzip accepts them
		}
		clean := got.err == io.EOF && !got.faultKind(TrailingData, ZeroPadding)
		switch {
		case clean == (err == nil):
		case clean && errors.Is(err, gzip.ErrHeader) && len(in) > 512:
			return // compress/gzip refuses names of 512 bytes and more
		default:
			t.Errorf("got error %v and faults %v; compress/gzip says %v", got.err, got.faults, err)
		}
		if !bytes.HasPrefix(got.data, std) {
			t.Errorf("got %d bytes, not those that compress/gzip decodes: %d", len(got.data), len(std))
		}
	})
}

// reservedFlags reports whether a stream was refused for a reserved flag.
func reservedFlags(in []byte, got result) bool {
	var e *Error
	return errors.As(got.err, &e) && e.Kind == HeaderInvalid && in[e.Offset]&flagReserved != 0
}

func FuzzZstd(f *testing.F) {
	for _, tt := range streamTests(f) {
		if tt.format == Zstd && len(tt.in) < 20_000 {
			f.Add(tt.in)
		}
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for _, p := range materials(rnd, 3000) {
		f.Add(zst(f, p, zstd.WithEncoderLevel(zstd.SpeedFastest)))
		f.Add(zst(f, p, zstd.WithEncoderLevel(zstd.SpeedBestCompression)))
	}
	const window = 1 << 20
	d := NewDecoder(Options{MaxOutput: fuzzOutput, MaxWindow: window})
	library := NewDecoder(Options{MaxOutput: fuzzOutput, MaxWindow: window, Reference: true})
	rival, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got := decode(d, Zstd, bytes.NewReader(in))
		checkResult(t, in, got)
		sameBlocks(t, d, got, library, decode(library, Zstd, bytes.NewReader(in)))
		if err := rival.Reset(readFunc(bytes.NewReader(in).Read)); err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(io.LimitReader(rival, fuzzOutput+1))
		if len(want) > fuzzOutput {
			return
		}
		clean := got.err == io.EOF && !got.faultKind(TrailingData, ZeroPadding)
		switch {
		case clean == (err == nil):
		case !clean && got.err != io.EOF && lenient(kind(t, got.err)):
			return
		case !clean && got.err == io.EOF && len(in) >= 4 && zstdFrameKind(in[len(in)-4:]) == zstdNoFrame:
			// The library takes up to three bytes after a frame for its end.
		default:
			t.Errorf("got error %v and faults %v; the library says %v", got.err, got.faults, err)
		}
		if !bytes.Equal(got.data, want) {
			t.Errorf("got %d bytes, want %d, or others", len(got.data), len(want))
		}
	})
}

// lenient reports whether the zstd library may accept what is refused as k: a
// stream without a data frame, a frame cut in its magic number, and blocks whose
// size it does not check.
func lenient(k Kind) bool { return k == Empty || k == Truncated || k == HeaderInvalid || k == Corrupt }
