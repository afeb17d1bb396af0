package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/ocisum/ocisum/content"
)

// ChangedError says that an object is not what it was when the directory was
// listed, or changed while it was read. Nothing that was read of it counts.
type ChangedError struct {
	Name string // the object
	What string // "was removed", "was replaced", "grew from 10 to 12 bytes", ...
}

// Error quotes the name.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%q %s while it was in use", e.Name, e.What)
}

// Changed says what changed. It lets callers that know only [content.Source]
// tell a file that changed from a file that could not be read.
func (e *ChangedError) Changed() string { return e.What }

// errNotRegular is the cause of the error of Open for an object without bytes.
var errNotRegular = errors.New("not a regular file")

// Open returns the bytes of a regular object. It never waits for a pipe and
// never follows a link. An object that is not what was listed gives a
// [*ChangedError]; an error of the system is returned as it is.
//
// The reader reads the file as it is on disk, through one descriptor, and ends
// after the size that was listed. Before it returns io.EOF it looks whether the
// file changed, and so does its Close if that was not reached; both then return
// a [*ChangedError]. It checks ctx at every read.
func (d *Dir) Open(ctx context.Context, o content.Object) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at, ok := d.find(o.Name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: o.Name, Err: fs.ErrNotExist}
	}
	listed := d.objects[at]
	if listed.Kind != content.Regular {
		return nil, &fs.PathError{Op: "open", Path: o.Name, Err: errNotRegular}
	}
	f, err := d.root.OpenFile(listed.Name, openFile, 0)
	if err != nil {
		if what := d.gone(at, err); what != "" {
			return nil, &ChangedError{listed.Name, what}
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = d.admit(at, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &reader{ctx: ctx, f: f, name: listed.Name, before: info, left: info.Size()}, nil
}

// admit decides whether an opened file is the one that was listed.
func (d *Dir) admit(at int, info os.FileInfo) error {
	listed := d.objects[at]
	if listed.Size < 0 { // could not be looked at then
		if !info.Mode().IsRegular() {
			return &fs.PathError{Op: "open", Path: listed.Name, Err: errNotRegular}
		}
		return nil
	}
	if what := d.compare(at, info); what != "" {
		return &ChangedError{listed.Name, what}
	}
	return nil
}

// gone says how the listed file went away, or "" if err, the reason why it
// cannot be opened, is about the file that was listed.
func (d *Dir) gone(at int, err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) && !errors.Is(err, fs.ErrClosed) {
		return "was replaced by a link" // os.Root refuses it with an error of its own
	}
	now, err := d.root.Lstat(d.objects[at].Name)
	switch {
	case vanished(err):
		return "was removed"
	case err == nil && d.objects[at].Size >= 0:
		return d.compare(at, now)
	}
	return ""
}

// vanished reports whether a name, or a folder above it, is there no more.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// compare says how a file differs from what was listed, "" if it does not. The
// change time is left out: a backup that takes a hard link during a long run
// sets it, and the bytes of this object have yet to be read.
func (d *Dir) compare(at int, now os.FileInfo) string {
	id := identify(now)
	if !now.Mode().IsRegular() || !d.ids[at].same(&id) {
		return "was replaced"
	}
	if was := d.objects[at].Size; was != now.Size() {
		return resized(was, now.Size())
	}
	if !d.ids[at].sameTime(&id) {
		return "was modified"
	}
	return ""
}

func resized(was, now int64) string {
	if now < was {
		return fmt.Sprintf("shrank from %d to %d bytes", was, now)
	}
	return fmt.Sprintf("grew from %d to %d bytes", was, now)
}

// reader reads one file and knows what it was like at the beginning.
type reader struct {
	ctx    context.Context
	f      *os.File
	name   string
	before os.FileInfo
	left   int64
	err    error // what Read returned last; io.EOF and others stay
}

func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if err := r.ctx.Err(); err != nil {
		r.err = err
		return 0, err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if r.left == 0 {
		r.err = r.end()
		return 0, r.err
	}
	n, err := r.f.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		if err = r.unchanged(); err == nil {
			// The system still gives the old size, and fewer bytes.
			err = &ChangedError{r.name, resized(r.before.Size(), r.before.Size()-r.left)}
		}
	}
	r.err = err
	return n, err
}

// end returns io.EOF if the file ends here and is what it was.
func (r *reader) end() error {
	if err := r.unchanged(); err != nil {
		return err
	}
	// Some file systems give a size that has nothing to do with the bytes.
	var more [1]byte
	switch n, err := r.f.Read(more[:]); {
	case n > 0:
		return &ChangedError{r.name, fmt.Sprintf("holds more than its %d bytes", r.before.Size())}
	case err == nil:
		return io.ErrNoProgress
	default:
		return err
	}
}

// unchanged compares the file with itself at the time of opening.
func (r *reader) unchanged() error {
	now, err := r.f.Stat()
	if err != nil {
		return err
	}
	was, is := identify(r.before), identify(now)
	switch {
	case !was.same(&is):
		return &ChangedError{r.name, "was replaced"}
	case r.before.Size() != now.Size():
		return &ChangedError{r.name, resized(r.before.Size(), now.Size())}
	case !was.sameTime(&is):
		return &ChangedError{r.name, "was modified"}
	case changeTime(r.before) != changeTime(now):
		return &ChangedError{r.name, "had its content or attributes changed"}
	}
	return nil
}

// Close closes the file. It returns a [*ChangedError] if the file changed and
// Read has not said so.
func (r *reader) Close() error {
	var changed error
	if r.err == nil {
		changed = r.unchanged()
		r.err = fs.ErrClosed
	}
	if err := r.f.Close(); err != nil {
		return err
	}
	return changed
}
