package render

import (
	"bufio"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// ListSchema names the shape of the JSON listing.
const ListSchema = "ocisum.list/v1"

// Entry is a line of a listing: one name of one image or artifact.
type Entry struct {
	Source     string        `json:"source"`
	Kind       string        `json:"kind"` // "image" or "artifact"
	Ref        string        `json:"ref,omitempty"`
	Repository string        `json:"repository,omitempty"`
	Tag        string        `json:"tag,omitempty"`
	Digest     digest.Digest `json:"digest,omitempty"`
	ImageID    digest.Digest `json:"imageID,omitempty"`
	Platform   string        `json:"platform,omitempty"`
	MediaType  string        `json:"mediaType,omitempty"`
	Size       int64         `json:"size"` // of config and layers as stored; -1: not all known
}

// Entries lists what the inputs hold, in the order of the inputs.
func Entries(r *Result) []Entry {
	var all []Entry
	add := func(e Entry, refs []string) {
		if len(refs) == 0 {
			all = append(all, e)
		}
		for _, ref := range refs {
			e.Ref = ref
			e.Repository, e.Tag = splitRef(ref)
			all = append(all, e)
		}
	}
	for _, in := range r.Inputs {
		if in.Report == nil {
			continue
		}
		for i := range in.Report.Images {
			img := &in.Report.Images[i]
			size, known := StoredSize(img)
			if !known {
				size = -1
			}
			add(Entry{
				Source: in.Path, Kind: "image", Digest: manifestDigest(img), ImageID: img.ImageID,
				Platform: img.Platform, MediaType: img.MediaType, Size: size,
			}, img.Refs)
		}
		for _, a := range in.Report.Artifacts {
			if !asked(in.Report, &a) {
				continue
			}
			size := int64(-1)
			for _, b := range a.Blobs {
				if b.Size >= 0 {
					size = max(size, 0) + b.Size
				}
			}
			add(Entry{Source: in.Path, Kind: "artifact", Digest: a.Digest, MediaType: a.MediaType, Size: size}, a.Refs)
		}
	}
	return all
}

// splitRef splits a name as docker images shows it. A name of neither slash
// nor colon is a tag: OCI layouts name their images so.
func splitRef(ref string) (repository, tag string) {
	name, _, _ := strings.Cut(ref, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i], name[i+1:]
	}
	if strings.Contains(name, "/") {
		return name, ""
	}
	return "", name
}

// List writes a listing in one of the formats. whole gives image IDs in full.
func List(w io.Writer, format string, r *Result, whole bool) error {
	all := Entries(r)
	switch format {
	case "json":
		return encode(w, struct {
			Schema string      `json:"schema"`
			Tool   report.Tool `json:"tool"`
			Images []Entry     `json:"images"`
		}{ListSchema, r.Tool, all}, true)
	case "jsonl":
		return lines(w, func(b *bufio.Writer) {
			for _, e := range all {
				enc := encoder{w: b}
				enc.value(reflect.ValueOf(e))
				b.WriteByte('\n')
			}
		})
	}
	if !slices.ContainsFunc(r.Inputs, func(in Input) bool { return in.Report != nil && !in.nothing() }) {
		return nil // no head without a body: an error says why
	}
	return lines(w, func(b *bufio.Writer) { listRows(b, all, r.Several, whole) })
}

func listRows(b *bufio.Writer, all []Entry, several, whole bool) {
	var g grid
	add := func(source string, cells ...string) {
		if several {
			cells = append([]string{source}, cells...)
		}
		g.row(cells...)
	}
	add("SOURCE", "REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "PLATFORM", "SIZE")
	for _, e := range all {
		id := shortID(e.ImageID)
		if whole {
			id = word(string(e.ImageID))
		}
		platform := word(e.Platform)
		if e.Kind == "artifact" {
			platform = "artifact"
		}
		add(Quote(e.Source), orNone(e.Repository), orNone(e.Tag), orNone(string(e.Digest)), id, platform, Size(e.Size))
	}
	g.write(b, 0)
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return Quote(s)
}
