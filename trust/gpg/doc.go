// Package gpg checks simple signing by GPG, as skopeo and podman write it
// beside images in `dir:` folders (signature-1 and so on) and read it with
// containers/image: an OpenPGP message that holds its own payload and is signed
// with one key.
//
// # The message
//
// The wrapper is read here, byte by byte, and has to be exactly what
// `gpg --sign` makes: one compressed packet, or none, and in it a one-pass
// signature, literal data and a signature of version 4 over binary data, and
// nothing else (RFC 9580 10.3). Nothing is decrypted, nothing is nested twice,
// decompression stops at 64 KiB. The signature packet and the keys are read and
// checked by github.com/ProtonMail/go-crypto, which is also asked whether, at
// the time of verification, the signature or the key has expired or was
// revoked.
//
// Hashes other than SHA-256, SHA-384 and SHA-512 are refused, and so are keys
// other than RSA from 2048 bits, ECDSA on P-256, P-384 and P-521, Ed25519 and
// Ed448. A signature that was made after the time of verification is refused.
//
// # The payload
//
// It is the JSON of containers/image docs/containers-signature.5: critical
// holds the type "atomic container signature", the digest of the manifest, and
// a reference; optional holds anything. Unknown members of the critical part
// are errors, names twice everywhere. Whether the reference is the one that is
// wanted is decided by the caller: see Config.Accept.
//
// # Limits
//
// Keyrings have at most 1 MiB and 1000 keys. One run opens at most 10 000
// messages, and verifies at most 128 signatures over one digest; package verify
// keeps messages of at most 64 KiB.
//
//	keyring, err := gpg.ParseKeyring(data)
//	...
//	voucher := gpg.Voucher(gpg.Config{Name: "--keyring keys.asc", Keyring: keyring, Now: now})
package gpg
