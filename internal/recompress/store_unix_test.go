//go:build unix

package recompress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/umoci/oci/cas/dir"
)

// TestUmociReads has umoci read a layout as one of its own. Its code does not
// build on Windows.
func TestUmociReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "layout")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("some bytes")
	want, err := s.PutBytes(context.Background(), data)
	if err := errors.Join(err, s.Finish([]Entry{{want, "application/vnd.oci.image.manifest.v1+json", "v1"}}), s.Close()); err != nil {
		t.Fatal(err)
	}
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
