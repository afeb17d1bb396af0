package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// Run judges a source that can be read at random. The source stays open.
//
// The report is never nil unless the options are unusable. An error comes with
// it where nothing could be judged ([ErrUnknownFormat], [ErrNothing]), where
// the context ended (its error; the report then holds what was established),
// and alone where the options name something that is not there (*NameError).
// Content that is bad, missing or unreadable is in the report, not an error.
func Run(ctx context.Context, src content.Source, opt Options) (*report.Report, error) {
	r := newRun(opt)
	return r.guard(func() (*report.Report, error) { return r.random(ctx, src) })
}

// guard turns a panic, a fault of ours, into a report that claims nothing.
// Workers have a guard of their own, for each object.
func (r *run) guard(judge func() (*report.Report, error)) (rep *report.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			fresh := newRun(r.opt)
			fresh.rep.Source = r.rep.Source
			f := report.New(report.InternalError, "", "an internal error ended the run; nothing was judged")
			f.Got = panicText(p)
			fresh.out.add(f)
			fresh.rep.Findings = fresh.out.sorted()
			rep, err = fresh.rep, nil
		}
	}()
	return judge()
}

// run is the state of one verification.
type run struct {
	opt    Options
	lim    Limits
	rep    *report.Report
	out    *collector
	meter  *meter
	budget *outputBudget
	dec    decompress.Options
	obs    map[string]*Observation
	kept   *cabinet
	extra  []report.Finding     // of the outer file
	outer  identified           // the outer file, if it has an identity; nil: none
	late   func() digest.Digest // reads the outer file once more for its digest; nil: it has none, or it is known
}

func newRun(opt Options) *run {
	lim := opt.Limits.withDefaults()
	r := &run{
		opt: opt, lim: lim, out: newCollector(opt.Strict, lim.Findings),
		meter:  newMeter(opt.Progress),
		budget: &outputBudget{limit: lim.TotalBytes},
		dec:    decompress.Options{MaxWindow: lim.Window, Windows: decompress.NewBudget(lim.Window)},
		obs:    map[string]*Observation{},
		kept:   newCabinet(lim, len(opt.Vouchers) > 0),
	}
	r.out.ignore = opt.ignore
	r.budget.tell = r.meter.decoded
	r.rep = &report.Report{
		Schema: report.Schema, Verdict: report.Incomplete,
		Tool:    report.Tool{Name: "ocisum", Version: opt.Tool.Version, Hash: hash.Describe(), Sandbox: opt.Tool.Sandbox},
		Source:  report.Source{Path: opt.Path, Detected: opt.Format == Detect, Formats: []string{}, Compression: "none"},
		Anchors: []report.Anchor{}, Images: []report.Image{}, Indexes: []report.Index{}, Artifacts: []report.Artifact{}, Findings: []report.Finding{},
	}
	return r
}

func (r *run) graphLimits() graph.Limits {
	return graph.Limits{
		Documents: oci.Limits{Bytes: r.lim.JSONBytes, Depth: r.lim.JSONDepth, Tokens: r.lim.JSONTokens, Elements: r.lim.Descriptors},
		Depth:     r.lim.GraphDepth, Nodes: r.lim.GraphNodes,
	}
}

