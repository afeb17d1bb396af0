package lock

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// proof is what evidence says of an image that has no manifest: the digest that
// was approved, and that of the manifest. Empty: nothing, or not one thing.
type proof struct{ root, manifest digest.Digest }

// proofs reads the chains of evidence in a report, of those digests that
// somebody approved. Among several for one image that of an index counts.
func proofs(rep *report.Report) []proof {
	all := make([]proof, len(rep.Images))
	for i, img := range rep.Images {
		if img.Digest != nil {
			continue
		}
		var indexes, manifests []proof
		for k := range rep.Anchors {
			a := &rep.Anchors[k]
			if !a.Holds || !a.Approves() || !slices.Contains(a.Images, i) {
				continue
			}
			p, ok := chain(a, img.ImageID)
			switch {
			case !ok:
			case p.root == p.manifest:
				manifests = append(manifests, p)
			default:
				indexes = append(indexes, p)
			}
		}
		for _, list := range [][]proof{manifests, indexes} {
			if len(list) > 0 && !slices.ContainsFunc(list, func(p proof) bool { return p != list[0] }) {
				all[i] = list[0]
			}
		}
	}
	return all
}

// chain finds the manifest by which a chain leads to an image ID.
func chain(a *report.Anchor, id digest.Digest) (proof, bool) {
	var manifest digest.Digest
	for _, l := range a.Chain {
		switch {
		case l.Step == "manifest":
			manifest = l.Digest
		case l.Step == "config" && l.Holds && l.Digest == id && manifest != "":
			return proof{a.Digest, manifest}, true
		}
	}
	return proof{}, false
}
