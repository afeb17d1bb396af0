package verify

import (
	"fmt"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// unnamed lists the objects that no document names. Those whose own name
// holds a digest are read all the same: a name is a claim.
type unnamed struct {
	obj     content.Object
	claim   content.Claim
	claimed bool
}

// leftovers finds what the documents do not name.
func leftovers(g *graph.Graph, src content.Source) []unnamed {
	dir := len(g.Entries["manifest.json"]) > 0 && g.Entries["manifest.json"][0] == graph.Dir
	var list []unnamed
	for _, o := range src.Objects() {
		if o.Kind == content.Directory {
			continue
		}
		if _, _, ok := g.Node(o.Name); ok {
			continue
		}
		u := unnamed{obj: o}
		u.claim, u.claimed = graph.NameClaim(o.Name, dir)
		u.claimed = u.claimed && o.Kind == content.Regular
		list = append(list, u)
	}
	return list
}

// severed reports whether the graph is known to be incomplete, so that an
// object that nothing names may be named by a document that was not decoded.
func severed(g *graph.Graph) bool {
	if g.Limited {
		return true
	}
	for _, n := range g.Nodes {
		switch n.Role {
		case graph.RoleEntry, graph.RoleIndex, graph.RoleManifest:
			if n.Status != graph.Usable && n.Status != graph.Absent || n.Status == graph.Usable && n.Undecoded {
				return true
			}
		}
	}
	return false
}

// account puts every object of the source, and every missing one, into exactly
// one place, and says what nothing refers to.
func (j *judge) account(src content.Source, left []unnamed, everything bool) report.Coverage {
	var cov report.Coverage
	count := func(s report.State) {
		cov.Objects++
		switch s {
		case report.Checked:
			cov.Checked++
		case report.Missing:
			cov.Missing++
		case report.Unreadable:
			cov.Unreadable++
		case report.Unreferenced:
			cov.Unreferenced++
		default:
			cov.Unreached++
		}
	}
	counted := make([]bool, len(j.g.Nodes))
	for _, o := range src.Objects() {
		if o.Kind == content.Directory {
			continue
		}
		if _, i, ok := j.g.Node(o.Name); ok {
			counted[i] = true
			count(j.states[i])
		}
	}
	for i := range j.g.Nodes {
		if !counted[i] {
			count(j.states[i])
		}
	}
	cut := severed(j.g) || !everything
	for _, u := range left {
		count(j.leftover(u, cut))
	}
	if more := j.unreferenced - maxUnreferenced; more > 0 {
		j.out.add(report.New(report.BlobUnreferenced, "", fmt.Sprintf("%d more objects that no document names", more)))
	}
	return cov
}
