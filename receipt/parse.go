package receipt

import (
	"errors"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/report"
)

// Receipt is a receipt that was read. Nothing in it is believed yet.
type Receipt struct {
	Statement *Statement
	digests   []digest.Digest // of the subjects, in their order
	sealed    *envelope       // nil: not signed
}

// Signed reports whether the receipt came in an envelope. Whether a signature
// holds is another question; see [Receipt.Check].
func (r *Receipt) Signed() bool { return r.sealed != nil }

// Parse reads a receipt: a statement, or a DSSE envelope around one. It refuses
// what it cannot compare: other kinds of documents, subjects without a SHA-256
// or SHA-512 digest. What a receipt says is judged by [Receipt.Check].
func Parse(data []byte) (*Receipt, error) {
	sealed, payload, err := open(data)
	if err != nil {
		return nil, err
	}
	s, err := parseStatement(payload)
	if err != nil {
		return nil, err
	}
	switch s.PredicateType {
	case SVR, VSA:
	default:
		return nil, fmt.Errorf("the statement is no receipt: its predicateType is %.200q", s.PredicateType)
	}
	r := &Receipt{Statement: s, sealed: sealed}
	for i, sub := range s.Subject {
		d, err := sub.digest()
		if err != nil {
			return nil, fmt.Errorf("subject %d: %w", i, err)
		}
		r.digests = append(r.digests, d)
	}
	return r, nil
}

// digest is the one digest of a subject that is compared.
func (s Subject) digest() (digest.Digest, error) {
	for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		if value, ok := s.Digest[alg.String()]; ok {
			return hash.Parse(alg.String() + ":" + value)
		}
	}
	return "", errors.New("neither a sha256 nor a sha512 digest")
}

// role of a subject; statements of other verifiers have none.
func (s Subject) role() Role {
	if s.Annotations == nil {
		return ""
	}
	return s.Annotations.Role
}

// says returns why the statement is no approval, or nil.
func (s *Statement) says(verifier string) error {
	p := s.Predicate
	if p.Verifier.ID != verifier {
		return fmt.Errorf("it is of the verifier %.200q, not of %q", p.Verifier.ID, verifier)
	}
	switch {
	case s.PredicateType == VSA && p.VerificationResult != Passed:
		return fmt.Errorf("it says %.100q, not %s", p.VerificationResult, Passed)
	case s.PredicateType == SVR && len(p.Properties) == 0:
		return errors.New("it grants no property")
	}
	if verifier != VerifierID {
		return nil
	}
	switch {
	case p.Details == nil:
		return errors.New("it does not say what was checked")
	case p.Details.Verdict != report.Verified:
		return fmt.Errorf("its verdict is %.100q, not %q", p.Details.Verdict, report.Verified)
	}
	return nil
}
