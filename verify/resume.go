package verify

import (
	"errors"
	"io"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
)

// A Ledger keeps between runs what was observed of large objects, so that a
// run of hours that is killed need not begin again. It takes the word of an
// earlier run, and of whoever can write to it: the report marks what came from
// it. It is used for large objects only, never for documents, never for one
// that a claim contradicts, and only where a file system tells one state of a
// file from another.
//
// Keep is called from several goroutines.
type Ledger interface {
	// Find returns the record that was kept for exactly this identity.
	Find(content.Identity) (record []byte, ok bool)

	// Keep keeps a record once an object was read to its end.
	Keep(id content.Identity, record []byte)
}

// ErrNotResumable ends a run with a ledger over input that is read in one
// pass, or that has no identity: a pipe, a compressed archive, a source of the
// caller's.
var ErrNotResumable = errors.New("cannot be resumed: only folders and plain tar files can")

// Objects below both sizes are read faster than they are kept.
const (
	ledgerStored  = 1 << 20
	ledgerDecoded = 16 << 20
)

// identifies is what a source of files in folders knows of them.
type identifies interface {
	Identity(content.Object) (content.Identity, bool)
}

// identified is an outer file that knows which one it is.
type identified interface {
	Identity() (content.Identity, bool)
}

// identity finds out where an object lies before it is opened.
func (r *run) identity(src content.Source, o content.Object) (id content.Identity, ok bool) {
	if r.outer != nil {
		id, ok = r.outer.Identity()
		id.Name, id.Offset, id.Length = o.Name, o.Offset, o.Size
		return id, ok && o.Offset >= 0
	}
	if s, yes := src.(identifies); yes {
		return s.Identity(o)
	}
	return id, false
}

// resumable reports whether a ledger is of any use for a source.
func (r *run) resumable(src content.Source) bool {
	if r.outer != nil {
		_, ok := r.outer.Identity()
		return ok
	}
	_, ok := src.(identifies)
	return ok
}

// resume takes from the ledger what it has, and returns the tasks that remain.
// What the ledger says of an object that some claim contradicts does not
// count: nobody is accused on the word of another run.
func (r *run) resume(src content.Source, g *graph.Graph, left []unnamed, tasks []task) []task {
	if r.opt.Ledger == nil {
		return tasks
	}
	leftover := map[string]content.Claim{}
	for _, u := range left {
		leftover[u.obj.Name] = u.claim
	}
	rest := tasks[:0]
	for _, t := range tasks {
		n, _, named := g.Node(t.obj.Name)
		if r.obs[t.obj.Name] != nil || named && document(n) {
			rest = append(rest, t)
			continue
		}
		if !named {
			n = &graph.Node{Object: t.obj, Claims: []content.Claim{leftover[t.obj.Name]}}
		}
		t.id, t.lasts = r.identity(src, t.obj)
		if o := r.remembered(t); o == nil || suspect(n, o) {
			rest = append(rest, t)
		} else {
			r.obs[t.obj.Name] = o
			r.budget.used.Add(o.decoded())
			r.meter.finish(t.obj.Name)
		}
	}
	return rest
}

// document reports whether documents are what an object may be.
func document(n *graph.Node) bool {
	switch n.Role {
	case graph.RoleBlob, graph.RoleLayer, graph.RoleLegacy:
		return false
	}
	return true
}

// remembered is the observation that the ledger has of an object, if it
// answers the same questions.
func (r *run) remembered(t task) *Observation {
	if !t.lasts {
		return nil
	}
	data, ok := r.opt.Ledger.Find(t.id)
	if !ok {
		return nil
	}
	rec, o, err := observation(data)
	if err != nil || o.Size != t.id.Length || rec.Layer != t.want.layer || rec.SHA512 != t.want.sha512 || rec.Wide != t.want.diff512 {
		return nil
	}
	o.Object, o.resumed = t.obj.Name, true
	return o
}

// keep hands an observation to the ledger.
func (p *pool) keep(t task, o *Observation) {
	if p.ledger == nil || !o.kept || o.Size != o.id.Length || o.Size < ledgerStored && o.Uncompressed < ledgerDecoded {
		return
	}
	if data, ok := recordOf(o, t.want); ok {
		p.ledger.Keep(o.id, data)
	}
}

// identify notes what was read, if a ledger may keep it: a file says itself
// what state it was in.
func (t task) identify(r io.Reader, o *Observation) {
	o.id, o.kept = t.id, t.lasts
	if f, ok := r.(identified); ok && t.lasts {
		o.id, o.kept = f.Identity()
	}
}

// decoded is what an observation took of the limit of the run.
func (o *Observation) decoded() int64 {
	if o.Compression == decompress.None {
		return 0
	}
	return o.Uncompressed
}

// taken counts what came from the ledger.
func (r *run) taken() int {
	n := 0
	for _, o := range r.obs {
		if o.resumed {
			n++
		}
	}
	return n
}

// resumed is how many bytes that are.
func (r *run) resumed() (n int64) {
	for _, o := range r.obs {
		if o.resumed {
			n += o.Size
		}
	}
	return n
}
