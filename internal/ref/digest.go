package ref

import (
	_ "crypto/sha256" // the methods of digest.Digest refuse algorithms that are not linked
	_ "crypto/sha512"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// algorithms are the names that make what follows an "@" a digest: those that
// can be checked, and those that a user may believe can be.
var algorithms = []string{
	"sha256", "sha512", "sha384", "sha224", "sha1", "md5", "sha3-256", "sha3-512", "blake2b", "blake3",
}

// looksLikeDigest reports whether text begins as a digest, in any case: SHA256:
// must not become a part of a path.
func looksLikeDigest(text string) bool {
	name, _, ok := strings.Cut(text, ":")
	if !ok {
		return false
	}
	for _, alg := range algorithms {
		if strings.EqualFold(name, alg) {
			return true
		}
	}
	return false
}

// validate checks the encoded part of a sha256 or sha512 digest, image-spec
// descriptor.md, "Registered algorithms".
func validate(d digest.Digest) error {
	want := map[digest.Algorithm]int{digest.SHA256: 64, digest.SHA512: 128}[d.Algorithm()]
	hex := d.Encoded()
	for i := range len(hex) {
		switch c := hex[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
		case 'A' <= c && c <= 'F':
			return errors.New("hex digits must be lower-case")
		default:
			return fmt.Errorf("%q is no hex digit", rune(c))
		}
	}
	if len(hex) != want {
		return fmt.Errorf("want %d hex digits, got %d", want, len(hex))
	}
	return nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
