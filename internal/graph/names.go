package graph

import (
	"path"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
)

// blobName is the place of a blob in an OCI layout (image-layout.md, blobs).
// The digest has been parsed, so it holds no path.
func blobName(d digest.Digest) string {
	return "blobs/" + d.Algorithm().String() + "/" + d.Encoded()
}

// fileName is the place of a claim that an object's own name makes.
const fileName = "file name"

// evidenceFolder holds what an archive carries about itself, named as in an OCI
// layout.
const evidenceFolder = ".evidence/"

// NameClaim returns what an object's name promises about its bytes. Names
// promise in three formats: blobs/ALG/HEX in OCI layouts; HEX.json,
// sha256:HEX, HEX.tar, HEX.tar.gz and HEX.tar.zst at the top of docker save
// archives; HEX, HEX.manifest.json and ALG-HEX in dir: folders, which is why
// the caller says whether the source is one.
func NameClaim(name string, dir bool) (content.Claim, bool) {
	claim := content.Claim{By: fileName, Size: -1}
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(name, evidenceFolder), "blobs/"); ok {
		alg, hex, ok := strings.Cut(rest, "/")
		if !ok {
			return claim, false
		}
		d, err := hash.Parse(alg + ":" + hex)
		claim.Digest = d
		return claim, err == nil
	}
	base := path.Base(name)
	if base != name {
		return claim, false
	}
	hex := base
	switch {
	case strings.HasPrefix(base, "sha256:"):
		hex = base[len("sha256:"):]
	case strings.HasSuffix(base, ".manifest.json") && dir:
		hex = strings.TrimSuffix(base, ".manifest.json")
	case strings.HasSuffix(base, ".json"):
		hex = strings.TrimSuffix(base, ".json")
	case strings.HasSuffix(base, ".tar.gz"):
		hex = strings.TrimSuffix(base, ".tar.gz")
	case strings.HasSuffix(base, ".tar.zst"):
		hex = strings.TrimSuffix(base, ".tar.zst")
	case strings.HasSuffix(base, ".tar"):
		hex = strings.TrimSuffix(base, ".tar")
		claim.Either = true
	case !dir:
		return claim, false
	}
	if alg, rest, ok := strings.Cut(hex, "-"); ok && dir {
		d, err := hash.Parse(alg + ":" + rest)
		claim.Digest = d
		return claim, err == nil
	}
	d, err := hash.Parse("sha256:" + hex)
	claim.Digest = d
	return claim, err == nil
}

// dirName finds the place of a blob in a dir: folder, where manifests of an
// index have a suffix of their own and other algorithms a prefix.
func dirName(src content.Source, d digest.Digest) string {
	names := []string{d.Encoded(), d.Encoded() + ".manifest.json"}
	if d.Algorithm() != digest.SHA256 {
		prefixed := d.Algorithm().String() + "-" + d.Encoded()
		names = []string{prefixed, prefixed + ".manifest.json", names[0], names[1]}
	}
	for _, n := range names {
		if _, ok := src.Lookup(n); ok {
			return n
		}
	}
	return names[0]
}

// Normalize returns the full form of a reference as Docker and containerd
// know it, so that "harbor/app" and "docker.io/harbor/app:latest" compare
// equal. It reports false for what is no reference.
func Normalize(name string) (string, bool) {
	if len(name) > 4096 {
		return name, false
	}
	n, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name, false
	}
	return reference.TagNameOnly(n).String(), true
}

// isTag reports whether name is a bare tag, as org.opencontainers.image.ref.name
// mostly holds, and no reference with a repository.
func isTag(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/:@")
}

// tagOf returns the tag of a full reference.
func tagOf(full string) string {
	if i := strings.LastIndexByte(full, ':'); i > strings.LastIndexByte(full, '/') {
		return full[i+1:]
	}
	return ""
}
