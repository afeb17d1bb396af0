package recompress

import (
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// Plan is an image of a report, and the manifest that it shall get back.
type Plan struct {
	image    int
	manifest *oci.Manifest
	document evidence.Document
	above    []evidence.Document // indexes that list the manifest, outermost last
}

// Errors of Match.
var (
	ErrNoManifest = errors.New("there is no image manifest in the evidence")
	ErrNoImage    = errors.New("no manifest of the evidence has the config of an image in the archive")
)

// Match finds the manifests of evidence that are about images of a report: by
// the digest of the config, and as many layers. With a root, of an index or a
// manifest, only what is below it counts.
func Match(rep *report.Report, docs []evidence.Document, root digest.Digest, lim oci.Limits) ([]Plan, error) {
	manifests, above := decode(docs, lim)
	var plans []Plan
	images := 0
	for _, m := range manifests {
		if m.manifest.Config == nil || !oci.IsImageConfig(m.manifest.Config.MediaType) {
			continue
		}
		images++
		m.above = ancestors(m.document.Digest, above)
		if root != "" && m.document.Digest != root && !slices.ContainsFunc(m.above, func(d evidence.Document) bool { return d.Digest == root }) {
			continue
		}
		for i := range rep.Images {
			img := &rep.Images[i]
			if img.ImageID == m.manifest.Config.Digest && img.ImageID != "" && len(img.Layers) == len(m.manifest.Layers) {
				m.image = i
				plans = append(plans, m)
				break
			}
		}
	}
	switch {
	case images == 0:
		return nil, ErrNoManifest
	case len(plans) == 0:
		return nil, ErrNoImage
	}
	return plans, nil
}

// decode reads the manifests, and for each digest the indexes that list it. A
// document that can be read in two ways is passed over.
func decode(docs []evidence.Document, lim oci.Limits) ([]Plan, map[digest.Digest][]evidence.Document) {
	var manifests []Plan
	above := map[digest.Digest][]evidence.Document{}
	for _, d := range docs {
		switch oci.DetectShape(d.Data, lim) {
		case oci.ShapeManifest:
			if m, problems := oci.ParseManifest(d.Data, lim); m != nil && len(problems) == 0 {
				manifests = append(manifests, Plan{manifest: m, document: d})
			}
		case oci.ShapeIndex:
			x, problems := oci.ParseIndex(d.Data, lim)
			if x == nil || len(problems) > 0 {
				continue
			}
			for _, m := range x.Manifests {
				above[m.Digest] = append(above[m.Digest], d)
			}
		}
	}
	return manifests, above
}

// ancestors lists the indexes above a document, nearest first, each once.
func ancestors(d digest.Digest, above map[digest.Digest][]evidence.Document) []evidence.Document {
	var list []evidence.Document
	for queue := []digest.Digest{d}; len(queue) > 0; queue = queue[1:] {
		for _, x := range above[queue[0]] {
			if !slices.ContainsFunc(list, func(y evidence.Document) bool { return y.Digest == x.Digest }) {
				list = append(list, x)
				queue = append(queue, x.Digest)
			}
		}
	}
	return list
}

// Digest is the digest of the manifest.
func (p Plan) Digest() digest.Digest { return p.document.Digest }

// Entries are the documents that index.json lists: of each plan the outermost
// index, or the manifest where there is none.
func Entries(plans []Plan) []Entry {
	var list []Entry
	for _, p := range plans {
		top := p.document
		if len(p.above) > 0 {
			top = p.above[len(p.above)-1]
		}
		e := Entry{Blob: Blob{hash.DigestBytes(digest.SHA256, top.Data), int64(len(top.Data))}, MediaType: mediaType(top)}
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// mediaType is what a document calls itself, or what its shape is called.
func mediaType(d evidence.Document) string {
	lim := oci.DefaultLimits()
	if oci.DetectShape(d.Data, lim) == oci.ShapeIndex {
		x, _ := oci.ParseIndex(d.Data, lim)
		if x != nil && x.MediaType != "" {
			return x.MediaType
		}
		return oci.MediaTypeIndex
	}
	m, _ := oci.ParseManifest(d.Data, lim)
	if m != nil && m.MediaType != "" {
		return m.MediaType
	}
	return oci.MediaTypeManifest
}

// restored describes the image, without its layers.
func (p Plan) restored(rep *report.Report) Restored {
	img := rep.Images[p.image]
	r := Restored{
		Refs: img.Refs, Digest: p.document.Digest, MediaType: mediaType(p.document), Config: img.ImageID,
		Layers: make([]RestoredLayer, len(p.manifest.Layers)),
	}
	for _, x := range p.above {
		r.Indexes = append(r.Indexes, x.Digest)
	}
	return r
}

// Others lists the evidence that is about no image itself: signatures and
// attestations, which are found again by their content. A manifest of that kind
// is among them only if everything it names is evidence, too: otherwise the
// layout would lack something.
func Others(docs []evidence.Document) []evidence.Document {
	lim := oci.DefaultLimits()
	have := map[digest.Digest]bool{}
	for _, d := range docs {
		have[d.Digest] = true
	}
	var list []evidence.Document
	for _, d := range docs {
		keep := true
		switch oci.DetectShape(d.Data, lim) {
		case oci.ShapeIndex:
			keep = false
		case oci.ShapeManifest:
			m, problems := oci.ParseManifest(d.Data, lim)
			keep = m != nil && len(problems) == 0 && m.Config != nil && have[m.Config.Digest] &&
				!slices.ContainsFunc(m.Layers, func(l oci.Descriptor) bool { return !have[l.Digest] })
		}
		if keep {
			list = append(list, d)
		}
	}
	return list
}
