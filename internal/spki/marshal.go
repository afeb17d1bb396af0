package spki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	encoding "encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func objectOf(curve elliptic.Curve) encoding.ObjectIdentifier {
	switch curve {
	case elliptic.P256():
		return encoding.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	case elliptic.P384():
		return encoding.ObjectIdentifier{1, 3, 132, 0, 34}
	case elliptic.P521():
		return encoding.ObjectIdentifier{1, 3, 132, 0, 35}
	}
	return nil
}

// Marshal returns the SubjectPublicKeyInfo of a key of a kind that Parse
// accepts.
func Marshal(pub crypto.PublicKey) ([]byte, error) {
	var bits []byte
	var alg func(*cryptobyte.Builder)
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		curve := objectOf(pub.Curve)
		raw, err := pub.Bytes()
		if curve == nil || err != nil {
			return nil, fmt.Errorf("curve %s is not supported", pub.Params().Name)
		}
		bits, alg = raw, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 2, 840, 10045, 2, 1})
			b.AddASN1ObjectIdentifier(curve)
		}
	case *rsa.PublicKey:
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1BigInt(pub.N)
			b.AddASN1Int64(int64(pub.E))
		})
		raw, err := b.Bytes()
		if err != nil {
			return nil, err
		}
		bits, alg = raw, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1})
			b.AddASN1NULL()
		}
	case ed25519.PublicKey:
		bits, alg = pub, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 3, 101, 112})
		}
	default:
		return nil, fmt.Errorf("key of type %T is not supported", pub)
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, alg)
		b.AddASN1BitString(bits)
	})
	return b.Bytes()
}
