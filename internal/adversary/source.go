package adversary

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/testimage"
)

// Memory is a source of regular files in memory.
type Memory struct {
	objects []content.Object
	bodies  map[string][]byte
}

// NewMemory makes a source of the regular files of a tree.
func NewMemory(t testimage.Tree) *Memory {
	m := &Memory{bodies: map[string][]byte{}}
	for _, f := range t {
		if f.Type != 0 && f.Type != tar.TypeReg {
			panic("adversary: " + f.Name + " is no regular file")
		}
		m.objects = append(m.objects, content.Object{Name: f.Name, Size: int64(len(f.Body)), Offset: -1})
		m.bodies[f.Name] = f.Body
	}
	slices.SortFunc(m.objects, func(a, b content.Object) int { return strings.Compare(a.Name, b.Name) })
	return m
}

// Objects implements content.Source.
func (m *Memory) Objects() []content.Object { return m.objects }

// Lookup implements content.Source.
func (m *Memory) Lookup(name string) (content.Object, bool) {
	i, ok := slices.BinarySearchFunc(m.objects, name, func(o content.Object, name string) int { return strings.Compare(o.Name, name) })
	if !ok {
		return content.Object{}, false
	}
	return m.objects[i], true
}

// Resolve implements content.Source: there are no links.
func (m *Memory) Resolve(o content.Object) (content.Object, error) { return o, nil }

// Open implements content.Source.
func (m *Memory) Open(_ context.Context, o content.Object) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m.bodies[o.Name])), nil
}

// Close implements content.Source.
func (m *Memory) Close() error { return nil }

// Faulty is a source of which one event goes wrong. Events are opening,
// reading and closing an object; they are counted from 1.
type Faulty struct {
	content.Source
	At    int    // the event that goes wrong
	Only  string // count the events of this object alone
	Fault Fault
	Chunk int // bytes that a read returns at most; 0: as many as fit

	mu     sync.Mutex
	events int
	Object string // where it went wrong; empty: it did not
	Offset int64
	Opened int // objects opened
}

// Fault says what happens at an event.
type Fault struct {
	Name   string
	Err    error  // returned by the event
	Panic  bool   // ... or panicked with
	After  bool   // a read returns bytes together with the error
	Do     func() // called before the event
	Always bool   // all later events of the object go wrong too
}

// event counts one, and reports whether it goes wrong.
func (f *Faulty) event(object string, offset int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Only == "" || f.Only == object {
		f.events++
	} else {
		return false
	}
	if f.events != f.At && !(f.Fault.Always && f.Object == object) {
		return false
	}
	if f.Object == "" {
		f.Object, f.Offset = object, offset
	}
	if f.Fault.Do != nil {
		f.Fault.Do()
	}
	if f.Fault.Panic {
		panic("adversary: " + f.Fault.Name + " of " + object)
	}
	return true
}

// Hit returns where the fault was, if there was one.
func (f *Faulty) Hit() (object string, offset int64, hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Object, f.Offset, f.Object != ""
}

// Open implements content.Source.
func (f *Faulty) Open(ctx context.Context, o content.Object) (io.ReadCloser, error) {
	if f.event(o.Name, 0) && f.Fault.Err != nil {
		return nil, f.Fault.Err
	}
	f.mu.Lock()
	f.Opened++
	f.mu.Unlock()
	r, err := f.Source.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &faultyReader{f: f, r: r, name: o.Name}, nil
}

type faultyReader struct {
	f    *Faulty
	r    io.ReadCloser
	name string
	n    int64
	err  error
}

func (r *faultyReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	wrong := r.f.event(r.name, r.n) && r.f.Fault.Err != nil
	if wrong && !r.f.Fault.After {
		r.err = r.f.Fault.Err
		return 0, r.err
	}
	if r.f.Chunk > 0 && len(p) > r.f.Chunk {
		p = p[:r.f.Chunk]
	}
	n, err := r.r.Read(p)
	r.n += int64(n)
	if wrong {
		r.f.mu.Lock()
		r.f.Offset = r.n
		r.f.mu.Unlock()
		r.err = r.f.Fault.Err
		return n, r.err
	}
	return n, err
}

func (r *faultyReader) Close() error {
	err := r.r.Close()
	if r.f.event(r.name, r.n) && r.f.Fault.Err != nil {
		return r.f.Fault.Err
	}
	return err
}

// counting counts the objects that are open.
type counting struct {
	content.Source
	mu         sync.Mutex
	open, most int
}

func (c *counting) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
	c.most = max(c.most, c.open)
}

// Open implements content.Source.
func (c *counting) Open(ctx context.Context, o content.Object) (io.ReadCloser, error) {
	r, err := c.Source.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	c.add(1)
	return &countedReader{r, c}, nil
}

type countedReader struct {
	io.ReadCloser
	c *counting
}

func (r *countedReader) Close() error {
	r.c.add(-1)
	return r.ReadCloser.Close()
}
