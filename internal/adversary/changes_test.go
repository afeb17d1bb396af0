package adversary

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// large is an image whose one layer takes many reads: an archive of it is not
// read into memory whole.
func large() testimage.Tree {
	img := image("/bin/true")
	img.Layers[0].Members[0].Body = make([]byte, 12<<20)
	return testimage.Layout{Images: []testimage.Image{img}}.Tree()
}

// TestInputChanges changes the input while it is read, after the first bytes
// of the layer have passed. What was read then never was one file: the verdict
// is incomplete, whatever the bytes were.
func TestInputChanges(t *testing.T) {
	tree := large()
	layer := tree[len(tree)-1].Name
	whole := tree.Tar()
	put := func(t *testing.T, form string) (path, target string) {
		dir := t.TempDir()
		if form == "folder" {
			if err := tree.Folder(dir); err != nil {
				t.Fatal(err)
			}
			return dir, filepath.Join(dir, filepath.FromSlash(layer))
		}
		path = filepath.Join(dir, "image.tar")
		if err := os.WriteFile(path, testimage.Compress(strings.TrimPrefix(form, "tar"), whole), 0o644); err != nil {
			t.Fatal(err)
		}
		return path, path
	}
	for _, form := range []string{"folder", "tar", "gzip", "zstd"} {
		for _, change := range []struct {
			name  string
			do    func(path string) error
			still bool // what was opened is untouched, so it may be verified
		}{
			{"append", func(p string) error { return appendTo(p, "more") }, false},
			{"truncate", func(p string) error { return os.Truncate(p, 1000) }, false},
			{"overwrite", func(p string) error { return overwrite(p, -5000) }, false},
			{"touch", func(p string) error { at := time.Now().Add(time.Hour); return os.Chtimes(p, at, at) }, false},
			{"replace", func(p string) error {
				if err := os.WriteFile(p+".new", []byte("another file"), 0o644); err != nil {
					return err
				}
				return os.Rename(p+".new", p)
			}, true},
			{"remove", os.Remove, true},
		} {
			t.Run(form+"/"+change.name, func(t *testing.T) {
				t.Parallel()
				path, target := put(t, form)
				changed := false
				opt := verify.Options{Jobs: 1, Progress: func(p verify.Progress) {
					if !changed && p.Done > 1<<20 || form != "folder" && form != "tar" && !changed && p.Done > 0 {
						changed = true
						if err := change.do(target); err != nil {
							t.Error(err)
						}
					}
				}}
				rep, err := verify.Path(t.Context(), path, opt)
				if err != nil || !changed {
					t.Fatalf("changed: %v, error: %v", changed, err)
				}
				if change.still && rep.Verdict == report.Verified {
					return
				}
				if rep.Verdict != report.Incomplete || !has(rep, report.BlobChanged) {
					t.Errorf("want incomplete and %s\n%s", report.BlobChanged, Describe(rep))
				}
			})
		}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}

// overwrite changes bytes in place, counted from the end.
func overwrite(path string, at int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	end, err := f.Seek(at, 2)
	if err != nil {
		end = 0
	}
	if _, err := f.WriteAt([]byte("changed"), end); err != nil {
		return err
	}
	return f.Close()
}

// TestNothingIsRemembered verifies, damages, and verifies again: no run goes
// by what an earlier one has seen, even if size and time are the same.
func TestNothingIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.tar")
	data := oci(nil).Tar()
	at := time.Unix(1_000_000_000, 0)
	for _, want := range []report.Verdict{report.Verified, report.Failed} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		rep, err := verify.Path(t.Context(), path, verify.Options{})
		if err != nil || rep.Verdict != want {
			t.Errorf("got %v, want %s\n%s", err, want, Describe(rep))
		}
		data = slices.Clone(data)
		data[len(data)-1024-512-100] ^= 1 // in the last blob
	}
}

// TestOpenFiles counts how many objects are open at once.
func TestOpenFiles(t *testing.T) {
	img := image("/bin/true")
	for n := range 64 {
		img.Layers = append(img.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("f"+itoa(n), "")}})
	}
	src := &counting{Source: NewMemory(testimage.Layout{Images: []testimage.Image{img}}.Tree())}
	rep, err := verify.Run(context.Background(), src, verify.Options{Jobs: 64})
	if err != nil || rep.Verdict != report.Verified {
		t.Fatalf("%v\n%s", err, Describe(rep))
	}
	if src.most > 16 || src.open != 0 {
		t.Errorf("%d objects were open at once, want at most 16; %d are still open", src.most, src.open)
	}
}
