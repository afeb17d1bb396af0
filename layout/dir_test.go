package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/report"
)

// tree writes files, given as "path" to content, into a new directory. A path
// that ends in a slash is a folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		folder := filepath.Dir(full)
		if strings.HasSuffix(name, "/") {
			folder = full
		}
		must(t, os.MkdirAll(folder, 0o755))
		if folder != full {
			must(t, os.WriteFile(full, []byte(data), 0o644))
		}
	}
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, dir string, opt Options) *Dir {
	t.Helper()
	d, err := Open(context.Background(), dir, opt)
	must(t, err)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func names(d *Dir) []string {
	var out []string
	for _, o := range d.Objects() {
		out = append(out, o.Name)
	}
	return out
}

func lookup(t testing.TB, d *Dir, name string) content.Object {
	t.Helper()
	o, ok := d.Lookup(name)
	if !ok {
		t.Fatalf("%s: got nothing, want an object", name)
	}
	return o
}

func TestObjectsAreSortedAndRelative(t *testing.T) {
	d := open(t, tree(t, map[string]string{
		"index.json": "{}", "oci-layout": "", "blobs/sha256/b": "bb", "blobs/sha256/a": "a", "blobs.txt": "x", "empty/": "",
	}), Options{})
	want := []content.Object{
		{Name: "blobs", Offset: -1, Kind: content.Directory},
		{Name: "blobs.txt", Offset: -1, Size: 1},
		{Name: "blobs/sha256", Offset: -1, Kind: content.Directory},
		{Name: "blobs/sha256/a", Offset: -1, Size: 1},
		{Name: "blobs/sha256/b", Offset: -1, Size: 2},
		{Name: "empty", Offset: -1, Kind: content.Directory},
		{Name: "index.json", Offset: -1, Size: 2},
		{Name: "oci-layout", Offset: -1},
	}
	if got := d.Objects(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := d.Findings(); len(got) != 0 {
		t.Errorf("got findings %v, want none", got)
	}
	for _, o := range want {
		if got := lookup(t, d, o.Name); got != o {
			t.Errorf("Lookup: got %+v, want %+v", got, o)
		}
	}
	for _, name := range []string{"", ".", "/", "blobs/", "./index.json", "blobs/sha256/c", "index.json/x", "../x"} {
		if o, ok := d.Lookup(name); ok {
			t.Errorf("Lookup(%q): got %+v, want nothing", name, o)
		}
	}
}

func TestReadReturnsTheBytes(t *testing.T) {
	long := strings.Repeat("0123456789", 100_000)
	d := open(t, tree(t, map[string]string{"a": "", "b/c": "hello", "long": long}), Options{})
	for name, want := range map[string]string{"a": "", "b/c": "hello", "long": long} {
		rc, err := d.Open(context.Background(), lookup(t, d, name))
		must(t, err)
		got, err := io.ReadAll(rc)
		must(t, err)
		must(t, rc.Close())
		if string(got) != want {
			t.Errorf("%s: got %d bytes, want %d", name, len(got), len(want))
		}
		if n, err := rc.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("%s: after the end got %d, %v, want 0, EOF", name, n, err)
		}
	}
}

func TestOpenRefusesWhatIsNoDirectory(t *testing.T) {
	dir := tree(t, map[string]string{"file": "x"})
	if _, err := Open(context.Background(), filepath.Join(dir, "none"), Options{}); !os.IsNotExist(err) {
		t.Errorf("missing: got %v, want one that os.IsNotExist understands", err)
	}
	_, err := Open(context.Background(), filepath.Join(dir, "file"), Options{})
	var pathErr *os.PathError
	if !errors.As(err, &pathErr) || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("file: got %v, want a PathError that says not a directory", err)
	}
}

func TestOpenObeysContext(t *testing.T) {
	dir := tree(t, map[string]string{"a": "x"})
	ctx, cancel := context.WithCancel(context.Background())
	d := open(t, dir, Options{})
	rc, err := d.Open(ctx, lookup(t, d, "a"))
	must(t, err)
	cancel()
	if _, err := rc.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: got %v, want canceled", err)
	}
	must(t, rc.Close())
	if _, err := d.Open(ctx, lookup(t, d, "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("Dir.Open: got %v, want canceled", err)
	}
	if _, err := Open(ctx, dir, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: got %v, want canceled", err)
	}
}

