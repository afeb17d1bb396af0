package hash_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

var (
	hex32 = strings.Repeat("0a", 16)
	hex64 = strings.Repeat("0123456789abcdef", 4)
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, in string
		want     hash.Reason // "" accepts
	}{
		{"sha256", "sha256:" + hex64, ""},
		{"sha512", "sha512:" + hex64 + hex64, ""},
		{"md5", "md5:" + hex32, hash.Weak},
		{"sha1", "sha1:" + hex32 + "0a0b0c0d", hash.Weak},
		{"sha1 of any encoding", "sha1:x", hash.Weak},
		{"sha1 bad encoding", "sha1:x/y", hash.Malformed},
		{"md5 empty", "md5:", hash.Malformed},
		{"sha384", "sha384:" + hex64 + hex32, hash.Unsupported},
		{"blake3", "blake3:" + hex64, hash.Unsupported},
		{"multihash", "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", hash.Unsupported},
		{"sha256 base64", "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564", hash.Unsupported},
		{"all separators", "a.b_c-d+e:=_-Z", hash.Unsupported},
		{"empty", "", hash.Malformed},
		{"colon", ":", hash.Malformed},
		{"no colon", hex64, hash.Malformed},
		{"algorithm alone", "sha256", hash.Malformed},
		{"no encoded", "sha256:", hash.Malformed},
		{"no algorithm", ":" + hex64, hash.Malformed},
		{"upper-case hex", "sha256:" + strings.ToUpper(hex64), hash.Malformed},
		{"one upper-case digit", "sha256:A" + hex64[1:], hash.Malformed},
		{"upper-case hex sha512", "sha512:" + strings.ToUpper(hex64+hex64), hash.Malformed},
		{"upper-case algorithm", "SHA256:" + hex64, hash.Malformed},
		{"short", "sha256:" + hex64[1:], hash.Malformed},
		{"long", "sha256:" + hex64 + "0", hash.Malformed},
		{"sha512 with sha256's length", "sha512:" + hex64, hash.Malformed},
		{"sha256 with sha512's length", "sha256:" + hex64 + hex64, hash.Malformed},
		{"not hex", "sha256:g" + hex64[1:], hash.Malformed},
		{"trailing space", "sha256:" + hex64 + " ", hash.Malformed},
		{"leading space", " sha256:" + hex64, hash.Malformed},
		{"trailing newline", "sha256:" + hex64 + "\n", hash.Malformed},
		{"newline as last digit", "sha256:" + hex64[1:] + "\n", hash.Malformed},
		{"traversal", "sha256:../../../etc/passwd", hash.Malformed},
		{"traversal in algorithm", "../sha256:" + hex64, hash.Malformed},
		{"backslash", `sha256:..\..\x`, hash.Malformed},
		{"NUL", "sha256:\x00" + hex64[1:], hash.Malformed},
		{"NUL in algorithm", "sha\x00256:" + hex64, hash.Malformed},
		{"two colons", "sha256:" + hex64 + ":x", hash.Malformed},
		{"docker reference", "busybox@sha256:" + hex64, hash.Malformed},
		{"separator first", "+a:b", hash.Malformed},
		{"separator last", "a+:b", hash.Malformed},
		{"separators in a row", "a+.b:c", hash.Malformed},
		{"not UTF-8", "\xff:\xff", hash.Malformed},
		{"letters beyond ASCII", "sha256:é" + hex64[2:], hash.Malformed},
		{"as long as can be", "x:" + strings.Repeat("y", hash.MaxDigestLen-2), hash.Unsupported},
		{"too long", "x:" + strings.Repeat("y", hash.MaxDigestLen-1), hash.Malformed},
	}
	sentinels := map[hash.Reason]error{
		hash.Malformed: hash.ErrMalformed, hash.Weak: hash.ErrWeak, hash.Unsupported: hash.ErrUnsupported,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := hash.Parse(tt.in)
			if tt.want == "" {
				if err != nil || string(got) != tt.in {
					t.Fatalf("got %q, %v, want it accepted", got, err)
				}
				return
			}
			var perr *hash.ParseError
			if !errors.As(err, &perr) {
				t.Fatalf("got %q, %v, want a *ParseError", got, err)
			}
			if got != "" || perr.Reason != tt.want || perr.Detail == "" {
				t.Errorf("got %q, reason %q, detail %q, want \"\", %q and a detail", got, perr.Reason, perr.Detail, tt.want)
			}
			for reason, sentinel := range sentinels {
				if got, want := errors.Is(err, sentinel), reason == tt.want; got != want {
					t.Errorf("errors.Is(err, %v): got %t, want %t", sentinel, got, want)
				}
			}
		})
	}
}

func TestParseErrorIsShortAndPrintable(t *testing.T) {
	_, err := hash.Parse("sha256:\x1b[31m\n\u202e" + strings.Repeat("\xff", 100<<20))
	got := err.Error()
	if len(got) > 1<<10 {
		t.Errorf("got %d bytes, want at most 1 KiB", len(got))
	}
	for _, r := range got {
		if r < ' ' || r > '~' {
			t.Errorf("got %q in the message, want printable ASCII", r)
		}
	}
	var perr *hash.ParseError
	if !errors.As(err, &perr) || len(perr.Value) != hash.MaxDigestLen {
		t.Errorf("got a value of %d bytes, want %d", len(perr.Value), hash.MaxDigestLen)
	}
	_, err = hash.Parse("nope")
	if got, want := err.Error(), `malformed digest "nope": no colon between algorithm and encoded value`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzParse holds Parse against go-digest, which implements the same grammar
// with regular expressions.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "sha256:" + hex64, "sha512:" + hex64 + hex64, "md5:x", "sha384:" + hex64, "a+b:c", "a++b:c", "sha256:" + hex64 + "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := hash.Parse(s)
		reference := digest.Digest(s).Validate()
		switch {
		case err == nil:
			if string(d) != s || reference != nil {
				t.Fatalf("%q: got it accepted as %q, want %v", s, d, reference)
			}
			_, _, _ = d.Algorithm().Hash(), d.Encoded(), d.Verifier() // must not panic
		case reference == nil && digest.Digest(s).Algorithm() != digest.SHA384:
			t.Fatalf("%q: got %v, want it accepted", s, err)
		case errors.Is(err, hash.ErrMalformed) && len(s) <= hash.MaxDigestLen:
			grammatical := digest.DigestRegexpAnchored.MatchString(s)
			if alg, _, _ := strings.Cut(s, ":"); grammatical && alg != "sha256" && alg != "sha512" {
				t.Fatalf("%q: got %v, want the grammar to hold", s, err)
			}
		case errors.Is(err, hash.ErrWeak), errors.Is(err, hash.ErrUnsupported):
			if !digest.DigestRegexpAnchored.MatchString(s) {
				t.Fatalf("%q: got %v, want malformed", s, err)
			}
		}
	})
}
