package spki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	encoding "encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// MaxBytes bounds a key's DER: an RSA key of 8192 bits has 1062 bytes.
	MaxBytes = 4096

	// minRSA is the least that NIST SP 800-131A allows since 2014; maxRSA is
	// what the TLS of Go allows, so that one verification stays below a
	// millisecond or so.
	minRSA, maxRSA = 2048, 8192
)

// Object identifiers of kinds of keys and of curves.
const (
	oidEC      = "1.2.840.10045.2.1"
	oidRSA     = "1.2.840.113549.1.1.1"
	oidEd25519 = "1.3.101.112"
	oidP256    = "1.2.840.10045.3.1.7"
	oidP384    = "1.3.132.0.34"
	oidP521    = "1.3.132.0.35"
)

// otherKinds names what is known and not supported.
var otherKinds = map[string]string{
	"1.2.840.113549.1.1.10": "RSASSA-PSS",
	"1.2.840.10040.4.1":     "DSA",
	"1.3.101.110":           "X25519",
	"1.3.101.113":           "Ed448",
	"1.3.132.0.10":          "secp256k1",
	"1.3.132.0.33":          "P-224",
}

// Parse returns the public key that der is: an *ecdsa.PublicKey, an
// *rsa.PublicKey or an ed25519.PublicKey.
func Parse(der []byte) (crypto.PublicKey, error) {
	if len(der) > MaxBytes {
		return nil, fmt.Errorf("public key has %d bytes, more than %d", len(der), MaxBytes)
	}
	in := cryptobyte.String(der)
	var info, alg, bits cryptobyte.String
	if !in.ReadASN1(&info, asn1.SEQUENCE) {
		return nil, errors.New("not the DER of a public key")
	}
	if !in.Empty() {
		return nil, errors.New("bytes after the public key")
	}
	var oid encoding.ObjectIdentifier
	if !info.ReadASN1(&alg, asn1.SEQUENCE) || !alg.ReadASN1ObjectIdentifier(&oid) ||
		!info.ReadASN1(&bits, asn1.BIT_STRING) || !info.Empty() {
		return nil, errors.New("not a SubjectPublicKeyInfo (RFC 5280 4.1)")
	}
	var unused uint8
	if !bits.ReadUint8(&unused) || unused != 0 {
		return nil, errors.New("public key does not end at a byte")
	}
	return parse(oid.String(), alg, bits)
}

// parse reads the key of kind oid, with the parameters of its algorithm.
func parse(oid string, params, key cryptobyte.String) (crypto.PublicKey, error) {
	switch oid {
	case oidEC:
		curve, err := curveOf(params)
		if err != nil {
			return nil, err
		}
		return point(curve, key)
	case oidRSA:
		if !null(params) {
			return nil, errors.New("RSA key with parameters that are not NULL (RFC 3279 2.3.1)")
		}
		return parseRSA(key)
	case oidEd25519:
		if !params.Empty() {
			return nil, errors.New("Ed25519 key with parameters (RFC 8410 3)")
		}
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("Ed25519 key of %d bytes, not %d", len(key), ed25519.PublicKeySize)
		}
		return ed25519.PublicKey(append([]byte(nil), key...)), nil
	}
	return nil, unsupported("kind of key", oid)
}

func unsupported(what, oid string) error {
	if name, ok := otherKinds[oid]; ok {
		oid = name
	}
	return fmt.Errorf("%s %s is not supported (ECDSA on P-256, P-384 or P-521, RSA and Ed25519 are)", what, oid)
}

// null reports whether params hold NULL and nothing else.
func null(params cryptobyte.String) bool {
	var n cryptobyte.String
	return params.ReadASN1(&n, asn1.NULL) && n.Empty() && params.Empty()
}

func curveOf(params cryptobyte.String) (elliptic.Curve, error) {
	var oid encoding.ObjectIdentifier
	if !params.ReadASN1ObjectIdentifier(&oid) || !params.Empty() {
		return nil, errors.New("EC key without the name of a curve (RFC 5480 2.1.1)")
	}
	switch oid.String() {
	case oidP256:
		return elliptic.P256(), nil
	case oidP384:
		return elliptic.P384(), nil
	case oidP521:
		return elliptic.P521(), nil
	}
	return nil, unsupported("curve", oid.String())
}

func point(curve elliptic.Curve, key []byte) (*ecdsa.PublicKey, error) {
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, key)
	if err != nil {
		return nil, fmt.Errorf("EC key is no uncompressed point on %s", curve.Params().Name)
	}
	return pub, nil
}

// parseRSA reads an RSAPublicKey (RFC 8017 A.1.1).
func parseRSA(key cryptobyte.String) (*rsa.PublicKey, error) {
	var seq cryptobyte.String
	n, e := new(big.Int), 0
	if !key.ReadASN1(&seq, asn1.SEQUENCE) || !key.Empty() || !seq.ReadASN1Integer(n) {
		return nil, errors.New("not an RSAPublicKey (RFC 8017 A.1.1)")
	}
	if !seq.ReadASN1Integer(&e) || !seq.Empty() {
		return nil, errors.New("RSA key without a usable exponent")
	}
	switch bits := n.BitLen(); {
	case n.Sign() <= 0:
		return nil, errors.New("RSA modulus is not positive")
	case bits < minRSA || bits > maxRSA:
		return nil, fmt.Errorf("RSA key has %d bits, not %d to %d", bits, minRSA, maxRSA)
	case n.Bit(0) == 0:
		return nil, errors.New("RSA modulus is even")
	case e < 3 || e&1 == 0 || e > 1<<31-1:
		return nil, errors.New("RSA exponent is not an odd number from 3 to 2^31-1")
	}
	return &rsa.PublicKey{N: n, E: e}, nil
}