func TestOpenOfWhatHasNoBytes(t *testing.T) {
	d := open(t, tree(t, map[string]string{"folder/": ""}), Options{})
	if _, err := d.Open(context.Background(), lookup(t, d, "folder")); !errors.Is(err, errNotRegular) {
		t.Errorf("folder: got %v, want %v", err, errNotRegular)
	}
	if _, err := d.Open(context.Background(), content.Object{Name: "none"}); !os.IsNotExist(err) {
		t.Errorf("unlisted: got %v, want not exist", err)
	}
	// The caller's word is not trusted, the list is.
	if _, err := d.Open(context.Background(), content.Object{Name: "folder", Kind: content.Regular}); !errors.Is(err, errNotRegular) {
		t.Errorf("forged: got %v, want %v", err, errNotRegular)
	}
}

func TestLimits(t *testing.T) {
	files := map[string]string{"index.json": "", "oci-layout": ""}
	for i := range 20 {
		files[fmt.Sprintf("blobs/%02d", i)] = ""
	}
	deep := map[string]string{"a/b/c/d": "", "a/e": ""}
	all := 23
	tests := []struct {
		name  string
		files map[string]string
		opt   Options
		want  []string // names, or nil to compare count only
		count int
		codes []report.Code
	}{
		{name: "members reached", files: files, opt: Options{Members: all}, count: all},
		{name: "members exceeded", files: files, opt: Options{Members: 5}, want: []string{"blobs", "blobs/00", "blobs/01", "index.json", "oci-layout"}, codes: []report.Code{report.LimitMembers}},
		{name: "top level only", files: files, opt: Options{Members: 3}, want: []string{"blobs", "index.json", "oci-layout"}, codes: []report.Code{report.LimitMembers}},
		{name: "no bound", files: files, opt: Options{Members: -1, NameBytes: -1, Depth: -1, LinkHops: -1}, count: all},
		{name: "name reached", files: files, opt: Options{NameBytes: len("index.json")}, count: all},
		{name: "name exceeded", files: files, opt: Options{NameBytes: len("index.json") - 1}, count: all - 2, codes: []report.Code{report.LimitNameLength}},
		{name: "depth reached", files: deep, opt: Options{Depth: 3}, count: 5},
		{name: "depth exceeded", files: deep, opt: Options{Depth: 2}, want: []string{"a", "a/b", "a/b/c", "a/e"}, codes: []report.Code{report.LimitMembers}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, tree(t, tt.files), tt.opt)
			if got := names(d); tt.want != nil && !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			} else if tt.want == nil && len(got) != tt.count {
				t.Errorf("got %d objects, want %d", len(got), tt.count)
			}
			var codes []report.Code
			for _, f := range d.Findings() {
				codes = append(codes, f.Code)
				if f.Effect != report.Incomplete {
					t.Errorf("%s: got effect %q, want incomplete", f.Code, f.Effect)
				}
			}
			if !slices.Equal(codes, tt.codes) {
				t.Errorf("got findings %v, want %v", codes, tt.codes)
			}
		})
	}
}

// TestMemberLimitIsDeterministic has more names than are kept in memory, so
// that the choice among them happens more than once.
func TestMemberLimitIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	var all []string
	for i := range 3 * nameBatch {
		name := fmt.Sprintf("%x", uint32(i)*2654435761)
		all = append(all, name)
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	slices.Sort(all)
	for _, limit := range []int{1, 10, nameBatch - 1, nameBatch, 2 * nameBatch, 3*nameBatch - 1} {
		if got := names(open(t, dir, Options{Members: limit})); !slices.Equal(got, all[:limit]) {
			t.Errorf("limit %d: got %d objects from %q, want the first ones in order", limit, len(got), got[0])
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10, 1000} {
		files := map[string]string{}
		for i := range n {
			files[fmt.Sprintf("blobs/sha256/%064x", i)] = ""
		}
		dir := tree(b, files)
		b.Run(fmt.Sprintf("blobs=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := Open(context.Background(), dir, Options{})
				must(b, err)
				must(b, d.Close())
			}
		})
	}
}
