package hash_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

func TestReader(t *testing.T) {
	const content = "the bytes of a layer"
	n := int64(len(content))
	good := hash.DigestBytes(digest.SHA256, []byte(content))
	good512 := hash.DigestBytes(digest.SHA512, []byte(content))
	other := hash.DigestBytes(digest.SHA256, []byte("other"))
	short := hash.DigestBytes(digest.SHA256, []byte(content[:5]))
	tests := []struct {
		name string
		want digest.Digest
		size int64
		out  string              // bytes handed out
		err  *hash.MismatchError // nil verifies
		text string
	}{
		{"holds", good, n, content, nil, ""},
		{"holds, size unknown", good, -1, content, nil, ""},
		{"sha512", good512, n, content, nil, ""},
		{"digest", other, n, content, &hash.MismatchError{other, good, n, n},
			"content mismatch: want " + string(other) + ", got " + string(good)},
		{"digest, size unknown", other, -1, content, &hash.MismatchError{other, good, -1, n},
			"content mismatch: want " + string(other) + ", got " + string(good)},
		{"too short", good, n + 1, content, &hash.MismatchError{good, good, n + 1, n},
			"content mismatch: want 21 bytes, got 20"},
		{"too long", good, n - 1, content[:n-1], &hash.MismatchError{good, "", n - 1, n},
			"content mismatch: want 19 bytes, got at least 20"},
		{"a true prefix", short, 5, content[:5], &hash.MismatchError{Want: short, WantSize: 5},
			"content mismatch: want 5 bytes, got at least "},
		{"nothing promised", other, 0, "", &hash.MismatchError{Want: other, WantSize: 0},
			"content mismatch: want 0 bytes, got at least "},
	}
	sources := map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "eof with data": iotest.DataErrReader,
	}
	for _, tt := range tests {
		for source, wrap := range sources {
			t.Run(tt.name+"/"+source, func(t *testing.T) {
				r, err := hash.NewReader(wrap(strings.NewReader(content)), tt.want, tt.size)
				if err != nil {
					t.Fatal(err)
				}
				out, err := io.ReadAll(r)
				if string(out) != tt.out {
					t.Errorf("got bytes %q, want %q", out, tt.out)
				}
				if got, want := r.Verified(), tt.err == nil; got != want {
					t.Errorf("Verified: got %t, want %t", got, want)
				}
				if tt.err == nil {
					if err != nil {
						t.Errorf("got %v, want it verified", err)
					}
					return
				}
				var got *hash.MismatchError
				if !errors.As(err, &got) {
					t.Fatalf("got %v, want a *MismatchError", err)
				}
				want := *tt.err
				if want.GotSize == 0 { // depends on how the source cuts its reads
					want.GotSize = got.GotSize
					if got.GotSize <= tt.size {
						t.Errorf("got size %d, want more than %d", got.GotSize, tt.size)
					}
				}
				if *got != want {
					t.Errorf("got %+v, want %+v", *got, want)
				}
				if !strings.HasPrefix(got.Error(), tt.text) {
					t.Errorf("got %q, want %q", got, tt.text)
				}
				if n, again := r.Read(make([]byte, 1)); n != 0 || again != err {
					t.Errorf("next Read: got %d, %v, want 0 and the first error", n, again)
				}
			})
		}
	}
}

func TestReaderVerifiesOnlyAtTheEnd(t *testing.T) {
	content := []byte("exactly these")
	r, err := hash.NewReader(bytes.NewReader(content), hash.DigestBytes(digest.SHA256, content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, len(content))); err != nil {
		t.Fatal(err)
	}
	if r.Verified() {
		t.Error("got verified before the end was seen")
	}
	if n, err := r.Read(nil); n != 0 || err != nil {
		t.Errorf("empty Read: got %d, %v, want 0, nil", n, err)
	}
	for range 2 {
		if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF || !r.Verified() {
			t.Errorf("got %d, %v, verified %t, want 0, EOF, true", n, err, r.Verified())
		}
	}
}

func TestReaderPassesErrorsThrough(t *testing.T) {
	broken := errors.New("bad disk")
	r, err := hash.NewReader(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), hash.DigestBytes(digest.SHA256, []byte("ab")), 2)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if string(out) != "ab" || err != broken || r.Verified() {
		t.Errorf("got %q, %v, verified %t, want \"ab\", %v, false", out, err, r.Verified(), broken)
	}
	if _, err := r.Read(make([]byte, 1)); err != broken {
		t.Errorf("got %v, want the same error again", err)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderSurvivesABrokenSource(t *testing.T) {
	for _, n := range []int{-1, 9} {
		r, err := hash.NewReader(readFunc(func([]byte) (int, error) { return n, nil }), hash.DigestBytes(digest.SHA256, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.Read(make([]byte, 8)); n != 0 || err == nil || err == io.EOF {
			t.Errorf("got %d, %v, want 0 and an error", n, err)
		}
	}
}

func TestNewReaderRefuses(t *testing.T) {
	for _, d := range []digest.Digest{"", "sha256:", "nonsense", "sha384:00", "md5:00"} {
		if r, err := hash.NewReader(strings.NewReader(""), d, 0); err == nil {
			t.Errorf("NewReader(%q): got %v, want an error", d, r)
		}
	}
	if _, err := hash.NewReader(strings.NewReader(""), hash.DigestBytes(digest.SHA256, nil), -2); err == nil {
		t.Error("NewReader of size -2: got nil, want an error")
	}
}

// FuzzReader: a stream verifies exactly if digest and size hold, whatever the
// sizes of the reads.
func FuzzReader(f *testing.F) {
	f.Add([]byte("abc"), []byte("abc"), int64(3), uint8(2))
	f.Add([]byte("abc"), []byte("abd"), int64(-1), uint8(1))
	f.Add([]byte{}, []byte{}, int64(0), uint8(0))
	f.Fuzz(func(t *testing.T, content, promised []byte, size int64, step uint8) {
		size = max(size, -1)
		r, err := hash.NewReader(bytes.NewReader(content), hash.DigestBytes(digest.SHA256, promised), size)
		if err != nil {
			t.Fatal(err)
		}
		var out []byte
		buf := make([]byte, int(step)+1)
		for err == nil {
			var n int
			n, err = r.Read(buf)
			out = append(out, buf[:n]...)
		}
		holds := bytes.Equal(content, promised) && (size < 0 || size == int64(len(content)))
		if got := err == io.EOF; got != holds || r.Verified() != holds {
			t.Fatalf("got %v, verified %t, want %t", err, r.Verified(), holds)
		}
		if !bytes.HasPrefix(content, out) || size >= 0 && int64(len(out)) > size {
			t.Fatalf("got %d bytes, want a prefix of %d", len(out), size)
		}
	})
}
