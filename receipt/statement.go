package receipt

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Types of documents.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	SVR           = "https://in-toto.io/attestation/svr/v0.1"
	VSA           = "https://slsa.dev/verification_summary/v1"

	// PayloadType is that of a statement in a DSSE envelope
	// (spec/v1/envelope.md).
	PayloadType = "application/vnd.in-toto+json"

	// VerifierID names the rules by which this package grants a receipt. It
	// changes when they do.
	VerifierID = "https://github.com/ocisum/ocisum/receipt/v1"

	// slsaVersion is the version of SLSA whose verification summary this is.
	slsaVersion = "1.1"
)

// Results of a verification summary.
const (
	Passed = "PASSED"
	Failed = "FAILED"
)

// Statement is the whole document.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is something that was checked.
type Subject struct {
	Name        string            `json:"name,omitempty"`
	Digest      map[string]string `json:"digest"`
	Annotations *Annotations      `json:"annotations,omitempty"`
}

// Role says what kind of thing a subject is.
type Role string

// The roles of subjects.
const (
	RoleFile      Role = "file"       // the outer file, byte by byte
	RoleIndexJSON Role = "index.json" // the entry of a layout folder, which has no digest as a file
	RoleIndex     Role = "index"
	RoleManifest  Role = "manifest"
	RoleImageID   Role = "image-id"
)

// Annotations say more about a subject. ClaimedRefs are the names that the
// archive gives it: nobody vouches for them.
type Annotations struct {
	Role        Role     `json:"role,omitempty"`
	Platform    string   `json:"platform,omitempty"`
	ImageID     string   `json:"imageID,omitempty"`
	ClaimedRefs []string `json:"claimedRefs,omitempty"`
}

// Predicate has the fields of both predicates; those of one are empty in the
// other.
type Predicate struct {
	Verifier Verifier `json:"verifier"`

	// Simple Verification Result.
	TimeCreated string   `json:"timeCreated,omitempty"`
	Properties  []string `json:"properties,omitempty"`

	// Verification Summary.
	TimeVerified       string     `json:"timeVerified,omitempty"`
	ResourceURI        string     `json:"resourceUri,omitempty"`
	Policy             *Resource  `json:"policy,omitempty"`
	InputAttestations  []Resource `json:"inputAttestations,omitempty"`
	VerificationResult string     `json:"verificationResult,omitempty"`
	VerifiedLevels     []string   `json:"verifiedLevels,omitempty"`
	SLSAVersion        string     `json:"slsaVersion,omitempty"`

	Details *Details `json:"ocisum,omitempty"`
}

// Verifier is who checked.
type Verifier struct {
	ID string `json:"id"`
}

// Resource is a document that was used, by its digest.
type Resource struct {
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

// Encode returns the statement in canonical JSON (RFC 8785), without a newline.
// It writes nothing that Parse would find too large.
func (s *Statement) Encode() ([]byte, error) {
	b, err := json.Marshal(s, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	doc := jsontext.Value(b)
	if err := doc.Canonicalize(); err != nil {
		return nil, fmt.Errorf("encode receipt: %w", err)
	}
	if len(doc) > MaxBytes {
		return nil, ErrTooLarge
	}
	return doc, nil
}

// Bounds of a receipt that is read.
const (
	MaxBytes    = 4 << 20
	MaxFile     = 2 * MaxBytes // in an envelope, in base64
	maxSubjects = 2000
	maxAnchors  = 1000 // that are repeated
)

// ErrTooLarge is about a receipt of more than MaxBytes.
var ErrTooLarge = fmt.Errorf("the receipt is larger than %d bytes", MaxBytes)

// errNotReceipt is about a document of another kind.
var errNotReceipt = errors.New("not an in-toto statement")

// parseStatement reads a statement: exact names, none of them twice, valid
// UTF-8, nothing after the end. Members that it does not know are passed over,
// as spec/v1/README.md ("Parsing rules") demands.
func parseStatement(data []byte) (*Statement, error) {
	if len(data) > MaxBytes {
		return nil, ErrTooLarge
	}
	var s Statement
	if err := json.Unmarshal(bytes.TrimSpace(data), &s); err != nil {
		return nil, fmt.Errorf("%w: %s", errNotReceipt, brief(err))
	}
	switch {
	case s.Type != StatementType:
		return nil, fmt.Errorf("%w v1: its _type is %.100q", errNotReceipt, s.Type)
	case len(s.Subject) == 0:
		return nil, errors.New("a receipt for nothing: it has no subject")
	case len(s.Subject) > maxSubjects:
		return nil, fmt.Errorf("the receipt has more than %d subjects", maxSubjects)
	}
	return &s, nil
}

// brief is the text of an error about JSON, without its prefix.
func brief(err error) string {
	text := err.Error()
	if len(text) > 300 {
		text = text[:300] + "..."
	}
	return text
}
