package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/report"
)

// nameBatch is how many names are read from a folder at once, and how often a
// long folder looks at its context.
const nameBatch = 1024

// rootName is what the directory itself is called in an os.Root.
const rootName = "."

// entry is an object on its way into the list.
type entry struct {
	object content.Object
	id     identity
}

// walk makes the list of a directory.
type walk struct {
	root     *os.Root
	opt      Options
	entries  []entry
	findings []report.Finding
	full     bool // there are more objects than may be listed
}

// run lists everything. It returns an error if the directory itself cannot be
// listed or ctx ends; everything else is a finding.
func (w *walk) run(ctx context.Context) error {
	if err := w.folder(ctx, rootName, nil); err != nil {
		return err
	}
	// The list is its own queue: folders are read in the order of discovery.
	for at := 0; at < len(w.entries) && !w.full; at++ {
		e := w.entries[at]
		if e.object.Kind != content.Directory {
			continue
		}
		name := e.object.Name
		if strings.Count(name, "/")+1 > w.opt.Depth {
			w.tell(report.LimitMembers, name, "folders nest deeper than %d levels: what is in this one is not listed", w.opt.Depth)
			continue
		}
		err := w.folder(ctx, name, &e.id)
		var changed *ChangedError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &changed):
			w.tell(report.BlobChanged, name, "the folder %s while the directory was listed", changed.What)
		case err != nil:
			w.tell(report.BlobUnreadable, name, "cannot list the folder: %s", reason(err))
		}
	}
	slices.SortFunc(w.entries, func(a, b entry) int { return strings.Compare(a.object.Name, b.object.Name) })
	slices.SortFunc(w.findings, func(a, b report.Finding) int {
		return strings.Compare(a.Object+"\x00"+string(a.Code), b.Object+"\x00"+string(b.Code))
	})
	return nil
}

// folder lists what is directly in one folder. What could be read before an
// error counts.
func (w *walk) folder(ctx context.Context, name string, want *identity) error {
	names, err := w.names(ctx, name, want)
	for i, base := range names {
		if i%nameBatch == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e, statErr := w.stat(join(name, base))
		if errors.Is(statErr, fs.ErrNotExist) {
			continue // gone since its name was read: it was never seen
		}
		w.entries = append(w.entries, e)
	}
	return err
}

// names returns the names in a folder, sorted: as many as there is room for,
// the first ones in order if there are more.
func (w *walk) names(ctx context.Context, name string, want *identity) ([]string, error) {
	f, err := w.root.OpenFile(name, openFolder, 0)
	if want != nil && vanished(err) {
		return nil, &ChangedError{name, "was removed"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if want != nil {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		// The root follows links inside itself: a folder that became a link
		// to another one is caught here.
		if got := identify(info); !want.same(&got) {
			return nil, &ChangedError{name, "was replaced"}
		}
	}

	room := w.opt.Members - len(w.entries)
	var names []string
	var long int
	var longest string
	for err == nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var batch []string
		batch, err = f.Readdirnames(nameBatch)
		for _, base := range batch {
			if full := join(name, base); len(full) > w.opt.NameBytes {
				if long == 0 || full < longest {
					longest = full
				}
				long++
				continue
			}
			names = append(names, base)
		}
		// Memory is bounded by the room, not by the folder: only the names
		// that come first stay, one more than can be used.
		if len(names) > nameBatch && len(names)/2 > room {
			slices.Sort(names)
			names = names[:room+1]
		}
	}
	if err == io.EOF {
		err = nil
	}
	if long > 0 {
		w.tell(report.LimitNameLength, longest, "%d names of this folder are longer than %d bytes: they are not listed", long, w.opt.NameBytes)
	}
	slices.Sort(names)
	if len(names) > room {
		names = names[:room]
		w.full = true
		w.tell(report.LimitMembers, "", "the directory holds more than %d objects: the rest is not listed", w.opt.Members)
	}
	return names, err
}

// stat describes one object. If the system does not tell, the object is
// listed as a file of unknown size: opening it will show the error.
func (w *walk) stat(name string) (entry, error) {
	o := content.Object{Name: name, Offset: -1}
	info, err := w.root.Lstat(name)
	if err != nil {
		o.Size = -1
		return entry{object: o}, err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		o.Size = info.Size()
	case mode&fs.ModeSymlink != 0:
		o.Kind = content.Symlink
		// A link that cannot be read has no target, and dangles.
		o.Link, _ = w.root.Readlink(name)
	case mode.IsDir():
		o.Kind = content.Directory
	case mode&fs.ModeNamedPipe != 0:
		o.Kind = content.FIFO
	case mode&fs.ModeSocket != 0:
		o.Kind = content.Socket
	case mode&fs.ModeDevice != 0:
		o.Kind = content.Device
	default:
		o.Kind = content.Other
	}
	return entry{object: o, id: identify(info)}, nil
}

func (w *walk) tell(code report.Code, object, format string, args ...any) {
	w.findings = append(w.findings, report.New(code, object, fmt.Sprintf(format, args...)))
}

// join names an object of a folder.
func join(folder, base string) string {
	if folder == rootName {
		return base
	}
	return folder + "/" + base
}

// reason is the error of the system without operation and path.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
