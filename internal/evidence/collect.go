package evidence

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/verify"
)

// Document is a document of evidence, named by its digest.
type Document struct {
	Digest digest.Digest
	Kind   string // "index", "manifest", "artifact", "blob"
	Data   []byte
}

// Path is where a document lies in a folder of evidence, and below
// [verify.EvidenceFolder] in an archive.
func (d Document) Path() string {
	return "blobs/" + d.Digest.Algorithm().String() + "/" + d.Digest.Encoded()
}

// Collector takes the evidence out of a run of package verify: it is a voucher
// that vouches for nothing. Use one for each run.
type Collector struct{ Documents []Document }

// Name implements verify.Voucher.
func (*Collector) Name() string { return "evidence" }

// Vouch implements verify.Voucher.
func (c *Collector) Vouch(found *verify.Found) verify.Testimony {
	images := map[digest.Digest]string{}
	for _, x := range found.Indexes {
		images[x.Digest] = "index"
	}
	for _, img := range found.Images {
		if img.Digest != nil {
			images[*img.Digest] = "manifest"
		}
	}
	stored := map[digest.Digest]verify.Stored{}
	for _, o := range found.Objects {
		stored[o.SHA256] = o
	}
	taken := map[digest.Digest]bool{}
	take := func(kind string, o verify.Stored) {
		if !taken[o.SHA256] {
			taken[o.SHA256] = true
			c.Documents = append(c.Documents, Document{o.SHA256, kind, o.Data})
		}
	}
	for _, o := range found.Objects {
		if kind := images[o.SHA256]; kind != "" {
			take(kind, o)
			continue
		}
		if strings.HasPrefix(o.Name, verify.EvidenceFolder) {
			take(kindOf(o.Data), o)
			continue
		}
		for _, b := range artifact(o.Data) {
			blob, here := stored[b]
			take("artifact", o)
			if here {
				take("blob", blob)
			}
		}
	}
	slices.SortFunc(c.Documents, func(a, b Document) int { return strings.Compare(a.Path(), b.Path()) })
	return verify.Testimony{}
}

// artifact lists the blobs of a manifest that is no image: signatures and
// attestations, which are evidence too.
func artifact(data []byte) []digest.Digest {
	lim := oci.DefaultLimits()
	if oci.DetectShape(data, lim) != oci.ShapeManifest {
		return nil
	}
	m, problems := oci.ParseManifest(data, lim)
	if m == nil || len(problems) > 0 || m.Config == nil {
		return nil
	}
	for _, l := range m.Layers {
		if _, layer := oci.IsLayer(l.MediaType); layer {
			return nil
		}
	}
	list := []digest.Digest{m.Config.Digest}
	for _, l := range m.Layers {
		list = append(list, l.Digest)
	}
	return slices.DeleteFunc(list, func(d digest.Digest) bool { return d == "" })
}

// kindOf tells by its content what a document is evidence of.
func kindOf(data []byte) string {
	switch oci.DetectShape(data, oci.DefaultLimits()) {
	case oci.ShapeIndex:
		return "index"
	case oci.ShapeManifest:
		if artifact(data) != nil {
			return "artifact"
		}
		return "manifest"
	}
	return "blob"
}
