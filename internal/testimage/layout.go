package testimage

import (
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// BlobPath returns where an OCI layout stores the blob with digest d.
func BlobPath(d digest.Digest) string { return "blobs/" + d.Algorithm().String() + "/" + d.Encoded() }

// Layout is an OCI layout.
type Layout struct {
	Images []Image
	Nested bool // index.json lists one index, which lists the images

	Index      func(*v1.Index) // of index.json
	IndexText  func([]byte) []byte
	NestedText func([]byte) []byte // of the nested index
}

// Tree builds the layout: oci-layout, index.json, then the blobs, each once,
// in the order in which the documents name them.
func (l Layout) Tree() Tree {
	index := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{}}
	var blobs Tree
	store := func(d digest.Digest, b []byte) {
		m := Member{Name: BlobPath(d), Body: b}
		if !slices.ContainsFunc(blobs, func(have Member) bool { return have.Name == m.Name }) {
			blobs = append(blobs, m)
		}
	}
	for _, img := range l.Images {
		desc := img.Descriptor()
		if img.Ref != "" {
			desc.Annotations = map[string]string{v1.AnnotationRefName: img.Ref}
		}
		index.Manifests = append(index.Manifests, desc)
		store(desc.Digest, img.ManifestBytes())
		store(img.ID(), img.ConfigBytes())
		for _, layer := range img.Layers {
			store(layer.Descriptor().Digest, layer.Stored())
		}
	}
	if l.Nested {
		inner := edited(index, l.NestedText)
		d := digest.FromBytes(inner)
		store(d, inner)
		index.Manifests = []v1.Descriptor{{MediaType: v1.MediaTypeImageIndex, Digest: d, Size: int64(len(inner))}}
	}
	if l.Index != nil {
		l.Index(&index)
	}
	return Tree{
		File(v1.ImageLayoutFile, `{"imageLayoutVersion":"1.0.0"}`),
		{Name: v1.ImageIndexFile, Body: edited(index, l.IndexText)},
	}.Add(blobs...)
}
