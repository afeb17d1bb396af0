package lock_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// img is an image with one layer that holds text.
func img(ref, text string) testimage.Image {
	return testimage.Image{Ref: ref, Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("etc/motd", text)}, Compress: "gzip"}}}
}

func arch(i testimage.Image, name string) testimage.Image {
	i.Platform = v1.Platform{OS: "linux", Architecture: name}
	return i
}

func oci(images ...testimage.Image) testimage.Tree { return testimage.Layout{Images: images}.Tree() }

func docker(images ...testimage.Image) testimage.Tree {
	return testimage.DockerSave{Images: images}.Tree()
}

// index is a layout with one index of that name.
func index(name string, images ...testimage.Image) testimage.Tree {
	return testimage.Layout{Images: images, Nested: true, Index: func(x *v1.Index) {
		x.Manifests[0].Annotations = map[string]string{"org.opencontainers.image.ref.name": name}
	}}.Tree()
}

// twice is a layout with one image that podman calls by another name than
// containerd.
func twice(i testimage.Image, name string) testimage.Tree {
	return testimage.Layout{Images: []testimage.Image{i}, Index: func(x *v1.Index) {
		x.Manifests[0].Annotations = map[string]string{"io.containerd.image.name": i.Ref, "org.opencontainers.image.ref.name": name}
	}}.Tree()
}

func judge(t *testing.T, tree testimage.Tree, opt verify.Options) *report.Report {
	t.Helper()
	opt.Path = "x.tar"
	rep, err := verify.RunStream(context.Background(), bytes.NewReader(tree.Tar()), opt)
	if err != nil && rep == nil {
		t.Fatal(err)
	}
	return rep
}

