package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/hash"
)

// Format is a way to store an image.
type Format string

// The formats.
const (
	DockerSave Format = "docker-save" // docker save, plain layers
	OCIGzip    Format = "oci-gzip"    // OCI layout, gzip layers
	OCIZstd    Format = "oci-zstd"    // OCI layout, zstd layers
)

// Formats returns all formats.
func Formats() []Format { return []Format{DockerSave, OCIGzip, OCIZstd} }

// Spec says which image to build.
type Spec struct {
	Format    Format
	Layers    int
	LayerSize int // of each layer, uncompressed; rounded to tar blocks
	Seed      uint64
}

// Image is a stored image.
type Image struct {
	Stored int64 // bytes of the layers as they are stored
	Plain  int64 // bytes of the layers uncompressed

	members []member
}

type member struct {
	name string
	body []byte
}

// Build makes an image of one manifest, tagged bench/image:v1 in docker save
// and v1 in an OCI layout. All of it is in memory.
func Build(s Spec) (*Image, error) {
	img := new(Image)
	var layers []v1.Descriptor
	config := v1.Image{
		Platform: v1.Platform{OS: "linux", Architecture: "amd64"},
		RootFS:   v1.RootFS{Type: "layers"},
	}
	var names []string
	for i := range s.Layers {
		plain, err := Layer(s.LayerSize, s.Seed+uint64(i))
		if err != nil {
			return nil, err
		}
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, sha256(plain))
		stored, mediaType := plain, v1.MediaTypeImageLayer
		switch s.Format {
		case OCIGzip:
			mediaType = v1.MediaTypeImageLayerGzip
			stored, err = Gzip(plain, 6)
		case OCIZstd:
			mediaType = v1.MediaTypeImageLayerZstd
			stored, err = Zstd(plain, 3)
		}
		if err != nil {
			return nil, err
		}
		img.Plain += int64(len(plain))
		img.Stored += int64(len(stored))
		if s.Format == DockerSave {
			// A folder whose name claims nothing, as docker 20 to 24 write it.
			names = append(names, fmt.Sprintf("%064x/layer.tar", i))
			img.members = append(img.members, member{names[i], stored})
			continue
		}
		layers = append(layers, img.blob(mediaType, stored))
	}
	if s.Format == DockerSave {
		return img, img.dockerSave(config, names)
	}
	return img, img.layout(config, layers)
}

// dockerSave adds the documents of docker save.
func (img *Image) dockerSave(config v1.Image, layers []string) error {
	body, err := json.Marshal(config)
	if err != nil {
		return err
	}
	name := sha256(body).Encoded() + ".json"
	manifest, err := json.Marshal([]struct {
		Config   string
		RepoTags []string
		Layers   []string
	}{{name, []string{"bench/image:v1"}, layers}})
	if err != nil {
		return err
	}
	img.members = append(img.members, member{name, body}, member{"manifest.json", manifest})
	return nil
}

// layout adds the documents of an OCI layout.
func (img *Image) layout(config v1.Image, layers []v1.Descriptor) error {
	body, err := json.Marshal(config)
	if err != nil {
		return err
	}
	manifest, err := json.Marshal(v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest,
		Config: img.blob(v1.MediaTypeImageConfig, body), Layers: layers,
	})
	if err != nil {
		return err
	}
	d := img.blob(v1.MediaTypeImageManifest, manifest)
	d.Annotations = map[string]string{v1.AnnotationRefName: "v1"}
	index, err := json.Marshal(v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{d},
	})
	if err != nil {
		return err
	}
	img.members = append(img.members,
		member{"index.json", index},
		member{"oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)})
	return nil
}

// blob stores bytes under their digest, each once.
func (img *Image) blob(mediaType string, body []byte) v1.Descriptor {
	d := v1.Descriptor{MediaType: mediaType, Digest: sha256(body), Size: int64(len(body))}
	name := "blobs/sha256/" + d.Digest.Encoded()
	if !slices.ContainsFunc(img.members, func(m member) bool { return m.name == name }) {
		img.members = append(img.members, member{name, body})
	}
	return d
}

func sha256(b []byte) digest.Digest { return hash.DigestBytes(digest.SHA256, b) }

// WriteTo writes the image as a tar.
func (img *Image) WriteTo(w io.Writer) (int64, error) {
	counted := &counter{w: w}
	t := tarWriter{counted}
	for _, m := range img.members {
		if err := t.member(m.name, m.body); err != nil {
			return counted.n, err
		}
	}
	err := t.close()
	return counted.n, err
}

// Tar returns the image as a tar.
func (img *Image) Tar() ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(img.Stored) + 1<<20)
	_, err := img.WriteTo(&b)
	return b.Bytes(), err
}

// WriteDir writes the image into the folder dir, which it makes.
func (img *Image) WriteDir(dir string) error {
	for _, m := range img.members {
		name := filepath.Join(dir, filepath.FromSlash(m.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, m.body, 0o666); err != nil {
			return err
		}
	}
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
