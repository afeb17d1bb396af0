package verify

import (
	"hash"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
)

// pair is the SHA-256 of one compressed object, as stored and as decoded. Bytes
// of both are at hand at the same time, so they are hashed side by side, where
// the CPU gains by that (see hash.Lanes): stored bytes wait, in a buffer of
// 128 KiB, for the next decoded ones. It is a decompress.Backlog, because a
// decoder may hash at even less cost: decoded bytes wait for that where their
// decoder holds them.
type pair struct {
	sum       *ohash.Lanes
	late      []byte                  // stored bytes that are not hashed yet
	lent      int                     // of late, bytes that are hashed by now
	held      []byte                  // decoded bytes that are not hashed yet
	lane      int                     // of which Take handed out bytes
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
	p.late, p.lent, p.held = p.late[:0], 0, nil
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
			if p.lent == 0 {
				p.flush()
			} else {
				p.late, p.lent = p.late[:copy(p.late, p.late[p.lent:])], 0
			}
		}
		n := min(len(b), cap(p.late)-len(p.late))
		p.late = append(p.late, b[:n]...)
		b = b[n:]
	}
}

// decoded adds decoded bytes. If they are held, they may wait until the next
// bytes are added.
func (p *pair) decoded(b []byte, held bool) {
	if p.reference != nil {
		p.reference[decodedLane].Write(b)
		return
	}
	p.settle()
	if p.held = b; !held {
		p.flush()
	}
}

// settle hashes what a decoder holds, and as much that is stored.
func (p *pair) settle() {
	if len(p.held) > 0 {
		p.write(min(len(p.late)-p.lent, len(p.held)))
	}
}

// flush hashes whatever waits.
func (p *pair) flush() { p.write(len(p.late) - p.lent) }

// write hashes what is held and n bytes of what is late.
func (p *pair) write(n int) {
	late := p.late[p.lent:]
	p.chunks = [...][]byte{storedLane: late[:n], decodedLane: p.held}
	p.sum.Write(p.chunks[:])
	p.chunks = [lanesOfPair][]byte{}
	p.held = nil
	if p.lent += n; p.lent == len(p.late) {
		p.late, p.lent = p.late[:0], 0
	}
}

// leastLent is how much has to wait before a decoder is to have it.
const leastLent = 2 << 10

// Take hands out decoded bytes that wait, or else stored ones.
func (p *pair) Take() (h *[8]uint32, message []byte) {
	late := p.late[p.lent:]
	switch {
	case len(p.held) >= leastLent:
		p.lane = decodedLane
		h, p.held = p.sum.Lend(decodedLane, p.held)
		return h, p.held
	case len(late) >= leastLent:
		p.lane = storedLane
		h, message = p.sum.Lend(storedLane, late)
		p.lent += len(late) - len(message)
		return h, message
	}
	return nil, nil
}

// Done takes back what is left of them.
func (p *pair) Done(n int) {
	p.sum.Returned(p.lane, n)
	if p.lane == decodedLane {
		p.held = p.held[n:]
	} else {
		p.lent += n
	}
}

// digests returns the digests of both. More may be added.
func (p *pair) digests() (stored, decoded digest.Digest) {
	if r := p.reference; r != nil {
		return ohash.FromHash(digest.SHA256, r[storedLane]), ohash.FromHash(digest.SHA256, r[decodedLane])
	}
	p.flush()
	return p.sum.Digest(storedLane), p.sum.Digest(decodedLane)
}
