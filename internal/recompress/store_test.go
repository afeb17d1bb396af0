package recompress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/umoci/oci/cas/dir"

	"github.com/ocisum/ocisum/hash"
)

// tree lists the files and folders below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if path != dir {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "layout")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("some bytes")
	want := Blob{hash.DigestBytes("sha256", data), int64(len(data))}
	for range 2 { // the second time it is there already
		if err := s.make(want, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			t.Fatal(err)
		}
	}
	for name, fill := range map[string]func(io.Writer) error{
		"other":  func(w io.Writer) error { _, err := w.Write([]byte("some Bytes")); return err },
		"longer": func(w io.Writer) error { _, err := w.Write(append(data, 0)); return err },
		"short":  func(w io.Writer) error { _, err := w.Write(data[1:]); return err },
	} {
		if err := s.make(want, fill); !errors.Is(err, errOther) {
			t.Errorf("%s: got %v, want %v", name, err, errOther)
		}
	}
	if err := s.make(want, func(io.Writer) error { return io.ErrNoProgress }); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want the error of whoever fills", err)
	}
	if got, want := tree(t, path), "blobs blobs/sha256 blobs/sha256/"+want.Digest.Encoded(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := s.Finish([]Entry{{want, "application/vnd.oci.image.manifest.v1+json", "v1"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// umoci reads it as one of its own.
	engine, err := dir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	index, err := engine.GetIndex(context.Background())
	if err != nil || len(index.Manifests) != 1 || index.Manifests[0].Digest != want.Digest || index.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v1" {
		t.Errorf("umoci: got %+v, %v", index, err)
	}
	rc, err := engine.GetBlob(context.Background(), want.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	if got, err := io.ReadAll(rc); err != nil || !bytes.Equal(got, data) {
		t.Errorf("umoci: got %q, %v", got, err)
	}
}

// TestStoreLikeUmoci compares what is the same in every layout with umoci's.
func TestStoreLikeUmoci(t *testing.T) {
	ours, theirs := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	s, err := Create(ours)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Finish(nil), s.Close(), dir.Create(theirs)); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, ours), tree(t, theirs); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, name := range []string{layoutFile, indexFile} {
		a, _ := os.ReadFile(filepath.Join(ours, name))
		b, _ := os.ReadFile(filepath.Join(theirs, name))
		if len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: got %q, umoci writes %q", name, a, b)
		}
	}
}

func TestStoreRemove(t *testing.T) {
	parent := t.TempDir()
	fill := func(path string) *Store {
		s, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutBytes(context.Background(), []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(nil); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := fill(filepath.Join(parent, "new")).Remove(); err != nil {
		t.Error(err)
	}
	empty := filepath.Join(parent, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := fill(empty).Remove(); err != nil {
		t.Error(err)
	}
	if got := tree(t, parent); got != "empty" {
		t.Errorf("left: %s, want the folder that was there", got)
	}
	// What somebody else put there meanwhile is not ours.
	s := fill(filepath.Join(parent, "shared"))
	if err := os.WriteFile(filepath.Join(parent, "shared", "theirs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(); err == nil {
		t.Error("got nil, want an error about the folder that is not empty")
	}
	if got := tree(t, parent); got != "empty shared shared/theirs" {
		t.Errorf("left: %s", got)
	}
}

func TestCreateRefuses(t *testing.T) {
	parent := t.TempDir()
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"not empty": parent, "a file": file, "no parent": filepath.Join(parent, "none", "x")} {
		if _, err := Create(path); err == nil {
			t.Errorf("%s: got nil, want an error", name)
		}
	}
	if got := tree(t, parent); got != "file" {
		t.Errorf("left: %s", got)
	}
}
