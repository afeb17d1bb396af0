package pin

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
)

// edit replaces the bytes of a file from one offset to another.
type edit struct {
	from, to int
	text     string
}

// apply makes the edits, which are sorted and do not overlap.
func apply(data []byte, edits []edit) []byte {
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(out, data[at:e.from]...)
		out = append(out, e.text...)
		at = e.to
	}
	return append(out, data[at:]...)
}

// edited is the text as it will be after the edits. An edit that inserts
// belongs to the byte before it.
func (t tracked) edited(edits []edit) string {
	if len(edits) == 0 {
		return t.String()
	}
	var out []byte
	for i, b := range t.b {
		pos := int(t.at[i])
		// The first edit that ends beyond pos, or inserts right after it.
		k := sort.Search(len(edits), func(k int) bool { return edits[k].to > pos })
		if pos < 0 || k == len(edits) || edits[k].from > pos {
			out = append(out, b) // not replaced
		}
		if pos < 0 || k == len(edits) {
			continue
		}
		if e := edits[k]; e.to == pos+1 && e.from <= pos+1 {
			out = append(out, e.text...)
		}
	}
	return string(out)
}

// merge sorts edits and drops repeated ones; two that differ at one place are
// an error.
func merge(edits []edit) ([]edit, error) {
	slices.SortFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.text, b.text))
	})
	edits = slices.Compact(edits)
	for i := 1; i < len(edits); i++ {
		if a, b := edits[i-1], edits[i]; b.from < a.to || b.from == a.from || b.from == a.to {
			return nil, fmt.Errorf("byte %d would have to be two things at once", b.from)
		}
	}
	return edits, nil
}

// sort puts places and notes into the order of the file, and drops places that
// are there twice: an ARG that two FROM use, a YAML anchor and its aliases.
func (f *File) sort() {
	slices.SortStableFunc(f.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.offset(), b.offset()), cmp.Compare(a.What, b.What))
	})
	f.Places = slices.CompactFunc(f.Places, func(a, b Place) bool {
		return a.offset() >= 0 && a.Text == b.Text && a.Obstacle == b.Obstacle && slices.Equal(a.at, b.at)
	})
	slices.SortStableFunc(f.Notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
}
