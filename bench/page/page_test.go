package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var table = Table{
	Title: "Ours", Head: []string{"what", "MB/s"}, Numbers: 1,
	Rows: [][]string{{"±a", "1"}, {"bcd", "100000"}},
}

func TestMarkdown(t *testing.T) {
	want := "### Ours\n\n| what | MB/s |\n|---|---:|\n| ±a | 1 |\n| bcd | 100000 |\n"
	if got := table.Markdown(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestText(t *testing.T) {
	want := "Ours\n  what    MB/s\n  ±a         1\n  bcd   100000\n"
	if got := table.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReplace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte("a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again: nothing may pile up
		if err := Replace(file, "x", "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	want := "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n"
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := Replace(file, "z", "new"); err == nil || !strings.Contains(err.Error(), "no part z") {
		t.Errorf("got %v, want that there is no part z", err)
	}
}

func TestFacts(t *testing.T) {
	if got := Facts("make bench"); !strings.Contains(got, "core") || !strings.HasSuffix(got, "Command: `make bench`.") {
		t.Errorf("got %q", got)
	}
}
