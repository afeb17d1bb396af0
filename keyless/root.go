package keyless

import (
	"errors"
	"fmt"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

// MaxRoot bounds a trusted root; the public one has 7 KiB.
const MaxRoot = 4 << 20

// newVerifier makes a verifier that demands what the trusted root can check.
func newVerifier(doc []byte) (*verify.Verifier, error) {
	if len(doc) > MaxRoot {
		return nil, fmt.Errorf("the trusted root is larger than %d bytes", MaxRoot)
	}
	trusted, err := root.NewTrustedRootFromJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("read trusted root: %w", err)
	}
	if len(trusted.FulcioCertificateAuthorities()) == 0 {
		return nil, errors.New("the trusted root lists no certificate authority")
	}
	if len(trusted.RekorLogs()) == 0 && len(trusted.TimestampingAuthorities()) == 0 {
		return nil, errors.New("the trusted root lists neither a transparency log nor a timestamp authority: nothing can tell when a certificate was used")
	}
	opts := []verify.VerifierOption{verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate()}
	if len(trusted.RekorLogs()) > 0 {
		opts = append(opts, verify.WithTransparencyLog(1))
	}
	if len(trusted.CTLogs()) > 0 {
		opts = append(opts, verify.WithSignedCertificateTimestamps(1))
	}
	return verify.NewVerifier(trusted, opts...)
}
