package recompress

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
