package adversary

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestFlips flips ten thousand seeded bits in manifests, configs, layers and
// other blobs of real images. Each is caught, and the object that holds it is
// named by an error.
func TestFlips(t *testing.T) {
	flips, size := 10_000, 1<<20
	if testing.Short() {
		flips, size = 400, 64<<10
	}
	images := fixtures(t, size)
	each := (flips + len(images) - 1) / len(images)
	for i, img := range images {
		t.Run(img.name, func(t *testing.T) {
			t.Parallel()
			body := bytes.Clone(img.tar)
			a := openTar(t, body)
			whole, err := verify.Run(t.Context(), a, verify.Options{})
			if err != nil || whole.Verdict != report.Verified {
				t.Fatalf("without a flip: %v\n%s", err, Describe(whole))
			}
			targets := blobs(a, whole)
			if len(targets) == 0 {
				t.Fatal("no object is under a digest")
			}
			rng := rand.New(rand.NewPCG(uint64(i), 20_260_101))
			for range each {
				o := targets[rng.IntN(len(targets))]
				at, mask := o.Offset+rng.Int64N(o.Size), byte(1)<<rng.IntN(8)
				body[at] ^= mask
				rep, err := verify.Run(t.Context(), openTar(t, body), verify.Options{Jobs: 1})
				body[at] ^= mask
				if err != nil || rep.Verdict != report.Failed {
					t.Errorf("%s: byte %d with %#x: %v\n%s", o.Name, at-o.Offset, mask, err, Describe(rep))
				} else if !accuses(rep, o.Name) {
					t.Errorf("%s: byte %d with %#x: the object is not named\n%s", o.Name, at-o.Offset, mask, Describe(rep))
				}
			}
		})
	}
	t.Logf("%d images, %d flips each", len(images), each)
}

func openTar(t *testing.T, b []byte) *archive.Archive {
	t.Helper()
	a, err := archive.New(t.Context(), bytes.NewReader(b), int64(len(b)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// blobs returns the objects that are under some digest.
func blobs(src content.Source, rep *report.Report) []content.Object {
	named := map[string]bool{}
	add := func(b *report.Blob) {
		if b != nil && b.State == report.Checked && b.Object != "manifest.json" {
			named[b.Object] = true
		}
	}
	for _, img := range rep.Images {
		add(img.Manifest)
		add(&img.Config)
		for i := range img.Layers {
			add(&img.Layers[i].Blob)
		}
	}
	var list []content.Object
	for _, o := range src.Objects() {
		if o.Kind == content.Regular && o.Size > 0 && (named[o.Name] || strings.HasPrefix(o.Name, "blobs/")) {
			list = append(list, o)
		}
	}
	return list
}

// accuses reports whether an error names the object.
func accuses(rep *report.Report, object string) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool {
		return f.Severity == report.Error && f.Object == object
	})
}
