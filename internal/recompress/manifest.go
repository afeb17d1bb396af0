package recompress

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/internal/recompress/kflate"
)

const (
	dockerLayer      = "application/vnd.docker.image.rootfs.diff.tar.gzip"
	dockerPlainLayer = "application/vnd.docker.image.rootfs.diff.tar"
	ociLayer         = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// A dialect is how a tool writes a manifest. All of them write schemaVersion,
// mediaType, config and layers in this order, and no newline at the end.
type dialect struct {
	manifest, config, layer, plain string // media types
	sizeFirst                      bool   // descriptors are mediaType, size, digest; else mediaType, digest, size
	indent                         string // "" is compact
	null                           bool   // no layers are null, not an empty list
}

// docker returns Docker's media types, written as given; likewise open OCI's.
func docker(sizeFirst bool, indent string) dialect {
	return dialect{oci.MediaTypeDockerManifest, oci.MediaTypeDockerConfig, dockerLayer, dockerPlainLayer, sizeFirst, indent, false}
}

func open(sizeFirst bool, indent string) dialect {
	return dialect{oci.MediaTypeManifest, oci.MediaTypeConfig, ociLayer, "", sizeFirst, indent, false}
}

// emptyIsNull is for tools that never make a list of no layers.
func (d dialect) emptyIsNull() dialect {
	d.null = true
	return d
}

// part is a layer in a manifest.
type part struct {
	Blob
	plain bool
}

// write returns the bytes of the manifest.
func (d dialect) write(config Blob, layers []part) []byte {
	b := []byte(`{"schemaVersion":2,"mediaType":"` + d.manifest + `","config":`)
	b = d.descriptor(b, d.config, config)
	if len(layers) == 0 && d.null {
		b = append(b, `,"layers":null}`...)
		return d.indented(b)
	}
	b = append(b, `,"layers":[`...)
	for i, l := range layers {
		if i > 0 {
			b = append(b, ',')
		}
		mediaType := d.layer
		if l.plain {
			mediaType = d.plain
		}
		b = d.descriptor(b, mediaType, l.Blob)
	}
	return d.indented(append(b, "]}"...))
}

func (d dialect) indented(b []byte) []byte {
	if d.indent == "" {
		return b
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", d.indent); err != nil {
		panic("recompress: a manifest of our own is no JSON: " + err.Error())
	}
	return out.Bytes()
}

func (d dialect) descriptor(b []byte, mediaType string, blob Blob) []byte {
	size := `,"size":` + strconv.FormatInt(blob.Size, 10)
	dgst := `,"digest":"` + string(blob.Digest) + `"`
	if !d.sizeFirst {
		size, dgst = dgst, size
	}
	return append(b, `{"mediaType":"`+mediaType+`"`+size+dgst+"}"...)
}

// likely guesses from how a manifest is written what compressed its layers, or
// returns "". The guess saves trials, and decides nothing.
func likely(manifest []byte) string {
	docker := bytes.Contains(manifest, []byte(dockerLayer))
	size, dgst := bytes.Index(manifest, []byte(`"size":`)), bytes.Index(manifest, []byte(`"digest":`))
	switch {
	case bytes.HasPrefix(manifest, []byte("{\n   \"")), bytes.HasPrefix(manifest, []byte("{\n  \"")):
		return GoDefault // docker, BuildKit
	case docker && size > dgst:
		return GoDefault // containerd
	case !docker && size < dgst:
		return GoBestSpeed // go-containerregistry
	case !docker:
		return nameOf(kflate.V1_15_11) // podman
	}
	return "" // crane and skopeo write the same
}
