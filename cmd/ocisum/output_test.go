package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/render"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// files lists a folder, hidden files too.
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	for _, want := range []string{"first", "second", ""} {
		if err := replace(path, text(want)); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := files(t, dir); got != "report.json" {
		t.Errorf("got files %s, want report.json", got)
	}
}

func TestReplaceKeepsModeAndLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o606); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	if err := replace(link, text("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, target); got != "new" || info.Mode().Perm() != 0o606 {
		t.Errorf("got %q with mode %o, want new with mode 606", got, info.Mode().Perm())
	}
	if got, err := os.Readlink(link); err != nil || got != "target" {
		t.Errorf("got link to %q, %v, want target", got, err)
	}
}

func TestReplaceFailsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err := replace(path, func(w io.Writer) error {
		if err := text("half of it")(w); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("got error %v, want %v", err, boom)
	}
	if got := content(t, path); got != "old" {
		t.Errorf("got %q, want the old content", got)
	}
	if got := files(t, dir); got != "report.json" {
		t.Errorf("got files %s, want report.json", got)
	}
	if err := replace(filepath.Join(dir, "no", "such"), text("x")); err == nil {
		t.Error("got no error for a folder that is not there")
	}
}

func TestParseSinks(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want string // format and file of each
	}{
		{"", "table:"}, {"json", "json:"}, {"json=-", "json:"}, {"jsonl=/dev/stdout", "jsonl:"},
		{"table json=a jsonl=b", "table: json:a jsonl:b"}, {"json=a=b", "json:a=b"},
	} {
		sinks, err := parseSinks(strings.Fields(tt.in))
		var got []string
		for _, s := range sinks {
			got = append(got, s.format.Name+":"+s.file)
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	for in, want := range map[string]string{
		"table json": "two outputs to standard output", "json=- jsonl=/dev/stdout": "two outputs to standard output",
		"json=a table=a": "two outputs to a", "yaml": "unknown output format yaml", "json=": "no file name", "=x": "unknown output format",
	} {
		if _, err := parseSinks(strings.Fields(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", in, err, want)
		}
	}
}

func TestReady(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "image.tar")
	if err := os.WriteFile(image, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	table := render.Formats()[0]
	for file, ok := range map[string]bool{
		"": true, filepath.Join(dir, "new"): true, os.DevNull: true, image: false, dir: false,
		filepath.Join(dir, "no", "new"): false, filepath.Join(image, "x"): false, filepath.Join(dir, ".", "image.tar"): false,
	} {
		if err := ready([]sink{{format: table, file: file}}, []string{image}); (err == nil) != ok {
			t.Errorf("%q: got %v, want ok %v", file, err, ok)
		}
	}
}
