package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// RunStream judges a tar, compressed or not, in one pass and without a
// temporary file. Layers come before the documents that name them, so every
// member is hashed and, if it is compressed, decoded as it passes; what begins
// like a JSON document is kept, within Limits.JSONBytes each and
// Limits.StreamDocuments in all. Errors are those of [Run]; an error of the
// reader is a finding.
//
// The digest of the stream as a whole is in the report where it costs little:
// of compressed and of small streams, where a digest is expected, and with
// Options.FileDigest.
func RunStream(ctx context.Context, r io.Reader, opt Options) (*report.Report, error) {
	s := newRun(opt)
	return s.guard(func() (*report.Report, error) { return s.stream(ctx, r, -1) })
}

// smallWindow is what two windows at a time cost nobody.
const smallWindow = 64 << 20

// stream reads everything once, then judges as random does.
func (r *run) stream(ctx context.Context, in io.Reader, size int64) (*report.Report, error) {
	if r.opt.Ledger != nil {
		return nil, ErrNotResumable
	}
	r.rep.Source.Container = "tar"
	r.meter.total(size)
	file := readFile(ctx, in, r.opt.FileDigest || r.opt.Pin != "" || len(r.opt.Expect) > 0, r.meter.add)
	defer file.close()
	outer, err := archive.Unwrap(ctx, file, r.lim.Window)
	if err != nil {
		return r.broken(ctx, err, file.at())
	}
	r.rep.Source.Compression = outer.Compression()
	if c := outer.Compression(); c == "zstd" || c == "xz" {
		// The wrapper may take a whole window for itself, so what is inside gets
		// half of one: both together stay within the memory of a run.
		r.dec.MaxWindow = max(r.lim.Window/2, min(r.lim.Window, smallWindow))
		r.dec.Windows = decompress.NewBudget(r.dec.MaxWindow)
	}
	body, idle := io.Reader(outer), r.jobs()-1
	join := func() {}
	if idle > 0 && outer.Compression() != "none" {
		decoded := readDecoded(ctx, outer)
		join = sync.OnceFunc(decoded.close)
		defer join()
		body = decoded
		idle--
	}
	st := archive.NewStream(ctx, body, archiveLimits(r.lim))
	defer st.Close()
	docs := &streamDocuments{copies: map[string][]byte{}, plain: map[string]*TarFacts{}, kept: map[string][]byte{}, heads: map[string][]byte{}, dropped: map[string]bool{}, limit: r.lim.JSONBytes, left: r.lim.StreamDocuments, obs: r.obs, src: st}
	err = r.members(ctx, st, docs, idle)
	if err == nil {
		err = drain(ctx, body)
	}
	join()
	if ctx.Err() != nil {
		return r.interrupted(st), ctx.Err()
	}
	r.extra = append(r.extra, outer.Findings()...)
	if err != nil {
		r.extra = append(r.extra, unreadableSource(err, file.at()))
		err = nil
	}
	if file.err == io.EOF {
		r.rep.Source.Digest = file.digest()
		r.rep.Source.Size = file.n
	}
	if r.opt.KeepRaw {
		docs.keep = map[string][]byte{}
	}
	g, err := graph.Build(ctx, st, docs, string(r.opt.Format), r.graphLimits())
	if err != nil {
		return r.interrupted(st), err
	}
	if err := r.relayer(ctx, g, docs); err != nil {
		return r.interrupted(st), err
	}
	sel, err := choose(g, r.obs, r.opt)
	if err != nil {
		return nil, err
	}
	for name := range docs.dropped {
		if n, i, ok := g.Node(name); ok && sel.node(i) && n.Status == graph.Unread {
			f := report.New(report.LimitStreamDocuments, name, "the documents of the stream are larger than what is kept")
			f.Want = fmt.Sprintf("at most %d bytes in all", r.lim.StreamDocuments)
			r.extra = append(r.extra, f)
		}
	}
	r.kept.fromStream(docs, r.obs)
	rep, err := r.conclude(st, g, sel, leftovers(g, st), docs.embed.list, docs.keep, ctx.Err())
	rep.Source.Loads = r.loads(ctx, st, g, docs.copies)
	return rep, err
}

// jobs is how many cores may be used.
func (r *run) jobs() int {
	if r.opt.Jobs > 0 {
		return r.opt.Jobs
	}
	return runtime.GOMAXPROCS(0)
}

