package lock

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// maxName bounds a name before the reference grammar looks at it.
const maxName = 4 << 10

// ParseName returns the full form of an image name: with a host, and with the
// tag "latest" where it has neither a tag nor a digest. A name has one of the
// two: with both it would be two names.
func ParseName(s string) (string, error) {
	if len(s) > maxName {
		return "", fmt.Errorf("name of %d bytes: longer than %d", len(s), maxName)
	}
	n, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return "", fmt.Errorf("name %q: %w", s, err)
	}
	_, tagged := n.(reference.Tagged)
	if d, ok := n.(reference.Digested); ok {
		if tagged {
			return "", fmt.Errorf("name %q has a tag and a digest: a lock keeps the digest beside the name", s)
		}
		if _, err := hash.Parse(string(d.Digest())); err != nil {
			return "", fmt.Errorf("name %q: %w", s, err)
		}
	}
	return reference.TagNameOnly(n).String(), nil
}

// claim returns the lock name that a name found in an archive stands for. A
// tag and a digest together are the tag. It is no name if it is malformed.
func claim(s string) (string, bool) {
	if len(s) > maxName {
		return "", false
	}
	n, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return "", false
	}
	if t, ok := n.(reference.Tagged); ok {
		if n, err = reference.WithTag(reference.TrimNamed(n), t.Tag()); err != nil {
			return "", false
		}
	}
	full, err := ParseName(n.String())
	return full, err == nil
}

// bare reports whether a name found in an archive is a word without repository
// or tag: most often it is a tag (image-spec annotations.md, ref.name), which
// names no image by itself.
func bare(s string) bool { return !strings.ContainsAny(s, "/:@") }

// Repository returns the part of a lock name before the tag or digest, and the
// tag, which is empty if the name has a digest.
func Repository(name string) (repository, tag string) {
	if repo, _, ok := strings.Cut(name, "@"); ok {
		return repo, ""
	}
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// nameDigest returns the digest of a name that has one.
func nameDigest(name string) digest.Digest {
	_, d, _ := strings.Cut(name, "@")
	return digest.Digest(d)
}
