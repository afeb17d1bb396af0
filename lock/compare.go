package lock

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"
)

// The differences that a change cannot be.
const (
	Remarked  What = "remarked"  // from verified to imported, or back
	Platforms What = "platforms" // others were seen, or other images of them
	Rewritten What = "history"   // the earlier digests differ
)

// Difference is one thing in which two lock files approve differently.
type Difference struct {
	Name     string // of the image; of a file, its path in quotes after "file "
	What     What
	Old, New digest.Digest // for Added, Removed and Moved
	Gone     []string      // for Platforms, Remarked and Rewritten
	Come     []string
}

// Compare lists the differences between two lock files, sorted by name. Where
// images came from, and when they were added, makes none.
func Compare(old, next *File) []Difference {
	var list []Difference
	a, b := index(old), index(next)
	for name, x := range a {
		y, ok := b[name]
		if !ok {
			list = append(list, Difference{Name: name, What: Removed, Old: x.Current.Digest})
			continue
		}
		list = append(list, compareImages(name, x, y)...)
	}
	for name, y := range b {
		if a[name] == nil {
			list = append(list, Difference{Name: name, What: Added, New: y.Current.Digest})
		}
	}
	slices.SortFunc(list, func(a, b Difference) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.What), string(b.What))
	})
	return list
}

// index gives images and files by name. A file is an image with a digest and
// nothing else here.
func index(f *File) map[string]*Image {
	m := map[string]*Image{}
	for i := range f.Images {
		m[f.Images[i].Name] = &f.Images[i]
	}
	for _, s := range f.Files {
		m["file "+strconv.QuoteToASCII(s.Path)] = &Image{Current: Record{Digest: s.SHA256}}
	}
	return m
}

func compareImages(name string, x, y *Image) []Difference {
	var list []Difference
	moved := x.Current.Digest != y.Current.Digest
	if moved {
		list = append(list, Difference{Name: name, What: Moved, Old: x.Current.Digest, New: y.Current.Digest})
	}
	add := func(what What, a, b []string) {
		gone, come := without(a, b), without(b, a)
		if len(gone)+len(come) > 0 {
			list = append(list, Difference{Name: name, What: what, Gone: gone, Come: come})
		}
	}
	if !moved {
		add(Remarked, []string{x.Current.mark()}, []string{y.Current.mark()})
	}
	add(Platforms, x.Current.platforms(moved), y.Current.platforms(moved))
	if !moved {
		add(Rewritten, x.earlier(), y.earlier())
	}
	return list
}

func (r *Record) mark() string {
	if r.Verified {
		return "verified"
	}
	return "imported " + r.Imported
}

// platforms names the platforms, with their digests unless those are expected
// to differ.
func (r *Record) platforms(moved bool) []string {
	var all []string
	for _, p := range r.Platforms {
		s := p.Name
		if !moved {
			s += " " + string(p.Manifest)
			if p.Manifest == "" {
				s = p.Name + " " + string(p.Config)
			}
		}
		all = append(all, s)
	}
	return all
}

// earlier names the history; the order is that of the file, and does not
// count.
func (img *Image) earlier() []string {
	var all []string
	for i := range img.History {
		all = append(all, string(img.History[i].Digest)+" "+img.History[i].mark())
	}
	return all
}

// without returns what of a is not in b.
func without(a, b []string) []string {
	in := map[string]bool{}
	for _, s := range b {
		in[s] = true
	}
	var left []string
	for _, s := range a {
		if !in[s] {
			left = append(left, s)
		}
	}
	return left
}
