package verify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/graph"
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
		for _, m := range newDigests(g, obs).find(opt.Pin) {
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
	for _, i := range img.Also {
		s.nodes[i] = true
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
