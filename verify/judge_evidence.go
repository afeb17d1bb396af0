package verify

import (
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// proof is the chain from a digest, over documents of evidence, to images of
// the source: index, manifest, config, layers.
type proof struct {
	links   []report.Link
	matches []match
	broken  string // where the chain ends, if it leads to nothing
}

func (p *proof) link(l report.Link) { p.links = append(p.links, l) }

func (p *proof) fail(l report.Link, format string, args ...any) {
	l.Reason = fmt.Sprintf(format, args...)
	p.link(l)
	if p.broken == "" {
		p.broken = l.Step + ": " + l.Reason
	}
}

// prove follows a digest that nothing in the source has, but some document of
// evidence.
func (j *bench) prove(d digest.Digest) *proof {
	if j.evidence[d] == nil {
		return nil
	}
	p := &proof{}
	j.follow(p, d, "", map[*exhibit]bool{}, 0)
	if len(p.matches) > 0 {
		p.broken = ""
	} else if p.broken == "" {
		p.broken = "the evidence leads to nothing in the source"
	}
	return p
}

// follow adds the links below one document. Each is visited once, so the work
// is bounded by the evidence.
func (j *bench) follow(p *proof, d digest.Digest, from string, seen map[*exhibit]bool, depth int) {
	x := j.evidence[d]
	if seen[x] || depth > j.lim.GraphDepth {
		return
	}
	seen[x] = true
	l := report.Link{Step: "manifest", Digest: d, From: from, Object: x.by, Holds: true}
	if x.manifest != nil {
		p.link(l)
		j.config(p, d, x)
		return
	}
	l.Step = "index"
	p.link(l)
	before := len(p.links)
	for _, m := range x.index.Manifests {
		if m.Digest == "" || !j.work(p) {
			continue
		}
		by := x.by + "#" + m.Pointer
		if stored := j.read.find(m.Digest); len(stored) > 0 {
			for _, s := range stored {
				s.what = "index, by evidence"
				p.matches = append(p.matches, s)
			}
			p.link(report.Link{Step: stored[0].what, Digest: m.Digest, From: by, Object: j.object(stored[0]), Holds: true})
		} else if j.evidence[m.Digest] != nil {
			j.follow(p, m.Digest, by, seen, depth+1)
		}
	}
	if len(p.links) == before {
		p.fail(report.Link{Step: "manifest", From: x.by}, "none of the %d manifests it lists is in the evidence or in the source", len(x.index.Manifests))
	}
}

func (j *bench) object(m match) string {
	if m.node >= 0 {
		return j.b.g.Nodes[m.node].Object.Name
	}
	for _, k := range m.images {
		return imageObject(j.b.g, k)
	}
	return ""
}

// config goes on from a manifest to the config in the source, and from its
// diff IDs to the layers.
func (j *bench) config(p *proof, d digest.Digest, x *exhibit) {
	want := x.manifest.Config
	l := report.Link{Step: "config", Digest: want.Digest, From: x.by + "#/config"}
	var found []match
	if want.Digest != "" {
		found = slices.DeleteFunc(j.read.find(want.Digest), func(m match) bool { return m.what != "image ID" || len(m.images) == 0 })
	}
	if len(found) == 0 {
		have := haveConfigs(j.b.g, j.obs)
		if have == "" {
			have = "none"
		}
		p.fail(l, "the source has no config with that digest; it has %s", have)
		return
	}
	m := found[0]
	l.Object = j.b.g.Nodes[j.b.g.Images[m.images[0]].Config].Object.Name
	if want.SizeKnown && want.Size != m.size {
		p.fail(l, "the manifest gives it %d bytes, it has %d", want.Size, m.size)
		return
	}
	l.Holds = true
	p.link(l)
	proven := match{what: "manifest, by evidence", node: -1, size: x.size}
	for n, k := range m.images {
		if !j.work(p) {
			return
		}
		if own := j.b.g.Images[k].Digest; own != "" && x.carried {
			p.fail(report.Link{Step: "config", Digest: want.Digest, From: x.by + "#/config", Object: l.Object}, "the archive has a manifest of its own for it, %s: what it carries as evidence does not replace that, give it with --evidence", own)
			continue
		}
		before := len(p.links)
		ok := j.layers(p, k, x)
		if n > 0 && ok { // the same config twice: the same links twice
			p.links = p.links[:before]
		}
		if ok {
			proven.images = append(proven.images, k)
		}
	}
	if len(proven.images) > 0 {
		p.matches = append(p.matches, proven)
	}
}

// maxProof bounds the steps of all proofs of a run: an honest one takes a few
// for each image, and documents that the source carries may be made to take
// each image times each document.
const maxProof = 100_000

// work counts a step of a proof, and reports whether it may be taken.
func (j *bench) work(p *proof) bool {
	if j.steps++; j.steps <= maxProof {
		return true
	}
	if p.broken == "" {
		p.broken = "the limit on the steps of all proofs"
	}
	return false
}

// layers compares the layers of an image with the diff IDs of its config, and
// where they are stored as the registry had them, with the manifest as well.
func (j *bench) layers(p *proof, k int, x *exhibit) bool {
	img := j.b.g.Images[k]
	if !img.Decoded || len(img.Layers) != len(x.manifest.Layers) {
		p.fail(report.Link{Step: "layers", From: x.by + "#/layers"}, "the manifest has %d layers, the image in the source %d", len(x.manifest.Layers), len(img.Layers))
		return false
	}
	ok := true
	for i, layer := range img.Layers {
		l := report.Link{Step: fmt.Sprintf("layer %d of %d", i+1, len(img.Layers)), Digest: layer.DiffID, From: imageObject(j.b.g, k) + fmt.Sprintf("#/rootfs/diff_ids/%d", i)}
		var obs *Observation
		if layer.Node >= 0 {
			l.Object = j.b.g.Nodes[layer.Node].Object.Name
			obs = j.obs[l.Object]
		}
		got, known := digest.Digest(""), false
		if obs != nil && obs.Complete && obs.Decoded && layer.DiffID != "" {
			got, known = obs.diffID(layer.DiffID)
		}
		switch {
		case !known:
			p.fail(l, "the layer could not be read")
			ok = false
			continue
		case got != layer.DiffID:
			p.fail(l, "the layer in the source has the diff ID %s", got)
			ok = false
			continue
		}
		l.Holds = true
		if d := x.manifest.Layers[i].Digest; d != "" {
			if got, known := obs.digest(d); known && got == d {
				l.From += ", and as stored " + x.by + "#" + x.manifest.Layers[i].Pointer
			}
		}
		p.link(l)
	}
	return ok
}

// haveConfigs names up to three image IDs that are there instead.
func haveConfigs(g *graph.Graph, obs map[string]*Observation) string {
	var have []string
	for _, img := range g.Images {
		if img.Config < 0 {
			continue
		}
		if o := obs[g.Nodes[img.Config].Object.Name]; o != nil && o.Complete && !slices.Contains(have, o.SHA256.String()) {
			have = append(have, o.SHA256.String())
		}
	}
	return firstFew(have, 3)
}

// proven are the digests from which evidence leads to each image, by position
// in the report.
func (j *bench) proven(images int) [][]digest.Digest {
	list := make([][]digest.Digest, images)
	for _, d := range slices.Sorted(maps.Keys(j.evidence)) {
		if d.Algorithm() != digest.SHA256 || !j.evidence[d].ofImage() {
			continue
		}
		for _, m := range j.find(d) {
			if len(m.chain) == 0 {
				continue // the source has it itself
			}
			for _, k := range m.images {
				if p := j.b.position[k]; p >= 0 && !slices.Contains(list[p], d) {
					list[p] = append(list[p], d)
				}
			}
		}
	}
	return list
}

// exhibited lists the evidence that nobody approved of: it says which image
// this is, not that it is the right one.
func (j *bench) exhibited() {
	for _, d := range j.evidence.roots() {
		matches := j.find(d)
		p := j.proofs[d]
		listed := slices.ContainsFunc(j.list, func(a report.Anchor) bool { return a.Digest == d })
		if p == nil || listed {
			continue // the source has it, so there is nothing to prove; or it was said
		}
		covered := len(matches) > 0
		for _, m := range matches {
			for _, k := range m.images {
				covered = covered && j.covered[k]
			}
		}
		if covered {
			continue
		}
		a := report.Anchor{Kind: kindEvidence, By: j.evidence[d].by, Digest: d, Images: []int{}, Chain: p.links, Reason: p.broken, Holds: p.broken == ""}
		j.settle(&a, matches)
		j.list = append(j.list, a)
	}
}

// base finds the images that begin with the layers of a base, and have some of
// their own or are the base itself. The diff IDs are those of the bytes that
// were read.
func (j *bench) base(diffIDs []digest.Digest) []match {
	m := match{what: "base", node: -1}
	for k, img := range j.b.g.Images {
		if len(diffIDs) == 0 || len(img.Layers) < len(diffIDs) {
			continue
		}
		begins := true
		for i, want := range diffIDs {
			n := img.Layers[i].Node
			if n < 0 {
				begins = false
				break
			}
			obs := j.obs[j.b.g.Nodes[n].Object.Name]
			if obs == nil || !obs.Complete || !obs.Decoded {
				begins = false
				break
			}
			if got, known := obs.diffID(want); !known || got != want {
				begins = false
				break
			}
		}
		if begins {
			m.images = append(m.images, k)
		}
	}
	if len(m.images) == 0 {
		return nil
	}
	return []match{m}
}
