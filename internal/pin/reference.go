package pin

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// maxReference bounds a reference; the longest valid one has 255 bytes of
// repository, 128 of tag and a digest.
const maxReference = 1 << 10

// name is a reference taken apart.
type name struct {
	familiar string        // as written, without the digest: "alpine:3.20"
	full     string        // "docker.io/library/alpine:3.20"; without a tag if it has a digest and no tag
	tagged   bool          // has a tag as written
	digest   digest.Digest // valid, or ""
}

// key is what a Resolver is asked for.
func (n name) key() string {
	if n.digest != "" && !n.tagged {
		return n.full + "@" + n.digest.String()
	}
	return n.full
}

// Name returns the full form of a reference without its digest, under which a
// Resolver is asked for it: "alpine" and "docker.io/library/alpine:latest" are
// one image. What is no reference is an error.
func Name(text string) (string, error) {
	n, err := parseName(text)
	return n.full, err
}

// Repository returns the full name without tag and digest.
func Repository(full string) string {
	full, _, _ = strings.Cut(full, "@")
	if i := strings.LastIndexByte(full, ':'); i > strings.LastIndexByte(full, '/') {
		full = full[:i]
	}
	return full
}

// parseName takes a reference apart (distribution/reference, grammar in
// reference.go there). The digest passes through hash.Parse.
func parseName(text string) (name, error) {
	var n name
	if text == "" {
		return n, fmt.Errorf("no image is named")
	}
	if len(text) > maxReference {
		return n, fmt.Errorf("no image reference: longer than %d bytes", maxReference)
	}
	written, sum, pinned := strings.Cut(text, "@")
	if pinned {
		d, err := hash.Parse(sum)
		if err != nil {
			return n, err
		}
		n.digest = d
	}
	ref, err := reference.ParseNormalizedNamed(written)
	if err != nil {
		return n, fmt.Errorf("%s is no image reference: %v", printable(text), err)
	}
	if _, ok := ref.(reference.Digested); ok { // cannot be: the digest is cut off
		return n, fmt.Errorf("%s is no image reference", printable(text))
	}
	n.familiar = written
	_, n.tagged = ref.(reference.Tagged)
	if n.digest == "" {
		ref = reference.TagNameOnly(ref)
	}
	n.full = ref.String()
	return n, nil
}
