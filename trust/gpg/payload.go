package gpg

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// payloadType is the only type of payload.
const payloadType = "atomic container signature"

// Payload is what is signed (containers-signature(5)).
type Payload struct {
	Digest    digest.Digest // of the manifest
	Reference string        // that the signer gives the image
}

// payloadJSON has all members of the critical part.
type payloadJSON struct {
	Critical struct {
		Type  string `json:"type"`
		Image struct {
			Digest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Identity struct {
			Reference string `json:"docker-reference"`
		} `json:"identity"`
	} `json:"critical"`
	Optional map[string]jsontext.Value `json:"optional"`
}

// parsePayload reads a payload, strictly.
func parsePayload(data []byte) (Payload, error) {
	var p payloadJSON
	if err := json.Unmarshal(data, &p, json.RejectUnknownMembers(true)); err != nil {
		return Payload{}, fmt.Errorf("payload: %w", err)
	}
	if p.Critical.Type != payloadType {
		return Payload{}, fmt.Errorf("payload of type %.100q, not %q", p.Critical.Type, payloadType)
	}
	d, err := hash.Parse(p.Critical.Image.Digest)
	if err != nil {
		return Payload{}, fmt.Errorf("payload: %w", err)
	}
	if p.Critical.Identity.Reference == "" {
		return Payload{}, errors.New("payload without a reference")
	}
	return Payload{d, p.Critical.Identity.Reference}, nil
}
