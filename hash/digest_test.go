package hash_test

import (
	"crypto/md5"
	"encoding"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

func TestNewAgreesWithReference(t *testing.T) {
	for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		fast, ref := hash.New(alg), hash.Reference(alg)
		if fast.Size() != ref.Size() || fast.BlockSize() != ref.BlockSize() {
			t.Errorf("%s: got size %d and block %d, want %d and %d", alg, fast.Size(), fast.BlockSize(), ref.Size(), ref.BlockSize())
		}
		data := bytesOf(1, 1000)
		for n := range data {
			fast.Reset()
			ref.Reset()
			fast.Write(data[:n])
			ref.Write(data[:n])
			got, want := hash.FromHash(alg, fast), hash.FromHash(alg, ref)
			if got != want {
				t.Fatalf("%s of %d bytes: got %s, want %s", alg, n, got, want)
			}
			if got := hash.DigestBytes(alg, data[:n]); got != want {
				t.Fatalf("DigestBytes, %s of %d bytes: got %s, want %s", alg, n, got, want)
			}
			if parsed, err := hash.Parse(string(got)); err != nil || parsed.Validate() != nil {
				t.Fatalf("got %v for a digest of our own", err)
			}
		}
	}
}

func TestKnownDigests(t *testing.T) {
	// FIPS 180-4 examples.
	tests := []struct {
		alg      digest.Algorithm
		in, want string
	}{
		{digest.SHA256, "", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{digest.SHA256, "abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{digest.SHA512, "abc", "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	}
	for _, tt := range tests {
		if got := hash.DigestBytes(tt.alg, []byte(tt.in)); string(got) != tt.want {
			t.Errorf("%s of %q: got %s, want %s", tt.alg, tt.in, got, tt.want)
		}
	}
}

func TestUnsupportedAlgorithms(t *testing.T) {
	for _, alg := range []digest.Algorithm{"", digest.SHA384, "md5", "sha1", "blake3", "SHA256"} {
		if h := hash.New(alg); h != nil {
			t.Errorf("New(%q): got a hash, want nil", alg)
		}
		if h := hash.Reference(alg); h != nil {
			t.Errorf("Reference(%q): got a hash, want nil", alg)
		}
		if got := hash.DigestBytes(alg, nil); got != "" {
			t.Errorf("DigestBytes(%q): got %q, want \"\"", alg, got)
		}
		if got := hash.FromHash(alg, hash.New(digest.SHA256)); got != "" {
			t.Errorf("FromHash(%q): got %q, want \"\"", alg, got)
		}
	}
	if got := hash.FromHash(digest.SHA256, md5.New()); got != "" {
		t.Errorf("FromHash of MD5: got %q, want \"\"", got)
	}
	if got := hash.FromHash(digest.SHA512, hash.New(digest.SHA256)); got != "" {
		t.Errorf("FromHash of the wrong size: got %q, want \"\"", got)
	}
	if got := hash.FromHash(digest.SHA256, nil); got != "" {
		t.Errorf("FromHash of nil: got %q, want \"\"", got)
	}
}

func TestFromHashLeavesTheHashUsable(t *testing.T) {
	h := hash.New(digest.SHA256)
	h.Write([]byte("a"))
	hash.FromHash(digest.SHA256, h)
	h.Write([]byte("bc"))
	if got, want := hash.FromHash(digest.SHA256, h), hash.DigestBytes(digest.SHA256, []byte("abc")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// Interrupted runs save the state of their hashes.
	if _, ok := h.(encoding.BinaryMarshaler); !ok {
		t.Errorf("got %T, want an encoding.BinaryMarshaler", h)
	}
}

// bytesOf returns n bytes that depend on seed and look random (xorshift64*).
func bytesOf(seed uint64, n int) []byte {
	b := make([]byte, n)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := range b {
		x ^= x >> 12
		x ^= x << 25
		x ^= x >> 27
		b[i] = byte(x * 0x2545f4914f6cdd1d >> 56)
	}
	return b
}
