package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/oci"
)

// Evidence is a document from outside the source, such as the manifest that
// docker save leaves out. Nothing has to vouch for it: it counts only if its
// digest, computed here, is one that somebody approved.
type Evidence struct {
	By   string // where it comes from: "--evidence manifest.json"
	Data []byte // a raw index or manifest, at most Limits.JSONBytes; what is neither may still hold a signature
}

// EvidenceFolder is where an archive may carry evidence about itself, below
// which objects are named as in an OCI layout. Docker, podman, skopeo, crane
// and containerd ignore it.
const EvidenceFolder = ".evidence/"

// exhibit is a document of evidence that could be decoded.
type exhibit struct {
	by       string
	carried  bool // by the source itself
	size     int64
	manifest *oci.Manifest
	index    *oci.Index
}

// exhibits are the documents of evidence, by each digest they have.
type exhibits map[digest.Digest]*exhibit

// exhibits decodes the evidence that was given, and what the source carries.
func (r *run) exhibits() exhibits {
	all := exhibits{}
	lim := r.graphLimits().Documents
	for _, e := range r.opt.Evidence {
		all.add(&exhibit{by: e.By}, e.Data, lim)
	}
	for _, name := range slices.Sorted(maps.Keys(r.kept.data)) {
		if strings.HasPrefix(name, EvidenceFolder) {
			all.add(&exhibit{by: name, carried: true}, r.kept.data[name], lim)
		}
	}
	return all
}

func (all exhibits) add(x *exhibit, data []byte, lim oci.Limits) {
	x.size = int64(len(data))
	var problems []oci.Problem
	switch oci.DetectShape(data, lim) {
	case oci.ShapeManifest:
		x.manifest, problems = oci.ParseManifest(data, lim)
	case oci.ShapeIndex:
		x.index, problems = oci.ParseIndex(data, lim)
	default:
		return
	}
	// A document that can be read in two ways proves nothing.
	if len(problems) > 0 || x.manifest == nil && x.index == nil || x.manifest != nil && x.manifest.Config == nil {
		return
	}
	for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
		if d := hash.DigestBytes(alg, data); all[d] == nil {
			all[d] = x
		}
	}
}

// digests names what there is as evidence.
func (all exhibits) digests() []string {
	var list []string
	for _, d := range slices.Sorted(maps.Keys(all)) {
		if d.Algorithm() == digest.SHA256 {
			list = append(list, d.String()+" ("+all[d].by+")")
		}
	}
	return list
}

// roots lists the exhibits of images that no other one names, by their SHA-256.
func (all exhibits) roots() []digest.Digest {
	named := map[*exhibit]bool{}
	for _, x := range all {
		if x.index != nil {
			for _, m := range x.index.Manifests {
				if child := all[m.Digest]; child != nil && child != x {
					named[child] = true
				}
			}
		}
	}
	var list []digest.Digest
	for _, d := range slices.Sorted(maps.Keys(all)) {
		x := all[d]
		if d.Algorithm() == digest.SHA256 && x.ofImage() && !named[x] {
			list = append(list, d)
		}
	}
	return list
}

// ofImage reports whether the document is of a container image: signatures of
// cosign have a config of that type too, but no layers.
func (x *exhibit) ofImage() bool {
	if x.index != nil {
		return true
	}
	for _, l := range x.manifest.Layers {
		if _, layer := oci.IsLayer(l.MediaType); !layer {
			return false
		}
	}
	return oci.IsImageConfig(x.manifest.Config.MediaType)
}
