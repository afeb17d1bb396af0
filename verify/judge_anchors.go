package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// This file judges what vouches for the images from outside: it is the only
// place where what pins, locks and signatures promise meets what was read.

// match is one place where a digest from outside was found.
type match struct {
	what   string // "index", "manifest", "image ID", "index.json"
	node   int
	size   int64
	images []int         // positions in Graph.Images
	chain  []report.Link // over evidence to the images; empty: the source has the digest itself
}

// digests is what was read, by digest: never what documents merely claim. It
// is made once, so that ten thousand signatures do not each go through a
// hundred thousand objects.
type digests struct {
	g       *graph.Graph
	obs     map[string]*Observation
	nodes   map[digest.Digest][]int
	images  map[int][]int           // of a config, in Graph.Images
	schema1 map[digest.Digest][]int // images of which that is the digest of what was signed
}

func newDigests(g *graph.Graph, obs map[string]*Observation) *digests {
	x := &digests{g: g, obs: obs, nodes: map[digest.Digest][]int{}, images: map[int][]int{}, schema1: map[digest.Digest][]int{}}
	for i, n := range g.Nodes {
		o := obs[n.Object.Name]
		if o == nil || !o.Complete && !o.Embedded {
			continue
		}
		for _, d := range []digest.Digest{o.SHA256, o.SHA512} {
			if d != "" {
				x.nodes[d] = append(x.nodes[d], i)
			}
		}
	}
	for k, img := range g.Images {
		x.images[img.Config] = append(x.images[img.Config], k)
		if img.Schema1 {
			x.schema1[img.Digest] = append(x.schema1[img.Digest], k)
		}
	}
	return x
}

// find lists where a digest was found.
func (x *digests) find(d digest.Digest) []match {
	var found []match
	for _, i := range x.nodes[d] {
		n := x.g.Nodes[i]
		size := x.obs[n.Object.Name].Size
		switch n.Role {
		case graph.RoleIndex:
			found = append(found, match{what: "index", node: i, size: size, images: x.g.Below(i)})
		case graph.RoleManifest:
			found = append(found, match{what: "manifest", node: i, size: size, images: x.g.Below(i)})
		case graph.RoleConfig:
			found = append(found, match{what: "image ID", node: -1, size: size, images: x.images[i]})
		case graph.RoleEntry:
			if n.Object.Name == x.g.IndexObject {
				found = append(found, match{what: "index.json", node: i, size: size, images: x.g.Below(i)})
			}
		}
	}
	for _, k := range x.schema1[d] {
		found = append(found, match{what: "manifest", node: x.g.Images[k].Manifest, images: []int{k}})
	}
	return found
}

// bench is where anchors are judged, one after the other.
type bench struct {
	*run
	b       *builder
	list    []report.Anchor
	byPin   []bool // images covered by a digest that the user gave, by position in Graph.Images
	covered []bool // ... by anything
	denied  []bool
	read    *digests
	found   map[digest.Digest][]match
	proofs  map[digest.Digest]*proof

	evidence exhibits
	steps    int  // of proofs
	narrow   bool // @digest holds by evidence only: it chose nothing, so it has to cover everything
}

