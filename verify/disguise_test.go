package verify_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// approve is a voucher that approves of one image and asks for all.
func approve(d digest.Digest) verify.Voucher {
	return testimony(func(f *verify.Found) verify.Testimony {
		t := verify.Testimony{Vouches: []verify.Vouch{{Kind: "signature", Digest: d}}}
		for i := range f.Images {
			t.Needs = append(t.Needs, verify.Need{Image: i, Code: report.AnchorRequired, Reason: "not approved"})
		}
		return t
	})
}

// TestDisguised: an image that nobody approved does not pass because one media
// type in it makes it no image here: runtimes take it for one.
func TestDisguised(t *testing.T) {
	good := image("app:1", "good\n", "amd64")
	evil := func(config, layer string) testimage.Image {
		img := image("app:2", "evil\n", "amd64")
		img.Manifest = func(m *v1.Manifest) {
			m.Config.MediaType = config
			m.Layers[0].MediaType = layer
		}
		return img
	}
	statement := image("sig:1", "", "amd64")
	statement.Layers = []testimage.Layer{{Raw: []byte(`{"critical":{}}`), MediaType: "application/vnd.dev.cosign.simplesigning.v1+json"}}
	chart := evil("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	for _, tt := range []struct {
		name   string
		second testimage.Image
		want   report.Verdict
	}{
		{"an image", evil(v1.MediaTypeImageConfig, v1.MediaTypeImageLayerGzip), report.Denied},
		{"layers of no type", evil(v1.MediaTypeImageConfig, "application/octet-stream"), report.Denied},
		{"layers called signatures", evil(v1.MediaTypeImageConfig, "application/vnd.dev.cosign.simplesigning.v1+json"), report.Denied},
		{"layers called attestations", evil(v1.MediaTypeImageConfig, "application/vnd.in-toto+json"), report.Denied},
		{"a config in upper case", evil(strings.ToUpper(v1.MediaTypeImageConfig), v1.MediaTypeImageLayerGzip), report.Denied},
		{"a config type with a parameter", evil(v1.MediaTypeImageConfig+"; charset=utf-8", v1.MediaTypeImageLayerGzip), report.Denied},
		{"a config type that old registries served", evil("application/octet-stream", v1.MediaTypeImageLayerGzip), report.Denied},
		{"a signature", statement, report.Verified},
		{"a chart", chart, report.Verified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := testimage.Layout{Images: []testimage.Image{good, tt.second}}.Tree()
			opt := verify.Options{Vouchers: []verify.Voucher{approve(good.Descriptor().Digest)}}
			random, err := judge(t, tree, opt)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := verify.RunStream(context.Background(), bytes.NewReader(tree.Tar()), opt)
			if err != nil {
				t.Fatal(err)
			}
			for form, got := range map[string]*report.Report{"random": random, "stream": stream} {
				if got.Verdict != tt.want {
					t.Errorf("%s: got %s, want %s: %v", form, got.Verdict, tt.want, codes(got))
				}
			}
		})
	}
}

// TestEvidenceChoosesNothing: a digest behind @ that only evidence leads from
// cannot choose an image, so the others have to be covered too; and evidence
// that an archive carries replaces no manifest it has.
func TestEvidenceChoosesNothing(t *testing.T) {
	img, other := lost(), image("app:2", "other\n", "amd64")
	manifest := img.ManifestBytes()
	approved := digest.FromBytes(manifest)
	given := []verify.Evidence{{By: "--evidence file", Data: manifest}}
	odd := lost()
	odd.Manifest = func(m *v1.Manifest) { m.Annotations = map[string]string{"by": "somebody else"} }
	carried := testimage.Layout{Images: []testimage.Image{odd}}.Tree().Add(testimage.File(".evidence/blobs/sha256/"+approved.Encoded(), string(manifest)))
	for _, tt := range []struct {
		name string
		tree testimage.Tree
		opt  verify.Options
		want report.Verdict
	}{
		{"alone", saved(img).Tree(), verify.Options{Pin: approved, Evidence: given}, report.Verified},
		{"beside another image", saved(img, other).Tree(), verify.Options{Pin: approved, Evidence: given}, report.Denied},
		{"beside another image, expected", saved(img, other).Tree(), verify.Options{Expect: []digest.Digest{approved}, Evidence: given}, report.Verified},
		{"another manifest, evidence given", testimage.Layout{Images: []testimage.Image{odd}}.Tree(), verify.Options{Pin: approved, Evidence: given}, report.Verified},
		{"another manifest, evidence carried", carried, verify.Options{Pin: approved}, report.Denied},
	} {
		got, err := judge(t, tt.tree, tt.opt)
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != tt.want {
			t.Errorf("%s: got %s, want %s: %v", tt.name, got.Verdict, tt.want, codes(got))
		}
	}
}
