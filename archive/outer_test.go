package archive

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

func gz(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, data []byte, opts ...zstd.EOption) []byte {
	w, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

func TestUnwrap(t *testing.T) {
	tar := tartest.Join(tartest.File("a", strings.Repeat("text ", 20_000)), tartest.End())
	flip := func(b []byte, i int) []byte {
		b = bytes.Clone(b)
		b[i] ^= 0x10
		return b
	}
	odd := tartest.Join(tartest.File("\x1f\x8bname", "1"), tartest.End())
	zipped := gz(t, tar)
	for _, tt := range []struct {
		name        string
		data        []byte
		compression string
		outer       string // codes about the compressed stream
		inner       string // codes about the tar
		objects     string
	}{
		{"plain", tar, "none", "", "", "a"},
		{"a name like gzip", odd, "none", "", "", "\x1f\x8bname"},
		{"gzip", zipped, "gzip", "", "", "a"},
		{"gzip members", append(gz(t, tar[:700]), gz(t, tar[700:])...), "gzip", "", "", "a"},
		{"zstd", zst(t, tar), "zstd", "", "", "a"},
		{"gzip in gzip", gz(t, zipped), "gzip", "", "", ""},
		{"text", []byte("no image"), "none", "", "", ""},
		{"gzip checksum", flip(zipped, len(zipped)-6), "gzip", "archive.outer-corrupt", "", "a"},
		{"gzip without trailer", zipped[:len(zipped)-8], "gzip", "archive.outer-corrupt", "", "a"},
		{"gzip cut in the middle", zipped[:len(zipped)/2], "gzip", "archive.outer-corrupt", "archive.truncated", "a"},
		{"trailing data", append(bytes.Clone(zipped), "junk"...), "gzip", "archive.outer-trailing-data", "", "a"},
		{"zero padding", append(bytes.Clone(zipped), make([]byte, 512)...), "gzip", "archive.outer-zero-padding", "", "a"},
		{"second archive behind the first", append(bytes.Clone(zipped), zipped...), "gzip", "", "archive.trailing-data", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"pipe": iotest.HalfReader(bytes.NewReader(tt.data)),
				"file": bytes.NewReader(tt.data),
			} {
				o, err := Unwrap(background, r, 0)
				if err != nil {
					t.Fatal(err)
				}
				s := NewStream(background, o, Limits{})
				for err == nil {
					_, _, err = s.Next()
				}
				if err != io.EOF {
					t.Fatalf("%s: got %v, want the end", how, err)
				}
				if err := o.Drain(background); err != nil {
					t.Fatal(err)
				}
				if got := o.Compression(); got != tt.compression {
					t.Errorf("%s: compression: got %q, want %q", how, got, tt.compression)
				}
				if got := codesOf(o.Findings()); got != tt.outer {
					t.Errorf("%s: findings about the stream: got %q, want %q", how, got, tt.outer)
				}
				if got := codesOf(s.Findings()); got != tt.inner {
					t.Errorf("%s: findings about the tar: got %q, want %q", how, got, tt.inner)
				}
				if got := list(s.Objects()); got != tt.objects {
					t.Errorf("%s: objects: got %q, want %q", how, got, tt.objects)
				}
			}
		})
	}
}

func TestUnwrapWindow(t *testing.T) {
	data := zst(t, make([]byte, 4<<20), zstd.WithWindowSize(2<<20), zstd.WithSingleSegment(false))
	o, err := Unwrap(background, bytes.NewReader(data), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, o)
	var outer *OuterError
	if n != 0 || !errors.As(err, &outer) || !errors.Is(err, io.ErrUnexpectedEOF) || outer.Compression != "zstd" {
		t.Errorf("got %d bytes, %v, want an OuterError before any", n, err)
	}
	if got := codesOf(o.Findings()); got != "limit.window" {
		t.Errorf("findings: got %q, want limit.window", got)
	}
	if err := o.Drain(background); err != nil {
		t.Errorf("drain: got %v, want nothing: there is a finding", err)
	}
}

func TestUnwrapMediumErrors(t *testing.T) {
	disk := errors.New("disk")
	noise := make([]byte, 20_000) // so that the stream is longer than what Unwrap looks at
	rand.NewChaCha8([32]byte{}).Read(noise)
	zipped := gz(t, tartest.Join(tartest.File("a", string(noise)), tartest.End()))
	broken := func(n int) io.Reader { return io.MultiReader(bytes.NewReader(zipped[:n]), iotest.ErrReader(disk)) }
	if _, err := Unwrap(background, broken(5), 0); err != disk {
		t.Errorf("in the first bytes: got %v, want %v", err, disk)
	}
	o, err := Unwrap(background, broken(len(zipped)-3), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Drain(background); !errors.Is(err, disk) || len(o.Findings()) > 0 {
		t.Errorf("got %v with %q, want %v and no finding", err, codesOf(o.Findings()), disk)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := Unwrap(ctx, bytes.NewReader(zipped), 0); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
