package verify

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// match is one place where a digest that the user gave was found.
type match struct {
	what   string // "index", "manifest", "image ID", "index.json"
	node   int
	images []int
}

// findDigest finds a digest among what was read: never among what documents
// merely claim.
func findDigest(g *graph.Graph, obs map[string]*Observation, d digest.Digest) []match {
	var found []match
	for i, n := range g.Nodes {
		o := obs[n.Object.Name]
		if o == nil || !o.Complete && !o.Embedded {
			continue
		}
		if got, known := o.digest(d); !known || got != d {
			continue
		}
		switch n.Role {
		case graph.RoleIndex:
			found = append(found, match{"index", i, g.Below(i)})
		case graph.RoleManifest:
			found = append(found, match{"manifest", i, g.Below(i)})
		case graph.RoleConfig:
			m := match{what: "image ID", node: -1}
			for k, img := range g.Images {
				if img.Config == i {
					m.images = append(m.images, k)
				}
			}
			found = append(found, m)
		case graph.RoleEntry:
			if n.Object.Name == g.IndexObject {
				found = append(found, match{"index.json", i, g.Below(i)})
			}
		}
	}
	for k, img := range g.Images { // schema 1: the digest of what was signed
		if img.Schema1 && img.Digest == d {
			found = append(found, match{"manifest", img.Manifest, []int{k}})
		}
	}
	return found
}

// anchors judges the pins: each must be found, and the images of the
// selection should be covered by some.
//
// A pin that is the digest of the outer file covers everything in it; file
// computes that digest where it is not known yet, or returns the empty one.
func anchors(g *graph.Graph, obs map[string]*Observation, opt Options, position []int, out *collector, file func() digest.Digest) ([]report.Anchor, []bool) {
	list := []report.Anchor{}
	covered := make([]bool, len(g.Images))
	pin := func(by string, d digest.Digest) {
		a := report.Anchor{Kind: "pin", By: by, Digest: d, Images: []int{}}
		var kinds []string
		for _, m := range findDigest(g, obs, d) {
			a.Holds = true
			if !slices.Contains(kinds, m.what) {
				kinds = append(kinds, m.what)
			}
			for _, k := range m.images {
				covered[k] = true
				if position[k] >= 0 && !slices.Contains(a.Images, position[k]) {
					a.Images = append(a.Images, position[k])
				}
			}
		}
		if !a.Holds && file() == d {
			a.Holds = true
			kinds = append(kinds, "file")
			for k, p := range position {
				if covered[k] = covered[k] || p >= 0; p >= 0 {
					a.Images = append(a.Images, p)
				}
			}
		}
		slices.Sort(a.Images)
		a.Matched = strings.Join(kinds, ", ")
		if !a.Holds {
			f := report.New(report.PinMismatch, "", "nothing in the source has the digest that was asked for")
			f.Claim, f.Want, f.Got = by, d.String(), haveDigests(g)
			for _, p := range position {
				if p >= 0 {
					f.Images = append(f.Images, p)
				}
			}
			out.add(f)
		}
		list = append(list, a)
	}
	if opt.Pin != "" {
		pin("@digest", opt.Pin)
	}
	for _, d := range opt.Expect {
		pin("--expect", d)
	}
	if len(list) == 0 {
		out.add(report.New(report.AnchorNone, "", "consistent is not authentic: nothing outside the source vouches for it"))
	}
	for k := range g.Images {
		if position[k] < 0 || covered[k] {
			continue
		}
		code, text := report.AnchorUncovered, "no digest that was given covers this image"
		switch {
		case opt.ExpectAll:
			code = report.AnchorRequired
		case len(list) == 0 || !slices.ContainsFunc(list, func(a report.Anchor) bool { return a.Holds }):
			continue
		}
		f := report.New(code, imageObject(g, k), text)
		f.Images = []int{position[k]}
		out.add(f)
	}
	return list, covered
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
