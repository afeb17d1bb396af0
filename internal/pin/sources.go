package pin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Sources asks several resolvers. What two of them know must be the same.
type Sources []Resolver

// Resolve implements Resolver.
func (s Sources) Resolve(name, platform string) (digest.Digest, string, error) {
	var d digest.Digest
	var where string
	failure := ErrUnknown
	for _, r := range s {
		got, by, err := r.Resolve(name, platform)
		switch {
		case errors.Is(err, ErrConflict):
			return "", "", err
		case err != nil:
			if errors.Is(failure, ErrUnknown) {
				failure = err
			}
		case d == "":
			d, where = got, by
		case d != got:
			return "", "", fmt.Errorf("%w: %s of %s, %s of %s", ErrConflict, d, where, got, by)
		}
	}
	if d == "" {
		return "", "", failure
	}
	return d, where, nil
}

// matches compares platforms as verify does: a variant that was not asked for
// matches every one.
func matches(want, have string) bool {
	return want == have || strings.Count(want, "/") == 1 && strings.HasPrefix(have, want+"/")
}
