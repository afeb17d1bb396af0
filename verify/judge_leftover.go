package verify

import (
	"fmt"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// maxUnreferenced bounds the left-over objects that have a finding each; the
// rest has one together. Many of them are no fault.
const maxUnreferenced = 1000

// leftover judges one object that no document names.
func (j *judge) leftover(u unnamed, cut bool) report.State {
	obs := j.obs[u.obj.Name]
	n := &graph.Node{Object: u.obj}
	state := report.Unreferenced
	if cut {
		state = report.Unreached
	}
	if u.claimed && obs != nil {
		switch {
		case obs.Changed != "":
			j.add(report.BlobChanged, n, u.claim, "", obs.Changed, "the object changed while it was read: %s", obs.Changed)
			return report.Unreadable
		case obs.Err != nil:
			j.unreadable(n, obs)
			return report.Unreadable
		}
		if got, yes := contradicts(obs, u.claim); yes {
			j.add(report.BlobNameMismatch, n, u.claim, string(u.claim.Digest), string(got), "nothing refers to this object, and its bytes are not what its name says")
			return state
		}
		if strings.HasPrefix(u.obj.Name, EvidenceFolder) && obs.Complete && obs.Size <= j.limits.JSONBytes {
			return report.Checked
		}
	}
	if cut {
		return state
	}
	if j.unreferenced++; j.unreferenced > maxUnreferenced {
		return state
	}
	what := "no document names this object"
	if u.obj.Kind != content.Regular {
		what = fmt.Sprintf("no document names this %s", u.obj.Kind)
	}
	j.add(report.BlobUnreferenced, n, content.Claim{}, "", "", "%s", what)
	return state
}