// drain reads to the end, so that everything after the archive is judged too.
// That a compressed stream is damaged there is a finding, and no error.
func drain(ctx context.Context, body io.Reader) error {
	_, err := io.Copy(io.Discard, content.Reader(ctx, body))
	if outer := (*archive.OuterError)(nil); errors.As(err, &outer) {
		return nil
	}
	return err
}

// members observes every member as it passes. It may use as many more cores as
// are idle.
func (r *run) members(ctx context.Context, st *archive.Stream, docs *streamDocuments, idle int) error {
	var cores idleCores
	for range idle {
		cores.give()
	}
	opt := r.dec
	opt.Spare = &cores
	o := newObserver(opt, r.budget, nil)
	o.idle = &cores
	defer o.close()
	for {
		obj, body, err := st.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if obj.Kind != content.Regular {
			continue
		}
		if name := strings.TrimPrefix(obj.Name, "./"); r.obs[name] != nil {
			if err := docs.copy(name, obj, body); err != nil {
				return err
			}
			continue
		}
		obs, err := r.member(ctx, o, obj, body, docs)
		if err != nil {
			return err
		}
		obs.Tar = docs.intern(obs.Tar)
		r.obs[obj.Name] = obs
		r.meter.finish(obj.Name)
		if obs.Err != nil {
			return obs.Err
		}
	}
}

// member observes one member. What it is for is not known yet, so all that may
// be asked later is found out now.
func (r *run) member(ctx context.Context, o *observer, obj content.Object, body io.Reader, docs *streamDocuments) (*Observation, error) {
	wide := strings.HasPrefix(obj.Name, "blobs/sha512/")
	w := want{layer: true, maxOut: maxOutput(obj.Size, r.lim), sha512: wide || obj.Size <= r.lim.JSONBytes && r.wide(), diff512: wide}
	if obj.Size > r.lim.JSONBytes {
		return o.stream(ctx, obj.Name, body, w)
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	head = head[:n]
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return &Observation{Object: obj.Name, Err: err}, nil
	}
	var rest io.Reader = io.MultiReader(bytes.NewReader(head), body)
	if !likeJSON(head) && obj.Name != "version" {
		if r.kept.all && obj.Size <= min(smallBinary, docs.left) {
			docs.left -= obj.Size
			data, err := io.ReadAll(rest)
			if err != nil && err != io.ErrUnexpectedEOF {
				return &Observation{Object: obj.Name, Err: err}, ctx.Err()
			}
			r.kept.data[obj.Name] = data
			rest = bytes.NewReader(data)
		}
		docs.heads[obj.Name] = bytes.Clone(head[:min(len(head), 64)])
		return o.stream(ctx, obj.Name, rest, w)
	}
	if obj.Size > docs.left {
		docs.dropped[obj.Name] = true
		return o.stream(ctx, obj.Name, rest, w)
	}
	docs.left -= obj.Size
	// The size is within the limit for documents, so it may be trusted here.
	kept := make([]byte, obj.Size)
	n, err = io.ReadFull(rest, kept)
	if kept = kept[:n]; err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return &Observation{Object: obj.Name, Err: err}, nil
	}
	docs.kept[obj.Name] = kept
	w.layer = false // should something call it a layer, it is looked at again
	return o.stream(ctx, obj.Name, bytes.NewReader(kept), w)
}

// relayer looks once more at documents that turned out to be named as layers.
func (r *run) relayer(ctx context.Context, g *graph.Graph, docs *streamDocuments) error {
	o := newObserver(r.dec, r.budget, nil)
	defer o.close()
	for _, n := range g.Nodes {
		data, kept := docs.kept[n.Object.Name]
		if !n.Layer || !kept || !r.obs[n.Object.Name].Complete {
			continue
		}
		obs, err := o.stream(ctx, n.Object.Name, bytes.NewReader(data), wants(n, r.lim))
		if err != nil {
			return err
		}
		r.obs[n.Object.Name] = obs
	}
	return nil
}

// stream observes, and turns a panic into an observation as guarded does.
func (o *observer) stream(ctx context.Context, name string, r io.Reader, w want) (obs *Observation, err error) {
	defer o.guard(name, &obs, &err)
	return o.observe(ctx, name, r, w)
}

