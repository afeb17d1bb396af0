package decompress

import (
	"compress/flate"
	"io"
)

const (
	// historySize is how far back a deflate match can reach, RFC 1951 2.
	historySize = 32 << 10
	// windowSize is history and output. It is a power of two, so that a mask
	// keeps an index inside and saves a bounds check, and leaves room in a
	// second-level cache of half a megabyte.
	windowSize = 256 << 10
	// windowSlack is what may be read or written, but is never output, behind
	// a symbol: copies go by eight bytes, literals by four.
	windowSlack = 16
	// maxMatch is the longest match.
	maxMatch = 258
	// chunkEnd is where a chunk is full: a step of the fast loop that begins
	// below it writes at most three entries of literals, or two and a match,
	// and its slack.
	chunkEnd = windowSize - 3*maxLiteralPack - maxMatch - windowSlack
)

// phase is what an inflater expects next.
type phase uint8

const (
	atBlock  phase = iota // a block header
	inStored              // data of a stored block
	inCodes               // codes of a compressed block
)

// verdict is how a step of the fast path ended.
type verdict uint8

const (
	stepMore     verdict = iota // the step is done; look what is next
	stepCorrupt                 // the data is not valid
	stepTruncate                // the input ends too early
)

// inflater decodes deflate data (RFC 1951) from a source into a window.
//
// Between steps, fewer than eight bits are in hand, so that source position and
// bits together say exactly where in the input the decoder is.
type inflater struct {
	src       *source
	ref       io.ReadCloser // compress/flate, made when first needed
	reference bool          // ref decodes this stream

	refFrom   int   // after a replay: where in win the fast path stopped
	replayed  bool  // ref decodes because the fast path stopped
	truncated bool  // it stopped for lack of input
	disagreed bool  // ref went on where it stopped
	failAt    int64 // for tests: the fast path stops at this much output
	slid      int64 // output that has left win[historySize:]

	op    int // win[historySize:op] is this chunk
	hist  int // matches reach back to here
	bits  uint64
	nb    uint
	phase phase
	final bool // this is the last block
	left  int  // bytes left of a stored block

	block blockHeader
	mark  mark
	fixed bool // the tables are those of a fixed block

	lens [fixedLits + fixedDists]uint8
	code code

	// masks[n] has the lowest n bits set. A load is quicker than a variable
	// shift, the more so beside the tables.
	masks [64]uint64
	lit   [litSize]uint32
	dist  [distSize]uint32
	win   *window
	spare []*window // that take turns with win, the next one first
	kept  int       // how many of them do
}

// window is history and output.
type window [windowSize + windowSlack]byte

func newInflater(src *source, reference bool) *inflater {
	z := &inflater{src: src, reference: reference, op: historySize, win: new(window)}
	for i := range z.masks {
		z.masks[i] = 1<<i - 1
	}
	return z
}

// reset prepares for a new stream.
func (z *inflater) reset(reference bool) {
	z.op, z.hist, z.kept = historySize, historySize, 0
	z.reference, z.replayed, z.disagreed, z.slid = reference, false, false, 0
}

// begin prepares for the deflate data of a member: nothing before it is
// history.
func (z *inflater) begin() {
	z.hist = z.op
	z.bits, z.nb, z.phase, z.final = 0, 0, atBlock, false
	if z.reference {
		z.openReference(z.src, nil)
	}
}

// keep makes a chunk remain where it is while n more are decoded.
func (z *inflater) keep(n int) {
	for len(z.spare) < n {
		z.spare = append(z.spare, new(window))
	}
	z.kept = n
}

// slide makes room for the next chunk, keeping the history.
func (z *inflater) slide() {
	if by := z.op - historySize; by > 0 {
		from := z.win
		if z.kept > 0 {
			z.win = z.spare[0]
			copy(z.spare, z.spare[1:z.kept])
			z.spare[z.kept-1] = from
		}
		copy(z.win[:historySize], from[by:z.op])
		z.op = historySize
		z.hist = max(0, z.hist-by)
		z.refFrom -= by
		z.slid += int64(by)
	}
}

// run decodes until the chunk is full or the deflate data ends, when done is
// true and the source is at the byte that follows. An error is that of
// compress/flate, or the reader's.
func (z *inflater) run() (done bool, err error) {
	if z.reference {
		return z.runReference()
	}
	z.setMark()
	limit := chunkEnd
	if z.failAt > 0 {
		limit = int(min(int64(limit), z.failAt-z.slid+historySize))
	}
	for z.op < limit {
		var v verdict
		switch z.phase {
		case atBlock:
			if z.final {
				return true, nil
			}
			z.want(maxBlockHeader)
			v = z.readHeader()
		case inStored:
			v = z.copyStored(limit)
		case inCodes:
			z.want(fastInput)
			if z.src.end-z.src.pos >= fastInput {
				v = z.fast(limit)
			} else {
				v = z.careful(limit)
			}
		}
		if v != stepMore {
			return z.replay(v)
		}
	}
	if z.phase == atBlock && z.final {
		return true, nil
	}
	if z.failAt > 0 && z.slid+int64(z.op-historySize) >= z.failAt {
		z.failAt = 0
		return z.replay(stepCorrupt)
	}
	return false, nil
}

// want sees to n bytes of input being buffered, if there are so many. The
// buffer moves, so the mark moves too.
func (z *inflater) want(n int) {
	if z.src.end-z.src.pos < n && z.src.err == nil {
		z.src.peek(n)
		z.setMark()
	}
}

// copyStored copies data of a stored block.
func (z *inflater) copyStored(limit int) verdict {
	z.want(1)
	n := min(z.left, limit-z.op, z.src.end-z.src.pos)
	if n == 0 && z.left > 0 {
		return stepTruncate
	}
	copy(z.win[z.op:z.op+n], z.src.buf[z.src.pos:])
	z.op += n
	z.src.pos += n
	z.left -= n
	if z.left == 0 {
		z.phase = atBlock
	}
	return stepMore
}

// openReference points compress/flate at r.
func (z *inflater) openReference(r flate.Reader, history []byte) {
	if z.ref == nil {
		z.ref = flate.NewReaderDict(r, history)
		return
	}
	// It is a Resetter by its documentation and never returns an error.
	z.ref.(flate.Resetter).Reset(r, history)
}

// runReference is run by compress/flate.
func (z *inflater) runReference() (done bool, err error) {
	for z.op < chunkEnd {
		n, err := z.ref.Read(z.win[z.op:chunkEnd])
		z.op += n
		if z.replayed && (err == io.EOF || !z.truncated && z.op > z.refFrom) {
			z.disagreed = true
		}
		if err != nil {
			if err == io.EOF {
				return true, nil
			}
			return false, err
		}
	}
	return false, nil
}
