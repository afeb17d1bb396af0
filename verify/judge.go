package verify

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// The files judge*.go are the only place where what is promised meets what was
// read.

// holds reports whether the stored bytes have the digest that is wanted.
func holds(obs *Observation, want digest.Digest) bool {
	if want == "" {
		return true
	}
	got, known := obs.digest(want)
	return known && got == want
}

// contradicts reports whether what was read has another digest than a claim
// gives, and which. A digest that was not computed contradicts nothing.
func contradicts(obs *Observation, c content.Claim) (got digest.Digest, yes bool) {
	got, known := obs.digest(c.Digest)
	return got, known && got != c.Digest && !(c.Either && obs.DiffID == c.Digest)
}

// sizeHolds reports whether the stored bytes are as many as claimed.
func sizeHolds(obs *Observation, c content.Claim) bool { return c.Size < 0 || c.Size == obs.Size }

// judge compares every claim with what was observed. It reads nothing, and
// the same input gives the same findings in the same order.
type judge struct {
	g      *graph.Graph
	obs    map[string]*Observation
	embeds []embedded
	asked  func(node int) bool // false: not in what the user selected
	limits Limits
	out    *collector
	states []report.State // of the graph's nodes

	partial      bool // the source was not listed to its end
	unreferenced int  // objects that no document names
}

func (j *judge) add(code report.Code, n *graph.Node, c content.Claim, want, got, format string, args ...any) {
	f := report.New(code, n.Object.Name, fmt.Sprintf(format, args...))
	f.Claim, f.Want, f.Got = c.By, want, got
	j.out.add(f)
}

// run judges all nodes. Manifests that an index lists and the source does not
// carry are judged later, by absent: it takes the states of the others.
func (j *judge) run() {
	j.states = make([]report.State, len(j.g.Nodes))
	for i, n := range j.g.Nodes {
		if !j.asked(i) {
			j.states[i] = report.Unreached
			continue
		}
		j.states[i] = j.node(n)
	}
	for _, e := range j.embeds {
		j.embedded(e)
	}
}

// first is the claim that names an object first.
func firstClaim(n *graph.Node) content.Claim {
	for _, c := range n.Claims {
		if c.By != nameClaim {
			return c
		}
	}
	if len(n.Claims) > 0 {
		return n.Claims[0]
	}
	return content.Claim{Size: -1}
}

const nameClaim = "file name"

// node judges one object and returns its place in the accounting.
func (j *judge) node(n *graph.Node) report.State {
	obs := j.obs[n.Object.Name]
	switch {
	case n.Link != nil:
		return j.link(n)
	case !n.Present && n.Object.Kind != content.Regular:
		j.add(report.BlobNotRegular, n, firstClaim(n), content.Regular.String(), n.Object.Kind.String(), "a %s stands where an object should be", n.Object.Kind)
		return report.Unreadable
	case !n.Present && obs != nil && obs.Embedded:
		j.add(report.BlobEmbedded, n, firstClaim(n), "", "", "the object is present only as the data field of its descriptor")
		return report.Checked
	case !n.Present:
		return j.missing(n)
	case obs == nil:
		return report.Unreached
	case obs.Panic != "":
		j.add(report.InternalError, n, firstClaim(n), "", obs.Panic, "an internal error ended the check of this object")
		return report.Unreached
	case obs.Changed != "":
		j.add(report.BlobChanged, n, firstClaim(n), "", obs.Changed, "the object changed while it was read: %s", obs.Changed)
		return report.Unreadable
	case obs.Err != nil:
		j.unreadable(n, obs)
		return report.Unreadable
	}
	bad := j.stored(n, obs)
	j.encrypted(n)
	if n.Layer {
		j.layer(n, obs, bad)
	}
	return report.Checked
}

