package notation

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Media types of envelopes.
const (
	typeJWS  = "application/jose+json"
	typeCOSE = "application/cose"
)

// envelope is a signature envelope, decoded and not verified.
type envelope struct {
	attributes
	format    string // "notation jws"
	payload   []byte
	signed    []byte // what the signature is over
	signature []byte
	chain     [][]byte // DER of certificates, the signer's first
	timestamp bool     // there is a countersignature
}

// parseEnvelope reads an envelope of a media type.
func parseEnvelope(mediaType string, data []byte) (*envelope, error) {
	var e *envelope
	var err error
	switch mediaType {
	case typeJWS:
		e, err = parseJWS(data)
	case typeCOSE:
		e, err = parseCOSE(data)
	default:
		return nil, fmt.Errorf("envelope of media type %.100q is not supported", mediaType)
	}
	if err != nil {
		return nil, err
	}
	return e, e.check()
}

// target is the descriptor of what is signed.
type target struct {
	Digest digest.Digest
	Size   int64
}

// payloadJSON is the whole payload (signature-specification "Payload").
type payloadJSON struct {
	Target descriptorJSON `json:"targetArtifact"`
}

// descriptorJSON has all properties of an OCI descriptor (image-spec
// descriptor.md); only three say what is signed.
type descriptorJSON struct {
	MediaType    string         `json:"mediaType"`
	Digest       string         `json:"digest"`
	Size         *int64         `json:"size"`
	ArtifactType jsontext.Value `json:"artifactType"`
	Annotations  jsontext.Value `json:"annotations"`
	URLs         jsontext.Value `json:"urls"`
	Data         jsontext.Value `json:"data"`
	Platform     jsontext.Value `json:"platform"`
}

// parsePayload reads the payload of an envelope.
func parsePayload(data []byte) (target, error) {
	var p payloadJSON
	if err := json.Unmarshal(data, &p, json.RejectUnknownMembers(true)); err != nil {
		return target{}, fmt.Errorf("payload: %w", err)
	}
	d, err := hash.Parse(p.Target.Digest)
	if err != nil {
		return target{}, fmt.Errorf("payload: %w", err)
	}
	if p.Target.MediaType == "" || p.Target.Size == nil || *p.Target.Size <= 0 {
		return target{}, errors.New("payload: a descriptor without media type or size")
	}
	return target{d, *p.Target.Size}, nil
}
