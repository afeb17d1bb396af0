// Package evidence handles the few kilobytes by which an approved digest leads
// to an archive that lacks them: raw manifests and indexes, as a registry
// serves them, and the signatures over them.
//
// Before it stored images as containerd does, docker save wrote no manifest.
// What a registry calls the image, and what people approve, is the digest of
// that manifest, and it cannot be computed from the archive. But the manifest
// names the config by its digest, the archive has the config, and the config
// names every layer by the digest of its uncompressed bytes. So with the
// manifest at hand the archive can be proven to be the image, and nobody has
// to be believed: each document is named by the digest of its bytes.
package evidence

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/layout"
	"github.com/ocisum/ocisum/verify"
)

// The bounds of what is read as evidence. Manifests have a few kilobytes.
const (
	maxDocument = 4 << 20
	maxFolder   = 64 << 20
	maxFiles    = 10_000
)

// Read reads a document, or every regular file of a folder and the folders in
// it. Names mean nothing; links are not followed. Flag is how the report calls
// the evidence: "--evidence".
func Read(ctx context.Context, flag, path string) ([]verify.Evidence, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		f, err := archive.OpenFile(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		data, err := read(f, path, maxDocument)
		if err != nil {
			return nil, err
		}
		return []verify.Evidence{{By: flag + " " + path, Data: data}}, nil
	}
	dir, err := layout.Open(ctx, path, layout.Options{Members: maxFiles})
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	for _, f := range dir.Findings() {
		return nil, fmt.Errorf("%s: %s", path, f.Message)
	}
	var list []verify.Evidence
	left := int64(maxFolder)
	for _, o := range dir.Objects() {
		if o.Kind != content.Regular {
			continue
		}
		name := filepath.Join(path, filepath.FromSlash(o.Name))
		r, err := dir.Open(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		data, err := read(r, name, min(maxDocument, left))
		r.Close()
		if err != nil {
			return nil, err
		}
		left -= int64(len(data))
		list = append(list, verify.Evidence{By: flag + " " + name, Data: data})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no file is in it", path)
	}
	return list, nil
}

// read reads a whole document, or refuses one that is too long to be one.
func read(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: more than %d bytes; evidence is documents, not layers", name, limit)
	}
	return data, nil
}
