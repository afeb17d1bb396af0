package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// lost is an image of two layers whose manifest docker save leaves out.
func lost() testimage.Image {
	img := image("app:1", "one\n", "amd64")
	img.Layers = append(img.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("etc/hosts", "two\n")}, Compress: "gzip"})
	return img
}

// saved is what docker save makes of images: layers without compression.
func saved(images ...testimage.Image) testimage.DockerSave {
	var d testimage.DockerSave
	for _, img := range images {
		plain := img
		plain.Layers = nil
		for _, l := range img.Layers {
			l.Compress = ""
			plain.Layers = append(plain.Layers, l)
		}
		d.Images = append(d.Images, plain)
	}
	return d
}

// listing is an index over images.
func listing(images ...testimage.Image) []byte {
	x := v1.Index{MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{}}
	x.SchemaVersion = 2
	for _, img := range images {
		x.Manifests = append(x.Manifests, img.Descriptor())
	}
	b, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return b
}

// TestEvidence: a digest that the archive lacks leads to it by way of the raw
// manifest, and each way in which it does not is refused at the right link.
func TestEvidence(t *testing.T) {
	img, other := lost(), image("app:2", "three\n", "arm64")
	manifest, index := img.ManifestBytes(), listing(img, other)
	swapped := lost()
	swapped.Layers[0], swapped.Layers[1] = swapped.Layers[1], swapped.Layers[0]
	less := lost()
	less.Manifest = func(m *v1.Manifest) { m.Layers = m.Layers[:1] }
	long := lost()
	long.Manifest = func(m *v1.Manifest) { m.Config.Size++ }
	twice := []byte(strings.Replace(string(manifest), `"layers":`, `"layers":[],"layers":`, 1))
	d := saved(img)
	tree := d.Tree()
	layer := d.LayerPath(d.Images[0].Layers[0])
	embedded := tree.Add(testimage.File(".evidence/blobs/sha256/"+digest.FromBytes(manifest).Encoded(), string(manifest)))
	tests := []struct {
		name     string
		tree     testimage.Tree
		approved []byte // whose digest is expected
		evidence [][]byte
		strict   bool
		want     report.Verdict
		codes    []report.Code
		broken   string // link that does not hold
		steps    string
	}{
		{"manifest", tree, manifest, [][]byte{manifest}, false, report.Verified, nil, "", "manifest config layer 1 of 2 layer 2 of 2"},
		{"index and manifest", tree, index, [][]byte{index, manifest}, false, report.Verified, nil, "", "index manifest config layer 1 of 2 layer 2 of 2"},
		{"manifest of another platform too", tree, index, [][]byte{other.ManifestBytes(), index, manifest}, false, report.Verified, nil, "config", "index manifest config layer 1 of 2 layer 2 of 2 manifest config"},
		{"carried in the archive", embedded, manifest, nil, true, report.Verified, nil, "", "manifest config layer 1 of 2 layer 2 of 2"},
		{"no evidence", tree, manifest, nil, false, report.Denied, []report.Code{report.PinMismatch}, "", ""},
		{"evidence altered", tree, manifest, [][]byte{append([]byte(" "), manifest...)}, false, report.Denied, []report.Code{report.PinMismatch}, "", ""},
		{"index without the manifest", tree, index, [][]byte{index}, false, report.Denied, []report.Code{report.EvidenceBroken}, "manifest", "index manifest"},
		{"config of another image", saved(other).Tree(), manifest, [][]byte{manifest}, false, report.Denied, []report.Code{report.EvidenceBroken}, "config", "manifest config"},
		{"config altered", tree.Edit(d.ConfigPath(d.Images[0]), func(b []byte) []byte { return bytes.Replace(b, []byte("/bin/true"), []byte("/bin/evil"), 1) }), manifest, [][]byte{manifest}, false, report.Failed, []report.Code{report.EvidenceBroken, report.ImageIDMismatch}, "config", "manifest config"},
		{"config of another size", tree, long.ManifestBytes(), [][]byte{long.ManifestBytes()}, false, report.Denied, []report.Code{report.EvidenceBroken}, "config", "manifest config"},
		{"layer altered", tree.Flip(layer, 40), manifest, [][]byte{manifest}, false, report.Failed, []report.Code{report.EvidenceBroken, report.LayerDiffIDMismatch}, "layer 1 of 2", "manifest config layer 1 of 2 layer 2 of 2"},
		{"layer missing", tree.Remove(layer), manifest, [][]byte{manifest}, false, report.Denied, []report.Code{report.EvidenceBroken, report.BlobMissing}, "layer 1 of 2", "manifest config layer 1 of 2 layer 2 of 2"},
		{"layers in another order", saved(swapped).Tree(), manifest, [][]byte{manifest}, false, report.Denied, []report.Code{report.EvidenceBroken}, "config", "manifest config"},
		{"fewer layers in the manifest", tree, less.ManifestBytes(), [][]byte{less.ManifestBytes()}, false, report.Denied, []report.Code{report.EvidenceBroken}, "layers", "manifest config layers"},
		{"evidence that can be read in two ways", tree, twice, [][]byte{twice}, false, report.Denied, []report.Code{report.PinMismatch}, "", ""},
		{"misnamed in the archive", tree.Add(testimage.File(".evidence/blobs/sha256/"+digest.FromString("x").Encoded(), string(manifest))), manifest, nil, false, report.Failed, []report.Code{report.BlobNameMismatch}, "", "manifest config layer 1 of 2 layer 2 of 2"},
		{"the archive has the manifest itself", testimage.Layout{Images: []testimage.Image{img}}.Tree(), manifest, [][]byte{manifest}, false, report.Verified, nil, "", ""},
		{"the archive has the manifest and lacks the index", testimage.Layout{Images: []testimage.Image{img}}.Tree(), index, [][]byte{index}, false, report.Verified, nil, "", "index manifest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := verify.Options{Expect: []digest.Digest{digest.FromBytes(tt.approved)}, Strict: tt.strict, ExpectAll: true}
			for _, e := range tt.evidence {
				opt.Evidence = append(opt.Evidence, verify.Evidence{By: "--evidence file", Data: e})
			}
			random, err := judge(t, tt.tree, opt)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := verify.RunStream(context.Background(), bytes.NewReader(tt.tree.Tar()), opt)
			if err != nil {
				t.Fatal(err)
			}
			for form, got := range map[string]*report.Report{"random": random, "stream": stream} {
				if got.Verdict != tt.want {
					t.Errorf("%s: got verdict %s, want %s", form, got.Verdict, tt.want)
				}
				for _, want := range tt.codes {
					if !found(got, want) {
						t.Errorf("%s: got %v, want %s", form, codes(got), want)
					}
				}
				a := got.Anchors[0]
				var steps []string
				broken := ""
				for _, l := range a.Chain {
					steps = append(steps, l.Step)
					if !l.Holds && broken == "" {
						broken = l.Step
					}
				}
				if s := strings.Join(steps, " "); s != tt.steps || broken != tt.broken {
					t.Errorf("%s: got links %q, broken %q, want %q, %q", form, s, broken, tt.steps, tt.broken)
				}
			}
		})
	}
}