// link says why a link was not followed.
func (j *judge) link(n *graph.Node) report.State {
	code := report.BlobSymlink
	switch n.Link.Problem {
	case content.LinkTooLong:
		j.add(report.LimitLinkHops, n, firstClaim(n), fmt.Sprintf("at most %d links", j.limits.LinkHops), "link to "+n.Link.Target, "%s", n.Link.Reason())
		return report.Unreached
	case content.LinkEscapes:
		code = report.ArchiveLinkEscapes
	case content.LinkLoops:
		code = report.ArchiveLinkLoop
	case content.LinkDangles:
		if code = report.ArchiveLinkDangles; j.partial {
			code = report.BlobMissing
		}
	}
	j.add(code, n, firstClaim(n), content.Regular.String(), "link to "+n.Link.Target, "%s", n.Link.Reason())
	return report.Unreadable
}

// missing judges an object that is not there.
func (j *judge) missing(n *graph.Node) report.State {
	c := firstClaim(n)
	switch {
	case n.Role == graph.RoleManifest || n.Role == graph.RoleIndex:
		// see absent
	case n.Foreign:
		j.add(report.LayerForeignMissing, n, c, string(c.Digest), "", "a foreign layer is not there; it is never fetched")
	default:
		j.add(report.BlobMissing, n, c, string(c.Digest), "", "the object is not in the source")
	}
	return report.Missing
}

func (j *judge) unreadable(n *graph.Node, obs *Observation) {
	f := report.New(report.BlobUnreadable, n.Object.Name, fmt.Sprintf("cannot be read: %s", errText(obs.Err)))
	f.Claim, f.Got = firstClaim(n).By, errText(obs.Err)
	j.out.add(f.At(obs.Size))
}

// stored judges digests and sizes of the stored bytes, and reports whether any
// digest is contradicted.
func (j *judge) stored(n *graph.Node, obs *Observation) (bad bool) {
	for _, c := range documentsFirst(n.Claims) {
		if !sizeHolds(obs, c) {
			j.add(report.BlobSizeMismatch, n, c, strconv.FormatInt(c.Size, 10)+" bytes", strconv.FormatInt(obs.Size, 10)+" bytes", "%d bytes are stored, %d are claimed", obs.Size, c.Size)
		}
		if c.Digest == "" {
			continue
		}
		if _, known := obs.digest(c.Digest); !known {
			j.add(report.BlobAlgorithm, n, c, string(c.Digest), "", "the %s digest was not computed in this pass", c.Digest.Algorithm())
			continue
		}
		if got, yes := contradicts(obs, c); yes {
			bad = true
			j.mismatch(n, obs, c, got)
		}
	}
	return bad
}

// documentsFirst puts what a file name claims behind what documents do: a
// reader wants to know which layer of which image is meant.
func documentsFirst(claims []content.Claim) []content.Claim {
	if len(claims) < 2 || claims[0].By != nameClaim {
		return claims
	}
	return append(slices.Clone(claims[1:]), claims[0])
}

// mismatch says what a wrong digest means in its place.
func (j *judge) mismatch(n *graph.Node, obs *Observation, c content.Claim, got digest.Digest) {
	code, message := report.BlobDigestMismatch, "the stored bytes have another digest than claimed"
	if c.By == nameClaim {
		message = "the stored bytes have another digest than the name says"
		switch {
		case n.Role == graph.RoleConfig && !isBlob(n.Object.Name):
			code, message = report.ImageIDMismatch, "the config does not have the image ID that its name claims"
		case c.Either:
			message = "neither the stored nor the uncompressed bytes have the digest in the name"
		}
	}
	if n.Layer && obs.Compression != decompress.None && obs.Decoded {
		for _, d := range n.Claims {
			if have, ok := obs.diffID(d.DiffID); ok && d.DiffID != "" && have == d.DiffID {
				message += "; the diff ID holds, so only the compressed form differs"
				break
			}
		}
	}
	j.add(code, n, c, string(c.Digest), string(got), "%s", message)
}

func isBlob(name string) bool { return len(name) > 6 && name[:6] == "blobs/" }

