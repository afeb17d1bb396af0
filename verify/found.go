package verify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/signature"
	"github.com/ocisum/ocisum/report"
)

// smallBinary bounds the objects other than JSON that are kept for vouchers:
// envelopes in CBOR, OpenPGP messages.
const smallBinary = 64 << 10

// cabinet keeps the bytes of small objects while they are read, so that what
// vouchers look at is what was hashed. Memory: Limits.StreamDocuments, of which
// what no signature depends on takes half at most.
type cabinet struct {
	limit   int64 // of one object
	left    int64
	half    int64
	all     bool // else only what artifacts consist of
	data    map[string][]byte
	dropped []string // small, but above what may be kept in all
	passed  int      // attestations above half of that
	loose   census   // signatures that nothing names, where not all is kept

	statements map[string]*statement // of BuildKit
}

func newCabinet(lim Limits, all bool) *cabinet {
	return &cabinet{
		limit: lim.JSONBytes, left: lim.StreamDocuments, half: lim.StreamDocuments / 2, all: all,
		data: map[string][]byte{}, statements: map[string]*statement{},
	}
}

// put keeps the bytes of an object. It takes data over.
func (k *cabinet) put(name string, data []byte) {
	size := int64(len(data))
	if size > k.limit || size > smallBinary && !likeJSON(data[:min(size, 512)]) {
		return
	}
	if k.left-size < k.half && !strings.HasPrefix(name, EvidenceFolder) {
		if spare, attestation := dispensable(data); spare {
			if attestation {
				k.passed++
			}
			return
		}
	}
	if size > k.left {
		k.dropped = append(k.dropped, name)
		return
	}
	k.left -= size
	k.data[name] = data
}

// dispensable reports whether no signature depends on an object: configs,
// statements that nobody signed and large JSON of other kinds, and
// attestations, which approve of nothing. A mirror has many.
func dispensable(data []byte) (spare, attestation bool) {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(data, []byte(w)) })
	}
	if signature.Marked(data) {
		m := signature.Read(data)
		return m != nil && m.Kind == signature.Attestation, true
	}
	switch {
	case !likeJSON(data[:min(len(data), 512)]), has(`"manifests"`, `"layers"`, `"blobs"`):
		return false, false
	}
	return len(data) > smallBinary || has(`"diff_ids"`, `"predicateType"`), false
}

// fromStream takes what one pass kept anyway.
func (k *cabinet) fromStream(docs *streamDocuments, obs map[string]*Observation) {
	maps.Copy(k.data, docs.kept)
	maps.DeleteFunc(k.data, func(name string, _ []byte) bool { return obs[name] == nil || !obs[name].Complete })
	k.dropped = append(k.dropped, slices.Sorted(maps.Keys(docs.dropped))...)
}

// small reads the small objects that are no layers ahead of the others, and
// returns the tasks that remain. What nothing asked for is read only where
// there are vouchers, and is not observed.
func (r *run) small(ctx context.Context, g *graph.Graph, docs *documents, tasks []task) ([]task, error) {
	asked := map[string]int{}
	for i, t := range tasks {
		asked[t.obj.Name] = i
	}
	done := make([]bool, len(tasks))
	for _, obj := range r.candidates(g, docs.src) {
		i, pending := asked[obj.Name]
		if pending && tasks[i].want.layer || !pending && docs.obs[obj.Name] != nil {
			continue
		}
		obs, data, err := docs.readAll(ctx, obj, pending && tasks[i].want.sha512)
		if err != nil {
			return nil, err
		}
		if pending {
			docs.obs[obj.Name], done[i] = obs, true
			r.meter.finish(obj.Name)
		} else if obs.Err != nil {
			f := report.New(report.BlobUnreadable, obj.Name, "cannot be read: "+errText(obs.Err))
			f.Got = errText(obs.Err)
			r.extra = append(r.extra, f.At(obs.Size))
		}
		n, _, named := g.Node(obj.Name)
		switch {
		case !obs.Complete:
		case named && mediaTypeOf(n) == typeInToto:
			r.kept.statements[obj.Name] = readStatement(data)
			r.kept.put(obj.Name, data)
		case !r.kept.all && orphan(obj, named):
			if m := signature.Read(data); m != nil {
				r.kept.loose.add(m)
			}
		default:
			r.kept.put(obj.Name, data)
		}
	}
	left := tasks[:0]
	for i, t := range tasks {
		if !done[i] {
			left = append(left, t)
		}
	}
	return left, nil
}

// candidates lists the small objects that may vouch for something, by name.
func (r *run) candidates(g *graph.Graph, src content.Source) []content.Object {
	var list []content.Object
	take := func(o content.Object) {
		if o.Kind == content.Regular && o.Size <= r.lim.JSONBytes {
			list = append(list, o)
		}
	}
	for _, o := range src.Objects() {
		n, _, named := g.Node(o.Name)
		switch {
		case r.kept.all && (!named || !n.Layer), strings.HasPrefix(o.Name, EvidenceFolder), !r.kept.all && orphan(o, named):
			take(o)
		}
	}
	if !r.kept.all {
		seen := map[int]bool{}
		for _, a := range g.Artifacts {
			for _, i := range a.Blobs {
				if n := g.Nodes[i]; n.Present && !n.Layer && !seen[i] {
					seen[i] = true
					take(n.Object)
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b content.Object) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b content.Object) bool { return a.Name == b.Name })
}

// orphan reports whether an object is a small blob that nothing names: cosign
// save leaves signatures so.
func orphan(o content.Object, named bool) bool {
	_, blob := graph.NameClaim(o.Name, false)
	return !named && blob && o.Size <= smallBinary && !strings.HasPrefix(o.Name, EvidenceFolder)
}

// unkept says which small objects no voucher could look at.
func (r *run) unkept() {
	if len(r.opt.Vouchers) == 0 {
		return
	}
	for _, name := range r.kept.dropped {
		f := report.New(report.LimitStreamDocuments, name, "the small objects of the source are larger than what is kept: nobody could look for a signature in this one")
		f.Want = fmt.Sprintf("at most %d bytes in all", r.lim.StreamDocuments)
		r.out.add(f)
	}
	if r.kept.passed > 0 {
		f := report.New(report.AttestationUnchecked, "", fmt.Sprintf("%d attestations were not looked at: they and other documents take more than half of what is kept", r.kept.passed))
		f.Want = fmt.Sprintf("at most %d bytes", r.kept.half)
		r.out.add(f)
	}
}

// found gathers what vouchers may look at.
func (r *run) found(images []report.Image, indexes []report.Index) *Found {
	f := &Found{Source: r.rep.Source, Images: images, Indexes: indexes}
	for _, e := range r.opt.Evidence {
		f.Objects = append(f.Objects, Stored{Name: e.By, SHA256: hash.DigestBytes(digest.SHA256, e.Data), Data: e.Data})
	}
	for _, name := range slices.Sorted(maps.Keys(r.kept.data)) {
		data := r.kept.data[name]
		s := Stored{Name: name, Data: data}
		if o := r.obs[name]; o != nil && o.Complete && o.SHA256 != "" {
			s.SHA256 = o.SHA256
		} else {
			s.SHA256 = hash.DigestBytes(digest.SHA256, data)
		}
		f.Objects = append(f.Objects, s)
	}
	slices.SortStableFunc(f.Objects, func(a, b Stored) int { return cmp.Compare(a.Name, b.Name) })
	return f
}
