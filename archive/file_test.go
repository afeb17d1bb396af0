//go:build unix

package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "image.tar")
	data := tartest.Join(tartest.File("a", "1"), tartest.End())
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(link)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !f.Regular() || f.Size() != int64(len(data)) {
		t.Errorf("got regular %v, size %d, want true, %d", f.Regular(), f.Size(), len(data))
	}
	if got, err := io.ReadAll(f); !bytes.Equal(got, data) || err != nil {
		t.Errorf("read: got %d bytes, %v", len(got), err)
	}
	a, err := New(context.Background(), f, f.Size(), Limits{})
	if err != nil || list(a.Objects()) != "a" {
		t.Errorf("got %v, %v, want a", a, err)
	}
	if what, changed := f.Changed(); changed {
		t.Errorf("unchanged: got %q", what)
	}
	// The same size and an old time, as somebody who hides a change would set it.
	old := time.Unix(1, 0)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if what, changed := f.Changed(); !changed || what != "modification time, change time" {
		t.Errorf("rewritten: got %q, %v", what, changed)
	}
	if err := os.Truncate(path, 7); err != nil {
		t.Fatal(err)
	}
	if what, changed := f.Changed(); !changed || what[:5] != "size " {
		t.Errorf("truncated: got %q, %v", what, changed)
	}
}

func TestOpenFileRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		want error
	}{
		{dir, ErrIsDirectory},
		{pipe, ErrNotRegular}, // and does not wait for a writer
		{"/dev/zero", ErrNotRegular},
		{filepath.Join(dir, "nothing"), fs.ErrNotExist},
	} {
		if f, err := OpenFile(tt.path); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, %v, want %v", tt.path, f, err, tt.want)
		}
	}
}

func TestOpenFileInheritedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		w.Write(tartest.Join(tartest.File("a", "1"), tartest.End()))
	}()
	f, err := OpenFile(filepath.Join("/dev/fd", strconv.Itoa(int(r.Fd()))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Regular() || f.Size() != -1 {
		t.Errorf("got regular %v, size %d, want false, -1", f.Regular(), f.Size())
	}
	s := NewStream(context.Background(), f, Limits{})
	for err == nil {
		_, _, err = s.Next()
	}
	if err != io.EOF || list(s.Objects()) != "a" {
		t.Errorf("got %q, %v, want a", list(s.Objects()), err)
	}
	if what, changed := f.Changed(); changed {
		t.Errorf("a pipe has no state: got %q", what)
	}
}
