package spki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	encoding "encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// PrivateKey signs. Its text form shows the public half only.
type PrivateKey struct {
	signer crypto.Signer
	public Key
}

// Public is the half that others verify with.
func (k PrivateKey) Public() Key { return k.public }

func (k PrivateKey) String() string   { return "private key of " + k.public.ID().String() }
func (k PrivateKey) GoString() string { return k.String() }

// Sign signs message so that Key.Verify and sigstore's tools accept it: ECDSA
// over SHA-256, Ed25519 over the message. Signatures are deterministic
// (RFC 6979, RFC 8032): the same message gives the same bytes.
func (k PrivateKey) Sign(message []byte) ([]byte, error) {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return k.signer.Sign(nil, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return k.signer.Sign(nil, sum[:], crypto.SHA256)
}

// ParsePrivatePEM returns the private key in text, one unencrypted PEM block:
// PRIVATE KEY (PKCS #8, RFC 5958) or EC PRIVATE KEY (SEC 1, RFC 5915), of
// ECDSA on P-256, P-384 or P-521, or of Ed25519. No error shows any of it.
func ParsePrivatePEM(text []byte) (PrivateKey, error) {
	block, err := onlyBlock(text)
	if errors.Is(err, ErrPrivate) {
		err = errors.New("the file is not exactly one undamaged PEM block")
	}
	if err != nil {
		return PrivateKey{}, err
	}
	if strings.Contains(block.Type, "ENCRYPTED") || len(block.Headers) > 0 {
		return PrivateKey{}, errors.New("encrypted private keys are not supported: decrypt it first (`openssl pkey`, `cosign import-key-pair` the other way round)")
	}
	var signer crypto.Signer
	switch block.Type {
	case "PRIVATE KEY":
		signer, err = parsePKCS8(block.Bytes)
	case "EC PRIVATE KEY":
		signer, err = parseSEC1(block.Bytes, nil)
	case "PUBLIC KEY":
		err = errors.New("this is a public key: signing needs the private key")
	default:
		err = fmt.Errorf("PEM block of type %q, not PRIVATE KEY or EC PRIVATE KEY", cut(block.Type))
	}
	if err != nil {
		return PrivateKey{}, err
	}
	der, err := Marshal(signer.Public())
	if err != nil {
		return PrivateKey{}, err
	}
	return PrivateKey{signer, Key{signer.Public(), der}}, nil
}

var errPKCS8 = errors.New("not a PKCS #8 private key (RFC 5958)")

// parsePKCS8 reads a OneAsymmetricKey. What may follow the key, attributes and
// the public half, is not looked at.
func parsePKCS8(der []byte) (crypto.Signer, error) {
	in := cryptobyte.String(der)
	var info, alg, key cryptobyte.String
	var version int
	var oid encoding.ObjectIdentifier
	if !in.ReadASN1(&info, asn1.SEQUENCE) || !in.Empty() || !info.ReadASN1Integer(&version) || version < 0 || version > 1 ||
		!info.ReadASN1(&alg, asn1.SEQUENCE) || !alg.ReadASN1ObjectIdentifier(&oid) || !info.ReadASN1(&key, asn1.OCTET_STRING) {
		return nil, errPKCS8
	}
	switch oid.String() {
	case oidEC:
		curve, err := curveOf(alg)
		if err != nil {
			return nil, err
		}
		return parseSEC1(key, curve)
	case oidEd25519:
		var seed cryptobyte.String
		if !alg.Empty() || !key.ReadASN1(&seed, asn1.OCTET_STRING) || !key.Empty() || len(seed) != ed25519.SeedSize {
			return nil, errors.New("not an Ed25519 private key (RFC 8410 7)")
		}
		return ed25519.NewKeyFromSeed(seed), nil
	case oidRSA:
		return nil, errors.New("signing with RSA is not supported: take an ECDSA or Ed25519 key")
	}
	return nil, unsupported("kind of key", oid.String())
}

// parseSEC1 reads an ECPrivateKey on curve, or on the one it names itself if
// curve is nil.
func parseSEC1(der []byte, curve elliptic.Curve) (*ecdsa.PrivateKey, error) {
	in := cryptobyte.String(der)
	var seq, scalar, params cryptobyte.String
	var version int
	var named bool
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&version) || version != 1 ||
		!seq.ReadASN1(&scalar, asn1.OCTET_STRING) ||
		!seq.ReadOptionalASN1(&params, &named, asn1.Tag(0).ContextSpecific().Constructed()) {
		return nil, errors.New("not an EC private key (RFC 5915)")
	}
	if named {
		own, err := curveOf(params)
		switch {
		case err != nil:
			return nil, err
		case curve != nil && curve != own:
			return nil, errors.New("EC private key names two curves")
		}
		curve = own
	}
	if curve == nil {
		return nil, errors.New("EC private key without the name of its curve")
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, scalar)
	if err != nil {
		return nil, fmt.Errorf("EC private key is no scalar of %s", curve.Params().Name)
	}
	return key, nil
}
