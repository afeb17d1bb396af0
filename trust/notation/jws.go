package notation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jwsEnvelope is a JWS in the flattened JSON form (RFC 7515 7.2.2), the only
// form that signature-envelope-jws allows.
type jwsEnvelope struct {
	Payload   string    `json:"payload"`
	Protected string    `json:"protected"`
	Header    jwsHeader `json:"header"`
	Signature string    `json:"signature"`
}

// jwsHeader is the unprotected header. What else is in it says nothing, as
// nobody signed it.
type jwsHeader struct {
	Chain     []string       `json:"x5c"`
	Timestamp jsontext.Value `json:"io.cncf.notary.timestampSignature"`
}

// parseJWS reads an envelope of media type application/jose+json.
func parseJWS(data []byte) (*envelope, error) {
	var raw jwsEnvelope
	if err := json.Unmarshal(data, &raw, json.RejectUnknownMembers(true), lenientHeader); err != nil {
		return nil, fmt.Errorf("not a flattened JWS: %w", err)
	}
	e := &envelope{format: "notation jws", signed: []byte(raw.Protected + "." + raw.Payload), timestamp: len(raw.Header.Timestamp) > 0}
	protected, err := base64url(raw.Protected)
	if err != nil {
		return nil, fmt.Errorf("protected header: %w", err)
	}
	if err := e.jwsAttributes(protected); err != nil {
		return nil, fmt.Errorf("protected header: %w", err)
	}
	if e.payload, err = base64url(raw.Payload); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if e.signature, err = base64url(raw.Signature); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if len(raw.Header.Chain) > maxChain {
		return nil, errLongChain
	}
	for _, text := range raw.Header.Chain {
		der, err := decode(base64.StdEncoding, text)
		if err != nil {
			return nil, fmt.Errorf("x5c: %w", err)
		}
		e.chain = append(e.chain, der)
	}
	return e, nil
}

// lenientHeader ignores unknown members of the unprotected header, while the
// envelope around it has none.
var lenientHeader = json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, h *jwsHeader) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	type plain jwsHeader
	return json.Unmarshal(value, (*plain)(h))
}))

// jwsAttributes reads the protected header.
func (e *envelope) jwsAttributes(data []byte) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	e.times = map[string]time.Time{}
	for name, value := range members {
		var err error
		switch name {
		case "alg":
			err = json.Unmarshal(value, &e.algorithm)
		case "cty":
			err = json.Unmarshal(value, &e.contentType)
		case "crit":
			err = json.Unmarshal(value, &e.critical)
		case attrScheme:
			err = json.Unmarshal(value, &e.scheme)
		case attrSigningTime, attrAuthenticTime, attrExpiry:
			var text string
			if err = json.Unmarshal(value, &text); err == nil {
				e.times[name], err = time.Parse(time.RFC3339, text)
			}
		default:
			e.others = append(e.others, name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.Sort(e.others)
	return nil
}

func base64url(text string) ([]byte, error) { return decode(base64.RawURLEncoding, text) }

// decode is stricter than encoding/base64, which skips line breaks (RFC 4648
// 3.3 forbids that where nothing says otherwise).
func decode(enc *base64.Encoding, text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("line break in base64")
	}
	return enc.Strict().DecodeString(text)
}