// TestEvidenceUnapproved: a manifest that nobody approved says which image this
// is, and vouches for nothing.
func TestEvidenceUnapproved(t *testing.T) {
	img := lost()
	got, err := judge(t, saved(img).Tree(), verify.Options{Evidence: []verify.Evidence{{By: "file", Data: img.ManifestBytes()}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Anchors) != 1 || !got.Anchors[0].Holds || got.Anchors[0].Approves() || got.Images[0].Anchored || !found(got, report.AnchorNone) {
		t.Errorf("got %+v, anchored %t, want evidence that fits and approves of nothing", got.Anchors, got.Images[0].Anchored)
	}
}

// FuzzEvidence: whatever the evidence is, an image is anchored only by a digest
// that the evidence has.
func FuzzEvidence(f *testing.F) {
	img := lost()
	tar := saved(img).Tree().Tar()
	f.Add(img.ManifestBytes())
	f.Add(listing(img))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}]}`))
	approved := digest.FromBytes(img.ManifestBytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		opt := verify.Options{Expect: []digest.Digest{approved}, Evidence: []verify.Evidence{{By: "fuzz", Data: data}}}
		got, err := verify.RunStream(context.Background(), bytes.NewReader(tar), opt)
		if err != nil {
			t.Fatal(err)
		}
		if want := digest.FromBytes(data) == approved; got.Images[0].Anchored != want || (got.Verdict == report.Verified) != want {
			t.Errorf("got anchored %t, %s; the evidence is the approved one: %t", got.Images[0].Anchored, got.Verdict, want)
		}
	})
}
