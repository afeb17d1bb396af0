package signature

import (
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/oci"
)

// maxPayload bounds a simple signing payload: honest ones have some hundred
// bytes, and one may be signed by ten thousand layers of a manifest.
const maxPayload = 64 << 10

const formatSimple = "cosign simple signing"

// simpleType is what critical.type has to be.
const simpleType = "cosign container image signature"

// simplePayload is what is signed (containers/image docs/containers-signature.5.md,
// cosign specs/SIGNATURE_SPEC.md). Nobody may ignore a critical member, so
// unknown ones are refused.
type simplePayload struct {
	Critical struct {
		Identity struct {
			Reference string `json:"docker-reference"`
		} `json:"identity"`
		Image struct {
			Digest string `json:"docker-manifest-digest"`
		} `json:"image"`
		Type string `json:"type"`
	} `json:"critical"`
	Optional jsontext.Value `json:"optional"`
}

// simpleSigning reads the signature at one layer of a manifest.
func (f *finder) simpleSigning(o Object, layer *oci.Descriptor) *Material {
	m := *f.simplePayload(layer)
	m.Kind, m.Format, m.Object = Signature, formatSimple, o.Name
	if len(m.Subjects) == 0 && f.subject[o.Name] != "" {
		m.Subjects = []digest.Digest{f.subject[o.Name]}
	}
	m.annotated(layer.Annotations)
	return &m
}

// annotated takes the signature from the annotations beside a payload.
func (m *Material) annotated(annotations map[string]string) {
	_, m.Certificate = annotations[certificate]
	_, m.Log = annotations[logEntry]
	if m.Problem != "" {
		return
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(first(annotations[annotation], 2*maxSignature))
	switch {
	case err != nil:
		m.Problem = "its annotation " + annotation + " is not base64, or too long"
	case len(sig) == 0:
		m.Problem = "there is no annotation " + annotation
	default:
		m.Signatures = [][]byte{sig}
	}
}

// storedMark begins a signature as skopeo stores it in dir: folders, and
// Podman in its storage: a payload and annotations in one JSON document
// (containers/image, internal/signature).
const storedMark = "\x00sigstore-json\n"

// stored reads such a file.
func stored(o Object) *Material {
	m := &Material{Kind: Signature, Format: formatSimple, Object: o.Name}
	var doc struct {
		MIMEType    string            `json:"mimeType"`
		Payload     string            `json:"payload"`
		Annotations map[string]string `json:"annotations"`
	}
	data := o.Data[len(storedMark):]
	if p := oci.Check(data, nil, limits); len(p) > 0 || json.Unmarshal(data, &doc) != nil || doc.MIMEType != typeSimple {
		m.Problem = "it is not the JSON of a stored signature"
		return m
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(doc.Payload)
	if err != nil {
		m.Problem = "its payload is not base64"
		return m
	}
	m.payloadOf(payload)
	m.annotated(doc.Annotations)
	return m
}

// first is s, or its first n bytes, which then are no longer base64.
func first(s string, n int) string {
	if len(s) > n {
		return s[:n-1]
	}
	return s
}

// simplePayload reads the payload that a layer names, each once.
func (f *finder) simplePayload(layer *oci.Descriptor) *Material {
	d := layer.Digest
	if d == "" {
		return &Material{Problem: "its layer has no usable digest"}
	}
	if m := f.payload[d]; m != nil {
		return m
	}
	m := &Material{}
	f.payload[d] = m
	data, ok := f.lookup(d)
	if !ok && layer.Data != nil && hash.DigestBytes(d.Algorithm(), layer.Data) == d {
		data, ok = layer.Data, true
	}
	if !ok {
		m.Problem = "its payload " + d.String() + " is not in the source"
		return m
	}
	m.payloadOf(data)
	return m
}

// payloadOf takes what a payload claims.
func (m *Material) payloadOf(data []byte) {
	if len(data) > maxPayload {
		m.Problem = fmt.Sprintf("its payload has %d bytes, more than %d", len(data), maxPayload)
		return
	}
	var p simplePayload
	if err := json.Unmarshal(data, &p, json.RejectUnknownMembers(true)); err != nil {
		m.Problem = "its payload is not the JSON of simple signing"
		return
	}
	if got, err := hash.Parse(p.Critical.Image.Digest); err == nil {
		m.Subjects = []digest.Digest{got}
	} else {
		m.Problem = "its payload names no usable digest"
	}
	if p.Critical.Type != simpleType {
		m.Problem = fmt.Sprintf("its payload is of type %q, not %q", first(p.Critical.Type, 100), simpleType)
	}
	m.Ref, m.payload = p.Critical.Identity.Reference, data
}
