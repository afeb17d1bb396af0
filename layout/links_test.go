//go:build unix

package layout

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/content"
)

func TestResolve(t *testing.T) {
	outside := tree(t, map[string]string{"secret": "s"})
	dir := tree(t, map[string]string{"top": "t", "store/sha256/x": "x", "blobs/": "", "a/b/c/file": "f"})
	for name, target := range map[string]string{
		"plain":          "top",
		"dotted":         "./store/../top",
		"doubled":        "store//sha256/x",
		"folder":         "store",
		"slash":          "top/",
		"through":        "folder/sha256/x",
		"blobs/sha256":   "../store/sha256",
		"dangling":       "none",
		"self":           "self",
		"ping":           "pong",
		"pong":           "ping",
		"growing":        "./growing/x",
		"again":          "folder/../folder/../folder/../plain",
		"absolute":       "/etc/passwd",
		"absoluteinside": filepath.Join(dir, "top"),
		"climbing":       "../" + filepath.Base(outside) + "/secret",
		"climbback":      "../" + filepath.Base(dir) + "/top",
		"deepclimb":      "a/b/../../../top",
		"topdir":         ".",
		"notafolder":     "top/x",
		"a/link":         "b/c",
		"physical":       "a/link/../c/file", // .. is a/b, not a
		"h1":             "top", "h2": "h1", "h3": "h2", "h4": "h3", "h5": "h4", "h6": "h5", "h7": "h6", "h8": "h7", "h9": "h8",
		"double0": "top", "double1": "./double0", "bomb0": "store", "bomb1": "bomb0/../bomb0/../bomb0", "bomb2": "bomb1/../bomb1/../bomb1",
		"bomb3": "bomb2/../bomb2/../bomb2/sha256/x",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))))
	}
	d := open(t, dir, Options{FollowLinks: true})
	unbounded := open(t, dir, Options{FollowLinks: true, LinkHops: -1})
	refusing := open(t, dir, Options{})
	tests := []struct {
		name, want string // want: an object, or
		problem    content.LinkProblem
	}{
		{name: "top", want: "top"},
		{name: "plain", want: "top"},
		{name: "dotted", want: "top"},
		{name: "doubled", want: "store/sha256/x"},
		{name: "through", want: "store/sha256/x"},
		{name: "blobs/sha256/x", want: "store/sha256/x"},
		{name: "folder/sha256/x", want: "store/sha256/x"},
		{name: "physical", want: "a/b/c/file"},
		{name: "h8", want: "top"},
		{name: "h9", problem: content.LinkTooLong},
		{name: "bomb3", problem: content.LinkTooLong},
		{name: "self", problem: content.LinkLoops},
		{name: "ping", problem: content.LinkLoops},
		{name: "self/x", problem: content.LinkLoops},
		{name: "growing", problem: content.LinkLoops},
		{name: "again", want: "top"},
		{name: "folder", problem: content.LinkRefused},
		{name: "slash", problem: content.LinkDangles},
		{name: "topdir", problem: content.LinkRefused},
		{name: "topdir/top", want: "top"},
		{name: "topdir/topdir/folder/sha256/x", want: "store/sha256/x"},
		{name: "dangling", problem: content.LinkDangles},
		{name: "notafolder", problem: content.LinkDangles},
		{name: "dangling/x", problem: content.LinkDangles},
		{name: "plain/x", problem: content.LinkDangles},
		{name: "absolute/x", problem: content.LinkEscapes},
		{name: "absolute", problem: content.LinkEscapes},
		{name: "absoluteinside", problem: content.LinkEscapes},
		{name: "climbing", problem: content.LinkEscapes},
		{name: "climbback", problem: content.LinkEscapes},
		{name: "deepclimb", problem: content.LinkEscapes},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := d.Resolve(lookup(t, d, tt.name))
			checkResolved(t, got, err, tt.want, tt.problem)
			if tt.want != "" {
				// The kernel is the judge of what a link means.
				want, err := os.ReadFile(filepath.Join(dir, tt.name))
				must(t, err)
				rc, err := d.Open(context.Background(), got)
				must(t, err)
				bytes, err := io.ReadAll(rc)
				must(t, err)
				must(t, rc.Close())
				if string(bytes) != string(want) {
					t.Errorf("got %q, want %q", bytes, want)
				}
			}
			got, err = unbounded.Resolve(lookup(t, unbounded, tt.name))
			if tt.name == "h9" {
				checkResolved(t, got, err, "top", 0)
			} else if tt.name == "bomb3" {
				checkResolved(t, got, err, "store/sha256/x", 0)
			} else {
				checkResolved(t, got, err, tt.want, tt.problem)
			}
			got, err = refusing.Resolve(lookup(t, refusing, tt.name))
			if tt.name == "top" {
				checkResolved(t, got, err, "top", 0)
			} else {
				checkResolved(t, got, err, "", content.LinkRefused)
			}
		})
	}
}

