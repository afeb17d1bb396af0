// Package dsse reads, checks and writes Dead Simple Signing Envelopes
// (github.com/secure-systems-lab/dsse, protocol.md and envelope.md, v1.0).
//
// An envelope is a JSON object: payloadType, payload and signatures[] with sig
// and an optional keyid, the bytes in base64. What is signed is not the payload
// but its pre-authentication encoding, which binds the type:
//
//	DSSEv1 LEN(type) type LEN(payload) payload
//
// Base64 may be of the standard or of the URL-safe alphabet. Members other than
// these are passed over, as envelope.md demands; a name that stands twice, bytes
// that are not UTF-8 and whatever follows the object are refused. A keyid is a
// hint of whoever wrote the envelope: no decision depends on it.
package dsse

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ocisum/ocisum/internal/spki"
)

// Bounds of an envelope that is read.
const (
	MaxBytes      = 8 << 20 // payloads are documents of at most 4 MiB
	MaxSignatures = 64
)

// Envelope is a payload and the signatures over it.
type Envelope struct {
	PayloadType string
	Payload     []byte
	Signatures  []Signature
}

// Signature is one signature over the pre-authentication encoding.
type Signature struct {
	KeyID string // a hint
	Sig   []byte
}

// ErrUnsigned is about an envelope that no signature of the key is in.
var ErrUnsigned = errors.New("the envelope has no signature of this key")

// PAE is the pre-authentication encoding, protocol.md "Signature Definition".
func PAE(payloadType string, payload []byte) []byte {
	b := make([]byte, 0, len(payload)+len(payloadType)+48)
	b = append(b, "DSSEv1 "...)
	b = strconv.AppendInt(b, int64(len(payloadType)), 10)
	b = append(b, ' ')
	b = append(b, payloadType...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(payload)), 10)
	b = append(b, ' ')
	return append(b, payload...)
}

// document is an envelope in JSON.
type document struct {
	PayloadType *string     `json:"payloadType"`
	Payload     *string     `json:"payload"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid,omitempty"`
	Sig   string `json:"sig"`
}

// Parse reads an envelope. It has at least one signature; whether one holds is
// for [Envelope.Verify].
func Parse(data []byte) (*Envelope, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("envelope of more than %d bytes", MaxBytes)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	switch {
	case d.PayloadType == nil || d.Payload == nil:
		return nil, errors.New("not an envelope: no payload or no payloadType")
	case len(d.Signatures) == 0:
		return nil, errors.New("the envelope has no signature")
	case len(d.Signatures) > MaxSignatures:
		return nil, fmt.Errorf("the envelope has more than %d signatures", MaxSignatures)
	}
	e := &Envelope{PayloadType: *d.PayloadType}
	var err error
	if e.Payload, err = decode(*d.Payload); err != nil {
		return nil, fmt.Errorf("payload of the envelope: %w", err)
	}
	for i, s := range d.Signatures {
		sig, err := decode(s.Sig)
		if err != nil {
			return nil, fmt.Errorf("signature %d of the envelope: %w", i, err)
		}
		e.Signatures = append(e.Signatures, Signature{KeyID: s.KeyID, Sig: sig})
	}
	return e, nil
}

// decode takes both alphabets, padded, and one way to write the last bits.
func decode(s string) ([]byte, error) {
	encoding := base64.StdEncoding
	if strings.ContainsAny(s, "-_") {
		encoding = base64.URLEncoding
	}
	if strings.ContainsAny(s, "\r\n") { // which package base64 passes over
		return nil, errors.New("base64 with line breaks")
	}
	return encoding.Strict().DecodeString(s)
}

// Verify reports whether key made one of the signatures; the error is
// ErrUnsigned if not.
func (e *Envelope) Verify(key spki.Key) error {
	message := PAE(e.PayloadType, e.Payload)
	for _, s := range e.Signatures {
		if key.Verify(message, s.Sig) == nil {
			return nil
		}
	}
	return ErrUnsigned
}

// Sign puts a payload in an envelope. There is no keyid: the common Go library
// (go-securesystemslib) passes over signatures whose keyid is not the one that
// it would give the key, and everybody gives another.
func Sign(payloadType string, payload []byte, key spki.PrivateKey) (*Envelope, error) {
	sig, err := key.Sign(PAE(payloadType, payload))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return &Envelope{PayloadType: payloadType, Payload: payload, Signatures: []Signature{{Sig: sig}}}, nil
}

// Encode writes the envelope in canonical JSON (RFC 8785), without a newline.
func (e *Envelope) Encode() ([]byte, error) {
	payload := base64.StdEncoding.EncodeToString(e.Payload)
	d := document{PayloadType: &e.PayloadType, Payload: &payload}
	for _, s := range e.Signatures {
		d.Signatures = append(d.Signatures, signature{s.KeyID, base64.StdEncoding.EncodeToString(s.Sig)})
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write envelope: %w", err)
	}
	doc := jsontext.Value(b)
	if err := doc.Canonicalize(); err != nil {
		return nil, fmt.Errorf("write envelope: %w", err)
	}
	return doc, nil
}
