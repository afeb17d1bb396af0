package spki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
)

// ErrSignature is what Verify returns for a signature that the key did not
// make over the message.
var ErrSignature = errors.New("the signature is not this key's over these bytes")

// Verify checks a signature over message as sigstore and DSSE tools make it:
//
//   - ECDSA: ASN.1 DER over SHA-256 or, with P-384 and P-521, over SHA-384 and
//     SHA-512 (cosign takes SHA-256 for all curves, the algorithm registry of
//     sigstore the one of the curve);
//   - RSA: PKCS #1 v1.5 or PSS over SHA-256;
//   - Ed25519: over the message itself, or Ed25519ph over SHA-512, which sigstore
//     takes for signatures over files.
//
// One call makes at most two verifications.
func (k Key) Verify(message, sig []byte) error {
	if k.verify(message, sig) {
		return nil
	}
	return ErrSignature
}

func (k Key) verify(message, sig []byte) bool {
	if pub, ok := k.Public.(ed25519.PublicKey); ok {
		if len(pub) != ed25519.PublicKeySize {
			return false
		}
		if ed25519.Verify(pub, message, sig) {
			return true
		}
		sum := sha512.Sum512(message)
		return ed25519.VerifyWithOptions(pub, sum[:], sig, &ed25519.Options{Hash: crypto.SHA512}) == nil
	}
	sum := sha256.Sum256(message)
	if k.VerifySum(sum, sig) == nil {
		return true
	}
	if pub, ok := k.Public.(*ecdsa.PublicKey); ok {
		own := curveSum(pub.Curve, message)
		return own != nil && ecdsa.VerifyASN1(pub, own, sig)
	}
	return false
}

// VerifySum checks a signature over a message of which only the SHA-256 is
// known, by ECDSA or RSA. Ed25519 needs the message.
func (k Key) VerifySum(sum [sha256.Size]byte, sig []byte) error {
	holds := false
	switch pub := k.Public.(type) {
	case *ecdsa.PublicKey:
		holds = ecdsa.VerifyASN1(pub, sum[:], sig)
	case *rsa.PublicKey:
		holds = rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], sig) == nil ||
			rsa.VerifyPSS(pub, crypto.SHA256, sum[:], sig, nil) == nil
	}
	if !holds {
		return ErrSignature
	}
	return nil
}

// curveSum is the digest of message that fits the curve, nil if that is
// SHA-256.
func curveSum(curve elliptic.Curve, message []byte) []byte {
	switch curve {
	case elliptic.P384():
		sum := sha512.Sum384(message)
		return sum[:]
	case elliptic.P521():
		sum := sha512.Sum512(message)
		return sum[:]
	}
	return nil
}