func checkResolved(t *testing.T, got content.Object, err error, want string, problem content.LinkProblem) {
	t.Helper()
	var linkErr *content.LinkError
	switch {
	case problem == 0 && (err != nil || got.Name != want || got.Kind != content.Regular):
		t.Errorf("got %+v, %v, want %s", got, err, want)
	case problem != 0 && (!errors.As(err, &linkErr) || linkErr.Problem != problem):
		t.Errorf("got %+v, %v, want problem %d", got, err, problem)
	}
}

func TestLookupBelowLinkedFolder(t *testing.T) {
	dir := tree(t, map[string]string{"store/x": "x", "blobs/": ""})
	must(t, os.Symlink("../store", filepath.Join(dir, "blobs", "sha256")))
	must(t, os.Symlink("none", filepath.Join(dir, "store", "dangling")))
	tests := []struct {
		name             string
		plain, following bool
	}{
		{"blobs/sha256/x", true, true},
		{"blobs/sha256/missing", true, false}, // a link is all there is to say without following it
		{"blobs/sha256/dangling", true, true},
		{"blobs/sha512/x", false, false},
		{"store/missing", false, false},
	}
	for _, tt := range tests {
		for _, follow := range []bool{false, true} {
			want := tt.plain
			if follow {
				want = tt.following
			}
			d := open(t, dir, Options{FollowLinks: follow})
			if o, ok := d.Lookup(tt.name); ok != want || ok && (o.Kind != content.Symlink || o.Name != tt.name) {
				t.Errorf("%s, following %v: got %+v, %v, want %v", tt.name, follow, o, ok, want)
			}
		}
	}
	o := lookup(t, open(t, dir, Options{}), "blobs/sha256/x")
	if want := "../store/x"; o.Link != want {
		t.Errorf("got link to %q, want %q", o.Link, want)
	}
}

func TestResolveRefusesWhatHasNoBytes(t *testing.T) {
	d := open(t, tree(t, map[string]string{"folder/": ""}), Options{FollowLinks: true})
	got, err := d.Resolve(lookup(t, d, "folder"))
	checkResolved(t, got, err, "", content.LinkRefused)
}

// FuzzResolve compares Resolve with the kernel on small directories full of
// links. A file holds its own name.
func FuzzResolve(f *testing.F) {
	f.Add([]byte("a/b\x00a/f\x00l->a/b/../f"))
	f.Add([]byte("a/f\x00a/l->../m\x00m->a\x00n->l/f\x00o->a/l/l/l/f"))
	f.Add([]byte("a/b/f\x00l->a/b\x00m->l/../b/f\x00n->./l//f/\x00o->l/."))
	f.Add([]byte("l->m\x00m->l\x00n->../x\x00o->a/../../x\x00a/f"))
	f.Fuzz(func(t *testing.T, in []byte) {
		dir := filepath.Join(t.TempDir(), "root")
		must(t, os.Mkdir(dir, 0o755))
		lines := strings.Split(string(in), "\x00")
		if len(lines) > 12 || len(in) > 500 {
			return
		}
		// Files first: while there are no links, nothing leads out of dir.
		for _, line := range lines {
			name := filepath.Clean("/" + line)
			if !strings.Contains(line, "->") && name != "/" && os.MkdirAll(filepath.Dir(dir+name), 0o755) == nil {
				os.WriteFile(dir+name, []byte(name[1:]), 0o644) // fails on a folder: then there is a folder
			}
		}
		for _, line := range lines {
			name, target, _ := strings.Cut(line, "->")
			full := dir + filepath.Clean("/"+name)
			if parent, err := filepath.EvalSymlinks(filepath.Dir(full)); err == nil && parent == filepath.Dir(full) && full != dir+"/" {
				os.Symlink(target, full) // fails where something is
			}
		}
		d, err := Open(context.Background(), dir, Options{FollowLinks: true, LinkHops: -1})
		must(t, err)
		defer d.Close()
		for _, o := range d.Objects() {
			for _, name := range []string{o.Name, o.Name + "/f", o.Name + "/b/f"} {
				checkAgainstKernel(t, d, dir, name)
			}
		}
	})
}

func checkAgainstKernel(t *testing.T, d *Dir, dir, name string) {
	t.Helper()
	want, kernelErr := os.ReadFile(filepath.Join(dir, name))
	o, ok := d.Lookup(name)
	if !ok {
		if kernelErr == nil {
			t.Errorf("Lookup(%q): got nothing, the kernel finds %q", name, want)
		}
		return
	}
	got, err := d.Resolve(o)
	var linkErr *content.LinkError
	switch {
	case err == nil && (kernelErr != nil || got.Name != string(want)):
		t.Errorf("%q: got %q, the kernel says %q, %v", name, got.Name, want, kernelErr)
	case err != nil && !errors.As(err, &linkErr):
		t.Errorf("%q: got %v, want a LinkError", name, err)
	case err != nil && linkErr.Problem != content.LinkEscapes && kernelErr == nil:
		t.Errorf("%q: got %v, the kernel finds %q", name, err, want)
	}
}
