package verify_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
)

// naive is a second verifier, written to be short: the standard library's tar
// and JSON, the first member of a name, no limits, and nothing but digests,
// sizes and diff IDs. It says why an archive does not hold. What it refuses
// must not be verified; it accepts more than the real one does.
func naive(archive []byte) error {
	files, links := map[string][]byte{}, map[string]string{}
	tr := tar.NewReader(bytes.NewReader(archive))
	for {
		hdr, err := tr.Next()
		if err != nil {
			break // a missing end is told by others; what came before counts
		}
		name := strings.TrimPrefix(path.Clean("/"+hdr.Name), "/")
		switch hdr.Typeflag {
		case tar.TypeSymlink:
			links[name] = path.Join(path.Dir(name), hdr.Linkname)
		case tar.TypeLink:
			links[name] = path.Clean(hdr.Linkname)
		}
		if body, err := io.ReadAll(tr); err == nil && files[name] == nil && hdr.Typeflag == tar.TypeReg {
			files[name] = append([]byte{}, body...)
		}
	}
	for name, target := range links {
		for range 10 {
			if next, ok := links[target]; ok {
				target = next
			}
		}
		if body, ok := files[target]; ok && files[name] == nil {
			files[name] = body
		}
	}
	n := naiveVerifier{files: files}
	if b := files["index.json"]; b != nil {
		var x v1.Index
		if err := json.Unmarshal(b, &x); err != nil {
			return err
		}
		for _, d := range x.Manifests {
			if err := n.manifest(d, 0); err != nil {
				return err
			}
		}
	}
	if b := files["manifest.json"]; b != nil && !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		if err := n.docker(b); err != nil {
			return err
		}
	}
	if n.images == 0 {
		return fmt.Errorf("no image was looked at")
	}
	return nil
}

type naiveVerifier struct {
	files  map[string][]byte
	images int
}

func (n *naiveVerifier) blob(d v1.Descriptor) ([]byte, error) {
	if err := d.Digest.Validate(); err != nil {
		return nil, err
	}
	b, ok := n.files[testimage.BlobPath(d.Digest)]
	if !ok {
		return nil, nil
	}
	if d.Digest.Algorithm().FromBytes(b) != d.Digest || int64(len(b)) != d.Size {
		return nil, fmt.Errorf("%s does not hold", d.Digest)
	}
	return b, nil
}

func (n *naiveVerifier) manifest(d v1.Descriptor, depth int) error {
	b, err := n.blob(d)
	if err != nil || b == nil || depth > 20 {
		return err
	}
	var m struct {
		v1.Manifest
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	for _, d := range m.Manifests {
		if err := n.manifest(d, depth+1); err != nil {
			return err
		}
	}
	if m.Manifests != nil {
		return nil
	}
	config, err := n.blob(m.Config)
	if err != nil || config == nil {
		return fmt.Errorf("config: %v", err)
	}
	var layers [][]byte
	for _, l := range m.Layers {
		b, err := n.blob(l)
		if err != nil || b == nil {
			return fmt.Errorf("layer: %v", err)
		}
		if strings.Contains(l.MediaType, ".image.layer.") {
			layers = append(layers, b)
		}
	}
	n.images++
	if m.Config.MediaType != v1.MediaTypeImageConfig || len(layers) != len(m.Layers) {
		return nil // an artifact, or layers that nobody can look into
	}
	return diffIDs(config, layers)
}

// diffIDs compares the uncompressed layers with the config.
func diffIDs(config []byte, layers [][]byte) error {
	var c v1.Image
	if err := json.Unmarshal(config, &c); err != nil {
		return err
	}
	if len(c.RootFS.DiffIDs) != len(layers) {
		return fmt.Errorf("%d diff IDs for %d layers", len(c.RootFS.DiffIDs), len(layers))
	}
	for i, b := range layers {
		plain, err := testimage.Decompress(b)
		for cut := bytes.TrimRight(b, "\x00"); err != nil && len(cut) <= len(b); cut = b[:len(cut)+1] {
			plain, err = testimage.Decompress(cut) // zero padding is a warning
			if len(cut) == len(b) {
				break
			}
		}
		if err != nil {
			return err
		}
		if digest.FromBytes(plain) != c.RootFS.DiffIDs[i] {
			return fmt.Errorf("layer %d has another diff ID", i)
		}
	}
	return nil
}

func (n *naiveVerifier) docker(b []byte) error {
	var entries []testimage.DockerEntry
	if err := json.Unmarshal(b, &entries); err != nil {
		return err
	}
	for _, e := range entries {
		config, ok := n.files[path.Clean(e.Config)]
		if !ok {
			return fmt.Errorf("config %q is missing", e.Config)
		}
		if hex, ok := strings.CutSuffix(e.Config, ".json"); ok && len(hex) == 64 && digest.FromBytes(config).Encoded() != hex {
			return fmt.Errorf("config %q is another one", e.Config)
		}
		var layers [][]byte
		for _, l := range e.Layers {
			b, ok := n.files[path.Clean(l)]
			if !ok {
				return fmt.Errorf("layer %q is missing", l)
			}
			layers = append(layers, b)
		}
		if err := diffIDs(config, slices.Clone(layers)); err != nil {
			return err
		}
		n.images++
	}
	return nil
}
