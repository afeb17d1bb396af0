package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// NameError says that a source has no image of the name that was asked for.
type NameError struct {
	Name  string
	Names []string // what it does have, at most 20
}

// Error lists the names. They come from the source: quote them.
func (e *NameError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("no image is named %q, none has a name", e.Name)
	}
	return fmt.Sprintf("no image is named %q; there are %q", e.Name, e.Names)
}

// selection is what the user asked for.
type selection struct {
	everything bool
	images     []bool // by position in Graph.Images
	nodes      []bool // by position in Graph.Nodes
	text       string
}

func (s *selection) node(i int) bool  { return s.everything || s.nodes[i] }
func (s *selection) image(i int) bool { return s.everything || s.images[i] }

// choose finds what Tag, Pin and Platform mean in this graph. A pin that
// nothing has leaves everything chosen, so that the report can show what is
// there; that it was not found is judged with the anchors.
func choose(g *graph.Graph, obs map[string]*Observation, opt Options) (*selection, error) {
	s := &selection{everything: true}
	images := make([]bool, len(g.Images))
	for i := range images {
		images[i] = true
	}
	roots := []int{}
	if opt.Tag != "" {
		s.everything, s.text = false, ":"+opt.Tag
		found := false
		clear(images)
		for _, r := range g.Roots {
			if !rootMatches(g, r, opt.Tag) {
				continue
			}
			found = true
			if r.Img >= 0 {
				images[r.Img] = true
				continue
			}
			roots = append(roots, r.Node)
			for _, k := range g.Below(r.Node) {
				images[k] = true
			}
		}
		if !found {
			return nil, &NameError{opt.Tag, rootNames(g)}
		}
	}
	if opt.Pin != "" {
		s.text += "@" + opt.Pin.String()
		pinned := make([]bool, len(g.Images))
		matched := false
		for _, m := range findDigest(g, obs, opt.Pin) {
			matched = true
			if m.node >= 0 {
				roots = append(roots, m.node)
			}
			for _, k := range m.images {
				pinned[k] = true
			}
		}
		if matched {
			s.everything = false
			for k := range images {
				images[k] = images[k] && pinned[k]
			}
		}
	}
	if opt.Platform != "" {
		s.everything = false
		s.text = strings.TrimSpace(s.text + " " + opt.Platform)
		for k, img := range g.Images {
			images[k] = images[k] && matchPlatform(opt.Platform, platformOf(g, img))
		}
	}
	s.images = images
	if s.everything {
		return s, nil
	}
	s.nodes = make([]bool, len(g.Nodes))
	for _, n := range roots {
		if n >= 0 && opt.Platform == "" {
			s.descend(g, n)
		}
	}
	for k, img := range g.Images {
		if images[k] {
			s.take(img)
		}
	}
	// Indexes and entry documents above what was chosen, and all of them where
	// a platform is chosen.
	for i, n := range g.Nodes {
		switch n.Role {
		case graph.RoleEntry:
			s.nodes[i] = true
		case graph.RoleIndex:
			for _, k := range g.Below(i) {
				if images[k] {
					s.nodes[i] = true
					break
				}
			}
		}
	}
	// A manifest of the platform that is listed but absent was asked for too.
	if opt.Platform != "" {
		for i, n := range g.Nodes {
			for _, p := range n.Platforms {
				if n.Status != graph.Absent || !matchPlatform(opt.Platform, p) {
					continue
				}
				s.nodes[i] = true
				for _, parent := range n.Listed {
					if parent >= 0 {
						s.nodes[parent] = true
					}
				}
			}
		}
	}
	return s, nil
}

// take chooses the objects of an image.
func (s *selection) take(img *graph.Image) {
	for _, i := range []int{img.Manifest, img.Config} {
		if i >= 0 {
			s.nodes[i] = true
		}
	}
	for _, l := range img.Layers {
		if l.Node >= 0 {
			s.nodes[l.Node] = true
		}
	}
}

// descend chooses everything below a node.
func (s *selection) descend(g *graph.Graph, root int) {
	queue := []int{root}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		if s.nodes[i] {
			continue
		}
		s.nodes[i] = true
		queue = append(queue, g.Nodes[i].Children...)
	}
}

// rootMatches reports whether an entry has the name that was asked for: as it
// is written, in its full form, or by its tag alone.
func rootMatches(g *graph.Graph, r graph.Root, want string) bool {
	if r.Tag != "" && r.Tag == want {
		return true
	}
	names := []string{r.Name}
	if r.Img >= 0 {
		names = g.Images[r.Img].DockerRefs
	}
	full, ok := graph.Normalize(want)
	for _, n := range names {
		if n == "" {
			continue
		}
		if n == want {
			return true
		}
		f, valid := graph.Normalize(n)
		if ok && valid && f == full || valid && strings.HasSuffix(f, ":"+want) && !strings.ContainsAny(want, "/:") {
			return true
		}
	}
	return false
}

func rootNames(g *graph.Graph) []string {
	var names []string
	for _, r := range g.Roots {
		if r.Img >= 0 {
			names = append(names, g.Images[r.Img].DockerRefs...)
		} else if n := cmp.Or(r.Name, r.Tag); n != "" {
			names = append(names, n)
		}
		if len(names) > 1000 {
			break
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), 20)]
}

// platformOf prefers what an index says, because clients choose by it.
func platformOf(g *graph.Graph, img *graph.Image) string {
	if img.Manifest >= 0 && len(g.Nodes[img.Manifest].Platforms) > 0 {
		return g.Nodes[img.Manifest].Platforms[0]
	}
	return img.Platform
}

// matchPlatform compares os/arch[/variant]. A variant that is left out matches
// all, and arm64 is v8, arm is v7 where one side leaves it out.
func matchPlatform(want, have string) bool {
	w, h := strings.SplitN(strings.ToLower(want), "/", 3), strings.SplitN(strings.ToLower(have), "/", 3)
	if len(w) == 1 {
		return len(h) > 1 && w[0] == h[1] || w[0] == h[0]
	}
	if len(h) < 2 || w[0] != h[0] || w[1] != h[1] {
		return false
	}
	if len(w) < 3 {
		return true
	}
	variant := map[string]string{"arm64": "v8", "arm": "v7"}[h[1]]
	if len(h) == 3 {
		variant = h[2]
	}
	return w[2] == variant
}

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
