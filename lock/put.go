package lock

import (
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
)

// What happened to an image of a lock file.
type What string

// The changes. An image is completed if the lock had a part of it only, such
// as one platform of an index or the image ID of a docker save archive.
const (
	Added     What = "added"
	Removed   What = "removed"
	Moved     What = "moved"
	Completed What = "completed"
	Updated   What = "updated" // same digest, other facts
	Same      What = "unchanged"
)

// Change is what became of a name.
type Change struct {
	Name     string
	What     What
	Old, New digest.Digest // Old is empty if the name is new
	// Earlier is the digest in the history that has the same image, if the name
	// was moved to one that it had before: New itself, or an index or manifest
	// whose image ID New is, or the other way round.
	Earlier digest.Digest
}

// ErrFixed is returned for a change of a name that has a digest in it.
var ErrFixed = errors.New("a name with a digest stands for nothing else")

// Put approves a record under a name. The record that the name had becomes the
// latest of its history, unless one of the two is a part of the other: then
// the name keeps the larger one, whichever came first, so that the order in
// which archives of one image are added does not matter.
func (f *File) Put(name string, r Record) (Change, error) {
	return f.put(name, r, f.find)
}

// PutAll puts approvals one after the other, and returns what became of each.
func (f *File) PutAll(list []Approval) ([]Change, error) {
	at := make(map[string]int, len(f.Images))
	for i := range f.Images {
		at[f.Images[i].Name] = i
	}
	var changes []Change
	for _, a := range list {
		c, err := f.put(a.Name, a.Record, func(full string) (*Image, bool) {
			i, ok := at[full]
			if !ok {
				at[full] = len(f.Images) // where put appends it
				return nil, false
			}
			return &f.Images[i], true
		})
		if err != nil {
			return changes, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (f *File) put(name string, r Record, find func(string) (*Image, bool)) (Change, error) {
	full, err := ParseName(name)
	if err != nil {
		return Change{}, err
	}
	if d := nameDigest(full); d != "" && d != r.Digest {
		return Change{}, fmt.Errorf("%s: %w", full, ErrFixed)
	}
	r = r.clone()
	r.sort()
	img, ok := find(full)
	if !ok {
		f.Images = append(f.Images, Image{Name: full, Current: r})
		return Change{Name: full, What: Added, New: r.Digest}, nil
	}
	c := Change{Name: full, What: Moved, Old: img.Current.Digest, New: r.Digest}
	cur := img.Current
	switch {
	case cur.Digest == r.Digest:
		joined := merge(cur, r)
		if err := joined.check(); err != nil { // one digest, said to be of two kinds
			return Change{}, fmt.Errorf("%s: %s: %w", full, r.Digest, err)
		}
		img.Current = joined
		if c.What = Updated; same(cur, img.Current) {
			c.What = Same
		}
	case r.covers(&cur):
		// The imported record may be what a person approved; the new one holds it.
		c.What = Completed
		r.Sources = union(r.Sources, cur.Sources)
		img.Current = r
		img.forget(r.Digest)
	case cur.covers(&r):
		c.New = cur.Digest
		img.Current.Sources = union(cur.Sources, r.Sources)
		if c.What = Updated; same(cur, img.Current) {
			c.What = Same
		}
	default:
		c.Earlier = img.earlierOf(&r)
		img.forget(r.Digest)
		img.History = append([]Record{cur}, img.History...)
		img.Current = r
	}
	return c, nil
}

// forget removes a digest from the history.
func (img *Image) forget(d digest.Digest) {
	img.History = slices.DeleteFunc(slices.Clone(img.History), func(r Record) bool { return r.Digest == d })
}

// earlierOf returns the digest of the history that r steps back to, or nothing.
func (img *Image) earlierOf(r *Record) digest.Digest {
	for _, same := range []func(*Record) bool{
		func(h *Record) bool { return h.Digest == r.Digest },
		func(h *Record) bool { return h.covers(r) || r.covers(h) },
	} {
		for i := range img.History {
			if same(&img.History[i]) {
				return img.History[i].Digest
			}
		}
	}
	return ""
}

// covers reports whether what b approves is a part of what r does, and is
// known to be.
func (r *Record) covers(b *Record) bool {
	if r.Imported != "" {
		return false
	}
	return r.Has(b.Digest) || b.Kind == ImageID && r.HasImageID(b.Digest)
}

// merge joins two records of one digest. A verified one wins over an imported
// one, and the time stays that of the first.
func merge(cur, r Record) Record {
	out := cur.clone()
	if r.Verified {
		out.Verified, out.Imported, out.Kind = true, "", r.Kind
		if !cur.Verified {
			out.Platforms = nil // nobody checked those
		}
		for _, p := range r.Platforms {
			if !slices.ContainsFunc(out.Platforms, func(o Platform) bool { return comparePlatforms(o, p) == 0 }) {
				out.Platforms = append(out.Platforms, p)
			}
		}
	}
	out.Sources = union(cur.Sources, r.Sources)
	out.sort()
	return out
}

func union(a, b []Source) []Source {
	all := slices.Concat(a, b)
	slices.SortFunc(all, compareSources)
	return slices.Compact(all)
}

func same(a, b Record) bool {
	return slices.Equal(a.append(nil, ""), b.append(nil, ""))
}

// RollbackError says why a name cannot go back.
type RollbackError struct {
	Name   string
	Digest digest.Digest // empty if none was named
	Reason string
}

func (e *RollbackError) Error() string {
	if e.Digest == "" {
		return e.Name + ": " + e.Reason
	}
	return e.Name + ": " + string(e.Digest) + " " + e.Reason
}

// Rollback makes an earlier digest the current one: d, or the latest of the
// history if d is empty. It refuses, with a *RollbackError, a digest that the
// history does not have, or that was never verified. The digest that was
// current becomes the latest of the history, so a second rollback needs d to go
// further back. Without d a digest that was added after the current one is
// passed over: a rollback left it behind. That is known only where both have a
// time.
func (f *File) Rollback(name string, d digest.Digest) (Change, error) {
	full, err := ParseName(name)
	if err != nil {
		return Change{}, err
	}
	img, ok := f.find(full)
	if !ok {
		return Change{}, &RollbackError{full, "", "is not in the lock"}
	}
	if len(img.History) == 0 {
		return Change{}, &RollbackError{full, d, "cannot be rolled back to: there is no history"}
	}
	if d == "" {
		i := slices.IndexFunc(img.History, func(r Record) bool {
			return r.Added.IsZero() || img.Current.Added.IsZero() || !r.Added.After(img.Current.Added)
		})
		if i < 0 {
			return Change{}, &RollbackError{full, "", "all of the history was added after what is current; name the digest"}
		}
		d = img.History[i].Digest
	}
	if d == img.Current.Digest {
		return Change{}, &RollbackError{full, d, "is what the lock has"}
	}
	i := slices.IndexFunc(img.History, func(r Record) bool { return r.Digest == d })
	if i < 0 {
		return Change{}, &RollbackError{full, d, "was never approved under this name"}
	}
	back := img.History[i]
	if !back.Verified {
		return Change{}, &RollbackError{full, d, "was never verified: it was imported from " + back.Imported}
	}
	c := Change{Name: full, What: Moved, Old: img.Current.Digest, New: d, Earlier: d}
	img.forget(d)
	img.History = append([]Record{img.Current}, img.History...)
	img.Current = back
	return c, nil
}
