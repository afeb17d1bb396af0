package hash

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"

	"github.com/opencontainers/go-digest"
)

// New returns the fastest engine for one stream of alg, or nil if alg is not
// one that Parse accepts. The value can be reset and used again.
func New(alg digest.Algorithm) hash.Hash {
	switch alg {
	case digest.SHA256:
		return engines().sha256()
	case digest.SHA512:
		return sha512.New()
	}
	return nil
}

// Reference returns the standard library's implementation of alg, or nil if
// alg is not one that Parse accepts. Its word is final.
func Reference(alg digest.Algorithm) hash.Hash {
	switch alg {
	case digest.SHA256:
		return sha256.New()
	case digest.SHA512:
		return sha512.New()
	}
	return nil
}

// FromHash returns what was written to h so far as a digest of alg; h can be
// written to further. It returns "" if alg is not one that Parse accepts or h
// is not of its size.
func FromHash(alg digest.Algorithm, h hash.Hash) digest.Digest {
	n := encodedLen(alg)
	if n == 0 || h == nil || h.Size()*2 != n {
		return ""
	}
	var sum [sha512.Size]byte
	return encode(alg, h.Sum(sum[:0]))
}

// DigestBytes returns the digest of b, or "" if alg is not one that Parse
// accepts.
func DigestBytes(alg digest.Algorithm, b []byte) digest.Digest {
	h := New(alg)
	if h == nil {
		return ""
	}
	h.Write(b)
	return FromHash(alg, h)
}

func encode(alg digest.Algorithm, sum []byte) digest.Digest {
	var text [len("sha512:") + 2*sha512.Size]byte
	out := append(append(text[:0], alg...), ':')
	return digest.Digest(hex.AppendEncode(out, sum))
}
