package render

import (
	"bufio"
	"slices"
	"strconv"
	"strings"

	"github.com/ocisum/ocisum/report"
)

const (
	// lineWidth is what places are shortened to. A whole sha256 digest with a
	// folder before it or a pointer behind it fits.
	lineWidth = 100
	// labelWidth is what a sha256 digest leaves of 80 columns.
	labelWidth = 9
	indent     = 2
)

// findingRows writes the errors and warnings, and the notes if asked for:
//
//	error[blob.digest-mismatch] the stored bytes have another digest than ...
//	  object blobs/sha256/ab..
//	  part   layer 1 of 2
//	  claim  sha256:ef..#/layers/0
//	         file name
//	  want   sha256:ab..
//	  got    sha256:cd..
//	  images alpine:3.20 linux/amd64
//
// Of each code the first few are listed, so that every code is seen.
// anchor.none is not: what it says stands in the last line. That signatures
// were not checked is always listed.
func findingRows(b *bufio.Writer, r *report.Report, notes bool) {
	counts := make(map[report.Code]int)
	p := printer{b: b, images: r.Images, shown: make(map[string]bool)}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Severity == report.Note && !notes && f.Code != report.SignatureUnchecked || f.Code == report.AnchorNone {
			continue
		}
		if counts[f.Code]++; counts[f.Code] <= maxOfCode {
			p.finding(f)
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

// printer writes findings, and remembers which digests it has shown in full:
// those may be shortened where they are repeated.
type printer struct {
	b      *bufio.Writer
	images []report.Image
	shown  map[string]bool
}

func (p *printer) finding(f *report.Finding) {
	head := Escape(string(f.Severity)) + "[" + Escape(string(f.Code)) + "]"
	// Not broken into lines: text from an image could look like our details.
	p.b.WriteString(head + " " + Escape(f.Message) + "\n")
	got := f.Got
	if f.Want == "" && isNameOf(f.Object, got) {
		got = "" // the bytes are what the name says
	}
	p.remember(f.Want) // below, in full
	p.remember(got)
	if f.Object != "" {
		p.detail("object", p.repeated(Quote(f.Object)))
	}
	part, same := commonPart(f, p.images)
	p.detail("part", part)
	if f.Offset != nil {
		at := "byte " + strconv.FormatInt(*f.Offset, 10)
		if f.Object == "" {
			at += " of the file"
		}
		p.detail("at", at)
	}
	p.claims(f)
	p.detail("want", Escape(f.Want))
	p.detail("got", Escape(got))
	// With one image there is nothing to tell apart.
	if len(p.images) > 1 {
		label := "images"
		for _, line := range hit(f, p.images, !same) {
			p.detail(label, line)
			label = ""
		}
	}
}

// detail writes a line with a label, which may be empty.
func (p *printer) detail(label, value string) {
	if value == "" {
		return
	}
	spaces(p.b, indent)
	p.b.WriteString(label)
	spaces(p.b, labelWidth-indent-len(label))
	p.b.WriteString(value + "\n")
}

// claims lists the places that make the claim, as far as the finding has them.
func (p *printer) claims(f *report.Finding) {
	if f.Claim == "" {
		return
	}
	p.detail("claim", p.pointer(Escape(f.Claim)))
	for _, c := range f.Also {
		p.detail("", p.pointer(Escape(c)))
	}
	if more := f.Claims - 1 - len(f.Also); more > 0 {
		p.detail("", "and "+strconv.Itoa(more)+" more")
	}
}

// remember notes a digest, alone or as the beginning of a place, that is
// written in full.
func (p *printer) remember(s string) {
	if hex := hexOf(s); hex != "" {
		p.shown[hex] = true
	}
}

// hexOf returns the hex digits in s that are as long as a digest's.
func hexOf(s string) string {
	for start := 0; start < len(s); {
		n := 0
		for start+n < len(s) && isHex(s[start+n]) {
			n++
		}
		if n == 64 || n == 128 {
			return s[start : start+n]
		}
		start += n + 1
	}
	return ""
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' }

// room is for the value of a detail.
const room = lineWidth - labelWidth

// repeated shortens the digest in a place that is too long for a line, if it
// stands in full elsewhere.
func (p *printer) repeated(place string) string {
	hex := hexOf(place)
	switch {
	case hex == "":
	case !p.shown[hex]:
		p.shown[hex] = true
	case width(place) > room:
		return strings.Replace(place, hex, hex[:shortHex]+".."+hex[len(hex)-4:], 1)
	}
	return place
}

// pointer fits a claim into a line: a deep JSON pointer loses its middle, too.
func (p *printer) pointer(claim string) string {
	document, pointer, ok := strings.Cut(p.repeated(claim), "#")
	if !ok {
		return document
	}
	return document + "#" + middle(pointer, max(room-1-width(document), 24))
}

// middle cuts the middle out of a visible string that is longer than max
// columns.
func middle(s string, max int) string {
	if width(s) <= max {
		return s
	}
	if len(s) != width(s) { // its characters differ in width
		return Shorten(s, max)
	}
	half := (max - 3) / 2
	return s[:max-3-half] + "..." + s[len(s)-half:]
}

// isNameOf reports whether a digest is what the name of an object says.
func isNameOf(object, digest string) bool {
	_, hex, ok := strings.Cut(digest, ":")
	return ok && hex != "" && strings.HasSuffix(object, hex)
}

// commonPart is what the object of a finding is to the images that it hits,
// and whether it is the same to all of them.
func commonPart(f *report.Finding, images []report.Image) (part string, same bool) {
	for i, p := range f.Images {
		if p < 0 || p >= len(images) {
			continue
		}
		switch next := partOf(f.Object, &images[p]); {
		case i == 0:
			part = next
		case next != part:
			return "", false
		}
	}
	return part, true
}

// partOf is what an object is to an image: "layer 2 of 5", counted from the
// lowest as docker history and every build log do, "config" or "manifest".
func partOf(object string, img *report.Image) string {
	switch {
	case object == "":
		return ""
	case img.Config.Object == object:
		return "config"
	case img.Manifest != nil && img.Manifest.Object == object:
		return "manifest"
	}
	var at []string
	for i := range img.Layers {
		if img.Layers[i].Object == object {
			at = append(at, strconv.Itoa(i+1))
		}
	}
	switch len(at) {
	case 0:
		return ""
	case 1:
		return "layer " + at[0] + " of " + strconv.Itoa(len(img.Layers))
	}
	return "layers " + few(at, maxHit) + " of " + strconv.Itoa(len(img.Layers))
}

// hit names the images that a finding is about: on one line, or if it hits
// another part of each, on one line each.
func hit(f *report.Finding, images []report.Image, parts bool) []string {
	if len(f.Images) == len(images) && len(images) > 2 && !parts && distinct(f.Images) {
		return []string{"all " + strconv.Itoa(len(images))}
	}
	var all []string
	more := 0
	for _, p := range f.Images {
		switch {
		case p < 0 || p >= len(images):
			continue
		case len(all) == maxHit:
			more++
			continue
		}
		name := imageName(&images[p])
		if part := partOf(f.Object, &images[p]); parts && part != "" {
			name += ", " + part
		}
		all = append(all, name)
	}
	if !parts {
		all = []string{strings.Join(all, ", ")}
	}
	switch {
	case more > 0 && parts:
		all = append(all, "and "+strconv.Itoa(more)+" more")
	case more > 0:
		all[0] += " and " + strconv.Itoa(more) + " more"
	}
	return all
}

func distinct(positions []int) bool {
	sorted := slices.Clone(positions)
	slices.Sort(sorted)
	return len(slices.Compact(sorted)) == len(positions)
}

// imageName is the shortest name that tells an image from the others: its
// first, or a digest, and its platform.
func imageName(img *report.Image) string {
	name := none
	switch {
	case len(img.Refs) > 0:
		name = Shorten(Quote(img.Refs[0]), maxNames)
	case img.Digest != nil:
		name = short(*img.Digest)
	case img.ImageID != "":
		name = shortID(img.ImageID)
	}
	if img.Platform != "" {
		name += " " + Quote(img.Platform)
	}
	return name
}
