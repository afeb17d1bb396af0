package trust

import (
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/spki"
)

// Key is a public key and the name its user knows it by. The zero Key verifies
// nothing.
type Key struct {
	name string
	key  spki.Key
}

// ParsePublicKey reads a public key in PEM (PUBLIC KEY: ECDSA on P-256, P-384
// or P-521, RSA from 2048 bits, or Ed25519). The name, a path, is for reports.
// A private key is refused, and no error shows any of it.
func ParsePublicKey(name string, text []byte) (Key, error) {
	key, err := spki.ParsePEM(text)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", name, err)
	}
	return Key{name, key}, nil
}

// Name is the name that was given to ParsePublicKey.
func (k Key) Name() string { return k.name }

// ID is the SHA-256 of the key's SubjectPublicKeyInfo in DER, as `openssl pkey
// -pubin -outform DER | sha256sum` has it.
func (k Key) ID() digest.Digest { return k.key.ID() }

// predicates are the short names that cosign has for types of predicates, of
// several for one type the one to write first.
var predicates = []struct{ short, full string }{
	{"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
	{"slsaprovenance02", "https://slsa.dev/provenance/v0.2"},
	{"slsaprovenance1", "https://slsa.dev/provenance/v1"},
	{"spdxjson", "https://spdx.dev/Document"},
	{"spdx", "https://spdx.dev/Document"},
	{"cyclonedx", "https://cyclonedx.org/bom"},
	{"link", "https://in-toto.io/Link/v1"},
	{"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
	{"openvex", "https://openvex.dev/ns"},
	{"custom", "https://cosign.sigstore.dev/attestation/v1"},
}

// Predicate returns the type of predicate that a short name of cosign stands
// for, and what is no short name as it is.
func Predicate(name string) string {
	for _, p := range predicates {
		if strings.EqualFold(p.short, name) {
			return p.full
		}
	}
	return name
}

// shown is a type of predicate that an attestation has, and its short name.
func shown(predicate string) string {
	for _, p := range predicates {
		if p.full == predicate {
			return predicate + " (" + p.short + ")"
		}
	}
	return fmt.Sprintf("%.100q", predicate)
}