// approve adds what a source holds to f.
func approve(t *testing.T, f *lock.File, name string, tree testimage.Tree) []lock.Change {
	t.Helper()
	list, err := lock.Approve(judge(t, tree, verify.Options{}), name, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var changes []lock.Change
	for _, a := range list {
		c, err := f.Put(a.Name, a.Record)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	return changes
}

const host = "registry.example/team/"

func TestVoucher(t *testing.T) {
	one, two, three := img(host+"tiny:v1", "one\n"), img(host+"tiny:v1", "two\n"), img(host+"other:v1", "three\n")
	as := func(i testimage.Image, ref string) testimage.Image { i.Ref = ref; return i }
	amd, arm := arch(img("", "amd\n"), "amd64"), arch(img("", "arm\n"), "arm64")
	plain := as(one, one.Ref)
	plain.Layers = []testimage.Layer{one.Layers[0]}
	plain.Layers[0].Compress = ""

	simple := &lock.File{} // tiny is two and was one, other is three
	approve(t, simple, "", oci(one))
	approve(t, simple, "", oci(two))
	approve(t, simple, "", oci(three))
	ids := &lock.File{}
	approve(t, ids, "", docker(one))
	multi := &lock.File{}
	approve(t, multi, "", index(host+"multi:1", amd, arm))
	imported := &lock.File{}
	if _, err := imported.Put(host+"tiny:v1", lock.Record{Digest: one.Descriptor().Digest, Kind: lock.Registry, Imported: "imgpkg"}); err != nil {
		t.Fatal(err)
	}
	files := &lock.File{Files: []lock.Source{{Path: "one.tar", SHA256: digest.FromBytes(oci(one).Tar())}}}

	for _, c := range []struct {
		name string
		lock *lock.File
		as   string
		tree testimage.Tree
		want string // verdict and codes
	}{
		{"current", simple, "", oci(two), "verified"},
		{"two images", simple, "", oci(two, three), "verified"},
		{"no name", simple, "", oci(as(two, "")), "verified"},
		{"a tag only", simple, "", oci(as(two, "v1")), "verified"},
		{"docker save of a current manifest", simple, "", docker(two), "verified"},
		{"unlisted", simple, "", oci(img(host+"new:v1", "four\n")), "denied lock.unlisted"},
		{"unlisted without name", simple, "", oci(img("", "four\n")), "denied lock.unlisted"},
		{"unlisted under a name of the lock", simple, "", oci(img(host+"tiny:v1", "four\n")), "denied lock.unlisted"},
		{"one of two unlisted", simple, "", oci(two, img(host+"new:v1", "four\n")), "denied lock.unlisted"},
		{"superseded", simple, "", oci(one), "denied lock.superseded"},
		{"superseded without name", simple, "", oci(as(one, "")), "denied lock.superseded"},
		{"superseded under another name", simple, "", oci(as(one, host+"new:v1")), "denied lock.superseded"},
		{"superseded in docker save", simple, "", docker(one), "denied lock.superseded"},
		{"name of another", simple, "", oci(as(two, host+"other:v1")), "denied lock.name-conflict"},
		{"name of another in docker save", simple, "", docker(as(two, host+"other:v1")), "denied lock.name-conflict"},
		{"name of another for some readers", simple, "", twice(two, host+"other:v1"), "denied lock.name-conflict"},
		{"one name in two spellings", simple, "", twice(two, two.Ref), "verified"},
		{"unknown name", simple, "", oci(as(two, host+"new:v1")), "verified lock.name-unknown"},
		{"same config, other manifest", simple, "", oci(as(func() testimage.Image {
			i := two
			i.Layers = slices.Clone(i.Layers)
			i.Layers[0].Compress = "zstd"
			return i
		}(), "")), "denied lock.unlisted"},
		{"as", simple, host + "tiny:v1", oci(two), "verified"},
		{"as, without name", simple, host + "tiny:v1", oci(as(two, "")), "verified"},
		{"as, docker save", simple, host + "tiny:v1", docker(two), "verified"},
		{"as another", simple, host + "other:v1", oci(as(two, "")), "denied lock.unlisted"},
		{"as, superseded", simple, host + "tiny:v1", oci(as(one, "")), "denied lock.superseded"},
		{"as, name of another", simple, host + "tiny:v1", oci(as(two, host+"other:v1")), "denied lock.name-conflict"},
		{"as, two images", simple, host + "tiny:v1", oci(two, three), "denied lock.unlisted"},
		{"image ID", ids, "", docker(one), "verified"},
		{"image ID in a layout", ids, "", oci(one), "verified"},
		{"image ID, compressed otherwise", ids, "", oci(plain), "verified"},
		{"another image ID", ids, "", docker(two), "denied lock.unlisted"},
		{"index", multi, "", index(host+"multi:1", amd, arm), "verified"},
		{"one platform of the index", multi, "", oci(as(arm, host+"multi:1")), "verified"},
		{"one platform in docker save", multi, "", docker(as(arm, host+"multi:1")), "verified"},
		{"another index of the same images", multi, "", index(host+"multi:1", arm, amd), "verified"},
		{"an index with one more", multi, "", index(host+"multi:1", amd, arm, arch(two, "s390x")), "denied lock.unlisted"},
		{"imported", imported, "", oci(one), "verified"},
		{"imported, docker save", imported, "", docker(one), "denied lock.unlisted"},
		{"empty lock", &lock.File{}, "", oci(one), "denied lock.unlisted"},
		{"no image", simple, "", oci(), "denied image.none lock.unlisted"},
		{"file", files, "", oci(one), "verified"},
		{"another file", files, "", oci(two), "denied lock.unlisted"},
		{"content is worse than a lock", simple, "", oci(one).Flip(testimage.BlobPath(one.Layers[0].Descriptor().Digest), 30), "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := c.lock.Voucher("--lock x.lock", c.as)
			if err != nil {
				t.Fatal(err)
			}
			rep := judge(t, c.tree, verify.Options{Vouchers: []verify.Voucher{v}, FileDigest: true})
			got := string(rep.Verdict)
			for _, f := range rep.Findings {
				if strings.HasPrefix(string(f.Code), "lock.") || f.Code == report.ImageNone {
					got += " " + string(f.Code)
				}
			}
			if rep.Verdict == report.Failed {
				got = "failed"
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
				for _, f := range rep.Findings {
					t.Log(f.Code, f.Message)
				}
			}
			for _, i := range rep.Images {
				if i.Anchored != (i.Verdict == report.Verified) && rep.Verdict != report.Failed {
					t.Errorf("%v: anchored %v, verdict %s", i.Refs, i.Anchored, i.Verdict)
				}
			}
		})
	}
	if _, err := simple.Voucher("", "missing"); err == nil {
		t.Error("--as with a name that the lock does not have: got nothing, want an error")
	}
}

// TestReasons holds what a denial says: which digest to go back to, and which
// name was asked for.
func TestReasons(t *testing.T) {
	tiny, other := host+"tiny:v1", host+"other:v1"
	one, two, three, new := img(tiny, "one\n"), img(tiny, "two\n"), img(tiny, "three\n"), img(tiny, "new\n")
	f := &lock.File{} // tiny is three and was two, one and an imported one before
	gone := digest.FromString("gone")
	if _, err := f.Put(tiny, lock.Record{Digest: new.Descriptor().Digest, Kind: lock.Registry, Imported: "imgpkg"}); err != nil {
		t.Fatal(err)
	}
	approve(t, f, "", oci(one))
	approve(t, f, "", oci(two))
	approve(t, f, "", oci(three))
	if _, err := f.Put(other, lock.Record{Digest: gone, Kind: lock.Registry, Imported: "imgpkg"}); err != nil {
		t.Fatal(err)
	}
	d := func(i testimage.Image) string { return string(i.Descriptor().Digest) }
	fresh := img(tiny, "fresh\n")
	for _, c := range []struct {
		name, as string
		tree     testimage.Tree
		want     string
	}{
		{"superseded", "", oci(one), "the lock had it as " + tiny + ", superseded by " + d(three) + "; to go back: ocisum lock rollback --lock FILE " + tiny + " " + d(one)},
		{"superseded in docker save", "", docker(one), "to go back: ocisum lock rollback --lock FILE " + tiny + " " + d(one)},
		{"superseded, imported", "", oci(new), "to go back: ocisum lock add, since it was imported from imgpkg"},
		{"another digest", "", oci(fresh), "the lock approves another digest for " + tiny + ": " + d(three) + "; this is " + d(fresh)},
		{"as, superseded", tiny, oci(two), "the lock has " + d(three) + " as " + tiny + " (--as); this is " + d(two) + ", which was superseded; to go back: ocisum lock rollback --lock FILE " + tiny + " " + d(two)},
		{"as another, called one that was superseded", other, oci(two), "the lock has " + string(gone) + " as " + other + " (--as); this is " + d(two)},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := f.Voucher("--lock x.lock", c.as)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range judge(t, c.tree, verify.Options{Vouchers: []verify.Voucher{v}}).Findings {
				got = append(got, f.Message)
			}
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, c.want) }) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestApprove(t *testing.T) {
	one, two := img(host+"tiny:v1", "one\n"), img(host+"other:v1", "two\n")
	amd, arm := arch(img("", "amd\n"), "amd64"), arch(img("", "arm\n"), "arm64")
	unnamed := img("", "one\n")
	for _, c := range []struct {
		name, as string
		tree     testimage.Tree
		want     string
	}{
		{"manifest", "", oci(one), "registry.example/team/tiny:v1 manifest 1"},
		{"two", "", oci(one, two), "registry.example/team/other:v1 manifest 1, registry.example/team/tiny:v1 manifest 1"},
		{"docker save", "", docker(one), "registry.example/team/tiny:v1 image-id 1"},
		{"hybrid", "", testimage.Hybrid{Images: []testimage.Image{img("app:1", "x")}}.Tree(), "docker.io/library/app:1 manifest 1"},
		{"index", "", index(host+"multi:1", amd, arm), "registry.example/team/multi:1 index 2"},
		{"name given", "app", oci(one), "docker.io/library/app:latest manifest 1"},
		{"name for a tag", "app:2", oci(img("v1", "x")), "docker.io/library/app:2 manifest 1"},
		{"name for an index", "app:2", index("v1", amd, arm), "docker.io/library/app:2 index 2"},
		{"name for two", "app", oci(one, two), "error: 2 images cannot all go under one name"},
		{"no name", "", oci(unnamed), "error: the image " + string(unnamed.Descriptor().Digest) + " has no name"},
		{"bad name", "App", oci(one), "error: name"},
		{"damaged", "", oci(one).Flip(testimage.BlobPath(one.Layers[0].Descriptor().Digest), 30), "error: the verdict is failed"},
		{"two platforms without an index", "", oci(arch(one, "amd64"), arch(one, "arm64")), "error: registry.example/team/tiny:v1 stands for two images"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := lock.Approve(judge(t, c.tree, verify.Options{}), c.as, time.Time{})
			var all []string
			for _, a := range list {
				all = append(all, fmt.Sprintf("%s %s %d", a.Name, a.Record.Kind, len(a.Record.Platforms)))
			}
			got := strings.Join(all, ", ")
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != c.want && !(err != nil && strings.HasPrefix(got, c.want)) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