// random reads documents first, then everything they name.
func (r *run) random(ctx context.Context, src content.Source) (*report.Report, error) {
	if r.opt.Ledger != nil && !r.resumable(src) {
		return nil, ErrNotResumable
	}
	docs := &documents{src: src, limit: r.lim.JSONBytes, obs: r.obs, done: r.meter.add, wide: r.wide()}
	if r.opt.KeepRaw {
		docs.keep = map[string][]byte{}
	}
	if r.kept.all {
		docs.kept = r.kept
	}
	g, err := graph.Build(ctx, src, docs, string(r.opt.Format), r.graphLimits())
	if err != nil {
		return r.interrupted(src), err
	}
	sel, err := choose(g, r.obs, r.opt)
	if err != nil {
		return nil, err
	}
	left := leftovers(g, src)
	if r.opt.Documents {
		if _, err := r.small(ctx, g, docs, nil); err != nil {
			return r.interrupted(src), err
		}
	} else {
		tasks := pending(g, r.obs, sel, left, r.lim)
		total := r.meter.state.Done
		for _, t := range tasks {
			total += t.obj.Size
		}
		r.meter.total(total)
		if tasks, err = r.small(ctx, g, docs, tasks); err != nil {
			return r.interrupted(src), err
		}
		tasks = r.resume(src, g, left, tasks)
		r.meter.total(total - r.resumed())
		p := &pool{src: src, opt: r.dec, budget: r.budget, meter: r.meter, tasks: tasks, obs: r.obs, ledger: r.opt.Ledger}
		err = p.run(ctx, r.workers(tasks))
		for _, text := range p.faults {
			f := report.New(report.InternalError, "", "an internal error while several objects were hashed side by side; they were read again one by one")
			f.Got = text
			r.extra = append(r.extra, f)
		}
		if err == nil {
			err = r.confirm(ctx, src, g)
		}
	}
	rep, err := r.conclude(src, g, sel, left, docs.embed.list, docs.keep, err)
	if ctx.Err() == nil {
		rep.Source.Loads = r.loads(ctx, src, g, nil)
	}
	return rep, err
}

func (r *run) wide() bool {
	for _, d := range append([]digest.Digest{r.opt.Pin}, r.opt.Expect...) {
		if d != "" && d.Algorithm() == digest.SHA512 {
			return true
		}
	}
	return false
}

// confirm reads every object that some claim contradicts once more, with the
// reference implementations alone: nobody is accused on the word of a fast
// path.
func (r *run) confirm(ctx context.Context, src content.Source, g *graph.Graph) error {
	list := suspects(g, r.obs)
	if len(list) == 0 {
		return nil
	}
	opt := r.dec
	opt.Reference = true
	o := newObserver(opt, &outputBudget{limit: r.lim.TotalBytes}, nil)
	defer o.close()
	for _, n := range list {
		first := r.obs[n.Object.Name]
		second, err := o.guarded(ctx, src, task{obj: n.Object, want: wants(n, r.lim)})
		if err != nil {
			return err
		}
		if second.Complete && second.SHA256 != first.SHA256 {
			second.Changed = "two readings of the object gave different bytes: faulty memory, a faulty medium, or a file that changes"
		} else if second.Complete && suspect(n, first) && !suspect(n, second) {
			second.Faults = append(second.Faults, decompress.Fault{Kind: decompress.Disagreement, Offset: -1, Detail: "the first reading was contradicted by the reference implementation"})
		}
		r.obs[n.Object.Name] = second
	}
	return nil
}

// interrupted is the report of a run that ended before anything was known.
func (r *run) interrupted(src content.Source) *report.Report {
	r.source(src)
	r.out.add(report.New(report.Interrupted, "", "the run was interrupted before the documents were read"))
	r.rep.Findings = r.out.sorted()
	return r.rep
}

// source takes what the container itself has to say.
func (r *run) source(src content.Source) {
	for _, f := range r.extra {
		r.out.add(f)
	}
	if s, ok := src.(interface{ Findings() []report.Finding }); ok {
		for _, f := range s.Findings() {
			r.out.add(f)
		}
	}
}

// settle makes a run that reached its limit of decompressed bytes the same for
// every number of workers: which layer met the limit depends on scheduling, so
// none is said to be decoded.
func (r *run) settle() {
	if r.budget.used.Load() <= r.budget.limit {
		return
	}
	for _, o := range r.obs {
		if o.Compression != decompress.None {
			o.Decoded, o.DiffID, o.DiffID512, o.Uncompressed = false, "", "", 0
			o.Faults, o.Frames, o.Footer, o.Tar, o.Total = nil, nil, nil, nil, true
		}
	}
}

