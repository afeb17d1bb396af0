package lock

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// Approval is a record and the name that it goes under.
type Approval struct {
	Name   string
	Record Record
}

// NameError says why the images of a source cannot be put under names.
type NameError struct{ Reason string }

func (e *NameError) Error() string { return e.Reason }

// Approve returns the records of a report, sorted by name, to be [File.Put]
// into a lock: under the names that the source claims for its images, or, with
// a name given, that of its only image. The time, if there is one, is kept in
// whole seconds.
//
// An image without manifest goes under the digest from which evidence leads to
// it, if somebody approved that digest in the same run.
//
// The report must have been made over everything: Approve fails if its verdict
// is not [report.Verified]. It fails with a *NameError if an image has no name,
// if one name would stand for two digests, or if a name is given and there is
// not exactly one image, or one index.
func Approve(rep *report.Report, name string, added time.Time) ([]Approval, error) {
	if rep.Verdict != report.Verified || !rep.Complete {
		return nil, fmt.Errorf("the verdict is %s: only what was verified can be approved", rep.Verdict)
	}
	c := newCover(rep.Images, rep.Indexes)
	c.proofs = proofs(rep)
	roots := c.roots()
	source := Source{Path: rep.Source.Path, SHA256: rep.Source.Digest}
	record := func(t target) (Record, error) {
		r, err := c.record(t)
		if err != nil {
			return r, err
		}
		r.Verified, r.Sources = true, []Source{source}
		if !added.IsZero() {
			r.Added = added.UTC().Truncate(time.Second)
		}
		r.sort()
		return r, r.check()
	}
	if name != "" {
		if len(roots) != 1 {
			return nil, &NameError{fmt.Sprintf("%d images cannot all go under one name", len(roots))}
		}
		full, err := ParseName(name)
		if err != nil {
			return nil, &NameError{err.Error()}
		}
		r, err := record(roots[0])
		return []Approval{{full, r}}, err
	}
	names, err := c.names(roots)
	if err != nil {
		return nil, err
	}
	if len(names) > MaxRecords {
		return nil, &NameError{fmt.Sprintf("%d names: a lock has at most %d", len(names), MaxRecords)}
	}
	var list []Approval
	for full, t := range names {
		r, err := record(t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", full, err)
		}
		list = append(list, Approval{full, r})
	}
	slices.SortFunc(list, func(a, b Approval) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// target is an index or an image of a report.
type target struct{ index, image int } // the other is -1

// cover knows which images are below which indexes.
type cover struct {
	images  []report.Image
	indexes []report.Index
	above   [][]int // the indexes that an image is below, at any depth
	nested  [][]int // the indexes that an index is below
	proofs  []proof // for each image, when approving
}

func newCover(images []report.Image, indexes []report.Index) *cover {
	c := &cover{images: images, indexes: indexes}
	listed := map[digest.Digest][]int{} // the indexes that list a digest
	for k, x := range indexes {
		if x.State != report.Checked {
			continue
		}
		for _, d := range x.Manifests {
			if n := len(listed[d]); n == 0 || listed[d][n-1] != k {
				listed[d] = append(listed[d], k)
			}
		}
	}
	above := func(first []int) []int {
		seen := map[int]bool{}
		var all []int
		for queue := slices.Clone(first); len(queue) > 0; {
			k := queue[0]
			queue = queue[1:]
			if !seen[k] {
				seen[k] = true
				all = append(all, k)
				queue = append(queue, listed[indexes[k].Digest]...)
			}
		}
		slices.Sort(all)
		return all
	}
	for _, x := range indexes {
		c.nested = append(c.nested, above(listed[x.Digest]))
	}
	for _, img := range images {
		var first []int
		if img.Digest != nil {
			first = listed[*img.Digest]
		}
		c.above = append(c.above, above(first))
	}
	return c
}

// below reports whether b is a, or below it.
func (c *cover) below(a, b target) bool {
	switch {
	case a == b:
		return true
	case a.index < 0:
		return false
	case b.index >= 0:
		return slices.Contains(c.nested[b.index], a.index)
	}
	return slices.Contains(c.above[b.image], a.index)
}

// roots are the indexes and images that are below nothing else. An index
// counts only with an image below it.
func (c *cover) roots() []target {
	var list []target
	for k := range c.indexes {
		if len(c.nested[k]) == 0 && slices.ContainsFunc(c.above, func(a []int) bool { return slices.Contains(a, k) }) {
			list = append(list, target{k, -1})
		}
	}
	for i := range c.images {
		if len(c.above[i]) == 0 {
			list = append(list, target{-1, i})
		}
	}
	return list
}

// names finds the one index or image that each name stands for.
func (c *cover) names(roots []target) (map[string]target, error) {
	names := map[string]target{}
	var bad error
	claim := func(refs []string, t target) {
		for _, s := range refs {
			full, ok := claim(s)
			if d := nameDigest(full); !ok || bare(s) || d != "" && d != c.digest(t) {
				continue
			}
			old, taken := names[full]
			switch {
			case !taken || c.below(t, old):
				names[full] = t
			case !c.below(old, t):
				bad = &NameError{fmt.Sprintf("%s stands for two images without an index above them", full)}
			}
		}
	}
	for k, x := range c.indexes {
		if slices.ContainsFunc(c.above, func(a []int) bool { return slices.Contains(a, k) }) {
			claim(x.Refs, target{k, -1})
		}
	}
	for i, img := range c.images {
		claim(img.Refs, target{-1, i})
	}
	if bad != nil {
		return nil, bad
	}
	if len(roots) == 0 {
		return nil, &NameError{"there is no image in it"}
	}
	named := map[target]bool{}
	for _, t := range names {
		named[t] = true
	}
	for _, root := range roots {
		if !named[root] {
			return nil, &NameError{c.text(root) + " has no name"}
		}
	}
	return names, nil
}

func (c *cover) digest(t target) digest.Digest {
	switch {
	case t.index >= 0:
		return c.indexes[t.index].Digest
	case c.images[t.image].Digest != nil:
		return *c.images[t.image].Digest
	case c.proofs != nil && c.proofs[t.image].root != "":
		return c.proofs[t.image].root
	}
	return c.images[t.image].ImageID
}

func (c *cover) text(t target) string {
	what := "the image "
	if t.index >= 0 {
		what = "the index "
	}
	return what + string(c.digest(t))
}

// record describes what a target is.
func (c *cover) record(t target) (Record, error) {
	r := Record{Digest: c.digest(t), Kind: Index}
	var images []int
	if t.index >= 0 {
		for i := range c.images {
			if c.below(t, target{-1, i}) {
				images = append(images, i)
			}
		}
	} else {
		images = []int{t.image}
		r.Kind = Manifest
		if c.images[t.image].Digest == nil {
			switch p := c.proofs[t.image]; p.root {
			case "":
				r.Kind = ImageID
			case p.manifest:
			default:
				r.Kind = Index
			}
		}
	}
	for _, i := range images {
		img := c.images[i]
		p := Platform{Name: img.Platform, Config: img.ImageID}
		if p.Name == "" {
			p.Name = "unknown"
		}
		if !platformName(p.Name) {
			return r, fmt.Errorf("%s is for the platform %q, which is none", c.text(target{-1, i}), clip(p.Name))
		}
		if img.Digest != nil {
			p.Manifest = *img.Digest
		} else {
			p.Manifest = c.proofs[i].manifest
		}
		for _, l := range img.Layers {
			if l.DiffID != "" {
				p.DiffIDs = append(p.DiffIDs, l.DiffID)
			}
		}
		if !slices.ContainsFunc(r.Platforms, func(o Platform) bool { return comparePlatforms(o, p) == 0 }) {
			r.Platforms = append(r.Platforms, p)
		}
	}
	return r, nil
}
