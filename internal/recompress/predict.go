package recompress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/report"
)

// Prediction is what one tool would push, if its assumptions hold. Nothing
// vouches for it.
type Prediction struct {
	Tool        string        `json:"tool"`
	Versions    string        `json:"versions"`
	Basis       string        `json:"basis"` // "predicted", or "stored": the archive holds this manifest
	Digest      digest.Digest `json:"digest"`
	Size        int64         `json:"size"`
	MediaType   string        `json:"mediaType"`
	Compressor  string        `json:"compressor,omitempty"` // empty: layers stay plain
	Layers      []Blob        `json:"layers,omitempty"`
	Manifest    string        `json:"manifest,omitempty"` // the very bytes that have the digest
	Assumptions []string      `json:"assumptions"`
}

// The bases of a Prediction.
const (
	Predicted = "predicted"
	Stored    = "stored"
)

// Forecast are the predictions for one image.
type Forecast struct {
	Refs        []string      `json:"refs"`
	Platform    string        `json:"platform,omitempty"`
	ImageID     digest.Digest `json:"imageID"`
	Predictions []Prediction  `json:"predictions"`
	// Excluded says of other tools why nothing is predicted.
	Excluded []string `json:"excluded,omitempty"`
}

// ErrChanged says that the source is no longer what was verified.
var ErrChanged = errors.New("the input changed after it was verified")

// dockerArchive is the view whose images have something to predict.
const dockerArchive = "docker-archive"

// Predict computes what tools would push of the images of docker save archives
// in a report, which must be that of src and Verified. Every layer is read once.
func Predict(ctx context.Context, src *Source, rep *report.Report) ([]Forecast, error) {
	all := recipes()
	var list []Compressor
	for _, r := range all {
		if r.compressor != "" && !slices.ContainsFunc(list, func(c Compressor) bool { return c.Name == r.compressor }) {
			list = append(list, find(r.compressor))
		}
	}
	made := map[digest.Digest]layer{} // by diff ID
	forecasts := []Forecast{}
	for i := range rep.Images {
		img := &rep.Images[i]
		if !slices.Contains(img.Views, dockerArchive) {
			continue
		}
		for _, l := range img.Layers {
			if _, done := made[l.DiffID]; done {
				continue
			}
			m, err := compressLayer(ctx, src, l, list)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.Object, err)
			}
			made[l.DiffID] = m
		}
		f := Forecast{Refs: img.Refs, Platform: img.Platform, ImageID: img.ImageID, Predictions: []Prediction{}}
		for _, r := range all {
			f.add(r, img, made)
		}
		forecasts = append(forecasts, f)
	}
	return forecasts, nil
}

// layer is a layer as a tar, and compressed by name of the compressor; "" is
// the tar, too.
type layer map[string]Blob

// compressLayer compresses one layer with every compressor.
func compressLayer(ctx context.Context, src *Source, l report.Layer, list []Compressor) (_ layer, err error) {
	rc, err := src.Decoded(ctx, l.Object, l.UncompressedSize)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	plain, blobs, err := compress(ctx, rc, list, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	// The report is about what was read then, this about what is read now.
	if plain.Size != l.UncompressedSize || plain.Digest != l.DiffID && l.DiffID.Algorithm() == digest.SHA256 {
		return nil, ErrChanged
	}
	made := layer{"": plain}
	for i, c := range list {
		made[c.Name] = blobs[i]
	}
	return made, nil
}

// add predicts what follows from a recipe.
func (f *Forecast) add(r recipe, img *report.Image, made map[digest.Digest]layer) {
	if r.keeps == keepsStored && img.Digest != nil && img.Manifest != nil {
		if r.compressor == "" { // told once
			f.Predictions = append(f.Predictions, Prediction{
				Tool: r.tool, Versions: r.versions, Basis: Stored, Digest: *img.Digest, Size: img.Manifest.Size, MediaType: img.MediaType,
				Assumptions: []string{"the tool takes the manifest that the archive holds, not its manifest.json"},
			})
		}
		return
	}
	p := Prediction{Tool: r.tool, Versions: r.versions, Basis: Predicted, MediaType: r.dialect.manifest, Compressor: r.compressor, Assumptions: r.assumes}
	parts := make([]part, len(img.Layers))
	for i, l := range img.Layers {
		compressed := l.Compression != "" && l.Compression != "none"
		keep := r.keeps != keepsNone && compressed
		if r.keeps == keepsImages && compressed != (img.Layers[0].Compression != "none") {
			f.Excluded = append(f.Excluded, r.tool+": some layers are compressed in the archive, and others are not")
			return
		}
		parts[i] = part{Blob: made[l.DiffID][r.compressor], plain: r.compressor == ""}
		if keep {
			parts[i] = part{Blob: Blob{l.Digest, l.Size}}
		}
		p.Layers = append(p.Layers, parts[i].Blob)
	}
	manifest := r.dialect.write(Blob{img.ImageID, img.Config.Size}, parts)
	p.Manifest, p.Size, p.Digest = string(manifest), int64(len(manifest)), hash.DigestBytes(digest.SHA256, manifest)
	f.Predictions = append(f.Predictions, p)
}
