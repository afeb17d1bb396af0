package zblock

import (
	"errors"

	"github.com/klauspost/compress/huff0"
)

// MaxBlock is the largest size of a block, as stored and as decoded, RFC 8878
// 3.1.1.2.4.
const MaxBlock = 128 << 10

// Small is the largest window whose memory is allocated at once. That of a
// larger one is when so much was decoded: most frames that ask for much have
// little in them.
const Small = 8 << 20

// slack is how much before or after a buffer may be touched, because bytes are
// copied 16 at a time.
const slack = 64

// Decoder decodes the blocks of one frame after another. The zero value needs a
// Reset before use. It is not safe for concurrent use.
type Decoder struct {
	window   int
	maxBlock int // of this frame

	// ring holds what was decoded: this lap before pos and, of the lap before,
	// what is from before to lap. It is full bytes long, or becomes so when the
	// frame has more than it holds.
	ring   []byte
	full   int
	start  int // of this frame in this lap
	pos    int
	end    int // where the block must have ended
	lap    int
	before int

	in         []byte // a stored block between slack
	literals   []byte // not yet used
	literalBuf []byte
	huff       *huff0.Scratch
	tree       bool // huff has a tree
	states     [kinds][tableSize]entry
	tables     [kinds]table
	rep        [3]int
	portable   bool     // for tests
	trial      *ability // for the known-answer test
	fellBack   bool     // the assembly refused the latest block
	job        job
}

// Backlog is SHA-256 that waits to be done.
type Backlog interface {
	// Take returns the state of a SHA-256 (FIPS 180-4, 6.2.2) and what is to be
	// compressed into it next, from a block's beginning on; nil if nothing waits
	// that is worth it. Done follows before the next Take.
	Take() (h *[8]uint32, message []byte)
	// Done says that the first n bytes, whole blocks of 64, were compressed.
	Done(n int)
}

// Reset prepares for a frame with a window of that many bytes, RFC 8878
// 3.1.1.1.2. It allocates the window, if it is Small, and less than a MiB more,
// unless the memory of an earlier frame is large enough.
func (d *Decoder) Reset(window int) {
	d.window, d.maxBlock = window, min(window, MaxBlock)
	d.full = ringSize(window, d.maxBlock)
	if size := min(d.full, ringSize(Small, MaxBlock)); size > len(d.ring) {
		d.ring, d.pos = make([]byte, size), 0
	}
	if d.in == nil {
		d.in = make([]byte, MaxBlock+2*slack)
		d.literalBuf = make([]byte, MaxBlock+slack)
		for k := range d.tables {
			d.tables[k].states = &d.states[k]
		}
	}
	for k := range d.tables {
		d.tables[k].defined = false
	}
	d.start, d.lap, d.before = d.pos, 0, 0
	d.tree = false
	d.rep = [3]int{1, 4, 8}
}

var errStoredSize = errors.New("block is larger than it may be")

// Input returns n bytes, at most MaxBlock, in which the stored bytes of the
// next block are to be put.
func (d *Decoder) Input(n int) []byte { return d.in[slack : slack+n] }

// ringSize is room for a window and two blocks: one that is decoded while the
// one before is still to be read.
func ringSize(window, block int) int { return window + 2*(block+slack) + 1 }

// Large reports whether the decoder holds more than a Small window.
func (d *Decoder) Large() bool { return len(d.ring) > ringSize(Small, MaxBlock) }

// begin makes room for a block.
func (d *Decoder) begin() {
	room := d.maxBlock + slack
	if d.pos+room >= len(d.ring) && len(d.ring) < d.full && d.pos > d.start {
		ring := make([]byte, d.full)
		d.pos = copy(ring, d.ring[d.start:d.pos])
		d.ring, d.start, d.lap, d.before = ring, 0, 0, 0
	}
	if d.pos+room >= len(d.ring) {
		d.start, d.pos, d.lap, d.before = 0, 0, d.pos, d.start
	}
	d.end = d.pos + d.maxBlock
	d.before = max(d.before, d.pos+room) // less than len(d.ring)
}

// Raw decodes a block of n bytes that is stored as it is. See Compressed.
func (d *Decoder) Raw(n int) ([]byte, error) {
	if n > d.maxBlock {
		return nil, errStoredSize
	}
	d.begin()
	from := d.pos
	d.pos += copy(d.ring[d.pos:], d.Input(n))
	return d.ring[from:d.pos], nil
}

// Repeat decodes a block of n bytes c. See Compressed.
func (d *Decoder) Repeat(n int, c byte) ([]byte, error) {
	if n > d.maxBlock {
		return nil, errStoredSize
	}
	d.begin()
	from := d.pos
	d.pos += n
	for i := range d.ring[from:d.pos] {
		d.ring[from+i] = c
	}
	return d.ring[from:d.pos], nil
}

// Compressed decodes a compressed block whose n stored bytes are in Input, and
// works off b, if that is not nil and Hashes is true. The result is valid during
// the next call that returns bytes, be it in the next frame, and until the one
// after that. An error says what is wrong with the block; the frame cannot go on
// then.
func (d *Decoder) Compressed(n int, b Backlog) ([]byte, error) {
	if n > d.maxBlock {
		return nil, errStoredSize
	}
	rest, err := d.readLiterals(d.Input(n))
	if err != nil {
		return nil, err
	}
	s, err := d.readSequences(rest)
	if err != nil {
		return nil, err
	}
	d.begin()
	from := d.pos
	if s.n > 0 {
		if err := d.decode(s, b); err != nil {
			return nil, err
		}
	}
	if len(d.literals) > d.end-d.pos {
		return nil, errBlockSize
	}
	d.pos += copy(d.ring[d.pos:], d.literals)
	return d.ring[from:d.pos], nil
}

// decode decodes sequences by assembly where there is some. That never has the
// last word on an error.
func (d *Decoder) decode(s sequences, b Backlog) error {
	var can ability
	switch {
	case d.trial != nil:
		can = *d.trial
	case !d.portable:
		can = able()
	}
	d.fellBack = false
	if !can.decodes {
		return d.decodePortable(s)
	}
	if !can.hashes {
		b = nil
	}
	pos, literals, rep := d.pos, d.literals, d.rep
	if d.decodeFast(s, b) {
		return nil
	}
	d.pos, d.literals, d.rep, d.fellBack = pos, literals, rep, true
	return d.decodePortable(s)
}