// anchors judges everything outside of the source that vouches for its images,
// and returns which images of the graph are covered by any of it.
//
// Each pin must be found, each need of a voucher met, and the images of the
// selection should be covered by something. A digest of the outer file covers
// everything in it.
func (r *run) anchors(b *builder) []bool {
	n := len(b.g.Images)
	j := &bench{run: r, b: b, list: []report.Anchor{}, byPin: make([]bool, n), covered: make([]bool, n), denied: make([]bool, n), read: newDigests(b.g, r.obs), found: map[digest.Digest][]match{}, proofs: map[digest.Digest]*proof{}, evidence: r.exhibits()}
	if r.opt.Pin != "" {
		j.pin("@digest", r.opt.Pin)
	}
	for _, d := range r.opt.Expect {
		j.pin("--expect", d)
	}
	if len(r.opt.Vouchers) > 0 {
		r.attach(b)
		found := r.found(b.images(r.out.list, nil), b.indexes())
		found.Proven = j.proven(len(found.Images))
		for _, v := range r.opt.Vouchers {
			j.voucher(v, found)
		}
		r.unkept()
	} else {
		r.unchecked(b)
	}
	j.exhibited()
	if j.steps > maxProof {
		f := report.New(report.LimitAnchors, "", "the evidence takes more steps to follow than the limit")
		f.Want = fmt.Sprintf("at most %d", maxProof)
		r.out.add(f)
	}
	if !slices.ContainsFunc(j.list, func(a report.Anchor) bool { return a.Approves() }) {
		r.out.add(report.New(report.AnchorNone, "", "consistent is not authentic: nothing outside the source vouches for it"))
	}
	j.rest()
	r.rep.Anchors = j.list
	return j.covered
}

// kindEvidence is a document of evidence whose digest nobody approved.
const kindEvidence = "evidence"

// find looks a digest up, once: in the source, else by way of evidence.
func (j *bench) find(d digest.Digest) []match {
	m, known := j.found[d]
	if known {
		return m
	}
	m = j.read.find(d)
	if len(m) == 0 {
		if p := j.prove(d); p != nil {
			j.proofs[d] = p
			m = p.matches
			for i := range m {
				m[i].chain = p.links
			}
		}
	}
	j.found[d] = m
	return m
}

// everything is a match of the outer file.
func (j *bench) everything() match {
	m := match{what: "file", node: -1, size: j.rep.Source.Size}
	for k, p := range j.b.position {
		if p >= 0 {
			m.images = append(m.images, k)
		}
	}
	return m
}

// settle fills an anchor from where its digest was found.
func (j *bench) settle(a *report.Anchor, matches []match) (images []int) {
	var kinds []string
	for _, m := range matches {
		if !slices.Contains(kinds, m.what) {
			kinds = append(kinds, m.what)
		}
		for _, k := range m.images {
			if p := j.b.position[k]; p >= 0 && !slices.Contains(a.Images, p) {
				a.Images = append(a.Images, p)
			}
			images = append(images, k)
		}
	}
	slices.Sort(a.Images)
	a.Matched = strings.Join(kinds, ", ")
	if p := j.proofs[a.Digest]; p != nil {
		a.Chain = p.links
		if a.Reason == "" && p.broken != "" {
			a.Reason = "the chain of evidence breaks at " + p.broken
		}
	}
	return images
}

// pin judges a digest that the user gave.
func (j *bench) pin(by string, d digest.Digest) {
	a := report.Anchor{Kind: "pin", By: by, Digest: d, Images: []int{}}
	matches := j.find(d)
	if len(matches) == 0 && j.fileDigest() == d {
		matches = []match{j.everything()}
	}
	a.Holds = len(matches) > 0
	j.narrow = j.narrow || by == "@digest" && a.Holds && len(matches[0].chain) > 0
	for _, k := range j.settle(&a, matches) {
		j.byPin[k], j.covered[k] = true, true
	}
	if !a.Holds {
		code, text, got := report.PinMismatch, "nothing in the source has the digest that was asked for", haveDigests(j.b.g)
		switch p := j.proofs[d]; {
		case p != nil:
			code, text, got = report.EvidenceBroken, "the chain of evidence from the digest that was asked for to the source breaks", p.broken
		case len(j.evidence) > 0:
			text += ", and no evidence has it"
			got = firstFew(append(j.evidence.digests(), got), 4)
		case len(j.opt.Evidence) > 0:
			text += ", and what was given as evidence holds no index and no manifest"
		case len(j.b.g.Images) > 0 && !slices.ContainsFunc(j.b.g.Images, func(img *graph.Image) bool { return img.Digest != "" }):
			text += "; the archive has no manifest, so no digest of a registry: the raw manifest, given with --evidence, can prove it"
		}
		f := report.New(code, "", text)
		f.Claim, f.Want, f.Got = by, d.String(), got
		for _, p := range j.b.position {
			if p >= 0 {
				f.Images = append(f.Images, p)
			}
		}
		j.out.add(f)
	}
	j.list = append(j.list, a)
}

