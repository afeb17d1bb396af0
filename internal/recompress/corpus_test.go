package recompress_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/corpus"
	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/internal/recompress"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// sample is a fixture of the corpus that is verified.
type sample struct {
	name, path string
	report     *report.Report
}

// samples verifies the undamaged fixtures of the corpus.
func samples(t *testing.T) []sample {
	t.Helper()
	root := t.TempDir()
	if err := corpus.Unpack(filepath.Join("..", "..", "testdata", "corpus.tar.zst"), root); err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	var list []sample
	for _, c := range cases {
		if !c.Good() || c.Args.Slow {
			continue
		}
		path, err := c.Prepare(root, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		rep, err := verify.Path(context.Background(), path, verify.Options{KeepRaw: true})
		if err == nil && rep.Verdict == report.Verified {
			list = append(list, sample{c.Name, path, rep})
		}
	}
	return list
}

func (s sample) saved() bool { return slices.Contains(s.report.Source.Formats, "docker-archive") }

func (s sample) open(t *testing.T) *recompress.Source {
	t.Helper()
	src, err := recompress.Open(context.Background(), s.path, verify.Options{})
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// manifests collects the raw manifests of all samples, each under the name of
// the first sample that has it.
func manifests(list []sample) (names []string, raw map[string][]byte) {
	raw = map[string][]byte{}
	for _, s := range list {
		for _, img := range s.report.Images {
			if img.Raw == nil || len(img.Raw.Manifest) == 0 || slices.ContainsFunc(names, func(n string) bool { return string(raw[n]) == string(img.Raw.Manifest) }) {
				continue
			}
			name := s.name + " " + digest.FromBytes(img.Raw.Manifest).Encoded()[:8]
			names, raw[name] = append(names, name), img.Raw.Manifest
		}
	}
	return names, raw
}

// notReproduced are manifests over layers that no known compressor makes: zstd
// by versions of long ago.
var notReproduced = map[string]bool{"sk-harbor-zstd 0f19243c": true, "sk-harbor-zstdchunked 7c616208": true}

func TestCorpus(t *testing.T) {
	all := samples(t)
	t.Run("restored", func(t *testing.T) { restored(t, all) })
	t.Run("predicted", func(t *testing.T) { predicted(t, all) })
}

// restored restores, from every docker save archive of the corpus, every other
// form of its images that is in the corpus.
func restored(t *testing.T, all []sample) {
	restoredBy := map[string]string{
		"bk-harbor-docker <- bk-harbor-attmin ac522317":                               "stored",
		"c24-harbor-convert-oci <- ba-harbor-list-dir 637e8755":                       "plain",
		"cr-harbor-pull-legacy <- co-harbor-save 855c93c3":                            "go-gzip-1",
		"mbc-harbor-meta <- mbc-harbor-meta c5f71cd1":                                 "", // no layers
		"pod43-harbor-docker-archive <- pod43-harbor-docker-dir-compress fbe9da97":    "pgzip-1.15.11",
		"pod43-harbor-docker-archive-from-oci <- pod43-harbor-oci-archive 0ff37fa3":   "pgzip-1.15.11",
		"pod43-harbor-docker-archive-multiimage <- pod43-harbor-oci-archive 0ff37fa3": "pgzip-1.15.11",
		"pod43-harbor-docker-archive-from-oci <- sk-harbor-zstd 0f19243c":             "not reproduced",
		"wrap-harbor-xz <- c24-harbor-fromdocker 2a85693d":                            "stored",
	}
	checked := 0
	names, raw := manifests(all)
	for _, s := range all {
		if !s.saved() {
			continue
		}
		src := s.open(t)
		for _, name := range names {
			docs := evidence.Sort([]verify.Evidence{{By: name, Data: raw[name]}})
			plans, err := recompress.Match(s.report, docs, "", oci.DefaultLimits())
			if err != nil {
				continue
			}
			dir := filepath.Join(t.TempDir(), "layout")
			store, err := recompress.Create(dir)
			if err != nil {
				t.Fatal(err)
			}
			images, err := recompress.Restore(context.Background(), src, s.report, plans, store)
			var not *recompress.NotReproducedError
			got := ""
			switch {
			case errors.As(err, &not):
				got = "not reproduced"
				if err := store.Remove(); err != nil {
					t.Errorf("%s: %v", s.name, err)
				}
				if _, err := os.Stat(dir); err == nil {
					t.Errorf("%s: something is left", s.name)
				}
			case err != nil:
				t.Errorf("%s from %s: %v", name, s.name, err)
				continue
			default:
				var by []string
				for _, l := range images[0].Layers {
					by = append(by, l.By)
				}
				got = strings.Join(slices.Compact(by), " ")
				if err := store.Finish(recompress.Entries(plans)); err != nil {
					t.Fatal(err)
				}
				rep, err := verify.Path(context.Background(), dir, verify.Options{Expect: []digest.Digest{plans[0].Digest()}})
				if err != nil || rep.Verdict != report.Verified {
					t.Errorf("%s from %s: got %s, %v", name, s.name, rep.Verdict, err)
				}
			}
			checked++
			want, told := restoredBy[s.name+" <- "+name]
			switch {
			case told && got != want:
				t.Errorf("%s from %s: got %q, want %q", name, s.name, got, want)
			case !told && got == "not reproduced" && !notReproduced[name]:
				t.Errorf("%s from %s: not reproduced", name, s.name)
			}
			delete(restoredBy, s.name+" <- "+name)
		}
	}
	if checked < 90 || len(restoredBy) > 0 {
		t.Errorf("checked %d pairs, not met: %v", checked, restoredBy)
	}
}

// predicted has predictions meet the manifests that tools wrote.
func predicted(t *testing.T, all []sample) {
	want := []string{
		"bk-harbor-docker: BuildKit (OCI media types) = bk-harbor-attmin ac522317",
		"bk-harbor-docker: BuildKit (Docker media types) = bk-harbor-docker 3bea797b",
		"mbc-harbor-attest: BuildKit (OCI media types) = bk-harbor-multi 3bdaad9b",
		"mbx-harbor-bxdef: BuildKit (OCI media types) = mbx-harbor-bxdef c58f61e1",
		"c24-harbor-dlist-all: crane push = c24-harbor-dlist-all 85a19a4d",
		"cr-harbor-pull-legacy: crane push = co-harbor-save 855c93c3",
		"d20-harbor-single: docker push (containerd image store), ctr images import = c24-harbor-fromdocker 2a85693d",
		"pod43-harbor-docker-archive: skopeo copy, podman push = pod43-harbor-docker-dir-compress fbe9da97",
	}
	var got []string
	names, raw := manifests(all)
	for _, s := range all {
		if !s.saved() {
			continue
		}
		list, err := recompress.Predict(context.Background(), s.open(t), s.report)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		for _, f := range list {
			for _, p := range f.Predictions {
				for _, name := range names {
					if p.Basis == recompress.Predicted && p.Digest == digest.FromBytes(raw[name]) {
						got = append(got, s.name+": "+p.Tool+" = "+name)
					}
				}
			}
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no prediction meets %s", w)
		}
	}
}
