package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Errors of OpenFile about what is at the path.
var (
	ErrNotRegular  = errors.New("not a regular file")
	ErrIsDirectory = errors.New("is a directory")
)

// File is the input that a user named. ReadAt may be called from several
// goroutines; it does not move Read.
type File struct {
	f      *os.File
	before state
}

// OpenFile opens the file at path for reading. Symbolic links in the path are
// followed: it is the user's. A folder is ErrIsDirectory; a device, socket or
// named pipe is ErrNotRegular and is not waited for. A pipe that the shell
// passes as /dev/stdin, /dev/fd/N or /proc/self/fd/N is opened, and not
// Regular: read it once with NewStream.
func OpenFile(path string) (*File, error) {
	// A device can act on being opened: look before.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := acceptable(path, info); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = acceptable(path, info)
	}
	var before state
	if err == nil {
		before, err = stat(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{f: f, before: before}, nil
}

func acceptable(path string, info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return &fs.PathError{Op: "open", Path: path, Err: ErrIsDirectory}
	case info.Mode()&fs.ModeNamedPipe != 0 && inherited(path):
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
}

// inherited reports whether the path stands for a descriptor that the process
// was given, which somebody already writes to.
func inherited(path string) bool {
	return path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}

// Read reads on from where Read stopped, at first from the start.
func (f *File) Read(p []byte) (int, error) { return f.f.Read(p) }

// ReadAt reads at an offset of a regular file.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

// Size returns the size at the time of opening, or -1 for a pipe.
func (f *File) Size() int64 {
	if !f.Regular() {
		return -1
	}
	return f.before.size
}

// Regular reports whether the file is regular and so can be read at random.
func (f *File) Regular() bool { return f.before.regular }

// Changed compares the file with what it was when it was opened, and says
// what differs. Call it after the last read: a file that changed meanwhile was
// not read as one. An error of the second look counts as a change.
func (f *File) Changed() (string, bool) {
	if !f.Regular() {
		return "", false
	}
	after, err := stat(f.f)
	if err != nil {
		return err.Error(), true
	}
	var what []string
	if f.before.size != after.size {
		what = append(what, fmt.Sprintf("size was %d and is %d", f.before.size, after.size))
	}
	if f.before.mtime != after.mtime {
		what = append(what, "modification time")
	}
	if f.before.ctime != after.ctime {
		what = append(what, "change time")
	}
	if f.before.ino != after.ino || f.before.dev != after.dev {
		what = append(what, "identity")
	}
	return strings.Join(what, ", "), len(what) > 0
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

var _ interface {
	io.ReadCloser
	io.ReaderAt
} = (*File)(nil)
