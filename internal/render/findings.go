package render

import (
	"bufio"
	"strconv"

	"github.com/ocisum/ocisum/report"
)

// findingRows writes the errors and warnings, and the notes if asked for:
//
//	error[blob.digest-mismatch] blobs/sha256/ab..: stored bytes do not have ...
//	    claim   index.json#/manifests/0 and 2 more
//	    want    sha256:ab..
//	    got     sha256:cd..
//	    images  alpine:3.20 linux/amd64
//
// Of each code the first few are listed, so that every code is seen.
func findingRows(b *bufio.Writer, r *report.Report, notes bool) {
	counts := make(map[report.Code]int)
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Severity == report.Note && !notes {
			continue
		}
		if counts[f.Code]++; counts[f.Code] <= maxOfCode {
			findingLines(b, f, r.Images)
		}
	}
	for i := range r.Findings { // in the order of the list, not of the map
		code := r.Findings[i].Code
		if n := counts[code] - maxOfCode; n > 0 {
			b.WriteString("+" + strconv.Itoa(n) + " more of " + Escape(string(code)) + ", see -o json\n")
			counts[code] = 0
		}
	}
}

func findingLines(b *bufio.Writer, f *report.Finding, images []report.Image) {
	b.WriteString(Escape(string(f.Severity)) + "[" + Escape(string(f.Code)) + "]")
	if f.Object != "" {
		b.WriteString(" " + Quote(f.Object))
	}
	if f.Offset != nil {
		b.WriteString(" at byte " + strconv.FormatInt(*f.Offset, 10))
	}
	if f.Object != "" || f.Offset != nil {
		b.WriteByte(':')
	}
	b.WriteString(" " + Escape(f.Message) + "\n")
	detail := func(name, value string) {
		if value != "" {
			b.WriteString("    " + name + value + "\n")
		}
	}
	claim := Escape(f.Claim)
	if claim != "" && f.Claims > 1 {
		claim += " and " + strconv.Itoa(f.Claims-1) + " more"
	}
	detail("claim   ", claim)
	detail("want    ", Escape(f.Want))
	detail("got     ", Escape(f.Got))
	// With one image there is nothing to tell apart.
	if len(images) > 1 {
		detail("images  ", hit(f.Images, images))
	}
}

// hit names the images that a finding is about.
func hit(positions []int, images []report.Image) string {
	var all []string
	for _, p := range positions {
		if len(all) > maxHit {
			all = append(all, "")
			continue
		}
		if p < 0 || p >= len(images) {
			continue
		}
		img := &images[p]
		name := none
		switch {
		case len(img.Refs) > 0:
			name = Shorten(Quote(img.Refs[0]), maxCell)
		case img.Digest != nil:
			name = short(*img.Digest)
		case img.ImageID != "":
			name = shortID(img.ImageID)
		}
		if img.Platform != "" {
			name += " " + Quote(img.Platform)
		}
		all = append(all, name)
	}
	return few(all, maxHit)
}
