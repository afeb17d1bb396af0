package receipt

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ocisum/ocisum/internal/dsse"
	"github.com/ocisum/ocisum/internal/spki"
)

// Key is a public key: ECDSA, RSA or Ed25519.
type Key struct{ key spki.Key }

// ParseKey reads a public key in PEM (BEGIN PUBLIC KEY).
func ParseKey(text []byte) (*Key, error) {
	k, err := spki.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	return &Key{k}, nil
}

// Signer is a private key: ECDSA or Ed25519.
type Signer struct{ key spki.PrivateKey }

// ParseSigner reads an unencrypted private key in PEM (BEGIN PRIVATE KEY).
func ParseSigner(text []byte) (*Signer, error) {
	k, err := spki.ParsePrivatePEM(text)
	if err != nil {
		return nil, err
	}
	return &Signer{k}, nil
}

// envelope is how a signed receipt was written.
type envelope = dsse.Envelope

// Seal writes the statement as a file: canonical JSON and a newline, in a DSSE
// envelope if there is a signer. The same statement and key give the same
// bytes.
func (s *Statement) Seal(signer *Signer) ([]byte, error) {
	doc, err := s.Encode()
	if err != nil {
		return nil, err
	}
	if signer != nil {
		e, err := dsse.Sign(PayloadType, doc, signer.key)
		if err != nil {
			return nil, err
		}
		if doc, err = e.Encode(); err != nil {
			return nil, err
		}
	}
	return append(doc, '\n'), nil
}

// open takes a file apart: the envelope, if there is one, and the statement.
func open(data []byte) (*envelope, []byte, error) {
	data = bytes.TrimSpace(data)
	if len(data) > dsse.MaxBytes {
		return nil, nil, ErrTooLarge
	}
	if !bytes.Contains(data, []byte(`"payloadType"`)) {
		return nil, data, nil
	}
	e, err := dsse.Parse(data)
	if err != nil {
		return nil, nil, err
	}
	if e.PayloadType != PayloadType {
		return nil, nil, fmt.Errorf("the envelope holds %.100q, not %q", e.PayloadType, PayloadType)
	}
	return e, e.Payload, nil
}

// Check returns who signed the receipt, as far as that was checked, and why it
// does not count under these terms, whatever the digests; nil if it does.
func (r *Receipt) Check(terms Terms) (signer string, reject error) {
	verifier := terms.Verifier
	if verifier == "" {
		verifier = VerifierID
	}
	switch {
	case terms.Key == nil:
	case r.sealed == nil:
		return "", errors.New("it is not signed")
	case r.sealed.Verify(terms.Key.key) != nil:
		return "", errors.New("no signature in it is of the key that was given")
	default:
		signer = terms.Key.key.ID().String()
	}
	return signer, r.Statement.says(verifier)
}
