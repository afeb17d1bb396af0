package render

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// Short lists, so that a table stays readable whatever the input holds.
const (
	maxRefs   = 3  // names of an image in its line
	maxNames  = 56 // columns of them; "+1000000 more" still fits into a cell
	maxOfCode = 20 // findings of one code
	maxHit    = 5  // images named in a finding
	shortHex  = 12 // hex digits of a short digest, as docker has it
)

// none stands where there is no name, as in docker.
const none = "<none>"

// table writes what docker users know: a line for each image. Below it stand
// the findings, if any, and then the verdict.
func table(w io.Writer, r *Result) error {
	return lines(w, func(b *bufio.Writer) {
		shown := 0
		for _, in := range r.Inputs {
			if in.Report == nil {
				continue
			}
			if shown > 0 {
				b.WriteByte('\n')
			}
			shown++
			reportTable(b, in.Report, r.Notes)
		}
		if r.Several {
			if shown > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(total(r) + "\n")
		}
	})
}

func reportTable(b *bufio.Writer, r *report.Report, notes bool) {
	imageRows(b, r)
	if len(r.Images) == 0 {
		artifactRows(b, r)
	}
	findingRows(b, r, notes)
	for _, l := range r.Source.Loads {
		b.WriteString("would load  " + Escape(l.Reader) + ": " + Escape(l.Image) + "\n")
	}
	b.WriteString(last(r) + "\n")
}

func imageRows(b *bufio.Writer, r *report.Report) {
	if len(r.Images) == 0 {
		return
	}
	var g grid
	g.row("NAME", "PLATFORM", "DIGEST", "IMAGE ID", "LAYERS", "SIZE", "VERDICT")
	for i := range r.Images {
		img := &r.Images[i]
		g.row(names(img.Refs), word(img.Platform), short(manifestDigest(img)), shortID(img.ImageID),
			strconv.Itoa(len(img.Layers)), imageSize(img), word(string(img.Verdict)))
	}
	g.write(b, 0)
}

func artifactRows(b *bufio.Writer, r *report.Report) {
	if len(r.Artifacts) == 0 {
		return
	}
	var g grid
	g.row("NAME", "ARTIFACT TYPE", "DIGEST", "BLOBS", "STATE")
	for _, a := range r.Artifacts {
		g.row(names(a.Refs), word(a.ArtifactType), short(a.Digest), strconv.Itoa(len(a.Blobs)), word(string(a.State)))
	}
	g.write(b, 0)
}

// last is the line that every report ends with.
func last(r *report.Report) string {
	var s strings.Builder
	s.WriteString(Escape(string(r.Verdict)))
	if !r.Complete {
		s.WriteString(" (interrupted)")
	}
	s.WriteString(": " + Quote(r.Source.Path) + " (" + kind(r.Source) + "): ")
	s.WriteString(plural(len(r.Images), "image") + ", ")
	if len(r.Artifacts) > 0 {
		s.WriteString(plural(len(r.Artifacts), "artifact") + ", ")
	}
	s.WriteString(coverage(r.Coverage))
	for _, severity := range []report.Severity{report.Error, report.Warning, report.Note} {
		if n := count(r.Findings, severity); n > 0 {
			s.WriteString(", " + plural(n, string(severity)))
		}
	}
	if r.FindingsDropped > 0 {
		s.WriteString(", " + plural(r.FindingsDropped, "finding") + " not kept")
	}
	s.WriteString(", " + Size(r.Bytes.Stored))
	if r.Bytes.Uncompressed > 0 {
		s.WriteString(" stored, " + Size(r.Bytes.Uncompressed) + " uncompressed")
	}
	s.WriteString("; " + vouched(r))
	return s.String()
}

// kind says what the input was found to be.
func kind(s report.Source) string {
	if len(s.Formats) == 0 {
		return "no known format"
	}
	what := strings.Join(s.Formats, " and ")
	if s.Container != "" {
		what += ", " + s.Container
	}
	if s.Compression != "" && s.Compression != "none" {
		what += ", " + s.Compression
	}
	return Escape(what)
}

func coverage(c report.Coverage) string {
	s := strconv.Itoa(c.Checked) + " of " + plural(c.Objects, "object") + " checked"
	for _, part := range []struct {
		n    int
		name string
	}{
		{c.Missing, "missing"}, {c.Unreadable, "unreadable"}, {c.Unreached, "unreached"}, {c.Unreferenced, "unreferenced"},
	} {
		if part.n > 0 {
			s += ", " + strconv.Itoa(part.n) + " " + part.name
		}
	}
	return s
}

func count(all []report.Finding, severity report.Severity) int {
	n := 0
	for _, f := range all {
		// What anchor.none says is said in words at the end of the line.
		if f.Severity == severity && f.Code != report.AnchorNone {
			n++
		}
	}
	return n
}

