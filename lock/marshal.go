package lock

import (
	"fmt"
	"strconv"
	"time"
)

// header is the first line: what it is, and the version of the grammar.
const header = "ocisum-lock 1"

// Marshal returns the text of f. It sorts f, and fails if f says something
// that no lock file may.
func (f *File) Marshal() ([]byte, error) {
	f.sort()
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	b := f.text()
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("lock: %d bytes: more than %d", len(b), MaxBytes)
	}
	return b, nil
}

func (f *File) text() []byte {
	b := []byte(header + "\n")
	for _, img := range f.Images {
		b = append(b, "\nimage "+img.Name+"\n"...)
		b = img.Current.append(b, "current")
		for _, r := range img.History {
			b = r.append(b, "earlier")
		}
	}
	for i, s := range f.Files {
		if i == 0 {
			b = append(b, '\n')
		}
		b = s.append(append(b, "file "...))
	}
	return b
}

func (r *Record) append(b []byte, word string) []byte {
	b = append(b, "  "+word+" "+string(r.Digest)+"\n    kind "+string(r.Kind)+"\n"...)
	if r.Verified {
		b = append(b, "    verified\n"...)
	} else {
		b = append(b, "    imported "+r.Imported+"\n"...)
	}
	if !r.Added.IsZero() {
		b = append(b, "    added "+r.Added.Format(time.RFC3339)+"\n"...)
	}
	for _, s := range r.Sources {
		b = s.append(append(b, "    source "...))
	}
	for _, p := range r.Platforms {
		b = append(b, "    platform "+p.Name+"\n"...)
		if p.Manifest != "" {
			b = append(b, "      manifest "+string(p.Manifest)+"\n"...)
		}
		if p.Config != "" {
			b = append(b, "      config "+string(p.Config)+"\n"...)
		}
		for _, d := range p.DiffIDs {
			b = append(b, "      diff-id "+string(d)+"\n"...)
		}
	}
	return b
}

// append writes the path as a quoted string of plain ASCII, so that no name
// can look like another one in a review.
func (s Source) append(b []byte) []byte {
	b = strconv.AppendQuoteToASCII(b, s.Path)
	if s.SHA256 != "" {
		b = append(b, " "+string(s.SHA256)...)
	}
	return append(b, '\n')
}
