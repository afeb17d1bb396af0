// Package spki reads public keys, verifies signatures with them, and reads the
// private keys that statements are signed with, without crypto/x509, which
// links package net.
//
// A public key is a SubjectPublicKeyInfo (RFC 5280 4.1), DER as X.690 demands
// it, of one of these kinds:
//
//   - ECDSA on P-256, P-384 or P-521 (RFC 5480), the point uncompressed and on
//     the curve;
//   - RSA with 2048 to 8192 bits and an odd exponent from 3 (RFC 3279 2.3.1);
//   - Ed25519 (RFC 8410).
//
// Anything else is refused by name: keys of other kinds, and things that are
// given in place of a public key by mistake. A private key is never shown, not
// even in part.
//
//	key, err := spki.ParsePEM(text)
//	if err != nil {
//		return err
//	}
//	err = key.Verify(message, signature)
package spki