// conclude judges what was observed and fills the report.
func (r *run) conclude(src content.Source, g *graph.Graph, sel *selection, left []unnamed, embeds []embedded, keep map[string][]byte, err error) (*report.Report, error) {
	rep := r.rep
	r.settle()
	r.source(src)
	rep.Source.Formats = append(rep.Source.Formats, g.Formats...)
	rep.Source.Selected = sel.text
	if o := r.obs[g.IndexObject]; g.IndexObject != "" && o != nil && o.Complete {
		rep.Source.IndexDigest = o.SHA256
	}
	if len(g.Formats) == 0 {
		return r.unknown(err)
	}
	partial := r.partial()
	said := g.Findings
	if r.opt.Lint {
		said = slices.Concat(said, g.Risks)
	}
	for _, f := range said {
		if partial && needsWhole[f.Code] {
			continue
		}
		if _, i, ok := g.Node(f.Object); !ok || sel.node(i) {
			r.out.add(f)
		}
	}
	j := &judge{g: g, obs: r.obs, embeds: embeds, asked: sel.node, limits: r.lim, out: r.out, partial: partial}
	j.run()
	b := newBuilder(g, r.obs, sel)
	b.states, b.keep = j.states, keep
	r.attestations(j, b)
	r.attach(b)
	verdicts := b.verdicts(r.out.list)
	j.absent(func(k int) bool {
		return b.position[k] >= 0 && verdicts[b.position[k]] == "" && b.whole(g.Images[k])
	}, r.opt.Platform, r.opt.AllPlatforms)
	if r.opt.Platform != "" && !anyImage(b) {
		r.out.add(platformMissing(r.opt.Platform))
	}
	covered := r.anchors(b)
	rep.Coverage = j.account(src, left, sel.everything)
	rep.Coverage.Resumed = r.taken()
	if err != nil {
		r.out.add(report.New(report.Interrupted, "", "the run was interrupted: what was not reached is not judged"))
	}
	r.attach(b)
	rep.Images = b.images(r.out.list, covered)
	rep.Indexes, rep.Artifacts = b.indexes(), b.artifacts()
	rep.Bytes = tally(r.obs)
	rep.Complete = err == nil
	return r.finish(g, err)
}

// needsWhole are the findings about what is absent: they can be told only of a
// source that was listed to its end.
var needsWhole = map[report.Code]bool{
	report.LayoutMissing: true, report.IndexMissing: true, report.ArchiveManifestMissing: true,
	report.ArchiveViewsDisagree: true, report.RepositoriesConflict: true,
}

// partial reports whether the medium or a limit cut the listing of the source
// short: then what is not in it may be in the source all the same.
func (r *run) partial() bool {
	for _, f := range r.out.list {
		switch f.Code {
		case report.BlobUnreadable, report.LimitMembers, report.LimitNameLength:
			return true
		}
	}
	return false
}

func anyImage(b *builder) bool {
	for _, p := range b.position {
		if p >= 0 {
			return true
		}
	}
	return false
}

func platformMissing(p string) report.Finding {
	f := report.New(report.PlatformMissing, "", "no image of the platform that was asked for is present")
	f.Claim, f.Want = "--platform", p
	return f
}

// attach names the images that each finding hits. What is wrong with the
// archive or file as a whole hits all of them.
func (r *run) attach(b *builder) {
	var all []int
	for _, p := range b.position {
		if p >= 0 {
			all = append(all, p)
		}
	}
	for i := range r.out.list {
		f := &r.out.list[i]
		if len(f.Images) > 0 {
			continue
		}
		hits := b.hits(f.Object)
		if f.Object == "" && f.Effect != "" {
			hits = all
		}
		if len(hits) > 0 {
			f.Images = hits
		}
	}
}

// fileDigest is the digest of the outer file. It is computed only if a pin
// names nothing in the source.
func (r *run) fileDigest() digest.Digest {
	if r.rep.Source.Digest == "" && r.late != nil {
		r.rep.Source.Digest = r.late()
		r.late = nil
	}
	return r.rep.Source.Digest
}

