package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func layered(ref string, texts ...string) testimage.Image {
	img := testimage.Image{Ref: ref}
	for _, text := range texts {
		img.Layers = append(img.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("etc/motd", text)}})
	}
	return img
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEmbed: what is embedded is found, every byte before it is as it was, and
// doing it twice adds nothing.
func TestEmbed(t *testing.T) {
	img := layered("app:1", "one\n", "two\n")
	tar := testimage.DockerSave{Images: []testimage.Image{img}}.Tree().Tar()
	documents := evidence.Sort([]verify.Evidence{{Data: img.ManifestBytes()}, {Data: []byte("a signature")}})
	var once, twice bytes.Buffer
	if n, err := evidence.Embed(t.Context(), &once, bytes.NewReader(tar), int64(len(tar)), documents); err != nil || n != 2 {
		t.Fatalf("got %d, %v, want 2 documents", n, err)
	}
	if n, err := evidence.Embed(t.Context(), &twice, bytes.NewReader(once.Bytes()), int64(once.Len()), documents); err != nil || n != 0 {
		t.Fatalf("got %d, %v, want none added again", n, err)
	}
	if !bytes.Equal(once.Bytes(), twice.Bytes()) {
		t.Error("embedding again changed the archive")
	}
	// The tars of testimage end with two zero blocks.
	if whole := len(tar) - 1024; !bytes.Equal(once.Bytes()[:whole], tar[:whole]) {
		t.Error("what was in the archive changed")
	}
	rep, err := verify.RunStream(context.Background(), &once, verify.Options{Expect: []digest.Digest{digest.FromBytes(img.ManifestBytes())}})
	if err != nil || rep.Verdict != report.Verified {
		t.Errorf("got %s, %v, want verified", rep.Verdict, err)
	}
}

func TestEmbedRefuses(t *testing.T) {
	tar := testimage.DockerSave{Images: []testimage.Image{layered("app:1", "one\n")}}.Tree().Tar()
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte(strings.Repeat("no tar ", 300)), "compressed": testimage.Gzip(tar),
		"cut": tar[:len(tar)-1500], "no end": tar[:len(tar)-1024], "trailing data": append(bytes.Clone(tar), bytes.Repeat([]byte("x"), 512)...),
	} {
		if _, err := evidence.Embed(t.Context(), new(bytes.Buffer), bytes.NewReader(data), int64(len(data)), nil); !errors.Is(err, evidence.ErrNotTar) {
			t.Errorf("%s: got %v, want ErrNotTar", name, err)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "set", "blobs", "sha256", "x"), []byte("{}"))
	write(t, filepath.Join(dir, "set", "a.json"), []byte("[]"))
	got, err := evidence.Read(t.Context(), "--evidence", filepath.Join(dir, "set"))
	if err != nil || len(got) != 2 || string(got[0].Data) != "[]" || !strings.HasSuffix(got[1].By, filepath.Join("set", "blobs", "sha256", "x")) {
		t.Errorf("got %v, %v, want two documents", got, err)
	}
	large := write(t, filepath.Join(dir, "large"), make([]byte, 4<<20+1))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		large: "more than", filepath.Join(dir, "empty"): "no file", filepath.Join(dir, "absent"): "no such file",
	} {
		if _, err := evidence.Read(t.Context(), "--evidence", path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

// TestBase: an image has to begin with the layers of the base, in order.
func TestBase(t *testing.T) {
	judge := func(img testimage.Image, opt verify.Options) *report.Report {
		t.Helper()
		tar := testimage.Layout{Images: []testimage.Image{img}}.Tree().Tar()
		rep, err := verify.RunStream(context.Background(), bytes.NewReader(tar), opt)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	var base evidence.Base
	base.Add("--base base", judge(layered("base:1", "one\n", "two\n"), verify.Options{Documents: true}))
	if base.Empty() {
		t.Fatal("the base has no layers")
	}
	for _, tt := range []struct {
		name  string
		image testimage.Image
		want  report.Verdict
	}{
		{"built on it", layered("app:1", "one\n", "two\n", "three\n"), report.Verified},
		{"the base itself", layered("app:1", "one\n", "two\n"), report.Verified},
		{"another order", layered("app:1", "two\n", "one\n", "three\n"), report.Denied},
		{"only its first layer", layered("app:1", "one\n"), report.Denied},
		{"above another layer", layered("app:1", "zero\n", "one\n", "two\n"), report.Denied},
		{"no layers", layered("app:1"), report.Denied},
	} {
		rep := judge(tt.image, verify.Options{Vouchers: []verify.Voucher{&base}})
		if rep.Verdict != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, rep.Verdict, tt.want)
		}
		for _, f := range rep.Findings {
			if f.Code == report.BaseMismatch && !strings.HasSuffix(f.Message, "an approved base: --base base") {
				t.Errorf("%s: got %q, which does not name the base", tt.name, f.Message)
			}
		}
		if rep.Images[0].Anchored {
			t.Errorf("%s: a base approves of what is built on it", tt.name)
		}
	}
}

// TestCollect: indexes, manifests and signatures are evidence; configs and
// layers of images are not.
func TestCollect(t *testing.T) {
	img := layered("app:1", "one\n")
	tar := testimage.Layout{Images: []testimage.Image{img}, Nested: true}.Tree().Tar()
	var c evidence.Collector
	if _, err := verify.RunStream(context.Background(), bytes.NewReader(tar), verify.Options{Vouchers: []verify.Voucher{&c}}); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, d := range c.Documents {
		kinds[d.Kind]++
		if got := digest.FromBytes(d.Data); got != d.Digest {
			t.Errorf("got %s, want %s", got, d.Digest)
		}
	}
	if len(c.Documents) != 2 || kinds["index"] != 1 || kinds["manifest"] != 1 {
		t.Errorf("got %v, want an index and a manifest", kinds)
	}
}
