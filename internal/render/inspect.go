package render

import (
	"bufio"
	"encoding/json"
	"io"
	"reflect"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// InspectSchema names the shape of the JSON that describes images.
const InspectSchema = "ocisum.inspect/v1"

// inspected is an image with its documents.
type inspected struct {
	Source    string          `json:"source"`
	Refs      []string        `json:"refs"`
	Platform  string          `json:"platform,omitempty"`
	MediaType string          `json:"mediaType,omitempty"`
	Digest    *digest.Digest  `json:"digest"`
	ImageID   digest.Digest   `json:"imageID,omitempty"`
	ChainID   digest.Digest   `json:"chainID,omitempty"`
	Size      int64           `json:"size"` // of config and layers as stored; -1: not all known
	Config    report.Blob     `json:"configBlob"`
	Layers    []layerRow      `json:"layers"`
	Manifest  json.RawMessage `json:"manifest"` // the document; null where there is none
	Document  json.RawMessage `json:"config"`   // the document
}

// inspectedArtifact is a manifest that is no image.
type inspectedArtifact struct {
	Source string `json:"source"`
	report.Artifact
}

// layerRow is a layer as the documents describe it.
type layerRow struct {
	Digest    digest.Digest `json:"digest,omitempty"`
	Object    string        `json:"object,omitempty"`
	Size      int64         `json:"size"`
	MediaType string        `json:"mediaType,omitempty"`
	DiffID    digest.Digest `json:"diffID,omitempty"`
	ChainID   digest.Digest `json:"chainID,omitempty"`
}

func inspect(path string, img *report.Image) inspected {
	size, known := StoredSize(img)
	if !known {
		size = -1
	}
	v := inspected{
		Source: path, Refs: img.Refs, Platform: img.Platform, MediaType: img.MediaType, Digest: img.Digest,
		ImageID: img.ImageID, ChainID: img.ChainID, Size: size, Config: img.Config,
	}
	for _, l := range img.Layers {
		v.Layers = append(v.Layers, layerRow{l.Digest, l.Object, l.Size, l.MediaType, l.DiffID, l.ChainID})
	}
	if img.Raw != nil {
		v.Manifest, v.Document = img.Raw.Manifest, img.Raw.Config
	}
	return v
}

// Inspect writes the images with their documents, as text or as JSON.
func Inspect(w io.Writer, format string, r *Result) error {
	var all []inspected
	var artifacts []inspectedArtifact
	for _, in := range r.Inputs {
		if in.Report == nil {
			continue
		}
		for i := range in.Report.Images {
			all = append(all, inspect(in.Path, &in.Report.Images[i]))
		}
		for _, a := range in.Report.Artifacts {
			if !asked(in.Report, &a) {
				continue
			}
			artifacts = append(artifacts, inspectedArtifact{in.Path, a})
		}
	}
	if format == "json" {
		return encode(w, struct {
			Schema    string              `json:"schema"`
			Tool      report.Tool         `json:"tool"`
			Images    []inspected         `json:"images"`
			Artifacts []inspectedArtifact `json:"artifacts"`
		}{InspectSchema, r.Tool, all, artifacts}, true)
	}
	return lines(w, func(b *bufio.Writer) {
		for i := range all {
			if i > 0 {
				b.WriteByte('\n')
			}
			all[i].write(b)
		}
		for i := range artifacts {
			if len(all)+i > 0 {
				b.WriteByte('\n')
			}
			artifacts[i].write(b)
		}
	})
}

func (a *inspectedArtifact) write(b *bufio.Writer) {
	var g grid
	g.row("Source:", Quote(a.Source))
	g.row("Names:", names(a.Refs))
	g.row("Artifact:", word(a.ArtifactType))
	g.row("Manifest:", word(string(a.Digest)))
	g.row("Media type:", word(a.MediaType))
	g.row("Subject:", word(string(a.Subject)))
	g.write(b, 0)
	if a.Config != nil {
		b.WriteString("\nConfig:\n")
		writeBlob(b, "", a.Config)
	}
	if len(a.Blobs) > 0 {
		b.WriteString("\nBlobs:\n")
	}
	for i := range a.Blobs {
		writeBlob(b, strconv.Itoa(i+1), &a.Blobs[i])
	}
}

func writeBlob(b *bufio.Writer, n string, blob *report.Blob) {
	var g grid
	g.row(n, "digest", word(string(blob.Digest)))
	g.row("", "object", word(blob.Object))
	g.row("", "size", Size(blob.Size)+" "+word(blob.MediaType))
	g.write(b, 2)
}

func (v *inspected) write(b *bufio.Writer) {
	var g grid
	g.row("Source:", Quote(v.Source))
	g.row("Names:", names(v.Refs))
	g.row("Platform:", word(v.Platform))
	if v.Digest != nil {
		g.row("Manifest:", Quote(string(*v.Digest)))
	} else {
		g.row("Manifest:", "none: this archive holds no registry digest")
	}
	g.row("Media type:", word(v.MediaType))
	g.row("Image ID:", word(string(v.ImageID)))
	g.row("Chain ID:", word(string(v.ChainID)))
	g.row("Size:", Size(v.Size))
	g.write(b, 0)
	if len(v.Layers) > 0 {
		b.WriteString("\nLayers:\n")
	}
	for i, l := range v.Layers {
		var g grid
		n := strconv.Itoa(i + 1) // findings count so, too
		g.row(n, "digest", word(string(l.Digest)))
		g.row("", "object", word(l.Object))
		g.row("", "size", Size(l.Size)+" "+word(l.MediaType))
		g.row("", "diff ID", word(string(l.DiffID)))
		g.row("", "chain ID", word(string(l.ChainID)))
		g.write(b, 2)
	}
	if len(v.Document) > 0 {
		b.WriteString("\nConfig:\n")
		e := encoder{w: b, indent: true}
		e.value(reflect.ValueOf(v.Document))
		b.WriteByte('\n')
	}
}

// Plain reports whether every character of doc is visible, line breaks and
// tabs aside: whether it can go to a terminal as it is.
func Plain(doc []byte) bool {
	for len(doc) > 0 {
		n := 0
		for n < len(doc) && doc[n] != '\n' && doc[n] != '\t' {
			n++
		}
		if !visible(string(doc[:n])) {
			return false
		}
		doc = doc[min(n+1, len(doc)):]
	}
	return true
}
