package verify

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// task is one object to read.
type task struct {
	obj   content.Object
	want  want
	id    content.Identity // for a ledger
	lasts bool             // there is one, and it may keep this object
}

// wants says what the claims of a node ask for.
func wants(n *graph.Node, lim Limits) want {
	w := want{layer: n.Layer, maxOut: maxOutput(n.Object.Size, lim)}
	for _, c := range n.Claims {
		w.sha512 = w.sha512 || c.Digest != "" && c.Digest.Algorithm() == digest.SHA512
		w.diff512 = w.diff512 || c.DiffID != "" && c.DiffID.Algorithm() == digest.SHA512
		w.layer = w.layer || c.Either
	}
	return w
}

// maxOutput is the bound on what a layer may decode to.
func maxOutput(size int64, lim Limits) int64 {
	out := lim.LayerBytes
	if size > 0 {
		if size > (1<<62)/lim.LayerRatio {
			return 1 << 62
		}
		out = max(out, size*lim.LayerRatio)
	}
	return out
}

// pending lists what is still to be read: objects that the selection names and
// that were not read as documents, and unnamed ones whose name is a claim.
func pending(g *graph.Graph, obs map[string]*Observation, sel *selection, left []unnamed, lim Limits) []task {
	var list []task
	for i, n := range g.Nodes {
		if !n.Present || !sel.node(i) {
			continue
		}
		w := wants(n, lim)
		if o := obs[n.Object.Name]; o != nil && (!w.layer || !o.Complete) && (!w.sha512 || o.SHA512 != "") {
			continue
		}
		list = append(list, task{obj: n.Object, want: w})
	}
	for _, u := range left {
		if u.claimed && obs[u.obj.Name] == nil {
			n := &graph.Node{Object: u.obj, Claims: []content.Claim{u.claim}}
			list = append(list, task{obj: u.obj, want: wants(n, lim)})
		}
	}
	// The largest first, so that no worker is left with it at the end.
	slices.SortFunc(list, func(a, b task) int {
		return cmp.Or(cmp.Compare(b.obj.Size, a.obj.Size), cmp.Compare(a.obj.Offset, b.obj.Offset), cmp.Compare(a.obj.Name, b.obj.Name))
	})
	return list
}

// oneWorker is how much one worker reads alone. To start a thread and touch most
// of a megabyte of new buffers takes as long as to decode and hash that.
const oneWorker = 512 << 10

// workers is how many workers are to read the tasks, unless the caller says.
func (r *run) workers(tasks []task) int {
	var bytes int64
	for _, t := range tasks {
		bytes += t.obj.Size
	}
	if r.opt.Jobs == 0 && bytes < oneWorker {
		return 1
	}
	return r.jobs()
}

// pool reads the tasks with a fixed number of workers and waits for all of
// them. Observations go into obs; after the context has ended, what was
// finished is there.
type pool struct {
	src    content.Source
	opt    decompress.Options
	budget *outputBudget
	meter  *meter
	idle   idleCores
	width  int // lanes of a worker
	jobs   int
	left   atomic.Int64 // bytes to be read
	ledger Ledger

	mu     sync.Mutex
	tasks  []task
	obs    map[string]*Observation
	faults []string // panics that are no object's
}

// run works off the tasks. Each worker has buffers of its own: about 1 MiB, a
// decoder, and 256 KiB a lane.
func (p *pool) run(ctx context.Context, jobs int) error {
	jobs = max(1, min(jobs, maxOpen))
	p.jobs, p.width = jobs, laneWidth(len(p.tasks), jobs)
	for _, t := range p.tasks {
		p.left.Add(t.obj.Size)
	}
	workers := min(jobs, len(p.tasks))
	for range jobs - workers {
		p.idle.give()
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			defer p.idle.give()
			p.work(ctx)
		})
	}
	group.Wait()
	return ctx.Err()
}

// take returns the next object for a worker. One that has any gets another only
// within its share of all that is left to read: lanes share a core, so whoever
// has too much in them would be at it when the other cores are done.
func (p *pool) take(ctx context.Context, l *lanes) (task, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tasks) == 0 || ctx.Err() != nil {
		return task{}, false
	}
	t := p.tasks[0]
	if left := l.left(); left >= 0 && left+t.obj.Size > p.left.Load()/int64(p.jobs) {
		return task{}, false
	}
	p.tasks = p.tasks[1:]
	return t, true
}

// read counts bytes that were read.
func (p *pool) read(n int64) {
	p.left.Add(-n)
	p.meter.add(n)
}