// embedded judges the data field of a descriptor.
func (j *judge) embedded(e embedded) {
	n, i, ok := j.g.Node(e.object)
	if !ok || !j.asked(i) {
		return
	}
	if got, _ := e.obs.digest(e.claim.Digest); got != e.claim.Digest {
		j.add(report.DescriptorData, n, content.Claim{By: e.claim.By + "/data"}, string(e.claim.Digest), string(got), "the embedded bytes have another digest than the descriptor")
	}
	if !sizeHolds(e.obs, e.claim) {
		j.add(report.DescriptorData, n, content.Claim{By: e.claim.By + "/data"}, strconv.FormatInt(e.claim.Size, 10)+" bytes", strconv.FormatInt(e.obs.Size, 10)+" bytes", "the embedded bytes are not as many as the descriptor says")
	}
}

// suspects lists the objects that some claim contradicts: before anyone is
// accused, they are read again with the reference implementations.
func suspects(g *graph.Graph, obs map[string]*Observation) []*graph.Node {
	var list []*graph.Node
	for _, n := range g.Nodes {
		o := obs[n.Object.Name]
		if o == nil || !o.Complete || o.Embedded {
			continue
		}
		if suspect(n, o) {
			list = append(list, n)
		}
	}
	return list
}

func suspect(n *graph.Node, o *Observation) bool {
	for _, c := range n.Claims {
		if _, yes := contradicts(o, c); yes {
			return true
		}
		if got, known := o.diffID(c.DiffID); n.Layer && c.DiffID != "" && known && got != c.DiffID {
			return true
		}
	}
	if !n.Layer {
		return false
	}
	for _, f := range o.Faults {
		switch f.Kind {
		case decompress.OutputLimit, decompress.Window, decompress.Unsupported, decompress.ZeroPadding, decompress.HeaderOdd:
		default:
			return true
		}
	}
	return false
}

// absent judges manifests that an index lists and the source does not carry:
// normal where at least one image of that index is present and whole, and
// nobody asked for more (a note), else something is missing.
func (j *judge) absent(whole func(image int) bool, platform string, all bool) {
	rootName := map[int]map[string]bool{}
	for _, r := range j.g.Roots {
		if r.Node >= 0 {
			if rootName[r.Node] == nil {
				rootName[r.Node] = map[string]bool{}
			}
			rootName[r.Node][r.Name+"\x00"+r.Tag] = true
		}
	}
	wholeUnder := map[int]bool{}
	known := map[int]bool{}
	hasWhole := func(i int) bool {
		if !known[i] {
			known[i] = true
			for _, k := range j.g.Below(i) {
				if whole(k) {
					wholeUnder[i] = true
					break
				}
			}
		}
		return wholeUnder[i]
	}
	for i, n := range j.g.Nodes {
		if j.states[i] != report.Missing || n.Role != graph.RoleManifest && n.Role != graph.RoleIndex {
			continue
		}
		excused := len(n.Listed) > 0
		for _, parent := range n.Listed {
			if parent >= 0 {
				excused = excused && hasWhole(parent)
				continue
			}
			// An entry of index.json with a name of its own is an image that
			// was meant to be here; without one it is a platform of another.
			sibling := false
			for _, r := range j.g.Roots {
				if r.Node < 0 || r.Node == i {
					continue
				}
				if own := rootName[i]; (own[r.Name+"\x00"+r.Tag] || own["\x00"] && len(own) == 1) && hasWhole(r.Node) {
					sibling = true
					break
				}
			}
			excused = excused && sibling
		}
		wanted := all
		for _, p := range n.Platforms {
			wanted = wanted || platform != "" && matchPlatform(platform, p)
		}
		c := firstClaim(n)
		if excused && !wanted {
			j.add(report.BlobAbsent, n, c, string(c.Digest), "", "an image that an index lists is not in the source%s", suffix(n.Platforms))
			continue
		}
		j.add(report.BlobMissing, n, c, string(c.Digest), "", "a manifest that an index lists is not in the source%s", suffix(n.Platforms))
	}
}

func suffix(platforms []string) string {
	if len(platforms) == 0 {
		return ""
	}
	return " (" + platforms[0] + ")"
}

// layerType is what the descriptors promise about a layer's compression.
func layerType(c content.Claim) (oci.LayerType, bool) {
	if c.MediaType == "" {
		return oci.LayerType{}, false
	}
	return oci.IsLayer(c.MediaType)
}
