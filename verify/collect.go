package verify

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/ocisum/ocisum/report"
)

// collector gathers findings: it merges equal ones, applies --strict, bounds
// how many are kept, and remembers the worst effect of those that are not.
type collector struct {
	strict  bool
	limit   int
	list    []report.Finding
	seen    map[string]int
	dropped int
	effects [3]bool // failed, denied, incomplete
	ignore  report.Code
}

// maxAlso bounds the further places that a finding names.
const maxAlso = 3

func newCollector(strict bool, limit int) *collector {
	return &collector{strict: strict, limit: limit, seen: map[string]int{}}
}

func key(f report.Finding) string {
	offset := ""
	if f.Offset != nil {
		offset = strconv.FormatInt(*f.Offset, 10)
	}
	return string(f.Code) + "\x00" + f.Object + "\x00" + f.Want + "\x00" + f.Got + "\x00" + offset
}

// add takes a finding. Places that make the same promise about the same object
// are one finding with a count.
func (c *collector) add(f report.Finding) {
	if f.Code == c.ignore {
		return
	}
	if c.strict && (f.Severity == report.Warning && f.Effect == "" || f.Code == report.BlobUnreferenced) {
		f.Severity, f.Effect = report.Error, report.Failed
	}
	switch f.Effect {
	case report.Failed:
		c.effects[0] = true
	case report.Denied:
		c.effects[1] = true
	case report.Incomplete:
		c.effects[2] = true
	}
	k := key(f)
	if i, ok := c.seen[k]; ok {
		if c.list[i].Claim != f.Claim {
			c.list[i].Claims = max(c.list[i].Claims, 1) + 1
			if len(c.list[i].Also) < maxAlso && f.Claim != "" {
				c.list[i].Also = append(c.list[i].Also, f.Claim)
			}
		}
		return
	}
	if len(c.list) >= c.limit {
		c.dropped++
		return
	}
	c.seen[k] = len(c.list)
	if f.Images == nil {
		f.Images = []int{}
	}
	c.list = append(c.list, f)
}

// verdict is the worst that any finding does; precedence as for exit codes.
func (c *collector) verdict() report.Verdict {
	switch {
	case c.effects[0]:
		return report.Failed
	case c.effects[1]:
		return report.Denied
	case c.effects[2]:
		return report.Incomplete
	}
	return report.Verified
}

var severityRank = map[report.Severity]int{report.Error: 0, report.Warning: 1, report.Note: 2}

// sorted returns the findings in the order of the report: by severity, then
// by place.
func (c *collector) sorted() []report.Finding {
	slices.SortStableFunc(c.list, func(a, b report.Finding) int {
		return cmp.Or(
			cmp.Compare(severityRank[a.Severity], severityRank[b.Severity]),
			cmp.Compare(a.Object, b.Object),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(offset(a), offset(b)),
			cmp.Compare(a.Claim, b.Claim),
			cmp.Compare(a.Want, b.Want),
			cmp.Compare(a.Got, b.Got),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return c.list
}

func offset(f report.Finding) int64 {
	if f.Offset == nil {
		return -1
	}
	return *f.Offset
}
