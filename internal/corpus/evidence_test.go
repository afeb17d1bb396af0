package corpus

import (
	"slices"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestEvidence proves the docker save archives of the corpus to be the images
// of manifests that other tools wrote for the same image: every manifest whose
// config an archive has leads to it, and to none of the broken archives.
func TestEvidence(t *testing.T) {
	var mu sync.Mutex
	manifests := map[digest.Digest][][]byte{} // by image ID
	t.Run("collect", func(t *testing.T) {
		eachCase(t, func(t *testing.T, c Case, path string) {
			if !c.Good() {
				return
			}
			var take evidence.Collector
			if _, err := verify.Path(bounded(t, c), path, verify.Options{Vouchers: []verify.Voucher{&take}}); err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, d := range take.Documents {
				if m, problems := oci.ParseManifest(d.Data, oci.DefaultLimits()); d.Kind == "manifest" && m != nil && len(problems) == 0 && m.Config != nil {
					id := m.Config.Digest
					if !slices.ContainsFunc(manifests[id], func(b []byte) bool { return string(b) == string(d.Data) }) {
						manifests[id] = append(manifests[id], d.Data)
					}
				}
			}
		})
	})
	proven, refused := 0, 0
	t.Run("prove", func(t *testing.T) {
		eachCase(t, func(t *testing.T, c Case, path string) {
			if c.Format != "docker-archive" || c.Args.MaxMemoryMiB > 0 {
				return
			}
			// The IDs that a broken archive claims count too: its base has them.
			plain, err := verify.Path(bounded(t, c), path, verify.Options{})
			if err != nil || plain == nil {
				return
			}
			for i, img := range plain.Images {
				if img.Digest != nil {
					continue // nothing is lost
				}
				for id, documents := range manifests {
					for _, m := range documents {
						approved := digest.FromBytes(m)
						got, err := verify.Path(bounded(t, c), path, verify.Options{
							Expect: []digest.Digest{approved}, Evidence: []verify.Evidence{{By: "evidence", Data: m}},
						})
						if err != nil {
							t.Fatal(err)
						}
						// For every other image, and where a layer is not there
						// or not the right one, the chain has to break. Other
						// faults are the archive's: it may hold, in vain.
						want := id == img.ImageID && img.Verdict == report.Verified
						broken := id != img.ImageID || slices.ContainsFunc(img.Layers, func(l report.Layer) bool { return l.State != report.Checked }) ||
							slices.ContainsFunc(plain.Findings, func(f report.Finding) bool {
								return f.Code == report.LayerDiffIDMismatch && slices.Contains(f.Images, i)
							})
						anchored := got.Images[i].Anchored
						if want && !anchored || broken && anchored || plain.Verdict != report.Verified && got.Verdict == report.Verified {
							t.Errorf("image %s, %s: got anchored %t by the manifest %s of %s", img.ImageID, img.Verdict, anchored, approved, id)
						}
						mu.Lock()
						if want {
							proven++
						} else {
							refused++
						}
						mu.Unlock()
					}
				}
			}
		})
	})
	t.Logf("%d image IDs with manifests, %d proofs hold, %d are refused", len(manifests), proven, refused)
	if !testing.Short() && (proven < 10 || refused < 100) {
		t.Errorf("%d proofs and %d refusals: is the corpus there?", proven, refused)
	}
}
