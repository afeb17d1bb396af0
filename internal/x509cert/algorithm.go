package x509cert

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash.New
	_ "crypto/sha512"
	encoding "encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// algorithm is how a certificate is signed.
type algorithm struct {
	kind scheme
	hash crypto.Hash
}

type scheme uint8

const (
	pkcs1 scheme = iota + 1
	pss
	ecdsaASN1
)

// algorithms are those without parameters to read (RFC 4055 5, RFC 5758 3.2).
// SHA-1 is not among them, as Notation's specification demands.
var algorithms = map[string]algorithm{
	"1.2.840.113549.1.1.11": {pkcs1, crypto.SHA256},
	"1.2.840.113549.1.1.12": {pkcs1, crypto.SHA384},
	"1.2.840.113549.1.1.13": {pkcs1, crypto.SHA512},
	"1.2.840.10045.4.3.2":   {ecdsaASN1, crypto.SHA256},
	"1.2.840.10045.4.3.3":   {ecdsaASN1, crypto.SHA384},
	"1.2.840.10045.4.3.4":   {ecdsaASN1, crypto.SHA512},
}

var hashes = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

const (
	oidPSS  = "1.2.840.113549.1.1.10"
	oidMGF1 = "1.2.840.113549.1.1.8"
)

// parseAlgorithm reads an AlgorithmIdentifier of a signature.
func parseAlgorithm(der cryptobyte.String) (algorithm, error) {
	oid, params, ok := readAlgorithm(&der)
	if !ok || !der.Empty() {
		return algorithm{}, errors.New("not a signature algorithm")
	}
	if is(oid, oidPSS) {
		return parsePSS(params)
	}
	a, known := algorithms[oid.String()]
	switch {
	case !known:
		return algorithm{}, fmt.Errorf("signature algorithm %s is not supported (RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are)", oid)
	case a.kind == pkcs1 && !null(params), a.kind == ecdsaASN1 && !params.Empty():
		return algorithm{}, errors.New("signature algorithm with wrong parameters")
	}
	return a, nil
}

// readAlgorithm reads an AlgorithmIdentifier, with its parameters unread.
func readAlgorithm(s *cryptobyte.String) (oid encoding.ObjectIdentifier, params cryptobyte.String, ok bool) {
	ok = s.ReadASN1(&params, asn1.SEQUENCE) && params.ReadASN1ObjectIdentifier(&oid)
	return oid, params, ok
}

// null reports whether params is NULL and nothing else.
func null(params cryptobyte.String) bool {
	var empty cryptobyte.String
	return params.ReadASN1(&empty, asn1.NULL) && empty.Empty() && params.Empty()
}

// parsePSS reads RSASSA-PSS-params (RFC 4055 3.1). Each must be there: the
// defaults mean SHA-1.
func parsePSS(params cryptobyte.String) (algorithm, error) {
	bad := errors.New("RSASSA-PSS with parameters that are not supported")
	var seq cryptobyte.String
	if !params.ReadASN1(&seq, asn1.SEQUENCE) || !params.Empty() {
		return algorithm{}, bad
	}
	field := func(n uint8) (cryptobyte.String, bool) {
		var f cryptobyte.String
		ok := seq.ReadASN1(&f, asn1.Tag(n).ContextSpecific().Constructed())
		return f, ok
	}
	first, ok0 := field(0)
	second, ok1 := field(1)
	third, ok2 := field(2)
	if !ok0 || !ok1 || !ok2 {
		return algorithm{}, bad
	}
	h, ok := readHash(&first)
	if !ok || !first.Empty() {
		return algorithm{}, bad
	}
	mgf, inner, ok := readAlgorithm(&second)
	if !ok || !second.Empty() || !is(mgf, oidMGF1) {
		return algorithm{}, bad
	}
	if mgfHash, ok := readHash(&inner); !ok || !inner.Empty() || mgfHash != h {
		return algorithm{}, bad
	}
	var salt int64
	if !third.ReadASN1Integer(&salt) || !third.Empty() || salt != int64(h.Size()) {
		return algorithm{}, bad
	}
	if !seq.Empty() { // the trailer field, whose only value is the default
		var trailer int64
		fourth, ok := field(3)
		if !ok || !fourth.ReadASN1Integer(&trailer) || !fourth.Empty() || trailer != 1 || !seq.Empty() {
			return algorithm{}, bad
		}
	}
	return algorithm{pss, h}, nil
}

// readHash reads the AlgorithmIdentifier of a hash, whose parameters are NULL
// or absent (RFC 4055 2.1).
func readHash(s *cryptobyte.String) (crypto.Hash, bool) {
	oid, params, ok := readAlgorithm(s)
	if !ok || !params.Empty() && !null(params) {
		return 0, false
	}
	h, known := hashes[oid.String()]
	return h, known
}

var errSignature = errors.New("the signature does not verify")

// verify checks a signature over signed with the key pub.
func (a algorithm) verify(pub crypto.PublicKey, signed, signature []byte) error {
	h := a.hash.New()
	h.Write(signed)
	sum := h.Sum(nil)
	ok := false
	switch key := pub.(type) {
	case *rsa.PublicKey:
		switch a.kind {
		case pkcs1:
			ok = rsa.VerifyPKCS1v15(key, a.hash, sum, signature) == nil
		case pss:
			ok = rsa.VerifyPSS(key, a.hash, sum, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case *ecdsa.PublicKey:
		ok = a.kind == ecdsaASN1 && ecdsa.VerifyASN1(key, sum, signature)
	}
	if !ok {
		return errSignature
	}
	return nil
}
