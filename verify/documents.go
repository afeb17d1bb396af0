package verify

import (
	"bytes"
	"context"
	"io"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/graph"
)

// documents reads the documents of a source that can be read at random, and
// remembers what was observed. It implements graph.Reader.
type documents struct {
	src   content.Source
	limit int64
	obs   map[string]*Observation
	embed embeds
	buf   []byte
	wide  bool              // sha512 of every document: a pin asks for one
	keep  map[string][]byte // documents to show later; nil: none
	kept  *cabinet          // where vouchers may want to see them; nil: none do
	done  func(int64)
}

// Document implements graph.Reader.
func (d *documents) Document(ctx context.Context, obj content.Object, want digest.Digest) (graph.Document, error) {
	if err := ctx.Err(); err != nil {
		return graph.Document{}, err
	}
	obs, data, err := d.readAll(ctx, obj, d.wide || want != "" && want.Algorithm() == digest.SHA512)
	if err != nil {
		return graph.Document{}, err
	}
	d.obs[obj.Name] = obs
	doc := graph.Document{SHA256: obs.SHA256}
	switch {
	case !obs.Complete:
		doc.Status = graph.Unread
	case !holds(obs, want):
		doc.Status = graph.Broken
	case int64(len(data)) < obs.Size:
		doc.Status = graph.TooLarge
	default:
		doc.Status, doc.Data = graph.Usable, data
		if d.keep != nil {
			d.keep[obj.Name] = data
		}
		if d.kept != nil {
			d.kept.put(obj.Name, data)
		}
	}
	return doc, nil
}

// readAll reads a document to its end and keeps it if it is within the limit.
// Memory follows the bytes that are there, not the size that is promised.
func (d *documents) readAll(ctx context.Context, obj content.Object, wide bool) (*Observation, []byte, error) {
	obs := &Observation{Object: obj.Name}
	r, err := d.src.Open(ctx, obj)
	if err != nil {
		obs.Err, obs.Changed = err, changed(err)
		return obs, nil, ctx.Err()
	}
	var kept bytes.Buffer
	sum := hash.New(digest.SHA256)
	sum512 := hash.New(digest.SHA512)
	if d.buf == nil {
		d.buf = make([]byte, 64<<10)
	}
	for err == nil {
		var n int
		n, err = r.Read(d.buf)
		p := d.buf[:n]
		sum.Write(p)
		if wide {
			sum512.Write(p)
		}
		obs.Size += int64(n)
		if obs.Size <= d.limit {
			kept.Write(p)
		}
		if d.done != nil {
			d.done(int64(n))
		}
		if ctx.Err() != nil {
			r.Close()
			return nil, nil, ctx.Err()
		}
	}
	if cerr := r.Close(); err == io.EOF && cerr != nil {
		err = cerr
	}
	obs.SHA256 = hash.FromHash(digest.SHA256, sum)
	if wide {
		obs.SHA512 = hash.FromHash(digest.SHA512, sum512)
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF { // cut by its archive: content
		obs.Err, obs.Changed = err, changed(err)
		return obs, nil, nil
	}
	obs.Complete = true
	obs.JSON = likeJSON(kept.Bytes()[:min(kept.Len(), 512)])
	if obs.Size > d.limit {
		return obs, nil, nil
	}
	return obs, kept.Bytes(), nil
}

// Embedded implements graph.Reader.
func (d *documents) Embedded(object string, claim content.Claim, data []byte) bool {
	obs := d.embed.add(object, claim, data)
	ok := holds(obs, claim.Digest) && sizeHolds(obs, claim)
	if _, present := d.src.Lookup(object); ok && !present {
		d.obs[object] = obs
	}
	return ok
}

// embeds remembers the data fields of descriptors: they make one more
// appearance of an object, judged against the descriptor they stand in.
type embeds struct{ list []embedded }

type embedded struct {
	object string
	claim  content.Claim
	obs    *Observation
}

func (e *embeds) add(object string, claim content.Claim, data []byte) *Observation {
	obs := &Observation{
		Object: object, Size: int64(len(data)), Complete: true, Embedded: true,
		SHA256: hash.DigestBytes(digest.SHA256, data),
		SHA512: hash.DigestBytes(digest.SHA512, data),
	}
	e.list = append(e.list, embedded{object, claim, obs})
	return obs
}
