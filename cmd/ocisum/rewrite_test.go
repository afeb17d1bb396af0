package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rewriting makes files with the content "old" and what is to become of them.
func rewriting(t *testing.T, dir string, names ...string) []rewrite {
	t.Helper()
	var all []rewrite
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
			t.Fatal(err)
		}
		_, info, err := readSmall(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rewrite{path: path, info: info, data: []byte("new")})
	}
	return all
}

// folderText lists what a folder holds.
func folderText(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Name()+" "+string(b))
	}
	return strings.Join(all, ", ")
}

func TestRewriteFiles(t *testing.T) {
	dir := t.TempDir()
	files := rewriting(t, dir, "a", "b")
	if err := rewriteFiles(files); err != nil {
		t.Fatal(err)
	}
	if got, want := folderText(t, dir), "a new, b new"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if info, err := os.Stat(files[0].path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got mode %v, %v", info.Mode(), err)
	}
}

func TestRewriteNothing(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"longer":   func(path string) error { return os.WriteFile(path, []byte("other"), 0o640) },
		"replaced": func(path string) error { return os.WriteFile(path+".x", []byte("old"), 0o640) },
		"removed":  os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := rewriting(t, dir, "a", "b")
			if err := spoil(files[1].path); err != nil {
				t.Fatal(err)
			}
			if name == "replaced" {
				if err := os.Rename(files[1].path+".x", files[1].path); err != nil {
					t.Fatal(err)
				}
			}
			was := folderText(t, dir)
			err := rewriteFiles(files)
			if err == nil || !strings.Contains(err.Error(), "changed by somebody else: nothing was written") {
				t.Errorf("got error %v", err)
			}
			if got := folderText(t, dir); got != was {
				t.Errorf("got %s, want %s", got, was)
			}
		})
	}
}
