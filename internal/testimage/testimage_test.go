package testimage_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
)

func sample() testimage.Image {
	return testimage.Image{Ref: "app:1", Layers: []testimage.Layer{
		{Members: []testimage.Member{testimage.Dir("etc"), testimage.File("etc/motd", "hello\n")}, Compress: "gzip"},
		{Members: []testimage.Member{testimage.Symlink("bin/sh", "busybox")}, Compress: "zstd"},
		{},
	}}
}

// TestLayoutAgrees follows the documents of a layout from index.json down and
// compares every digest and size with what is stored.
func TestLayoutAgrees(t *testing.T) {
	for _, nested := range []bool{false, true} {
		files := testimage.Layout{Images: []testimage.Image{sample()}, Nested: nested}.Tree().Files()
		reached := 0
		blob := func(d v1.Descriptor) []byte {
			b, ok := files[testimage.BlobPath(d.Digest)]
			if !ok || digest.FromBytes(b) != d.Digest || int64(len(b)) != d.Size {
				t.Fatalf("nested=%v: %s: stored %v, digest %s, size %d", nested, d.Digest, ok, digest.FromBytes(b), len(b))
			}
			reached++
			return b
		}
		var index v1.Index
		decode(t, files[v1.ImageIndexFile], &index)
		if nested {
			decode(t, blob(index.Manifests[0]), &index)
		}
		var m v1.Manifest
		decode(t, blob(index.Manifests[0]), &m)
		var c v1.Image
		decode(t, blob(m.Config), &c)
		for i, l := range m.Layers {
			plain, err := testimage.Decompress(blob(l))
			if err != nil || digest.FromBytes(plain) != c.RootFS.DiffIDs[i] {
				t.Errorf("nested=%v: layer %d: got diff ID %s (%v), want %s", nested, i, digest.FromBytes(plain), err, c.RootFS.DiffIDs[i])
			}
		}
		if want := len(files) - 2; reached != want || len(m.Layers) != 3 {
			t.Errorf("nested=%v: got %d blobs and %d layers, want %d and 3", nested, reached, len(m.Layers), want)
		}
	}
}

func TestDockerSaveAgrees(t *testing.T) {
	for name, tree := range map[string]testimage.Tree{
		"docker": testimage.DockerSave{Images: []testimage.Image{sample()}}.Tree(),
		"hybrid": testimage.Hybrid{Images: []testimage.Image{sample()}}.Tree(),
	} {
		files := tree.Files()
		var entries []testimage.DockerEntry
		decode(t, files["manifest.json"], &entries)
		var c v1.Image
		decode(t, files[entries[0].Config], &c)
		if got := digest.FromBytes(files[entries[0].Config]); !strings.Contains(entries[0].Config, got.Encoded()) {
			t.Errorf("%s: config %s has digest %s", name, entries[0].Config, got)
		}
		for i, l := range entries[0].Layers {
			plain, err := testimage.Decompress(files[l])
			if err != nil || digest.FromBytes(plain) != c.RootFS.DiffIDs[i] {
				t.Errorf("%s: layer %d (%s): wrong diff ID, %v", name, i, l, err)
			}
		}
		if len(entries[0].Layers) != 3 {
			t.Errorf("%s: got %d layers, want 3", name, len(entries[0].Layers))
		}
	}
}

func TestDeterministic(t *testing.T) {
	build := func() []byte { return testimage.Hybrid{Images: []testimage.Image{sample()}}.Tree().Tar() }
	if !bytes.Equal(build(), build()) {
		t.Error("two runs give different bytes")
	}
}

// TestHooks shows the difference between a lie, which the digests above it
// agree with, and damage, which they do not.
func TestHooks(t *testing.T) {
	img := sample()
	good := img.ID()
	img.Config = func(c *v1.Image) { c.RootFS.DiffIDs = c.RootFS.DiffIDs[:1] }
	img.ConfigText = func(b []byte) []byte { return append(b, ' ') }
	if img.ID() == good || !strings.Contains(string(img.ManifestBytes()), string(img.ID())) {
		t.Error("the manifest does not name the changed config")
	}
	tree := testimage.Layout{Images: []testimage.Image{img}}.Tree()
	path := testimage.BlobPath(img.ID())
	broken := tree.Flip(path, -1)
	if bytes.Equal(tree.Files()[path], broken.Files()[path]) {
		t.Error("Flip changed nothing, or changed the tree it was called on")
	}
	if _, ok := tree.Remove(path).Files()[path]; ok {
		t.Error("Remove left the member")
	}
	if names := tree.Rename(path, "x").Files(); names["x"] == nil || names[path] != nil {
		t.Error("Rename did not rename")
	}
}

func TestContainers(t *testing.T) {
	tree := testimage.Layout{Images: []testimage.Image{sample()}}.Tree()
	dir := t.TempDir()
	if err := tree.Folder(dir); err != nil {
		t.Fatal(err)
	}
	back, err := testimage.TarFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(readTar(t, tree.Tar()), readTar(t, back)); diff != "" {
		t.Errorf("folder and back: %s", diff)
	}
	for _, format := range []string{"", "gzip", "zstd", "xz"} {
		if got, err := testimage.Decompress(testimage.Compress(format, tree.Tar())); err != nil || !bytes.Equal(got, tree.Tar()) {
			t.Errorf("%q and back: %v", format, err)
		}
	}
	for name, archive := range map[string][]byte{
		"link":          tree.Add(testimage.Symlink("a", "b")).Tar(),
		"hard link":     tree.Add(testimage.Hardlink("a", "oci-layout")).Tar(),
		"same name":     tree.Add(testimage.File("oci-layout", "")).Tar(),
		"absolute name": tree.Add(testimage.File("/a", "")).Tar(),
		"climbing name": tree.Add(testimage.File("../a", "")).Tar(),
		"odd name":      tree.Add(testimage.File("a//b", "")).Tar(),
		"cut":           tree.Tar()[:700],
		"appended":      append(tree.Tar(), "garbage"...),
	} {
		if err := testimage.Untar(archive, t.TempDir()); !errors.Is(err, testimage.ErrNotPlain) {
			t.Errorf("%s: got %v, want ErrNotPlain", name, err)
		}
	}
}

func decode(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%v: %q", err, b)
	}
}

func readTar(t *testing.T, b []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	tr := tar.NewReader(bytes.NewReader(b))
	for {
		hdr, err := tr.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		if hdr.Typeflag == tar.TypeReg {
			files[hdr.Name] = string(body)
		}
	}
}

func ExampleLayout() {
	img := testimage.Image{Ref: "app", Layers: []testimage.Layer{
		{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: "gzip"},
	}}
	for _, m := range (testimage.Layout{Images: []testimage.Image{img}}).Tree() {
		fmt.Println(m.Name[:min(len(m.Name), 12)], len(m.Body) > 0)
	}
	// Output:
	// oci-layout true
	// index.json true
	// blobs/sha256 true
	// blobs/sha256 true
	// blobs/sha256 true
}
