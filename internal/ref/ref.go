// Package ref reads what a user types to name an image on this machine:
//
//	[transport:]PATH[:tag][@digest]
//
// The transports are those of containers-transports(5) that name files:
//
//	oci:             an OCI layout directory; also ocidir://, oci-dir:, oci-layout:
//	oci-archive:     an OCI layout in a tar
//	docker-archive:  what docker save writes
//	dir:             what skopeo writes to dir:
//
// Without one, the content decides. The path "-" is standard input.
//
// Colons and at-signs are allowed in file names, so what exists decides where
// the parts are divided:
//
//   - What follows the last "@" is a digest if it begins with the name of a
//     digest algorithm and a colon, whatever exists. Then it must be a digest
//     that can be checked: sha256 or sha512 in lower-case hex. Anything else
//     after an "@" belongs to the path, but only if there is such a path;
//     otherwise it is an error, never a path that silently lost its pin.
//   - The path is what exists: the whole rest if there is such a path, else
//     the longest part before a colon that does. What follows that colon is
//     the tag, with the colons and slashes it may hold ("docker.io/app:1.0").
//     If nothing exists, the whole rest is the path, for the caller to report
//     as missing. After dir: there is no tag.
//
// A transport wins over a file of the same name: write "./oci:x" for such a
// file, and "./-" for a file called "-". The source index of docker-archive
// (":@0") is not supported: every image of an archive is verified, and one is
// chosen by tag or digest.
//
// What names a registry, a daemon or a store gives a [*RemoteError]. Nothing is
// opened here.
package ref

import (
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Ref is a reference taken apart. Path, ":" and Tag if there is one, "@" and
// DigestText if there is one, are how Raw ends.
type Ref struct {
	Transport  string // "oci", "oci-archive", "docker-archive", "dir", or "" if the content decides
	Path       string // never empty
	Tag        string
	Digest     digest.Digest // valid, or ""
	DigestText string        // as written after "@"
	Stdin      bool          // Path is "-"
	Raw        string        // as the user wrote it
}

// transports gives the canonical name of each transport.
var transports = map[string]string{
	"oci":            "oci",
	"ocidir":         "oci",
	"oci-dir":        "oci",
	"oci-layout":     "oci",
	"oci-archive":    "oci-archive",
	"docker-archive": "docker-archive",
	"dir":            "dir",
}

// Parse takes a reference apart. It asks exists whether there is a file or a
// folder of that name; "-" always is. Errors quote what they repeat.
func Parse(s string, exists func(path string) bool) (Ref, error) {
	p := parser{ref: Ref{Raw: s}, there: func(path string) bool { return path == "-" || exists(path) }}
	if err := p.parse(); err != nil {
		return Ref{}, err
	}
	return p.ref, nil
}

type parser struct {
	ref   Ref
	there func(path string) bool
}

func (p *parser) parse() error {
	whole := p.transport()
	rest, err := p.digest(whole)
	if err != nil {
		// Whoever means a registry is not helped by advice on digests.
		if remote := p.remote(whole); remote != nil {
			return remote
		}
		return err
	}
	if err := p.remote(rest); err != nil {
		return err
	}
	if err := p.path(rest); err != nil {
		return err
	}
	p.ref.Stdin = p.ref.Path == "-"
	return nil
}

// transport cuts the transport off.
func (p *parser) transport() string {
	name, rest, ok := strings.Cut(p.ref.Raw, ":")
	if !ok || transports[name] == "" {
		return p.ref.Raw
	}
	p.ref.Transport = transports[name]
	if name == "ocidir" || name == "oci-layout" {
		rest = strings.TrimPrefix(rest, "//") // regclient and others write a URL
	}
	return rest
}

// digest cuts the digest off.
func (p *parser) digest(rest string) (string, error) {
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return rest, nil
	}
	before, text := rest[:at], rest[at+1:]
	if !looksLikeDigest(text) {
		// The path must reach beyond the "@": one that ends before it would
		// make the rest a tag.
		if path, ok := p.existing(rest); ok && len(path) > at {
			return rest, nil
		}
		if strings.HasSuffix(before, ":") && isNumber(text) {
			return "", fmt.Errorf("%q selects an image by its position: not supported, give its tag or its digest", p.ref.Raw)
		}
		return "", fmt.Errorf("%q: %q after \"@\" is no digest: want sha256: and 64 hex digits, or sha512: and 128", p.ref.Raw, text)
	}
	d := digest.Digest(text)
	if alg := d.Algorithm(); alg != digest.SHA256 && alg != digest.SHA512 {
		return "", fmt.Errorf("%q: cannot check a digest of algorithm %q: want sha256 or sha512", p.ref.Raw, alg)
	}
	if err := validate(d); err != nil {
		return "", fmt.Errorf("%q: malformed digest %q: %w", p.ref.Raw, text, err)
	}
	p.ref.Digest, p.ref.DigestText = d, text
	return before, nil
}

// path divides the rest into path and tag.
func (p *parser) path(rest string) error {
	path := rest
	if p.ref.Transport != "dir" {
		if found, ok := p.existing(rest); ok {
			path = found
		}
	}
	if path == "" {
		return fmt.Errorf("%q names no path", p.ref.Raw)
	}
	p.ref.Path = path
	if len(path) == len(rest) {
		return nil
	}
	if p.ref.Tag = rest[len(path)+1:]; p.ref.Tag == "" {
		return fmt.Errorf("%q has a colon and no tag after it", p.ref.Raw)
	}
	return nil
}

// existing returns the longest part of s that is there: all of it, or what is
// before one of its colons.
func (p *parser) existing(s string) (string, bool) {
	for path := s; path != ""; {
		if p.there(path) {
			return path, true
		}
		path = path[:max(strings.LastIndexByte(path, ':'), 0)]
	}
	return "", false
}
