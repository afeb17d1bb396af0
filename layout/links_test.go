//go:build unix

package layout

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
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
		{name: "h9", problem: content.LinkLoops},
		{name: "bomb3", problem: content.LinkLoops},
		{name: "self", problem: content.LinkLoops},
		{name: "ping", problem: content.LinkLoops},
		{name: "self/x", problem: content.LinkLoops},
		{name: "folder", problem: content.LinkDangles},
		{name: "slash", problem: content.LinkDangles},
		{name: "topdir", problem: content.LinkDangles},
		{name: "dangling", problem: content.LinkDangles},
		{name: "notafolder", problem: content.LinkDangles},
		{name: "blobs/sha256/y", problem: content.LinkDangles},
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

func TestResolveLeavesOthersAlone(t *testing.T) {
	d := open(t, tree(t, map[string]string{"folder/": ""}), Options{FollowLinks: true})
	o := lookup(t, d, "folder")
	if got, err := d.Resolve(o); got != o || err != nil {
		t.Errorf("got %+v, %v, want the folder itself", got, err)
	}
}
