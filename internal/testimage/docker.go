package testimage

import (
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// DockerEntry is one image in the manifest.json of docker save.
type DockerEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// DockerSave is a docker save archive as Docker 20 to 24 write it: configs
// named by their digest and layers in folders.
type DockerSave struct {
	Images []Image

	Manifest     func(*[]DockerEntry)
	ManifestText func([]byte) []byte
}

// LayerPath returns where the archive stores a layer: a folder whose name
// claims nothing, as in real archives. Equal layers are stored once.
func (DockerSave) LayerPath(l Layer) string {
	return digest.FromString("v1 "+l.DiffID().String()).Encoded() + "/layer.tar"
}

// ConfigPath returns where the archive stores the config of an image.
func (DockerSave) ConfigPath(img Image) string { return img.ID().Encoded() + ".json" }

// Tree builds the archive: layers and configs, then manifest.json.
func (d DockerSave) Tree() Tree {
	var t Tree
	entries := []DockerEntry{}
	store := func(m Member) string {
		if !slices.ContainsFunc(t, func(have Member) bool { return have.Name == m.Name }) {
			t = append(t, m)
		}
		return m.Name
	}
	for _, img := range d.Images {
		e := DockerEntry{Layers: []string{}}
		if img.Ref != "" {
			e.RepoTags = []string{img.Ref}
		}
		for _, l := range img.Layers {
			e.Layers = append(e.Layers, store(Member{Name: d.LayerPath(l), Body: l.Stored()}))
		}
		e.Config = store(Member{Name: d.ConfigPath(img), Body: img.ConfigBytes()})
		entries = append(entries, e)
	}
	if d.Manifest != nil {
		d.Manifest(&entries)
	}
	return t.Add(Member{Name: "manifest.json", Body: edited(entries, d.ManifestText)})
}

// Hybrid is an archive as Docker 25 and later write it: an OCI layout, and a
// manifest.json that points into its blobs.
type Hybrid struct {
	Images []Image

	Manifest func(*[]DockerEntry)
}

// Tree builds the archive. The index names an image as containerd does, in
// full; manifest.json names it as docker does.
func (h Hybrid) Tree() Tree {
	entries := []DockerEntry{}
	for _, img := range h.Images {
		e := DockerEntry{Config: BlobPath(img.ID()), RepoTags: []string{}, Layers: []string{}}
		if img.Ref != "" {
			e.RepoTags = []string{img.Ref}
		}
		for _, l := range img.Layers {
			e.Layers = append(e.Layers, BlobPath(l.Descriptor().Digest))
		}
		entries = append(entries, e)
	}
	if h.Manifest != nil {
		h.Manifest(&entries)
	}
	layout := Layout{Images: h.Images, Index: func(index *v1.Index) {
		for i, img := range h.Images {
			if _, tag, ok := strings.Cut(img.Ref, ":"); ok {
				index.Manifests[i].Annotations = map[string]string{
					"io.containerd.image.name": "docker.io/library/" + img.Ref,
					v1.AnnotationRefName:       tag,
				}
			}
		}
	}}
	return layout.Tree().Add(Member{Name: "manifest.json", Body: edited(entries, nil)})
}
