package signature

import (
	"crypto/sha256"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/dsse"
)

// Kind tells approval from information.
type Kind string

// The kinds.
const (
	Signature   Kind = "signature"
	Attestation Kind = "attestation"
)

// PredicateSign is the predicate type of statements that are nothing but a
// signature (cosign 3).
const PredicateSign = "https://sigstore.dev/cosign/sign/v1"

// Object is a stored object and the digest of its bytes.
type Object struct {
	Name   string
	SHA256 digest.Digest
	Data   []byte
}

// Material is one signature, with what it claims. Nothing of it is verified.
type Material struct {
	Kind   Kind
	Format string // "cosign simple signing", "sigstore bundle v0.3", "dsse envelope"
	Object string // that holds the signature

	Subjects  []digest.Digest // what is claimed to be signed
	Ref       string          // the name it gives that
	Predicate string          // type of the predicate, of statements

	Hint        string   // names the key, in the words of the signer; may be empty
	Certificate bool     // it is to be verified by a certificate
	Log         bool     // entries of a transparency log, or timestamps, come with it
	Signatures  [][]byte // any of them will do

	// Sum is the SHA-256 of the message where the source does not have it, such
	// as that of the source itself; nil: Message has it.
	Sum *[sha256.Size]byte

	// Problem says why it cannot be verified by anything. Subjects then are
	// those that a manifest says it is about.
	Problem string

	payloadType string // of an envelope, else empty
	payload     []byte
}

// Message returns the bytes that the signatures are over.
func (m *Material) Message() []byte {
	if m.payloadType == "" {
		return m.payload
	}
	return dsse.PAE(m.payloadType, m.payload)
}

// Size is about the length of the message.
func (m *Material) Size() int { return len(m.payload) }
