package verify

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// task is one object to read.
type task struct {
	obj  content.Object
	want want
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
		list = append(list, task{n.Object, w})
	}
	for _, u := range left {
		if u.claimed && obs[u.obj.Name] == nil {
			n := &graph.Node{Object: u.obj, Claims: []content.Claim{u.claim}}
			list = append(list, task{u.obj, wants(n, lim)})
		}
	}
	// The largest first, so that no worker is left with it at the end.
	slices.SortFunc(list, func(a, b task) int {
		return cmp.Or(cmp.Compare(b.obj.Size, a.obj.Size), cmp.Compare(a.obj.Offset, b.obj.Offset), cmp.Compare(a.obj.Name, b.obj.Name))
	})
	return list
}

// pool reads the tasks with a fixed number of workers, each with its own
// buffers, and waits for all of them. Observations go into obs; after the
// context has ended what was finished is there.
func pool(ctx context.Context, src content.Source, tasks []task, jobs int, opt decompress.Options, budget *outputBudget, meter *meter, obs map[string]*Observation) error {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	jobs = min(jobs, len(tasks), maxOpen)
	var (
		mu    sync.Mutex
		next  int
		group sync.WaitGroup
	)
	take := func() (task, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(tasks) || ctx.Err() != nil {
			return task{}, false
		}
		next++
		return tasks[next-1], true
	}
	put := func(o *Observation) {
		mu.Lock()
		defer mu.Unlock()
		obs[o.Object] = o
	}
	for range jobs {
		group.Go(func() {
			var o *observer
			for {
				t, ok := take()
				if !ok {
					break
				}
				if o == nil {
					o = newObserver(opt, budget, meter.add)
				}
				result, err := o.guarded(ctx, src, t)
				if err != nil {
					break
				}
				meter.finish(t.obj.Name)
				put(result)
			}
			if o != nil {
				o.close()
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// maxOpen bounds the files that are open at a time.
const maxOpen = 14

// guarded reads one object; a panic of ours, or of a library, becomes an
// observation of an internal error instead of a crash: the object is then not
// checked.
func (o *observer) guarded(ctx context.Context, src content.Source, t task) (obs *Observation, err error) {
	defer func() {
		if r := recover(); r != nil {
			obs, err = &Observation{Object: t.obj.Name, Panic: panicText(r)}, nil
			*o = *newObserver(o.options, o.budget, o.done) // its state is not to be trusted any more
		}
	}()
	return o.open(ctx, src, t.obj, t.want)
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
	bytes int64
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
		if o.Compression != decompress.None {
			b.Uncompressed += o.Uncompressed
		}
	}
	return b
}
