package hash

import (
	"encoding/binary"

	"github.com/opencontainers/go-digest"
)

// MaxLanes is how many streams one Lanes can hold.
const MaxLanes = 16

const (
	blockSize = 64 // of SHA-256, FIPS 180-4, 5.2.1
	sumSize   = 32
	lengthAt  = blockSize - 8 // where the bit length stands in the last block, 5.1.1
)

// iv is the initial state, FIPS 180-4, 5.3.3.
var iv = [8]uint32{
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}

// Lanes computes SHA-256 of up to MaxLanes independent streams, its lanes, on
// the calling goroutine. A CPU spends most of a single SHA-256 waiting for its
// own results; with several streams at hand it can do something else meanwhile,
// so that all of them together take less time than one after the other.
//
// What gains is whole blocks of several lanes in the same Write: hand over
// chunks of some 16 KiB and more, of similar length. Anything else is right too,
// but no faster than New. The result of a lane is that of crypto/sha256 over the
// bytes written to it, whatever the other lanes do.
//
// A Lanes is for one goroutine at a time and keeps no reference to the chunks.
type Lanes struct {
	set  *laneSet
	lane [MaxLanes]lane
	todo [MaxLanes][]byte // whole blocks of the Write under way
	one  single
	call call
}

// call holds the arguments of a kernel, which would be allocated each time if
// they were local.
type call struct {
	h    [MaxLanes]*[8]uint32
	p    [MaxLanes]*byte
	idle [MaxLanes][8]uint32
}

// lane is the state of one stream.
type lane struct {
	h [8]uint32
	n uint64          // bytes written
	x [blockSize]byte // the last n%blockSize of them
}

// NewLanes returns empty lanes.
func NewLanes() *Lanes { return newLanes(engines().lanes) }

func newLanes(set *laneSet) *Lanes {
	l := &Lanes{set: set, one: set.single()}
	for i := range l.lane {
		l.lane[i].reset()
	}
	return l
}

// LaneWidth returns how many streams at a time one core hashes fastest; fewer
// gain less, and more gain nothing further. It is 1 if lanes do not pay on this
// CPU, where New is the simpler choice. Streams are better spread over idle cores
// first: a second core is worth more than a second lane.
func LaneWidth() int { return engines().lanes.width() }

// Write appends chunks[i] to lane i, for as many lanes as there are chunks;
// empty chunks leave their lane alone. It panics if there are more than
// MaxLanes.
func (l *Lanes) Write(chunks [][]byte) {
	if len(chunks) > MaxLanes {
		panic("hash: more chunks than lanes")
	}
	for i, c := range chunks {
		l.todo[i] = l.lane[i].buffer(c, &l.one)
	}
	l.set.advance(l, len(chunks))
	clear(l.todo[:])
	clear(l.call.p[:])
}

// Lend lets the caller compress what comes next in lane i, which is p, by
// itself: into h, the state of FIPS 180-4, 6.2.2, whole blocks of 64 bytes from
// the beginning of rest on. The part of p before rest, less than a block, is
// written. Nothing may be done with the lane before it is [Lanes.Returned].
func (l *Lanes) Lend(i int, p []byte) (h *[8]uint32, rest []byte) {
	ln := &l.lane[i]
	if used := int(ln.n % blockSize); used > 0 {
		n := min(blockSize-used, len(p))
		ln.buffer(p[:n], &l.one)
		p = p[n:]
	}
	return &ln.h, p
}

// Returned takes lane i back after Lend. The first n bytes of rest, whole
// blocks, are compressed; the others are still to be written.
func (l *Lanes) Returned(i, n int) {
	if n%blockSize != 0 {
		panic("hash: part of a block was compressed")
	}
	l.lane[i].n += uint64(n)
}

// Reset empties lane i for another stream.
func (l *Lanes) Reset(i int) { l.lane[i].reset() }

// Len returns how many bytes lane i has taken since it was empty.
func (l *Lanes) Len(i int) int64 { return int64(l.lane[i].n) }

// Sum appends the SHA-256 of lane i to b. The lane can be written to further.
func (l *Lanes) Sum(i int, b []byte) []byte {
	sum := l.lane[i].sum(&l.one)
	return append(b, sum[:]...)
}

// Digest returns the digest of lane i. The lane can be written to further.
func (l *Lanes) Digest(i int) digest.Digest {
	sum := l.lane[i].sum(&l.one)
	return encode(digest.SHA256, sum[:])
}

func (ln *lane) reset() { ln.h, ln.n = iv, 0 }

// buffer takes c into account and returns the part of it that consists of
// whole blocks still to be compressed. What precedes that part completes the
// buffered block, which is compressed at once; what follows is buffered.
func (ln *lane) buffer(c []byte, one *single) []byte {
	used := int(ln.n % blockSize)
	ln.n += uint64(len(c))
	if used > 0 {
		k := copy(ln.x[used:], c)
		if c = c[k:]; used+k < blockSize {
			return nil
		}
		one.blocks(&ln.h, ln.x[:])
	}
	whole := len(c) - len(c)%blockSize
	copy(ln.x[:], c[whole:])
	return c[:whole]
}

// sum pads a copy of the lane (FIPS 180-4, 5.1.1) and finishes it.
func (ln *lane) sum(one *single) (out [sumSize]byte) {
	h := ln.h
	last := &one.last
	clear(last[:])
	n := copy(last[:], ln.x[:ln.n%blockSize])
	last[n] = 0x80
	end := blockSize
	if n >= lengthAt {
		end = 2 * blockSize
	}
	binary.BigEndian.PutUint64(last[end-8:], ln.n<<3)
	one.blocks(&h, last[:end])
	for i, v := range h {
		binary.BigEndian.PutUint32(out[4*i:], v)
	}
	return out
}
