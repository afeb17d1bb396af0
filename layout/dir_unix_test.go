//go:build unix

package layout

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocisum/ocisum/content"
)

func TestKinds(t *testing.T) {
	dir := tree(t, map[string]string{"file": "x", "folder/": ""})
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	must(t, os.Symlink("/dev/zero", filepath.Join(dir, "link")))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unix"})
	must(t, err)
	defer l.Close()
	d := open(t, dir, Options{})
	want := map[string]content.Object{
		"file":   {Name: "file", Size: 1, Offset: -1},
		"folder": {Name: "folder", Offset: -1, Kind: content.Directory},
		"fifo":   {Name: "fifo", Offset: -1, Kind: content.FIFO},
		"link":   {Name: "link", Offset: -1, Kind: content.Symlink, Link: "/dev/zero"},
		"socket": {Name: "socket", Offset: -1, Kind: content.Socket},
	}
	if got := len(d.Objects()); got != len(want) {
		t.Errorf("got %d objects, want %d", got, len(want))
	}
	for name, o := range want {
		if got := lookup(t, d, name); got != o {
			t.Errorf("got %+v, want %+v", got, o)
		}
		rc, err := d.Open(context.Background(), o)
		if o.Kind == content.Regular {
			must(t, err)
			must(t, rc.Close())
		} else if !errors.Is(err, errNotRegular) {
			t.Errorf("Open of a %s: got %v, want %v", o.Kind, err, errNotRegular)
		}
	}
	devices, err := Open(context.Background(), "/dev", Options{})
	must(t, err)
	defer devices.Close()
	if got := lookup(t, devices, "null").Kind; got != content.Device {
		t.Errorf("/dev/null: got %s, want a device", got)
	}
}

func TestArgumentMayBeALink(t *testing.T) {
	dir := tree(t, map[string]string{"a": "x"})
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	if got := names(open(t, link, Options{})); len(got) != 1 {
		t.Errorf("got %q, want one object", got)
	}
}

func TestArgumentPipeDoesNotBlock(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(pipe, 0o644))
	within(t, func() {
		if _, err := Open(context.Background(), pipe, Options{}); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("got %v, want %v", err, syscall.ENOTDIR)
		}
	})
}

// within fails the test if f blocks.
func within(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("got no answer, want one at once")
	}
}

// TestChanges edits the directory between the listing and the end of reading.
func TestChanges(t *testing.T) {
	const name = "blobs/a"
	outside := tree(t, map[string]string{"a": "outside"})
	tests := []struct {
		name string
		edit func(path string) error
		want string // part of what a ChangedError says
	}{
		{"removed", os.Remove, "was removed"},
		{"folder removed", func(p string) error { return os.RemoveAll(filepath.Dir(p)) }, "was removed"},
		{"folder became a file", func(p string) error {
			return errors.Join(os.RemoveAll(filepath.Dir(p)), os.WriteFile(filepath.Dir(p), nil, 0o644))
		}, "was removed"},
		{"other file", func(p string) error {
			return errors.Join(os.WriteFile(p+".new", []byte("content"), 0o644), os.Rename(p+".new", p))
		}, "was replaced"},
		{"pipe", func(p string) error { return errors.Join(os.Remove(p), syscall.Mkfifo(p, 0o644)) }, "was replaced"},
		{"folder", func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o755)) }, "was replaced"},
		{"link inside", func(p string) error { return errors.Join(os.Remove(p), os.Symlink("../b", p)) }, "was replaced"},
		{"link outside", func(p string) error { return errors.Join(os.Remove(p), os.Symlink("/dev/zero", p)) }, "was replaced by a link"},
		{"link to itself", func(p string) error { return errors.Join(os.Remove(p), os.Symlink("a", p)) }, "was replaced"},
		{"folder link outside", func(p string) error {
			return errors.Join(os.RemoveAll(filepath.Dir(p)), os.Symlink(outside, filepath.Dir(p)))
		}, "was replaced by a link"},
		{"cut", func(p string) error { return os.Truncate(p, 3) }, "shrank from 7 to 3 bytes"},
		{"longer", func(p string) error { return os.Truncate(p, 9) }, "grew from 7 to 9 bytes"},
		{"rewritten", func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("CONTENT"), 0o644), os.Chtimes(p, time.Unix(5, 0), time.Unix(5, 0)))
		}, "was modified"},
	}
	for _, tt := range tests {
		t.Run(tt.name+"/before", func(t *testing.T) {
			dir := tree(t, map[string]string{name: "content", "b": "content"})
			d := open(t, dir, Options{FollowLinks: true})
			must(t, tt.edit(filepath.Join(dir, name)))
			within(t, func() {
				_, err := d.Open(context.Background(), lookup(t, d, name))
				wantChanged(t, err, tt.want)
			})
		})
	}
	// A descriptor keeps the file it was opened on: only edits in place count.
	for _, tt := range tests[len(tests)-3:] {
		t.Run(tt.name+"/at the end", func(t *testing.T) {
			dir := tree(t, map[string]string{name: "content"})
			d := open(t, dir, Options{})
			rc, err := d.Open(context.Background(), lookup(t, d, name))
			must(t, err)
			_, err = io.ReadFull(rc, make([]byte, 2))
			must(t, err)
			must(t, tt.edit(filepath.Join(dir, name)))
			_, err = io.ReadAll(rc)
			wantChanged(t, err, tt.want)
			if err := rc.Close(); err != nil {
				t.Errorf("Close after the error: got %v, want nil", err)
			}
		})
		t.Run(tt.name+"/at close", func(t *testing.T) {
			dir := tree(t, map[string]string{name: "content"})
			d := open(t, dir, Options{})
			rc, err := d.Open(context.Background(), lookup(t, d, name))
			must(t, err)
			must(t, tt.edit(filepath.Join(dir, name)))
			wantChanged(t, rc.Close(), tt.want)
		})
	}
}

