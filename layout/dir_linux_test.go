package layout

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/report"
)

// unprivileged calls f on a thread for which permissions count, root or not.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread ends with the goroutine.
		runtime.LockOSThread()
		if os.Geteuid() == 0 {
			const nobody = 65534
			if err := unix.Setfsuid(nobody); err != nil {
				t.Error(err)
				return
			}
		}
		f()
	}()
	<-done
}

func TestUnreadable(t *testing.T) {
	dir := tree(t, map[string]string{"closed/x": "", "blind/y": "y", "file": "x", "open/z": "z"})
	must(t, os.Chmod(filepath.Dir(dir), 0o755)) // the test's own, closed to others
	must(t, os.Chmod(filepath.Join(dir, "closed"), 0))
	must(t, os.Chmod(filepath.Join(dir, "blind"), 0o444))
	must(t, os.Chmod(filepath.Join(dir, "file"), 0))
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "closed"), 0o755); os.Chmod(filepath.Join(dir, "blind"), 0o755) })
	unprivileged(t, func() {
		d, err := Open(context.Background(), dir, Options{})
		if err != nil {
			t.Error(err)
			return
		}
		defer d.Close()
		if f := d.Findings(); len(f) != 1 || f[0].Code != report.BlobUnreadable || f[0].Object != "closed" || !strings.Contains(f[0].Message, "permission denied") {
			t.Errorf("got %+v, want closed unreadable", f)
		}
		if o, ok := d.Lookup("blind/y"); !ok || o.Size != -1 || o.Kind != content.Regular {
			t.Errorf("got %+v, want a file of unknown size", o)
		}
		for _, name := range []string{"file", "blind/y"} {
			if _, err := d.Open(context.Background(), content.Object{Name: name}); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: got %v, want permission denied", name, err)
			}
		}
		rc, err := d.Open(context.Background(), content.Object{Name: "open/z"})
		if err != nil {
			t.Error(err)
			return
		}
		rc.Close()
	})
}

// TestErrorsOfTheSystemPass reads files of procfs that behave like a bad disk:
// mem gives EIO at offset 0, status holds more bytes than its size of 0.
func TestErrorsOfTheSystemPass(t *testing.T) {
	d := open(t, "/proc/self", Options{Depth: 1, Members: -1})
	rc, err := d.Open(context.Background(), lookup(t, d, "mem"))
	must(t, err)
	_, err = io.ReadAll(rc)
	var pathErr *fs.PathError
	if !errors.As(err, &pathErr) || !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want EIO in a PathError", err)
	}
	if _, again := rc.Read(make([]byte, 1)); again != err {
		t.Errorf("got %v the second time, want %v", again, err)
	}
	must(t, rc.Close())

	rc, err = d.Open(context.Background(), lookup(t, d, "status"))
	must(t, err)
	_, err = io.ReadAll(rc)
	wantChanged(t, err, "holds more than its 0 bytes")
	must(t, rc.Close())
}

func TestDescriptorsAreReleased(t *testing.T) {
	count := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		return len(fds)
	}
	dir := tree(t, map[string]string{"a/b": "x", "c": "y"})
	before := count()
	for range 20 {
		d, err := Open(context.Background(), dir, Options{})
		must(t, err)
		rc, err := d.Open(context.Background(), lookup(t, d, "a/b"))
		must(t, err)
		must(t, rc.Close())
		must(t, os.WriteFile(dir+"/a/b", []byte("longer"), 0o644))
		if _, err := d.Open(context.Background(), lookup(t, d, "a/b")); err == nil {
			t.Error("got a changed file, want an error")
		}
		must(t, os.WriteFile(dir+"/a/b", []byte("x"), 0o644))
		must(t, d.Close())
	}
	if got := count(); got > before {
		t.Errorf("got %d open descriptors, want %d", got, before)
	}
}
