package verify

import "sync/atomic"

// idleCores counts workers that have run out of objects. A worker that still
// decodes a layer takes one and lets it do the hashing: handing pieces over
// costs a copy, but for chunks that the decoder keeps, so that is done only when
// a core would idle otherwise.
type idleCores struct{ n atomic.Int32 }

// Give and Take make it a decompress.Spare: a decoder may use the core for
// members and frames that do not depend on each other.
func (c *idleCores) Give() { c.give() }

// Take takes a core if one idles.
func (c *idleCores) Take() bool { return c.take() }

func (c *idleCores) give() {
	if c != nil {
		c.n.Add(1)
	}
}

func (c *idleCores) take() bool {
	if c == nil {
		return false
	}
	for {
		n := c.n.Load()
		if n <= 0 {
			return false
		}
		if c.n.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// beside hashes stored and decoded bytes of one layer in a goroutine of its
// own, in the order in which they come. It owns the observer's hashes and tar
// scanner from startBeside to join. It holds six buffers of 256 KiB, for what
// its owner will not keep, and has the decoder keep three chunks.
type beside struct {
	work  chan piece
	free  chan []byte
	lent  chan struct{} // an element for each chunk that the decoder keeps
	done  chan struct{}
	next  piece // to be sent once it is full, or something else follows
	panic any
}

type piece struct {
	data    []byte
	want    want
	decoded bool
	lent    bool // data are the decoder's
}

const (
	besideBuffers = 6
	besideKept    = 3
	besideAfter   = 8 << 20 // decoded bytes of a layer before it is worth it
)

func startBeside(o *observer) *beside {
	o.pair.settle()
	o.decoder.Keep(besideKept)
	b := &beside{
		work: make(chan piece, besideBuffers), free: o.spare, lent: make(chan struct{}, besideKept), done: make(chan struct{}),
	}
	if b.free == nil {
		b.free = make(chan []byte, besideBuffers)
		for range besideBuffers {
			b.free <- make([]byte, chunk)
		}
		o.spare = b.free
	}
	go func() {
		defer close(b.done)
		for p := range b.work {
			b.one(o, p)
			if p.lent {
				<-b.lent
			} else {
				b.free <- p.data[:cap(p.data)]
			}
		}
	}()
	return b
}

// one hashes a piece; after a panic the rest is only taken off the channel, and
// join raises the panic in the worker.
func (b *beside) one(o *observer, p piece) {
	defer func() {
		if r := recover(); r != nil {
			b.panic = r
		}
	}()
	if b.panic != nil {
		return
	}
	if p.decoded {
		o.writeDecoded(p.data, p.want, false)
	} else {
		o.writeStored(p.data, p.want)
	}
}

// send copies bytes, which their owner reuses at once, and hands them over, many
// at a time.
func (b *beside) send(p []byte, w want, decoded bool) {
	for len(p) > 0 {
		if len(b.next.data) > 0 && b.next.decoded != decoded {
			b.flush()
		}
		if b.next.data == nil {
			b.next = piece{data: (<-b.free)[:0], want: w, decoded: decoded}
		}
		at := len(b.next.data)
		n := min(len(p), cap(b.next.data)-at)
		b.next.data = append(b.next.data, p[:n]...)
		if at+n == cap(b.next.data) {
			b.flush()
		}
		p = p[n:]
	}
}

// lend hands over a decoded chunk that remains valid during besideKept further
// calls of Next: before the last of them, it has been hashed.
func (b *beside) lend(p []byte, w want) {
	b.flush()
	b.lent <- struct{}{}
	b.work <- piece{data: p, want: w, decoded: true, lent: true}
}

// flush hands over what send has kept back.
func (b *beside) flush() {
	if b.next.data != nil {
		b.work <- b.next
		b.next = piece{}
	}
}

// join waits for the hashing of the layer and gives the core back. What it
// hashed is then in the observer.
func (o *observer) join() {
	b := o.beside
	if b == nil {
		return
	}
	o.beside = nil
	b.flush()
	close(b.work)
	<-b.done
	o.idle.give()
	if b.panic != nil {
		panic(b.panic)
	}
}

func (o *observer) hashStored(p []byte, w want) {
	if o.beside != nil {
		o.beside.send(p, w, false)
		return
	}
	o.writeStored(p, w)
}

// hashDecoded hashes what the decoder has just returned.
func (o *observer) hashDecoded(p []byte, w want) {
	held := o.decoder.Held()
	switch {
	case o.beside == nil:
		o.writeDecoded(p, w, held > 0)
	case held >= besideKept:
		o.beside.lend(p, w)
	default:
		o.beside.send(p, w, true)
	}
}

// Take and Done make an observer the decoder's decompress.Backlog. Nothing waits
// here while another core hashes.
func (o *observer) Take() (h *[8]uint32, message []byte) {
	if o.beside != nil {
		return nil, nil
	}
	return o.pair.Take()
}

// Done is that of the pair.
func (o *observer) Done(n int) { o.pair.Done(n) }

func (o *observer) writeStored(p []byte, w want) {
	if o.paired {
		o.pair.stored(p)
	} else {
		o.plain.Write(p)
	}
	if w.sha512 {
		o.wide.Write(p)
	}
}

func (o *observer) writeDecoded(p []byte, w want, held bool) {
	o.pair.decoded(p, held)
	if w.diff512 {
		o.diff512.Write(p)
	}
	o.tar.write(p)
}
