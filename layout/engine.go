package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	ispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/umoci/oci/cas"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
)

// ErrReadOnly is returned by every method of Engine that would write. Nothing
// is ever written next to the input.
var ErrReadOnly = errors.New("image store is read-only")

// Engine is a read-only [cas.Engine] over a source, for umoci's casext and layer
// packages. Its methods may be called from several goroutines.
//
// An OCI layout is served as it is: index.json and blobs/ALG/HEX, sha256 and
// sha512. So is a skopeo dir: folder, whose index is made up to name its one
// manifest. If an archive carries both an OCI layout and the manifest.json of
// docker save, the layout counts.
//
// A docker save archive has neither manifest nor index, so both are made up.
// Configs are served byte for byte under their digest, which is the image ID;
// plain layers under their diff ID, compressed ones under the digest of the
// stored bytes. Each image gets an OCI manifest, and each of its tags an index
// entry whose org.opencontainers.image.ref.name is the whole tag
// ("app/web:1.0"). The same archive always gives the same manifests, but their
// digests are those of documents made here: they are NOT the digests that the
// images have in a registry, and no signature or lock knows them.
type Engine struct {
	src    content.Source
	index  []byte // index.json, stored or made up
	stored blobStore
	known  map[digest.Digest]blob // what is not stored under its digest
}

var _ cas.Engine = (*Engine)(nil)

// blob is a stored object, or bytes made up here.
type blob struct {
	object content.Object
	data   []byte // not nil if made up
}

// NewEngine returns an Engine over a source that package verify has judged and
// found good. It reads documents only to find its way: duplicates,
// contradictions between views and the like go unnoticed here. Every blob is
// compared with its digest again as it is read, however.
//
// For docker save, the documents and the first bytes of every layer are read
// here, and compressed layers are read whole to learn their digest, until ctx
// ends. The error wraps [cas.ErrInvalid] if the source is no image.
//
// The source stays the caller's: it must outlive the Engine, which does not
// close it.
func NewEngine(ctx context.Context, src content.Source) (*Engine, error) {
	e := &Engine{src: src, known: map[digest.Digest]blob{}}
	var err error
	if _, ok := src.Lookup(ispec.ImageIndexFile); ok {
		err = e.openLayout(ctx)
	} else if _, ok := src.Lookup(manifestFile); ok {
		err = e.openManifest(ctx)
	} else {
		err = fmt.Errorf("neither %s nor %s: %w", ispec.ImageIndexFile, manifestFile, cas.ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// GetIndex returns the index. The value is the caller's.
func (e *Engine) GetIndex(context.Context) (ispec.Index, error) {
	var index ispec.Index
	if err := decode(e.index, &index); err != nil {
		return ispec.Index{}, fmt.Errorf("%s: %w", ispec.ImageIndexFile, err)
	}
	return index, nil
}

// GetBlob returns the bytes of a blob. They are hashed as they pass: Read
// returns io.EOF only after the last byte of the right bytes, and a
// [*hash.MismatchError] otherwise. As [cas.Engine] wants it, Close reads what
// is left and returns that error too. The error wraps [cas.ErrNotExist] if
// there is no such blob.
func (e *Engine) GetBlob(ctx context.Context, d digest.Digest) (io.ReadCloser, error) {
	b, err := e.find(d)
	if err != nil {
		return nil, err
	}
	if b.data != nil {
		return verifying(io.NopCloser(bytes.NewReader(b.data)), d, int64(len(b.data)))
	}
	o, err := regular(e.src, b.object)
	if err != nil {
		return nil, err
	}
	rc, err := e.src.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return verifying(rc, d, o.Size)
}

// StatBlob reports whether there is such a blob. It reads nothing.
func (e *Engine) StatBlob(_ context.Context, d digest.Digest) (bool, error) {
	_, err := e.find(d)
	if errors.Is(err, cas.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// ListBlobs returns the digests of all blobs, sorted.
func (e *Engine) ListBlobs(context.Context) ([]digest.Digest, error) {
	all := slices.Collect(maps.Keys(e.known))
	for _, o := range e.src.Objects() {
		if d, ok := e.stored.digest(o.Name); ok && o.Kind != content.Directory {
			all = append(all, d)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// PutBlob returns ErrReadOnly.
func (e *Engine) PutBlob(context.Context, io.Reader) (digest.Digest, int64, error) {
	return "", -1, fmt.Errorf("put blob: %w", ErrReadOnly)
}

// PutIndex returns ErrReadOnly.
func (e *Engine) PutIndex(context.Context, ispec.Index) error {
	return fmt.Errorf("put index: %w", ErrReadOnly)
}

// DeleteBlob returns ErrReadOnly.
func (e *Engine) DeleteBlob(context.Context, digest.Digest) error {
	return fmt.Errorf("delete blob: %w", ErrReadOnly)
}

// Clean returns ErrReadOnly.
func (e *Engine) Clean(context.Context) error { return fmt.Errorf("clean: %w", ErrReadOnly) }

// Close does nothing: the source is closed by whoever opened it.
func (e *Engine) Close() error { return nil }

func (e *Engine) find(d digest.Digest) (blob, error) {
	if _, err := hash.Parse(string(d)); err != nil {
		return blob{}, err
	}
	if b, ok := e.known[d]; ok {
		return b, nil
	}
	if name := e.stored.name(d); name != "" {
		if o, ok := e.src.Lookup(name); ok {
			return blob{object: o}, nil
		}
	}
	return blob{}, fmt.Errorf("blob %s: %w", d, cas.ErrNotExist)
}

// regular follows a link and refuses what has no bytes.
func regular(src content.Source, o content.Object) (content.Object, error) {
	if o.Kind == content.Symlink || o.Kind == content.Hardlink {
		var err error
		if o, err = src.Resolve(o); err != nil {
			return content.Object{}, err
		}
	}
	if o.Kind != content.Regular {
		return content.Object{}, fmt.Errorf("%q is a %s: %w", o.Name, o.Kind, cas.ErrInvalid)
	}
	return o, nil
}

// blobReader is a blob on its way to the user.
type blobReader struct {
	*hash.Reader
	rc     io.Closer
	closed bool
}

func verifying(rc io.ReadCloser, want digest.Digest, size int64) (io.ReadCloser, error) {
	r, err := hash.NewReader(rc, want, size)
	if err != nil {
		rc.Close()
		return nil, err
	}
	return &blobReader{Reader: r, rc: rc}, nil
}

// Close reads to the end, so that whoever read only a part learns whether it
// was a part of the right bytes.
func (b *blobReader) Close() error {
	if b.closed {
		return fs.ErrClosed
	}
	b.closed = true
	_, err := io.Copy(io.Discard, b.Reader)
	if closeErr := b.rc.Close(); err == nil {
		err = closeErr
	}
	return err
}
