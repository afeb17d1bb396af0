package layout

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/report"
)

// Options bound the list of a directory. A zero number means its default, a
// negative one no bound. The limits are inclusive.
type Options struct {
	FollowLinks bool // Resolve follows links that stay inside the directory
	Members     int  // objects: 200 000
	NameBytes   int  // bytes of an object's name: 4 KiB
	Depth       int  // folders above an object: 32
	LinkHops    int  // links followed to reach one object: 8, never more than 255
}

// maxLinkHops bounds the resolution of links when the caller does not: n of them
// can ask for 2^n steps. It is above what any kernel allows.
const maxLinkHops = 255

func (o Options) withDefaults() Options {
	for _, f := range []struct {
		value *int
		or    int
	}{{&o.Members, 200_000}, {&o.NameBytes, 4 << 10}, {&o.Depth, 32}, {&o.LinkHops, 8}} {
		switch {
		case *f.value == 0:
			*f.value = f.or
		case *f.value < 0:
			*f.value = math.MaxInt
		}
	}
	o.LinkHops = min(o.LinkHops, maxLinkHops)
	return o
}

// Dir is an open directory. Its methods may be called from several goroutines,
// Close excepted.
type Dir struct {
	root     *os.Root
	opt      Options
	objects  []content.Object // sorted by name
	ids      []identity       // of objects, by position
	findings []report.Finding
}

var _ content.Source = (*Dir)(nil)

// Open lists a directory. It returns an error if dir does not exist, is no
// directory or cannot be listed itself (an [*os.PathError] that [os.IsNotExist]
// and its like understand), or if ctx ends. Folders below that cannot be listed
// are findings.
func Open(ctx context.Context, dir string, opt Options) (*Dir, error) {
	// OpenRoot would wait for the other end of a named pipe.
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &os.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	w := walk{root: root, opt: opt.withDefaults()}
	if err := w.run(ctx); err != nil {
		root.Close()
		return nil, err
	}
	return w.dir(), nil
}

// Objects returns every object, sorted by name. The slice belongs to d.
func (d *Dir) Objects() []content.Object { return d.objects }

// Findings returns what could not be listed, and why: folders that could not
// be read or changed meanwhile, and limits. The slice is the caller's.
func (d *Dir) Findings() []report.Finding { return slices.Clone(d.findings) }

// Close releases the directory. Readers must be closed before.
func (d *Dir) Close() error { return d.root.Close() }

// find returns the position of the object with exactly that name.
func (d *Dir) find(name string) (int, bool) {
	return slices.BinarySearchFunc(d.objects, name, func(o content.Object, name string) int {
		return strings.Compare(o.Name, name)
	})
}

// dir is the directory once it is listed.
func (w *walk) dir() *Dir {
	d := &Dir{
		root:     w.root,
		opt:      w.opt,
		objects:  make([]content.Object, len(w.entries)),
		ids:      make([]identity, len(w.entries)),
		findings: w.findings,
	}
	for i, e := range w.entries {
		d.objects[i], d.ids[i] = e.object, e.id
	}
	return d
}
