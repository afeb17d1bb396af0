package recompress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// Restored is an image whose blobs are what its manifest says.
type Restored struct {
	Refs      []string        `json:"refs"` // as the archive has them: nothing proves names
	Digest    digest.Digest   `json:"digest"`
	MediaType string          `json:"mediaType"`
	Indexes   []digest.Digest `json:"indexes,omitempty"` // of the evidence, that list the manifest
	Config    digest.Digest   `json:"config"`
	Layers    []RestoredLayer `json:"layers"`
}

// RestoredLayer says where the bytes of a layer's blob come from.
type RestoredLayer struct {
	Blob
	DiffID digest.Digest `json:"diffID"`
	Object string        `json:"object"` // in the archive
	By     string        `json:"by"`     // a compressor; "stored": as it lay in the archive; "plain": the tar
}

// Where bytes come from without a compressor.
const (
	ByStored = "stored"
	ByPlain  = "plain"
)

// NotReproducedError names a layer that no known compressor makes.
type NotReproducedError struct {
	Manifest digest.Digest
	Layer    int // from 0
	Want     Blob
	Object   string
	Tried    []string // compressors
}

func (e *NotReproducedError) Error() string {
	return fmt.Sprintf("layer %d of %s: nothing makes %s of %s; tried: %s",
		e.Layer, short(e.Manifest), e.Want.Digest, e.Object, strings.Join(e.Tried, ", "))
}

func short(d digest.Digest) string {
	const n = len("sha256:") + 12
	return string(d[:min(n, len(d))])
}

// restorer rebuilds images into a store.
type restorer struct {
	src   *Source
	store *Store
	last  string                 // the compressor that made the last layer, or may well have
	done  map[Blob]RestoredLayer // by what was wanted
}

// Restore writes the images that manifests are about: config, layers, manifest
// and the indexes above it. The report must be that of src, and Verified. The
// error is a *NotReproducedError if a layer cannot be made.
func Restore(ctx context.Context, src *Source, rep *report.Report, plans []Plan, store *Store) ([]Restored, error) {
	r := &restorer{src: src, store: store, done: map[Blob]RestoredLayer{}}
	// The smallest layer first: on it all compressors are tried.
	type step struct{ plan, layer int }
	var steps []step
	all := make([]Restored, len(plans))
	for i, p := range plans {
		all[i] = p.restored(rep)
		for j := range p.manifest.Layers {
			steps = append(steps, step{i, j})
		}
	}
	size := func(s step) int64 { return rep.Images[plans[s.plan].image].Layers[s.layer].UncompressedSize }
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(size(a), size(b)) })
	for _, s := range steps {
		p := plans[s.plan]
		if r.last == "" {
			r.last = likely(p.document.Data)
		}
		l, err := r.layer(ctx, rep.Images[p.image].Layers[s.layer], p.manifest.Layers[s.layer])
		var not *NotReproducedError
		if errors.As(err, &not) {
			not.Manifest, not.Layer = p.document.Digest, s.layer
		}
		if err != nil {
			return nil, err
		}
		all[s.plan].Layers[s.layer] = l
	}
	for _, p := range plans {
		if err := r.documents(ctx, rep.Images[p.image].Config, p); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// documents writes the config, and what was evidence.
func (r *restorer) documents(ctx context.Context, config report.Blob, p Plan) error {
	rc, err := r.src.Stored(ctx, config.Object)
	if err != nil {
		return err
	}
	_, err = r.store.Put(ctx, io.LimitReader(rc, config.Size))
	if err = errors.Join(err, rc.Close()); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	for _, doc := range append(p.above, p.document) {
		if _, err := r.store.PutBytes(ctx, doc.Data); err != nil {
			return err
		}
	}
	return nil
}

// layer writes the blob that a manifest wants. Comparing digests here is a
// search, no judgement: what is found is verified as a whole later.
func (r *restorer) layer(ctx context.Context, l report.Layer, want oci.Descriptor) (RestoredLayer, error) {
	blob := Blob{want.Digest, want.Size}
	if found, ok := r.done[blob]; ok {
		return found, nil
	}
	made := RestoredLayer{Blob: blob, DiffID: l.DiffID, Object: l.Object}
	by, err := r.make(ctx, l, want)
	if err != nil {
		return made, err
	}
	made.By = by
	r.done[blob] = made
	return made, nil
}

func (r *restorer) make(ctx context.Context, l report.Layer, want oci.Descriptor) (by string, err error) {
	blob := Blob{want.Digest, want.Size}
	if want.Digest.Algorithm() != digest.SHA256 {
		return "", &NotReproducedError{Want: blob, Object: l.Object, Tried: []string{"nothing: only sha256 blobs are restored"}}
	}
	if l.Digest == want.Digest {
		rc, err := r.src.Stored(ctx, l.Object)
		if err != nil {
			return "", err
		}
		return ByStored, r.put(ctx, rc, nil, blob)
	}
	if l.DiffID == want.Digest {
		rc, err := r.src.Decoded(ctx, l.Object, l.UncompressedSize)
		if err != nil {
			return "", err
		}
		return ByPlain, r.put(ctx, rc, nil, blob)
	}
	// What made the last layer has most likely made this one, too: no trial.
	if r.last != "" && find(r.last).zstd == isZstd(want) {
		c := find(r.last)
		switch err := r.write(ctx, l, &c, blob); {
		case err == nil:
			return c.Name, nil
		case !errors.Is(err, errOther):
			return "", err
		}
	}
	name, tried, err := r.search(ctx, l, want)
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", &NotReproducedError{Want: blob, Object: l.Object, Tried: tried}
	}
	c := find(name)
	r.last = name
	return name, r.write(ctx, l, &c, blob)
}

