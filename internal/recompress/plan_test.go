package recompress

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const trust = "../../cmd/ocisum/testdata/trust/"

func document(text string) evidence.Document {
	return evidence.Sort([]verify.Evidence{{By: "test", Data: []byte(text)}})[0]
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(trust + name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func indexOf(docs ...evidence.Document) evidence.Document {
	var list []string
	for _, d := range docs {
		list = append(list, fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType(d), d.Digest, len(d.Data)))
	}
	return document(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[` + strings.Join(list, ",") + `]}`)
}

func TestMatch(t *testing.T) {
	rep, err := verify.Path(context.Background(), trust+"digest-lost/docker20-save.tar", verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	right := document(read(t, "digest-lost/approved-manifest.json"))
	text := string(right.Data)
	other := document(strings.Replace(text, "sha256:a57d", "sha256:b57d", 1))
	short := document(text[:strings.LastIndex(text, `,{"mediaType"`)] + "]}")
	double := document(strings.Replace(text, `"layers":`, `"layers":[],"layers":`, 1))
	spaced := document(text + "\n")
	index := indexOf(right, other)
	outer := indexOf(index)
	for _, tt := range []struct {
		name string
		docs []evidence.Document
		root digest.Digest
		want []digest.Digest // manifests, and after each what index.json lists of it
		err  error
	}{
		{"the manifest", []evidence.Document{right}, "", []digest.Digest{right.Digest, right.Digest}, nil},
		{"among others", []evidence.Document{other, right, document("{}"), document("no JSON")}, "", []digest.Digest{right.Digest, right.Digest}, nil},
		{"below an index", []evidence.Document{right, index}, "", []digest.Digest{right.Digest, index.Digest}, nil},
		{"below two", []evidence.Document{outer, right, index}, "", []digest.Digest{right.Digest, outer.Digest}, nil},
		{"below the one that is approved", []evidence.Document{outer, right, index}, index.Digest, []digest.Digest{right.Digest, outer.Digest}, nil},
		{"approved itself", []evidence.Document{right, spaced}, spaced.Digest, []digest.Digest{spaced.Digest, spaced.Digest}, nil},
		{"not approved", []evidence.Document{right}, other.Digest, nil, ErrNoImage},
		{"another config", []evidence.Document{other}, "", nil, ErrNoImage},
		{"a layer less", []evidence.Document{short}, "", nil, ErrNoImage},
		{"two readings", []evidence.Document{double}, "", nil, ErrNoManifest},
		{"an index only", []evidence.Document{index}, "", nil, ErrNoManifest},
		{"nothing", nil, "", nil, ErrNoManifest},
	} {
		plans, err := Match(rep, tt.docs, tt.root, oci.DefaultLimits())
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.err)
			continue
		}
		var got []digest.Digest
		for _, p := range plans {
			got = append(got, p.Digest())
			for _, e := range Entries([]Plan{p}) {
				got = append(got, e.Digest)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A cycle of indexes cannot be made of digests; ancestors must end all the same.
func TestAncestorsEnd(t *testing.T) {
	a, b := evidence.Document{Digest: "sha256:a"}, evidence.Document{Digest: "sha256:b"}
	above := map[digest.Digest][]evidence.Document{"sha256:m": {a, b}, "sha256:a": {b}, "sha256:b": {a}}
	if got := ancestors("sha256:m", above); len(got) != 2 {
		t.Errorf("got %d, want 2", len(got))
	}
}

func TestOthers(t *testing.T) {
	blob := document(`{"payload":""}`)
	config := document(`{}`)
	whole := document(fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":2},"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","digest":%q,"size":14}]}`, config.Digest, blob.Digest))
	image := document(read(t, "digest-lost/approved-manifest.json"))
	got := Others([]evidence.Document{whole, blob, config, image, indexOf(image)})
	if len(got) != 3 || got[0].Digest != whole.Digest {
		t.Errorf("got %d documents, want the artifact, its config and its blob", len(got))
	}
	if got := Others([]evidence.Document{whole, config}); len(got) != 1 || got[0].Digest != config.Digest {
		t.Errorf("got %d documents, want no manifest whose blob is missing", len(got))
	}
}

func TestLikely(t *testing.T) {
	layers := []part{{Blob: Blob{hash.DigestBytes(digest.SHA256, nil), 1}}}
	for _, r := range recipes() {
		got := likely(r.dialect.write(layers[0].Blob, layers))
		switch {
		case got == "", r.compressor == "", got == r.compressor:
		case strings.HasPrefix(r.compressor, pgzipPrefix) && strings.HasPrefix(got, pgzipPrefix):
		default:
			t.Errorf("%s: got %s, want %s", r.tool, got, r.compressor)
		}
	}
}

// TestChanged has an archive replaced between its verification and what is done
// with it.
func TestChanged(t *testing.T) {
	ctx := context.Background()
	rep, err := verify.Path(ctx, trust+"digest-lost/docker20-save.tar", verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tampered-layer.tar", "crane-pull.tar"} {
		src, err := Open(ctx, trust+"digest-lost/"+name, verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		if _, err := Predict(ctx, src, rep); err == nil {
			t.Errorf("%s: predicted something of what is no longer there", name)
		}
		plans, err := Match(rep, []evidence.Document{document(read(t, "digest-lost/approved-manifest.json"))}, "", oci.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		store, err := Create(filepath.Join(t.TempDir(), "x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(ctx, src, rep, plans, store); err == nil {
			t.Errorf("%s: restored something of what is no longer there", name)
		}
		if err := store.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	if _, err := Open(ctx, filepath.Join(t.TempDir(), "none"), verify.Options{}); !os.IsNotExist(err) {
		t.Errorf("got %v, want that it does not exist", err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	src, err := Open(ctx, trust+"recompress/docker20-save.tar.gz", verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Decoded(done, "x", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if _, err := src.Decoded(ctx, "x", 1); err == nil {
		t.Error("got nil for a member that is not there")
	}
}

// FuzzMatch gives anything as evidence. Whatever is planned is about the image.
func FuzzMatch(f *testing.F) {
	text := read(f, "digest-lost/approved-manifest.json")
	f.Add([]byte(text), []byte("{}"))
	f.Add([]byte(text), indexOf(document(text)).Data)
	id := digest.Digest("sha256:a57dac2f8c1ab031d3f1357b2c934a18285ec74884036a135de6f6e6a5b1c32d")
	rep := &report.Report{Images: []report.Image{{ImageID: id, Layers: make([]report.Layer, 2)}}}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		docs := evidence.Sort([]verify.Evidence{{Data: a}, {Data: b}})
		plans, err := Match(rep, docs, "", oci.DefaultLimits())
		if (err == nil) != (len(plans) > 0) {
			t.Errorf("got %d plans and %v", len(plans), err)
		}
		for _, p := range plans {
			if p.manifest.Config.Digest != id || len(p.manifest.Layers) != 2 || len(Entries([]Plan{p})) != 1 {
				t.Errorf("got a plan for %s", p.manifest.Config.Digest)
			}
		}
		Others(docs)
	})
}