// voucher judges what one voucher promises, and what it asks for.
func (j *bench) voucher(v Voucher, found *Found) {
	t := v.Vouch(found)
	// Images that a vouch covers, by its kind: an attestation approves of
	// nothing.
	approved := make([]bool, len(j.covered))
	kinds := map[string][]bool{}
	for i, vouch := range t.Vouches {
		if len(j.list) >= j.lim.Findings {
			f := report.New(report.LimitAnchors, "", fmt.Sprintf("%d more claims of %s are not judged", len(t.Vouches)-i, v.Name()))
			f.Want = fmt.Sprintf("at most %d", j.lim.Findings)
			j.out.add(f)
			break
		}
		for _, k := range j.vouch(v, vouch) {
			if kinds[vouch.Kind] == nil {
				kinds[vouch.Kind] = make([]bool, len(j.covered))
			}
			kinds[vouch.Kind][k] = true
			if (&report.Anchor{Kind: vouch.Kind}).Approves() {
				approved[k], j.covered[k] = true, true
			}
		}
	}
	graphImage := map[int]int{}
	for k, p := range j.b.position {
		if p >= 0 {
			graphImage[p] = k
		}
	}
	if len(t.Needs) > 0 {
		j.disguised(v.Name())
	}
	for _, need := range t.Needs {
		if need.Image < 0 && len(found.Images) == 0 {
			f := report.New(need.Code, "", need.Reason)
			f.Claim = v.Name()
			j.out.add(f)
			continue
		}
		k, ok := graphImage[need.Image]
		if !ok {
			panic("verify: a voucher needs an image that was not found")
		}
		met := approved[k]
		if need.Kind != "" {
			met = kinds[need.Kind] != nil && kinds[need.Kind][k]
		}
		if met && !need.Refused {
			continue
		}
		f := report.New(need.Code, imageObject(j.b.g, k), need.Reason)
		j.denied[k] = j.denied[k] || f.Effect == report.Denied
		f.Claim, f.Images = v.Name(), []int{need.Image}
		if d := found.Images[need.Image].Digest; d != nil {
			f.Got = d.String()
		} else {
			f.Got = found.Images[need.Image].ImageID.String()
		}
		j.out.add(f)
	}
}

// vouch judges one claim, and returns the images of the graph that it covers.
func (j *bench) vouch(v Voucher, c Vouch) []int {
	a := report.Anchor{
		Kind: c.Kind, By: c.By, Digest: c.Digest, Images: []int{},
		Signer: c.Signer, Format: c.Format, Object: c.Object, Ref: c.Ref, Reason: c.Reject,
	}
	if a.By == "" {
		a.By = v.Name()
	}
	var matches []match
	switch {
	case c.Kind == KindBase:
		matches = j.base(c.DiffIDs)
	case c.Digest != "":
		matches = j.find(c.Digest)
		if len(matches) == 0 && (j.rep.Source.Digest == c.Digest || c.File && j.fileDigest() == c.Digest) {
			matches = []match{j.everything()}
		}
	}
	if len(matches) == 0 && c.Quiet {
		return nil
	}
	images := j.settle(&a, matches)
	switch {
	case a.Reason != "":
	case len(matches) == 0 && c.Kind == KindBase:
		a.Reason = "no image begins with its layers"
	case len(matches) == 0:
		a.Reason = "nothing in the source has that digest"
		if p := j.proofs[c.Digest]; p != nil {
			a.Reason = "the chain of evidence breaks at " + p.broken
		}
	case c.Size != 0 && matches[0].size != 0 && c.Size != matches[0].size:
		a.Reason = fmt.Sprintf("it is said to be %d bytes long, and is %d", c.Size, matches[0].size)
	default:
		a.Holds = true
	}
	j.list = append(j.list, a)
	if c.Warn != "" && c.Reject != "" && len(matches) > 0 {
		f := report.New(c.Warn, c.Object, c.Reject)
		f.Claim, f.Got, f.Images = a.By, c.Digest.String(), a.Images
		j.out.add(f)
	}
	if !a.Holds {
		return nil
	}
	return images
}

