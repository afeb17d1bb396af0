package spki

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// MaxPEM bounds a file with one key: base64 and its frame make the DER about
// 1.4 times as long, and some tools write remarks around it.
const MaxPEM = 64 << 10

// Key is a public key and the DER it was read from.
type Key struct {
	Public crypto.PublicKey // *ecdsa.PublicKey, *rsa.PublicKey or ed25519.PublicKey
	DER    []byte           // its SubjectPublicKeyInfo
}

// ID names the key by the SHA-256 of its DER.
func (k Key) ID() digest.Digest { return digest.FromBytes(k.DER) }

// ErrPrivate is why a private key is refused where a public key is wanted.
var ErrPrivate = errors.New("this is a private key: give the public key, and keep this file to yourself")

// ParsePEM returns the public key in text: one PEM block of type PUBLIC KEY
// (RFC 7468 13) and around it white space at most.
func ParsePEM(text []byte) (Key, error) {
	block, err := onlyBlock(text)
	switch {
	case err != nil:
		return Key{}, err
	case strings.Contains(block.Type, "PRIVATE"):
		return Key{}, ErrPrivate
	case block.Type != "PUBLIC KEY":
		return Key{}, wrongType(block.Type)
	}
	pub, err := Parse(block.Bytes)
	if err != nil {
		return Key{}, err
	}
	return Key{pub, block.Bytes}, nil
}

// wrongType says what a block is that is no public key, and what to do.
func wrongType(t string) error {
	switch t {
	case "CERTIFICATE":
		return errors.New("this is a certificate, not a public key: `openssl x509 -pubkey -noout` takes the key out of it")
	case "RSA PUBLIC KEY":
		return errors.New("this is a PKCS #1 key: `openssl rsa -RSAPublicKey_in -pubout` converts it")
	case "PGP PUBLIC KEY BLOCK":
		return errors.New("this is an OpenPGP key, not a PEM public key")
	}
	return fmt.Errorf("PEM block of type %q, not PUBLIC KEY", cut(t))
}

// onlyBlock returns the PEM block that is all of text.
func onlyBlock(text []byte) (*pem.Block, error) {
	if len(text) > MaxPEM {
		return nil, fmt.Errorf("%d bytes are too many for a key", len(text))
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(text) == 0 {
		return nil, errors.New("empty, not a key")
	}
	if n := bytes.Count(text, []byte("-----BEGIN ")); n > 1 {
		if bytes.Contains(text, []byte("PRIVATE KEY-----")) {
			return nil, ErrPrivate
		}
		return nil, fmt.Errorf("%d PEM blocks: give each key in a file of its own", n)
	}
	block, rest := pem.Decode(text)
	switch {
	case block == nil && bytes.Contains(text, []byte("PRIVATE KEY-----")):
		return nil, ErrPrivate
	case block == nil:
		return nil, errors.New("not a PEM file (no -----BEGIN PUBLIC KEY-----, or damaged base64)")
	case len(bytes.TrimSpace(rest)) > 0 || !bytes.HasPrefix(text, []byte("-----BEGIN ")):
		if strings.Contains(block.Type, "PRIVATE") {
			return nil, ErrPrivate
		}
		return nil, errors.New("text around the PEM block")
	}
	return block, nil
}

// cut is s for an error message.
func cut(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
