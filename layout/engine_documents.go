package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/umoci/oci/cas"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
)

// manifestFile is the entry of docker save archives (an array) and of skopeo
// dir: folders (an object).
const manifestFile = "manifest.json"

// maxDocument is the size of the largest document that is decoded; larger ones
// do not pass package verify at its default limits either.
const maxDocument = 4 << 20

// blobStore says where a format keeps blobs whose names are their digests. The
// zero value keeps none.
type blobStore struct {
	prefix    string           // prefix/ALG/HEX, image-spec image-layout.md
	algorithm digest.Algorithm // or HEX alone, of this algorithm
}

// name returns the name of a valid digest's object, or "".
func (s blobStore) name(d digest.Digest) string {
	switch {
	case s.prefix != "":
		return s.prefix + d.Algorithm().String() + "/" + d.Encoded()
	case s.algorithm == d.Algorithm():
		return d.Encoded()
	}
	return ""
}

// digest returns the digest in an object's name.
func (s blobStore) digest(name string) (digest.Digest, bool) {
	text := string(s.algorithm) + ":" + name
	if s.prefix != "" {
		rest, _ := strings.CutPrefix(name, s.prefix)
		text = strings.Replace(rest, "/", ":", 1)
	}
	d, err := hash.Parse(text)
	return d, err == nil && s.name(d) == name
}

// openLayout serves an OCI layout.
func (e *Engine) openLayout(ctx context.Context) error {
	var err error
	if e.index, err = readDocument(ctx, e.src, ispec.ImageIndexFile); err != nil {
		return err
	}
	if _, err := e.GetIndex(ctx); err != nil {
		return err
	}
	e.stored = blobStore{prefix: ispec.ImageBlobsDir + "/"}
	return nil
}

// openManifest tells docker save from dir: by what manifest.json holds.
func (e *Engine) openManifest(ctx context.Context) error {
	data, err := readDocument(ctx, e.src, manifestFile)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) {
		return e.openSaved(ctx, data)
	}
	return e.openFolder(data)
}

// openFolder serves a dir: folder: the manifest as it is, and blobs named by
// their SHA-256.
func (e *Engine) openFolder(manifest []byte) error {
	var body struct {
		MediaType string `json:"mediaType"`
	}
	if err := decode(manifest, &body); err != nil {
		return fmt.Errorf("%s: %w", manifestFile, err)
	}
	if body.MediaType == "" {
		body.MediaType = ispec.MediaTypeImageManifest
	}
	e.stored = blobStore{algorithm: digest.SHA256}
	return e.publish([]ispec.Descriptor{e.add(body.MediaType, manifest)})
}

// add serves bytes under their digest.
func (e *Engine) add(mediaType string, data []byte) ispec.Descriptor {
	d := hash.DigestBytes(digest.SHA256, data)
	e.known[d] = blob{data: data}
	return ispec.Descriptor{MediaType: mediaType, Digest: d, Size: int64(len(data))}
}

// publish makes up the index.
func (e *Engine) publish(manifests []ispec.Descriptor) error {
	var err error
	e.index, err = encode(ispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ispec.MediaTypeImageIndex,
		Manifests: manifests,
	})
	return err
}

// readDocument returns a whole document under the limit.
func readDocument(ctx context.Context, src content.Source, name string) (_ []byte, err error) {
	o, err := named(src, name)
	if err != nil {
		return nil, err
	}
	if o.Size > maxDocument {
		return nil, fmt.Errorf("%q has %d bytes, more than %d: %w", name, o.Size, maxDocument, cas.ErrInvalid)
	}
	rc, err := src.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	data, err := io.ReadAll(io.LimitReader(rc, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if len(data) > maxDocument {
		return nil, fmt.Errorf("%q has more than %d bytes: %w", name, maxDocument, cas.ErrInvalid)
	}
	return data, nil
}

// named finds the regular object that a document names.
func named(src content.Source, name string) (content.Object, error) {
	o, ok := src.Lookup(path.Clean(name))
	if !ok {
		return content.Object{}, fmt.Errorf("%q: %w", name, cas.ErrNotExist)
	}
	return regular(src, o)
}

// decode is strict: no duplicate or case-variant names, nothing after the
// document.
func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", cas.ErrInvalid, err)
	}
	return nil
}

// encode writes the same bytes for the same value: maps are sorted.
func encode(v any) ([]byte, error) { return json.Marshal(v, json.Deterministic(true)) }
