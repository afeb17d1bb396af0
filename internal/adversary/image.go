package adversary

import (
	"bytes"
	"encoding/json"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
)

// Saved is a docker save archive of one image with one layer, in parts, so
// that tests can put the parts together in ways that no writer does.
type Saved struct {
	Layer, Config, Manifest                []byte // bodies
	LayerName, ConfigName, ManifestName    string
	LayerMember, ConfigMember, IndexMember []byte // whole members; IndexMember is manifest.json
}

// folder is where Saved keeps its layer: a name that claims nothing.
const folder = "1111111111111111111111111111111111111111111111111111111111111111/"

// Save returns the parts of an archive whose image runs cmd. Two images with
// different commands have different configs and the same layer.
func Save(cmd string) Saved {
	img := image(cmd)
	d := testimage.DockerSave{Images: []testimage.Image{img}, Manifest: func(e *[]testimage.DockerEntry) {
		(*e)[0].Layers[0] = folder + "layer.tar"
	}}
	s := Saved{LayerName: folder + "layer.tar", ConfigName: d.ConfigPath(img), ManifestName: "manifest.json"}
	files := d.Tree().Files()
	s.Layer, s.Config, s.Manifest = files[d.LayerPath(img.Layers[0])], files[s.ConfigName], files[s.ManifestName]
	s.LayerMember = tartest.File(s.LayerName, string(s.Layer))
	s.ConfigMember = tartest.File(s.ConfigName, string(s.Config))
	s.IndexMember = tartest.File(s.ManifestName, string(s.Manifest))
	return s
}

// image returns a small image that runs cmd.
func image(cmd string) testimage.Image {
	return testimage.Image{
		Ref:    "app:1",
		Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}}},
		Config: func(c *v1.Image) { c.Config.Cmd = []string{cmd} },
	}
}

// Archive joins members and ends the archive.
func Archive(parts ...[]byte) []byte { return append(tartest.Join(parts...), tartest.End()...) }

// oci returns an OCI layout of an image of one gzip layer; change edits the
// parts of the image before anything is hashed.
func oci(change func(*testimage.Image, *testimage.Layout)) testimage.Tree {
	img := image("/bin/true")
	img.Layers[0].Compress = "gzip"
	l := testimage.Layout{Images: []testimage.Image{img}}
	if change != nil {
		change(&l.Images[0], &l)
	}
	return l.Tree()
}

// encode is for documents of this package's making.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("adversary: " + err.Error())
	}
	return b
}

// dirTree is an image in a dir: folder.
func dirTree() testimage.Tree {
	var t testimage.Tree
	for _, m := range oci(nil) {
		switch name, isBlob := strings.CutPrefix(m.Name, "blobs/sha256/"); {
		case isBlob && bytes.Contains(m.Body, []byte(`"layers":[`)):
			t = t.Add(testimage.Member{Name: "manifest.json", Body: m.Body})
		case isBlob:
			t = t.Add(testimage.Member{Name: name, Body: m.Body})
		}
	}
	return t.Add(testimage.File("version", "Directory Transport Version: 1.1\n"))
}

// foreign is an image whose layer may be fetched from url.
func foreign(url string) testimage.Tree {
	return oci(func(i *testimage.Image, _ *testimage.Layout) {
		i.Layers[0].MediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
		i.Manifest = func(m *v1.Manifest) { m.Layers[0].URLs = []string{url} }
	})
}