// disguised denies the manifests that a runtime may load as an image although
// their layers have no type of layers: nobody vouches for what is no image
// here. Signatures and attestations have the config of an image too; they are
// told apart by their types and by being JSON.
func (j *bench) disguised(by string) {
	for _, a := range j.b.g.Artifacts {
		if !a.Loadable || !j.b.sel.node(a.Manifest) || j.statement(a) {
			continue
		}
		n := j.b.g.Nodes[a.Manifest]
		f := report.New(report.AnchorDisguised, n.Object.Name, "a runtime may load this manifest as an image, but its layers have no type of layers: nothing can vouch for it")
		f.Claim, f.Got = by, namedDigest(n).String()
		j.out.add(f)
	}
}

// statement reports whether all blobs of an artifact are statements in JSON.
func (j *bench) statement(a *graph.Artifact) bool {
	for _, i := range a.Blobs {
		n := j.b.g.Nodes[i]
		o := j.obs[n.Object.Name]
		if o == nil || !o.JSON || !statementType(mediaTypeOf(n)) {
			return false
		}
	}
	return len(a.Blobs) > 0
}

// statementType reports whether blobs of that type are signatures or
// attestations.
func statementType(mt string) bool {
	switch mt {
	case "application/vnd.dev.cosign.simplesigning.v1+json", "application/vnd.in-toto+json", "application/vnd.dsse.envelope.v1+json":
		return true
	}
	return strings.HasPrefix(mt, "application/vnd.dev.sigstore.bundle")
}

// rest says which images nothing covers, where that is worth saying.
func (j *bench) rest() {
	if j.opt.ExpectAll || j.narrow {
		j.disguised("--require-expect")
	}
	holds := slices.ContainsFunc(j.list, func(a report.Anchor) bool { return a.Holds && a.Approves() })
	for k := range j.b.g.Images {
		p := j.b.position[k]
		if p < 0 || j.byPin[k] {
			continue
		}
		code, text := report.AnchorUncovered, "nothing that was given vouches for this image"
		switch {
		case j.opt.ExpectAll || j.narrow:
			code, text = report.AnchorRequired, "no digest that was given covers this image"
		case !holds || j.covered[k] || j.denied[k]:
			continue
		}
		f := report.New(code, imageObject(j.b.g, k), text)
		f.Images = []int{p}
		j.out.add(f)
	}
}

func imageObject(g *graph.Graph, k int) string {
	img := g.Images[k]
	for _, i := range []int{img.Manifest, img.Config} {
		if i >= 0 {
			return g.Nodes[i].Object.Name
		}
	}
	return ""
}

// haveDigests names up to three digests that could have been meant.
func haveDigests(g *graph.Graph) string {
	var have []string
	for _, x := range g.Indexes[:min(len(g.Indexes), 1)] {
		if d := namedDigest(g.Nodes[x.Node]); d != "" {
			have = append(have, d.String()+" (index)")
		}
	}
	for _, img := range g.Images {
		if img.Digest != "" {
			have = append(have, img.Digest.String())
		} else if img.Config >= 0 && g.Nodes[img.Config].SHA256 != "" {
			have = append(have, g.Nodes[img.Config].SHA256.String()+" (image ID)")
		}
		if len(have) == 3 {
			have = append(have, "...")
			break
		}
	}
	return strings.Join(have, ", ")
}

// firstFew joins the first n strings.
func firstFew(all []string, n int) string {
	if len(all) > n {
		all = append(slices.Clone(all[:n]), "...")
	}
	return strings.Join(all, ", ")
}