func wantChanged(t *testing.T, err error, want string) {
	t.Helper()
	var changed interface{ Changed() string }
	if !errors.As(err, &changed) || !strings.Contains(changed.Changed(), want) {
		t.Errorf("got %v, want a change: %s", err, want)
	}
}

func TestMetadataChangeWhileReading(t *testing.T) {
	dir := tree(t, map[string]string{"a": "content"})
	d := open(t, dir, Options{})
	o := lookup(t, d, "a")
	// A hard link taken between listing and opening is none of our business.
	must(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	rc, err := d.Open(context.Background(), o)
	must(t, err)
	// The contents are rewritten and the modification time is put back: only
	// the change time tells. It may have the resolution of a timer tick.
	info, err := os.Stat(filepath.Join(dir, "a"))
	must(t, err)
	before := changeTime(info)
	for changeTime(info) == before {
		must(t, os.WriteFile(filepath.Join(dir, "a"), []byte("CONTENT"), 0o644))
		must(t, os.Chtimes(filepath.Join(dir, "a"), info.ModTime(), info.ModTime()))
		info, err = os.Stat(filepath.Join(dir, "a"))
		must(t, err)
	}
	_, err = io.ReadAll(rc)
	wantChanged(t, err, "content or attributes")
	must(t, rc.Close())
}

func TestFolderThatChangesDuringTheListing(t *testing.T) {
	dir := tree(t, map[string]string{"a/x": "", "b/y": ""})
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	w := walk{root: root, opt: Options{}.withDefaults()}
	info, err := root.Lstat("a")
	must(t, err)
	id := identify(info)
	err = w.folder(context.Background(), "b", &id)
	wantChanged(t, err, "was replaced")
	err = w.folder(context.Background(), "c", &id)
	wantChanged(t, err, "was removed")
	if len(w.entries) != 0 {
		t.Errorf("got %v, want nothing listed", w.entries)
	}
}

func TestFileOfUnknownSize(t *testing.T) {
	dir := tree(t, map[string]string{"a": "content", "b/": ""})
	d := open(t, dir, Options{})
	// As if lstat had not answered, and does now.
	for i := range d.objects {
		d.objects[i] = content.Object{Name: d.objects[i].Name, Size: -1, Offset: -1}
		d.ids[i] = identity{}
	}
	rc, err := d.Open(context.Background(), content.Object{Name: "a"})
	must(t, err)
	got, err := io.ReadAll(rc)
	must(t, err)
	must(t, rc.Close())
	if string(got) != "content" {
		t.Errorf("got %q, want content", got)
	}
	if _, err := d.Open(context.Background(), content.Object{Name: "b"}); !errors.Is(err, errNotRegular) {
		t.Errorf("folder: got %v, want %v", err, errNotRegular)
	}
}