func (p *pool) put(t task, o *Observation) {
	p.keep(t, o)
	p.meter.finish(o.Object)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.obs[o.Object] = o
}

// work is one worker: it fills its lanes with plain objects, does compressed
// ones as it meets them, and refills lanes as they end.
func (p *pool) work(ctx context.Context) {
	opt := p.opt
	opt.Spare = &p.idle
	o := newObserver(opt, p.budget, p.read)
	o.idle = &p.idle
	defer o.close()
	l := newLanes(p.width)
	defer l.abandon()
	for ctx.Err() == nil {
		for i := 0; i < len(l.lane); i++ {
			for l.lane[i].r == nil {
				t, ok := p.take(ctx, l)
				if !ok {
					break
				}
				taken, obs, err := l.enter(ctx, o, p.src, t, i)
				if err != nil {
					return
				}
				if !taken {
					p.put(t, obs)
				}
			}
		}
		if l.busy() == 0 {
			return
		}
		p.step(ctx, l, o)
	}
}

// step advances the lanes. Should that panic, the objects in them are read
// again one by one, so that the fault is laid at the right door.
func (p *pool) step(ctx context.Context, l *lanes, o *observer) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		p.mu.Lock()
		p.faults = append(p.faults, panicText(fault))
		p.mu.Unlock()
		for _, t := range l.abandon() {
			if obs, err := o.guarded(ctx, p.src, t); err == nil {
				p.put(t, obs)
			}
		}
	}()
	for _, f := range l.step(p.read) {
		p.put(f.task, f.obs)
	}
}

// maxOpen bounds the files that are open at a time.
const maxOpen = 14

// guarded reads one object; a panic of ours, or of a library, becomes an
// observation of an internal error instead of a crash: the object is then not
// checked.
func (o *observer) guarded(ctx context.Context, src content.Source, t task) (obs *Observation, err error) {
	defer o.guard(t.obj.Name, &obs, &err)
	r, err := src.Open(ctx, t.obj)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return &Observation{Object: t.obj.Name, Err: err, Changed: changed(err)}, nil
	}
	head, err := fill(r, o.buf)
	return o.closing(ctx, r, t, head, err)
}

// guardedFrom is guarded for an object that is open, and its first chunk read.
func (o *observer) guardedFrom(ctx context.Context, r io.ReadCloser, t task, head []byte, readErr error) (obs *Observation, err error) {
	defer o.guard(t.obj.Name, &obs, &err)
	return o.closing(ctx, r, t, head, readErr)
}

// closing observes an object to its end and closes it.
func (o *observer) closing(ctx context.Context, r io.ReadCloser, t task, head []byte, readErr error) (*Observation, error) {
	obs, err := o.observeFrom(ctx, t.obj.Name, r, t.want, head, readErr)
	cerr := r.Close()
	if err == nil && cerr != nil && obs.Err == nil {
		obs.Err, obs.Complete, obs.Changed = cerr, false, changed(cerr)
	}
	if err == nil {
		t.identify(r, obs)
	}
	return obs, err
}

// guard is to be deferred.
func (o *observer) guard(name string, obs **Observation, err *error) {
	if r := recover(); r != nil {
		*obs, *err = &Observation{Object: name, Panic: panicText(r)}, nil
		fresh := newObserver(o.options, o.budget, o.done) // the old state is not to be trusted any more
		fresh.idle = o.idle
		*o = *fresh
	}
}

func panicText(r any) string {
	switch v := r.(type) {
	case error:
		return v.Error()
	case string:
		return v
	}
	return "panic"
}

// meter counts progress.
type meter struct {
	mu    sync.Mutex
	state Progress
	to    func(Progress)
}

func newMeter(to func(Progress)) *meter { return &meter{to: to, state: Progress{Total: -1}} }

func (m *meter) total(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Total = n
}

func (m *meter) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Done += n
	if m.to != nil {
		m.to(m.state)
	}
}

// decoded counts bytes out of decoders.
func (m *meter) decoded(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Uncompressed += n
	if m.to != nil {
		m.to(m.state)
	}
}

func (m *meter) finish(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Objects++
	m.state.Current = name
	if m.to != nil {
		m.to(m.state)
	}
}

// tally sums what was read.
func tally(obs map[string]*Observation) report.Bytes {
	var b report.Bytes
	for _, o := range obs {
		if o.Embedded {
			continue
		}
		b.Stored += o.Size
		if o.resumed {
			b.Resumed += o.Size
		}
		if o.Compression != decompress.None {
			b.Uncompressed += o.Uncompressed
		}
	}
	return b
}