func isZstd(d oci.Descriptor) bool { return strings.Contains(d.MediaType, "zstd") }

// search runs the compressors that may have made a blob, in two rounds: those
// in common use, and then the others.
func (r *restorer) search(ctx context.Context, l report.Layer, want oci.Descriptor) (name string, tried []string, err error) {
	for _, rare := range []bool{false, true} {
		var list []Compressor
		for _, c := range Compressors() {
			if c.zstd == isZstd(want) && c.rare == rare {
				list = append(list, c)
			}
		}
		if len(list) == 0 {
			continue
		}
		rc, err := r.src.Decoded(ctx, l.Object, l.UncompressedSize)
		if err != nil {
			return "", nil, err
		}
		_, blobs, err := compress(ctx, rc, list, want.Size)
		if err = errors.Join(err, rc.Close()); err != nil {
			return "", nil, fmt.Errorf("%s: %w", l.Object, err)
		}
		for i, b := range blobs {
			if b.Digest == want.Digest {
				return list[i].Name, nil, nil
			}
			tried = append(tried, list[i].Name)
		}
	}
	return "", tried, nil
}

// write compresses a layer into the store.
func (r *restorer) write(ctx context.Context, l report.Layer, c *Compressor, want Blob) error {
	rc, err := r.src.Decoded(ctx, l.Object, l.UncompressedSize)
	if err != nil {
		return err
	}
	return r.put(ctx, rc, c, want)
}

// errOther says that other bytes came out than were wanted.
var errOther = errors.New("the bytes are others than wanted")

// put writes what a reader yields, compressed if c is given, if that is what is
// wanted, and nothing otherwise.
func (r *restorer) put(ctx context.Context, rc io.ReadCloser, c *Compressor, want Blob) (err error) {
	defer func() { err = errors.Join(err, rc.Close()) }()
	return r.store.make(want, func(w io.Writer) error {
		out := io.WriteCloser(nopCloser{w})
		if c != nil {
			out = c.new(w)
		}
		buf := make([]byte, chunk)
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := rc.Read(buf)
			if _, werr := out.Write(buf[:n]); werr != nil {
				return werr
			}
			if err == io.EOF {
				return out.Close()
			}
			if err != nil {
				return err
			}
		}
	})
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