// unknown ends a run on input that is no image. A damaged archive is bad
// content even if what was in it can no longer be told.
func (r *run) unknown(err error) (*report.Report, error) {
	damaged := false
	for _, f := range r.out.list {
		switch f.Code {
		case report.ArchiveTruncated, report.ArchiveOuterCorrupt, report.ArchiveHeaderInvalid:
			damaged = true
		}
	}
	r.out.add(report.New(report.FormatUnknown, "", "there is no index.json, manifest.json or oci-layout in it"))
	r.rep.Findings = r.out.sorted()
	r.rep.Complete = err == nil
	if damaged {
		r.rep.Verdict = report.Failed
		return r.rep, err
	}
	if err == nil {
		err = ErrUnknownFormat
		if r.out.effects[2] && r.incompleteSource() {
			err = nil // it could not be read well enough to tell
		}
	}
	if err != nil {
		r.rep.Error = err.Error()
	}
	return r.rep, err
}

// incompleteSource reports whether a limit or the medium kept the run from
// seeing the whole source.
func (r *run) incompleteSource() bool {
	for _, f := range r.out.list {
		if f.Effect == report.Incomplete && f.Code != report.FormatUnknown && f.Code != report.ImageNone {
			return true
		}
	}
	return false
}

// finish gives the verdict. Verified is earned: something that a document
// names was checked, every image is verified, nothing was left out.
func (r *run) finish(g *graph.Graph, err error) (*report.Report, error) {
	rep := r.rep
	nothing := g.Named == 0 && r.soundEntry(g)
	if nothing {
		r.out.add(report.New(report.ImageNone, "", "no document names anything: there is nothing to check"))
	}
	if r.out.dropped > 0 {
		f := report.New(report.LimitFindings, "", fmt.Sprintf("%d more findings are not listed", r.out.dropped))
		f.Want = fmt.Sprintf("at most %d", r.lim.Findings)
		r.out.limit++
		r.out.add(f)
	}
	rep.Verdict = r.out.verdict()
	if rep.Verdict == report.Verified && !decoded(g) {
		r.out.add(report.New(report.ImageNone, "", "no image and no artifact was found: what the documents name was checked, and is neither"))
		rep.Verdict = r.out.verdict()
	}
	if rep.Verdict == report.Verified {
		for _, img := range rep.Images {
			if img.Verdict != report.Verified {
				rep.Verdict = report.Incomplete
			}
		}
		c := rep.Coverage
		if c.Checked == 0 || c.Unreadable > 0 || c.Unreached > 0 && rep.Source.Selected == "" || err != nil {
			rep.Verdict = report.Incomplete
		}
	}
	rep.Findings = r.out.sorted()
	rep.FindingsDropped = r.out.dropped
	if err == nil && nothing && rep.Verdict == report.Incomplete && !r.incompleteSource() {
		err = ErrNothing
		rep.Error = err.Error()
	}
	return rep, err
}

// decoded reports whether any manifest or index below the entry documents was
// looked into, or layers as such: BuildKit's cache is an index of layers.
func decoded(g *graph.Graph) bool {
	for _, n := range g.Nodes {
		if len(n.Listed) > 0 && n.Role == graph.RoleBlob {
			if _, ok := oci.IsLayer(mediaTypeOf(n)); ok {
				return true
			}
		}
		if (n.Role == graph.RoleManifest || n.Role == graph.RoleIndex) && n.Status == graph.Usable && !n.Undecoded {
			return true
		}
	}
	for _, img := range g.Images {
		if img.Decoded {
			return true
		}
	}
	return false
}

// soundEntry reports whether a document that the source is entered through was
// read and nothing is wrong with it.
func (r *run) soundEntry(g *graph.Graph) bool {
	for name := range g.Entries {
		n, _, ok := g.Node(name)
		if !ok || n.Status != graph.Usable || n.Undecoded || n.Shape == "" {
			continue
		}
		sound := true
		for _, f := range r.out.list {
			sound = sound && !(f.Object == name && f.Severity == report.Error)
		}
		if sound {
			return true
		}
	}
	return false
}

// IsContext reports whether an error of a run means that its context ended.
func IsContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
