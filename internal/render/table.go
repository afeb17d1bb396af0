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
	maxNames  = 56 // columns of one name; "+1000000 more" still fits into a cell
	maxListed = 40 // columns of several, so that a row fits into lineWidth or little more
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
			if in.Report == nil || in.nothing() {
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
	anchorRows(b, r.Anchors)
	findingRows(b, r, notes)
	loadRows(b, r.Source.Loads)
	b.WriteString(last(r) + "\n")
}

// loadRows says what the families of runtimes take from an ambiguous archive:
//
//	would load, first entry wins: podman, skopeo, crane
//	  app:1 config ab...json, 1 layer
func loadRows(b *bufio.Writer, loads []report.Load) {
	for _, l := range loads {
		b.WriteString("would load, " + Escape(l.Reader) + "\n")
		b.WriteString("  " + Escape(l.Image) + "\n")
	}
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
	if artifacts(r) == 0 {
		return
	}
	var g grid
	g.row("NAME", "ARTIFACT TYPE", "DIGEST", "BLOBS", "STATE")
	for _, a := range r.Artifacts {
		if !asked(r, &a) {
			continue
		}
		g.row(names(a.Refs), word(a.ArtifactType), short(a.Digest), strconv.Itoa(len(a.Blobs)), word(string(a.State)))
	}
	g.write(b, 0)
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
		if width(next) > maxListed {
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
