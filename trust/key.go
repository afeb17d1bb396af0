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

// Predicate returns the type of predicate that a short name of cosign stands
// for, and what is no short name as it is.
func Predicate(name string) string {
	switch strings.ToLower(name) {
	case "slsaprovenance", "slsaprovenance02":
		return "https://slsa.dev/provenance/v0.2"
	case "slsaprovenance1":
		return "https://slsa.dev/provenance/v1"
	case "spdx", "spdxjson":
		return "https://spdx.dev/Document"
	case "cyclonedx":
		return "https://cyclonedx.org/bom"
	case "link":
		return "https://in-toto.io/Link/v1"
	case "vuln":
		return "https://cosign.sigstore.dev/attestation/vuln/v1"
	case "openvex":
		return "https://openvex.dev/ns"
	case "custom":
		return "https://cosign.sigstore.dev/attestation/v1"
	}
	return name
}