// vouched says who outside the image vouches for it: consistent is not
// authentic, and only a verified image is consistent.
func vouched(r *report.Report) string {
	var held []string
	for _, a := range r.Anchors {
		if a.Holds {
			held = append(held, Escape(a.By)+" "+Quote(string(a.Digest))+" ("+Escape(a.Matched)+")")
		}
	}
	if len(held) == 0 {
		switch {
		case len(r.Anchors) > 0:
			return "nothing has the digest that was asked for"
		case r.Verdict == report.Verified:
			return "consistent, not authenticated"
		}
		return "not authenticated"
	}
	s := "vouched for by " + few(held, maxHit)
	if r.Verdict != report.Verified {
		// The digest is the right one; what it stands for is not sound.
		s = "matches " + few(held, maxHit)
	}
	if n := len(r.Anchors) - len(held); n > 0 {
		s += ", not by " + strconv.Itoa(n) + " more"
	}
	if n := unanchored(r.Images); n > 0 {
		s += "; " + plural(n, "image") + " not authenticated"
	}
	return s
}

func unanchored(images []report.Image) int {
	n := 0
	for i := range images {
		if !images[i].Anchored {
			n++
		}
	}
	return n
}

// total is the last line about several inputs.
func total(r *Result) string {
	s := Escape(string(r.Verdict())) + ": " + plural(len(r.Inputs), "input")
	n := make(map[report.Verdict]int)
	failed, stored := 0, int64(0)
	for _, in := range r.Inputs {
		if in.Report != nil {
			stored += in.Report.Bytes.Stored
		}
		if in.Err != nil || in.Report == nil {
			failed++
			continue
		}
		n[in.Report.Verdict]++
	}
	for _, v := range []report.Verdict{report.Failed, report.Denied, report.Incomplete, report.Verified} {
		if n[v] > 0 {
			s += ", " + strconv.Itoa(n[v]) + " " + string(v)
		}
	}
	if failed > 0 {
		s += ", " + strconv.Itoa(failed) + " could not be judged"
	}
	if r.Skipped > 0 {
		s += ", " + plural(r.Skipped, "other file") + " skipped"
	}
	return s + ", " + Size(stored)
}

// names is the cell of an image's names: the first few, and how many more.
func names(refs []string) string {
	if len(refs) == 0 {
		return none
	}
	s := Shorten(Quote(refs[0]), maxNames)
	n := 1
	for n < min(len(refs), maxRefs) {
		next := s + ", " + Quote(refs[n])
		if width(next) > maxNames {
			break
		}
		s = next
		n++
	}
	if n < len(refs) {
		s += " +" + strconv.Itoa(len(refs)-n) + " more"
	}
	return s
}

// few joins the first max strings and counts the rest.
func few(all []string, max int) string {
	if len(all) <= max {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:max], ", ") + " and " + strconv.Itoa(len(all)-max) + " more"
}

// word quotes s, and writes a dash for nothing.
func word(s string) string {
	if s == "" {
		return "-"
	}
	return Quote(s)
}

// short is the beginning of a digest with its algorithm.
func short(d digest.Digest) string {
	alg, hex, found := strings.Cut(string(d), ":")
	if !found || len(hex) <= shortHex {
		return word(string(d))
	}
	return Quote(alg + ":" + hex[:shortHex])
}

// shortID is the beginning of an image ID, which docker shows without its
// algorithm.
func shortID(d digest.Digest) string {
	s := short(d)
	return strings.TrimPrefix(s, "sha256:")
}

func manifestDigest(img *report.Image) digest.Digest {
	if img.Digest == nil {
		return ""
	}
	return *img.Digest
}

// imageSize is what an image takes where it is stored: its config and each of
// its layers once. A plus says that the size of some part is not known.
func imageSize(img *report.Image) string {
	sum, known := StoredSize(img)
	switch {
	case sum < 0:
		return "-"
	case !known:
		return Size(sum) + "+"
	}
	return Size(sum)
}

// StoredSize adds up the stored sizes of an image's config and layers, an
// object that occurs twice once. It returns -1 if no size is known, and
// whether all are.
func StoredSize(img *report.Image) (sum int64, known bool) {
	blobs := []report.Blob{img.Config}
	for _, l := range img.Layers {
		blobs = append(blobs, l.Blob)
	}
	slices.SortFunc(blobs, func(a, b report.Blob) int { return strings.Compare(a.Object, b.Object) })
	sum, known = -1, true
	for i, b := range blobs {
		switch {
		case i > 0 && b.Object != "" && b.Object == blobs[i-1].Object:
		case b.Size < 0:
			known = false
		default:
			sum = max(sum, 0) + b.Size
		}
	}
	return sum, known
}
