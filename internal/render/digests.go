package render

import (
	"bufio"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// DigestSchema names the shape of the JSON list of digests.
const DigestSchema = "ocisum.digests/v1"

// Quotable is a digest that somebody may quote, and what it stands for.
type Quotable struct {
	Digest   digest.Digest `json:"digest"`
	Kind     string        `json:"kind"` // "index", "manifest", "image ID", "artifact", "index.json", "file"
	Refs     []string      `json:"refs"`
	Platform string        `json:"platform,omitempty"`
	About    string        `json:"about"`
}

// digestSource is everything that can be quoted about one input.
type digestSource struct {
	Path    string     `json:"path"`
	Formats []string   `json:"formats"`
	Digests []Quotable `json:"digests"`
	Notes   []string   `json:"notes,omitempty"`
}

const (
	aboutIndex    = "all platforms; a registry serves it as NAME@DIGEST"
	aboutManifest = "one platform; a registry serves it as NAME@DIGEST"
	aboutID       = "the config; docker image ls --no-trunc shows it, no registry does"
	aboutArtifact = "no image; a registry serves it as NAME@DIGEST"
	aboutLayout   = "index.json of the layout itself; changes with every name that is added"
	aboutFile     = "the file as it is, what sha256sum gives"

	noManifest = "no registry digest: this docker save archive holds no manifest, so a registry's digest of the image cannot be told from it; the image ID is its only digest"
)

func digestsOf(path string, r *report.Report) digestSource {
	s := digestSource{Path: path, Formats: r.Source.Formats}
	add := func(d digest.Digest, kind string, refs []string, platform, about string) {
		if d != "" {
			s.Digests = append(s.Digests, Quotable{d, kind, refs, platform, about})
		}
	}
	for _, x := range r.Indexes {
		add(x.Digest, "index", x.Refs, "", aboutIndex)
	}
	lacking := 0
	for i := range r.Images {
		img := &r.Images[i]
		add(manifestDigest(img), "manifest", img.Refs, img.Platform, aboutManifest)
		add(img.ImageID, "image ID", img.Refs, img.Platform, aboutID)
		if img.Digest == nil {
			lacking++
		}
	}
	for _, a := range r.Artifacts {
		if !asked(r, &a) {
			continue
		}
		add(a.Digest, "artifact", a.Refs, "", aboutArtifact)
	}
	add(r.Source.IndexDigest, "index.json", nil, "", aboutLayout)
	add(r.Source.Digest, "file", nil, "", aboutFile)
	if lacking > 0 {
		s.Notes = append(s.Notes, noManifest)
	}
	return s
}

// Digests writes every digest that can be quoted, as a table or as JSON.
func Digests(w io.Writer, format string, r *Result) error {
	var all []digestSource
	for _, in := range r.Inputs {
		if in.Report != nil && !in.nothing() {
			all = append(all, digestsOf(in.Path, in.Report))
		}
	}
	if format == "json" {
		return encode(w, struct {
			Schema  string         `json:"schema"`
			Tool    report.Tool    `json:"tool"`
			Sources []digestSource `json:"sources"`
		}{DigestSchema, r.Tool, all}, true)
	}
	return lines(w, func(b *bufio.Writer) {
		for i, s := range all {
			if i > 0 {
				b.WriteByte('\n')
			}
			if r.Several {
				b.WriteString(Quote(s.Path) + "\n")
			}
			digestRows(b, s)
		}
	})
}

func digestRows(b *bufio.Writer, s digestSource) {
	var g grid
	g.row("KIND", "DIGEST", "PLATFORM", "NAME")
	var kinds [][2]string
	for _, q := range s.Digests {
		name := "-"
		if len(q.Refs) > 0 {
			name = names(q.Refs)
		}
		g.row(q.Kind, Quote(string(q.Digest)), word(q.Platform), name)
		if k := [2]string{q.Kind, q.About}; !contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	g.write(b, 0)
	b.WriteByte('\n')
	var legend grid
	for _, k := range kinds {
		legend.row(k[0]+":", k[1])
	}
	legend.write(b, 0)
	for _, n := range s.Notes {
		b.WriteString(n + "\n")
	}
}

func contains(all [][2]string, k [2]string) bool {
	for _, a := range all {
		if a == k {
			return true
		}
	}
	return false
}
