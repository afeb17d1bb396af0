package hash

import (
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// MaxDigestLen is the length in bytes beyond which Parse does not look at a
// value. The longest accepted digest has 135 bytes; the rest is room for
// algorithms that can be named although they cannot be computed.
const MaxDigestLen = 4 << 10

// maxQuoted is how much of a refused value an error message repeats.
const maxQuoted = 200

// Reason is why Parse refused a value.
type Reason string

// The reasons, which are also what the sentinels stand for.
const (
	Malformed   Reason = "malformed"   // breaks the grammar or the algorithm's encoding
	Weak        Reason = "weak"        // md5, sha1: collisions can be made by anyone
	Unsupported Reason = "unsupported" // grammatical, but not computed here
)

// Targets for errors.Is on the errors of Parse.
var (
	ErrMalformed   = errors.New("malformed digest")
	ErrWeak        = errors.New("weak digest algorithm")
	ErrUnsupported = errors.New("unsupported digest algorithm")
)

// ParseError says which value Parse refused and why. Exactly one of
// ErrMalformed, ErrWeak and ErrUnsupported matches it.
type ParseError struct {
	Value  string // as given, but at most its first MaxDigestLen bytes
	Reason Reason
	Detail string // what exactly is wrong, in words
}

// Error quotes the value, of which it repeats no more than 200 bytes.
func (e *ParseError) Error() string {
	value, cut := e.Value, ""
	if len(value) > maxQuoted {
		value, cut = value[:maxQuoted], "..."
	}
	return fmt.Sprintf("%s digest %q%s: %s", e.Reason, value, cut, e.Detail)
}

// Is reports whether target is the sentinel of the error's reason.
func (e *ParseError) Is(target error) bool {
	switch e.Reason {
	case Malformed:
		return target == ErrMalformed
	case Weak:
		return target == ErrWeak
	case Unsupported:
		return target == ErrUnsupported
	}
	return false
}

// Parse returns s as a digest if it is a SHA-256 or SHA-512 digest spelled as
// image-spec wants it, and a *ParseError otherwise.
func Parse(s string) (digest.Digest, error) {
	if len(s) > MaxDigestLen {
		// A clone, so that the error does not keep a hostile string alive.
		return "", &ParseError{strings.Clone(s[:MaxDigestLen]), Malformed, fmt.Sprintf("longer than %d bytes", MaxDigestLen)}
	}
	alg, encoded, found := strings.Cut(s, ":")
	if detail := grammar(alg, encoded, found); detail != "" {
		return "", &ParseError{s, Malformed, detail}
	}
	switch alg {
	case "sha256", "sha512":
		if detail := lowerHex(encoded, encodedLen(digest.Algorithm(alg))); detail != "" {
			return "", &ParseError{s, Malformed, detail}
		}
		return digest.Digest(s), nil
	case "md5", "sha1":
		return "", &ParseError{s, Weak, alg + " does not resist collisions"}
	}
	return "", &ParseError{s, Unsupported, "algorithm is neither sha256 nor sha512"}
}

// encodedLen is the number of hex digits of a supported algorithm, else 0.
func encodedLen(alg digest.Algorithm) int {
	switch alg {
	case digest.SHA256:
		return 64
	case digest.SHA512:
		return 128
	}
	return 0
}

// grammar checks image-spec descriptor.md, "Digests":
//
//	digest              ::= algorithm ":" encoded
//	algorithm           ::= algorithm-component (algorithm-separator algorithm-component)*
//	algorithm-component ::= [a-z0-9]+
//	algorithm-separator ::= [+._-]
//	encoded             ::= [a-zA-Z0-9=_-]+
//
// It returns what is wrong, or "".
func grammar(alg, encoded string, found bool) string {
	switch {
	case alg == "" && !found:
		return "empty"
	case !found:
		return "no colon between algorithm and encoded value"
	case alg == "":
		return "empty algorithm"
	case encoded == "":
		return "empty encoded value"
	}
	component := false // whether the byte before belongs to a component
	for i := range len(alg) {
		switch c := alg[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			component = true
		case (c == '+' || c == '.' || c == '_' || c == '-') && component:
			component = false
		default:
			return fmt.Sprintf("byte %q at offset %d is not allowed in an algorithm", c, i)
		}
	}
	if !component {
		return "algorithm ends with a separator"
	}
	for i := range len(encoded) {
		switch c := encoded[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '=', c == '_', c == '-':
		default:
			return fmt.Sprintf("byte %q at offset %d is not allowed in an encoded value", c, len(alg)+1+i)
		}
	}
	return ""
}

// lowerHex checks the encoding that the registered algorithms impose:
// /[a-f0-9]{n}/. It returns what is wrong, or "".
func lowerHex(encoded string, n int) string {
	if len(encoded) != n {
		return fmt.Sprintf("%d hex digits wanted, %d bytes found", n, len(encoded))
	}
	for i := range len(encoded) {
		if c := encoded[i]; (c < '0' || '9' < c) && (c < 'a' || 'f' < c) {
			return fmt.Sprintf("byte %q is not a lower-case hex digit", c)
		}
	}
	return ""
}