// likeJSON reports whether a member may be a document.
func likeJSON(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	return len(head) > 0 && (head[0] == '{' || head[0] == '[' || head[0] == 'n' && bytes.HasPrefix(head, []byte("null")))
}

// streamDocuments answers for documents from what was kept of a stream. It
// implements graph.Reader.
type streamDocuments struct {
	kept    map[string][]byte
	heads   map[string][]byte // first bytes of what does not begin like JSON
	dropped map[string]bool   // beyond what may be kept
	limit   int64
	left    int64
	obs     map[string]*Observation
	src     content.Source
	embed   embeds
	keep    map[string][]byte
	copies  map[string][]byte // last of several members of one name, where it is small
	plain   map[string]*TarFacts
}

// intern shares the facts of members that are no tar: most members of a hostile
// stream are small, and no layers.
func (d *streamDocuments) intern(t *TarFacts) *TarFacts {
	if t == nil || t.Tar || len(t.Faults) != 1 || t.Dropped > 0 {
		return t
	}
	f := t.Faults[0]
	key := fmt.Sprintf("%s %d %q %s", f.Kind, f.Offset, f.Name, f.Detail)
	if same := d.plain[key]; same != nil {
		return same
	}
	if len(d.plain) < 64 {
		d.plain[key] = t
	}
	return t
}

// maxCopy bounds the later members of a name that are kept to say what
// runtimes would make of them.
const maxCopy = 256 << 10

// copy keeps a member whose name was there before.
func (d *streamDocuments) copy(name string, obj content.Object, body io.Reader) error {
	if obj.Size > maxCopy || len(d.copies) >= maxLoads && d.copies[name] == nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(body, maxCopy))
	if err != nil && err != io.ErrUnexpectedEOF {
		return err
	}
	d.copies[name] = data
	return nil
}

// Document implements graph.Reader.
func (d *streamDocuments) Document(ctx context.Context, obj content.Object, want digest.Digest) (graph.Document, error) {
	obs := d.obs[obj.Name]
	if obs == nil || !obs.Complete || d.dropped[obj.Name] {
		return graph.Document{Status: graph.Unread}, ctx.Err()
	}
	doc := graph.Document{SHA256: obs.SHA256, Status: graph.Broken}
	data, kept := d.kept[obj.Name]
	if kept && want != "" && want.Algorithm() == digest.SHA512 && obs.SHA512 == "" {
		obs.SHA512 = ohash.DigestBytes(digest.SHA512, data)
	}
	if !holds(obs, want) {
		return doc, ctx.Err()
	}
	switch {
	case obs.Size > d.limit:
		doc.Status = graph.TooLarge
	case kept:
		doc.Status, doc.Data = graph.Usable, data
		if d.keep != nil {
			d.keep[obj.Name] = data
		}
	default:
		// It is no JSON, and its first bytes are enough to say so.
		doc.Status, doc.Data = graph.Usable, d.heads[obj.Name]
	}
	return doc, ctx.Err()
}

// Embedded implements graph.Reader.
func (d *streamDocuments) Embedded(object string, claim content.Claim, data []byte) bool {
	obs := d.embed.add(object, claim, data)
	ok := holds(obs, claim.Digest) && sizeHolds(obs, claim)
	if _, present := d.src.Lookup(object); ok && !present {
		d.obs[object] = obs
	}
	return ok
}

// broken ends a run whose input could not be read at its very beginning.
func (r *run) broken(ctx context.Context, err error, at int64) (*report.Report, error) {
	if ctx.Err() != nil {
		r.out.add(report.New(report.Interrupted, "", "the run was interrupted before anything was read"))
		r.rep.Findings = r.out.sorted()
		return r.rep, ctx.Err()
	}
	r.out.add(unreadableSource(err, at))
	r.rep.Findings = r.out.sorted()
	r.rep.Complete = true
	return r.rep, nil
}

// unreadableSource says that the medium failed, and where.
func unreadableSource(err error, at int64) report.Finding {
	f := report.New(report.BlobUnreadable, "", "the input cannot be read: "+errText(err))
	f.Got = errText(err)
	return f.At(at)
}

func archiveLimits(l Limits) archive.Limits {
	return archive.Limits{Members: l.Members, PAXBytes: l.PAXBytes, NameBytes: l.NameBytes, LinkHops: l.LinkHops}
}
