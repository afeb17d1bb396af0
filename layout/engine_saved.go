package layout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/umoci/oci/cas"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
)

// maxSavedParts bounds the images, tags and layers that the manifest.json of
// docker save lists, each counted every time: a descriptor of 200 bytes is made
// of what can be written in three.
const maxSavedParts = 10_000

// savedImage is an entry of the manifest.json of docker save.
type savedImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// savedConfig is what has to be known of an image config.
type savedConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	OSVersion    string `json:"os.version"`
	Variant      string `json:"variant"`
	RootFS       struct {
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`

	descriptor ispec.Descriptor
}

// saved makes an OCI layout of a docker save archive.
type saved struct {
	*Engine
	ctx     context.Context
	configs map[string]*savedConfig     // by name: entries may share one
	layers  map[string]ispec.Descriptor // by object: images share layers
}

func (e *Engine) openSaved(ctx context.Context, manifest []byte) error {
	var images []savedImage
	if err := decode(manifest, &images); err != nil {
		return fmt.Errorf("%s: %w", manifestFile, err)
	}
	parts := len(images)
	for _, i := range images {
		parts += len(i.Layers) + len(i.RepoTags)
	}
	if parts > maxSavedParts {
		return fmt.Errorf("%s names more than %d images, tags and layers: %w", manifestFile, maxSavedParts, cas.ErrInvalid)
	}
	s := saved{Engine: e, ctx: ctx, configs: map[string]*savedConfig{}, layers: map[string]ispec.Descriptor{}}
	manifests := []ispec.Descriptor{}
	for i, image := range images {
		d, err := s.manifest(image)
		if err != nil {
			return fmt.Errorf("%s#/%d: %w", manifestFile, i, err)
		}
		if len(image.RepoTags) == 0 {
			manifests = append(manifests, d)
		}
		for _, tag := range image.RepoTags {
			d.Annotations = map[string]string{ispec.AnnotationRefName: tag}
			manifests = append(manifests, d)
		}
	}
	return e.publish(manifests)
}

// manifest makes up the manifest of one image.
func (s *saved) manifest(image savedImage) (ispec.Descriptor, error) {
	config, err := s.config(image.Config)
	if err != nil {
		return ispec.Descriptor{}, fmt.Errorf("config: %w", err)
	}
	diffIDs := config.RootFS.DiffIDs
	if len(diffIDs) != len(image.Layers) {
		return ispec.Descriptor{}, fmt.Errorf("%d layers and %d diff IDs: %w", len(image.Layers), len(diffIDs), cas.ErrInvalid)
	}
	m := ispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ispec.MediaTypeImageManifest,
		Config:    config.descriptor,
		Layers:    []ispec.Descriptor{},
	}
	for i, name := range image.Layers {
		layer, err := s.layer(name, diffIDs[i])
		if err != nil {
			return ispec.Descriptor{}, fmt.Errorf("layer %d: %w", i, err)
		}
		m.Layers = append(m.Layers, layer)
	}
	data, err := encode(m)
	if err != nil {
		return ispec.Descriptor{}, err
	}
	d := s.add(ispec.MediaTypeImageManifest, data)
	if config.OS != "" {
		d.Platform = &ispec.Platform{
			Architecture: config.Architecture,
			OS:           config.OS,
			OSVersion:    config.OSVersion,
			Variant:      config.Variant,
		}
	}
	return d, nil
}

// config serves the bytes of a config as they are.
func (s *saved) config(name string) (*savedConfig, error) {
	if c, ok := s.configs[name]; ok {
		return c, nil
	}
	data, err := readDocument(s.ctx, s.src, name)
	if err != nil {
		return nil, err
	}
	c := new(savedConfig)
	if err := decode(data, c); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	c.descriptor = s.add(ispec.MediaTypeImageConfig, data)
	s.configs[name] = c
	return c, nil
}

// layer serves a layer as it is stored. docker save declares no compression,
// and tools that write the format use any.
func (s *saved) layer(name, diffID string) (ispec.Descriptor, error) {
	o, err := named(s.src, name)
	if err != nil {
		return ispec.Descriptor{}, err
	}
	d, ok := s.layers[o.Name]
	if !ok {
		if d, err = s.inspect(o); err != nil {
			return ispec.Descriptor{}, fmt.Errorf("%q: %w", name, err)
		}
		s.layers[o.Name] = d
	}
	if d.Digest == "" {
		// A plain layer: whoever reads it finds out whether the config is right.
		if d.Digest, err = hash.Parse(diffID); err != nil {
			return ispec.Descriptor{}, fmt.Errorf("diff ID: %w", err)
		}
	}
	s.known[d.Digest] = blob{object: o}
	return d, nil
}

// magics are the compressions of image-spec layer.md, and those that a media
// type of OCI cannot say.
var magics = []struct{ prefix, mediaType, name string }{
	{"\x1f\x8b", ispec.MediaTypeImageLayerGzip, "gzip"},
	{"\x28\xb5\x2f\xfd", ispec.MediaTypeImageLayerZstd, "zstd"},
	{"\x50\x2a\x4d\x18", ispec.MediaTypeImageLayerZstd, "zstd"}, // pzstd begins with a skippable frame
	{"\xfd7zXZ\x00", "", "xz"},
	{"BZh91AY&SY", "", "bzip2"},
}

// inspect returns the descriptor of a stored layer, without a digest if it is
// plain.
func (s *saved) inspect(o content.Object) (_ ispec.Descriptor, err error) {
	rc, err := s.src.Open(s.ctx, o)
	if err != nil {
		return ispec.Descriptor{}, err
	}
	defer func() { err = errors.Join(err, rc.Close()) }()
	head := make([]byte, 10)
	n, err := io.ReadFull(rc, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return ispec.Descriptor{}, err
	}
	head = head[:n]
	for _, m := range magics {
		if !bytes.HasPrefix(head, []byte(m.prefix)) {
			continue
		}
		if m.mediaType == "" {
			return ispec.Descriptor{}, fmt.Errorf("no media type says %s: %w", m.name, cas.ErrUnknownType)
		}
		h := hash.New(digest.SHA256)
		size, err := io.Copy(h, io.MultiReader(bytes.NewReader(head), rc))
		if err != nil {
			return ispec.Descriptor{}, err
		}
		return ispec.Descriptor{MediaType: m.mediaType, Digest: hash.FromHash(digest.SHA256, h), Size: size}, nil
	}
	return ispec.Descriptor{MediaType: ispec.MediaTypeImageLayer, Size: o.Size}, nil
}
