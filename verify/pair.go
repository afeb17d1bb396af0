package verify

import (
	"hash"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
)

// pair is the SHA-256 of one compressed object, as stored and as decoded. Bytes
// of both are at hand at the same time, so they are hashed side by side, where
// the CPU gains by that (see hash.Lanes): stored bytes wait, in a buffer of
// 128 KiB, for the next decoded ones.
type pair struct {
	sum       *ohash.Lanes
	late      []byte                  // stored bytes that are not hashed yet
	chunks    [2][]byte               // what sum is given
	reference *[lanesOfPair]hash.Hash // of the standard library, instead of sum
}

// The lanes of a pair.
const (
	storedLane = iota
	decodedLane
	lanesOfPair
)

// lateBytes is how many stored bytes wait for decoded ones: as many as become
// one chunk of a gzip stream.
const lateBytes = 128 << 10

// reset empties both streams. A reference pair uses the standard library alone.
func (p *pair) reset(reference bool) {
	if p.reference = nil; reference {
		p.reference = &[...]hash.Hash{ohash.Reference(digest.SHA256), ohash.Reference(digest.SHA256)}
		return
	}
	if p.sum == nil {
		p.sum, p.late = ohash.NewLanes(), make([]byte, 0, lateBytes)
	}
	p.late = p.late[:0]
	p.sum.Reset(storedLane)
	p.sum.Reset(decodedLane)
}

// stored adds stored bytes.
func (p *pair) stored(b []byte) {
	if p.reference != nil {
		p.reference[storedLane].Write(b)
		return
	}
	for len(b) > 0 {
		if len(p.late) == cap(p.late) {
			p.decoded(nil)
		}
		n := min(len(b), cap(p.late)-len(p.late))
		p.late = append(p.late, b[:n]...)
		b = b[n:]
	}
}

// decoded adds decoded bytes, and the stored ones that wait for them.
func (p *pair) decoded(b []byte) {
	if p.reference != nil {
		p.reference[decodedLane].Write(b)
		return
	}
	p.chunks = [...][]byte{storedLane: p.late, decodedLane: b}
	p.sum.Write(p.chunks[:])
	p.chunks = [lanesOfPair][]byte{}
	p.late = p.late[:0]
}

// digests returns the digests of both. More may be added.
func (p *pair) digests() (stored, decoded digest.Digest) {
	if r := p.reference; r != nil {
		return ohash.FromHash(digest.SHA256, r[storedLane]), ohash.FromHash(digest.SHA256, r[decodedLane])
	}
	p.decoded(nil)
	return p.sum.Digest(storedLane), p.sum.Digest(decodedLane)
}
