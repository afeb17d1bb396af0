package testimage

import (
	_ "crypto/sha512" // for digests of sha512
	"encoding/json"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Layer is one layer. The zero value is an empty tar, stored as it is.
type Layer struct {
	Members   []Member
	Raw       []byte           // uncompressed bytes, instead of Members
	Compress  string           // "", "gzip", "zstd"
	MediaType string           // empty: what Compress is called in OCI
	Alg       digest.Algorithm // of the stored blob; empty: sha256
	Edit      func([]byte) []byte
}

// Plain returns the uncompressed bytes.
func (l Layer) Plain() []byte {
	if l.Raw != nil {
		return l.Raw
	}
	return Tree(l.Members).Tar()
}

// Stored returns the bytes as they are stored. Edit changes them before they
// are hashed, for streams with something wrong that the digests agree with.
func (l Layer) Stored() []byte {
	b := Compress(l.Compress, l.Plain())
	if l.Edit != nil {
		b = l.Edit(slices.Clone(b))
	}
	return b
}

// DiffID returns the digest of the uncompressed bytes.
func (l Layer) DiffID() digest.Digest { return digest.FromBytes(l.Plain()) }

// Descriptor returns what a manifest says about the layer.
func (l Layer) Descriptor() v1.Descriptor {
	mt := l.MediaType
	if mt == "" {
		mt = v1.MediaTypeImageLayer
		if l.Compress != "" {
			mt += "+" + l.Compress
		}
	}
	alg := l.Alg
	if alg == "" {
		alg = digest.SHA256
	}
	b := l.Stored()
	return v1.Descriptor{MediaType: mt, Digest: alg.FromBytes(b), Size: int64(len(b))}
}

// Image is one image of one platform. The hooks change a document before it is
// hashed, so that every digest above it is right.
type Image struct {
	Ref      string      // the tag, for docker save with its repository: "app:1"
	Platform v1.Platform // zero: linux/amd64
	Layers   []Layer

	Config       func(*v1.Image)
	ConfigText   func([]byte) []byte
	Manifest     func(*v1.Manifest)
	ManifestText func([]byte) []byte
}

// platform returns the platform, which has a default.
func (img Image) platform() v1.Platform {
	if img.Platform.OS == "" && img.Platform.Architecture == "" {
		return v1.Platform{OS: "linux", Architecture: "amd64"}
	}
	return img.Platform
}

// ConfigBytes returns the image config; its digest is the image ID.
func (img Image) ConfigBytes() []byte {
	c := v1.Image{Platform: img.platform(), RootFS: v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{}}}
	c.Config.Cmd = []string{"/bin/true"}
	for _, l := range img.Layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, l.DiffID())
		c.History = append(c.History, v1.History{CreatedBy: "COPY . /"})
	}
	if img.Config != nil {
		img.Config(&c)
	}
	return edited(c, img.ConfigText)
}

// ID returns the image ID.
func (img Image) ID() digest.Digest { return digest.FromBytes(img.ConfigBytes()) }

// ManifestBytes returns the OCI manifest.
func (img Image) ManifestBytes() []byte {
	config := img.ConfigBytes()
	m := v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageManifest,
		Config:    v1.Descriptor{MediaType: v1.MediaTypeImageConfig, Digest: digest.FromBytes(config), Size: int64(len(config))},
		Layers:    []v1.Descriptor{},
	}
	for _, l := range img.Layers {
		m.Layers = append(m.Layers, l.Descriptor())
	}
	if img.Manifest != nil {
		img.Manifest(&m)
	}
	return edited(m, img.ManifestText)
}

// Descriptor returns what an index says about the image.
func (img Image) Descriptor() v1.Descriptor {
	b := img.ManifestBytes()
	p := img.platform()
	return v1.Descriptor{MediaType: v1.MediaTypeImageManifest, Digest: digest.FromBytes(b), Size: int64(len(b)), Platform: &p}
}

// edited marshals v and applies an editor of its text.
func edited(v any, f func([]byte) []byte) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("testimage: " + err.Error())
	}
	if f != nil {
		b = f(b)
	}
	return b
}
