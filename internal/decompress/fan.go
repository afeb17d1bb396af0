package decompress

import "sync"

const (
	// fanMemory bounds what the pieces of a fan hold: stored and decoded bytes
	// and decoders. Two frames of pzstd fit, or three members of eStargz.
	fanMemory = 24 << 20
	// fanPieces bounds the pieces, and so the cores: more are not decoded at
	// once. Of one core and this one each may have a piece in work, with
	// another waiting.
	fanPieces = 8
	// pieceEngine is what the decoder of a piece needs, at most.
	pieceEngine = 640 << 10
	// inputStep is what the size of an input buffer is a multiple of.
	inputStep = 512 << 10
	// outputStep is what the size of an output buffer is a multiple of, and
	// outputSlack lets the zstd library copy 16 bytes at a time to the end.
	outputStep  = 64 << 10
	outputSlack = 64
)

// pace says when it is worth while to decode pieces side by side. It is a
// variable for tests only.
type pace struct {
	from    int64 // not before so many stored bytes
	again   int64 // not within so many of when there was no core
	resume  int64 // nor of when something went wrong
	stored  int   // a piece is large enough when it has so many stored bytes,
	decoded int   // or decodes to so many
}

// usualPace makes pieces so large that the cost of handing them over does not
// count, and leaves short streams alone.
var usualPace = pace{from: 256 << 10, again: 256 << 10, resume: 1 << 20, stored: 256 << 10, decoded: 1 << 20}

// fan decodes the units of a stream side by side. It reads ahead, cuts what it
// reads into pieces where units end, or may end, and has them decoded on spare
// cores; their bytes leave it in order. It begins at the end of a unit, and
// when it meets anything unusual it ends at the end of one, hands what it has
// read beyond back to the source, and the stream is decoded in order from there
// on. Only the decoder's own goroutine reads, and calls next and stop.
type fan struct {
	d      *Decoder
	format Format

	queue []*piece // in the order of the stream; the first is the next to go
	out   []byte   // what is left of the piece that goes
	going *piece   // that piece
	free  []*piece
	held  int // bytes that pieces hold, or are promised

	largest int // buffers of the largest piece so far
	hint    int // input of the largest unit or piece so far

	fill  *piece // being filled; nil: none is
	at    int    // where its current unit begins
	size  int    // what the units before decode to
	seen  int    // what of the current unit was searched for its end
	cut   bool   // it is full, but there is no room for its output
	carry []byte // what was read beyond the piece that was cut last
	off   int    // how much of it is in the next piece
	other []byte // the next buffer for it
	dry   bool   // nothing is cut any more
	token bool   // a core was taken and is not in use yet
	limit int    // pieces there may be for the cores that there were

	wg     sync.WaitGroup
	mu     sync.Mutex // guards the following, and piece.claimed
	todo   []*piece   // pieces that nobody has claimed, in order
	busy   int        // goroutines
	closed bool       // no more claims
}

// spread makes the pieces that follow be decoded side by side, if that promises
// anything: a core is idle, the last unit, which began at start and ends here,
// was small, and another one follows. It is to be called between units.
func (d *Decoder) spread(start int64) bool {
	s := &d.src
	at := s.offset()
	if d.opt.Spare == nil || at < d.ask || d.members == 0 || at-start > maxUnitStored {
		return false
	}
	d.ask = at + d.pace.again
	f := &fan{d: d, format: Gzip, limit: 4, hint: int(at - start)}
	p := s.peek(4)
	if d.eng == engine(d.zstd) {
		f.format = Zstd
		if zstdFrameKind(p) == zstdNoFrame {
			return false
		}
	} else if !plausibleMember(p) {
		return false
	}
	if b := d.opt.Windows; b != nil && !b.try(fanMemory) {
		return false
	}
	f.token = d.opt.Spare.Take()
	if !f.token {
		f.release()
		return false
	}
	f.carry = append(f.carry, s.buf[s.pos:s.end]...)
	s.base, s.pos, s.end = at, 0, 0
	d.fan = f
	return true
}

func (f *fan) release() {
	if b := f.d.opt.Windows; b != nil {
		b.Release(fanMemory)
	}
}

// next returns the next decoded bytes, or none if the stream is to be decoded
// in order from here on; the fan is done then.
func (f *fan) next() []byte {
	for len(f.out) == 0 {
		if f.going != nil {
			f.free = append(f.free, f.going)
			f.going = nil
		}
		f.launch()
		f.feed()
		if len(f.queue) == 0 || !f.turn() {
			f.end()
			return nil
		}
	}
	chunk := f.out[:min(len(f.out), chunkSize)]
	f.out = f.out[len(chunk):]
	return chunk
}

// turn brings the first piece out, or decodes another one meanwhile. It reports
// false if the first piece is not to be had.
func (f *fan) turn() bool {
	p := f.queue[0]
	f.mu.Lock()
	claimed, busy, todo := p.claimed, f.busy, len(f.todo)
	f.mu.Unlock()
	switch {
	case !claimed && busy == 0:
		// If all cores are in use elsewhere there is nothing to be gained.
		f.token = f.token || f.d.opt.Spare.Take()
		return f.token
	case !claimed:
		f.help()
		return true
	}
	select {
	case <-p.done:
	default:
		// Leave one piece to the other cores.
		if todo > 1 && f.help() {
			return true
		}
		<-p.done
	}
	d := f.d
	if limit := d.opt.MaxOutput; !p.ok || limit > 0 && int64(len(p.out)) > limit-d.out {
		return false
	}
	d.accept(p)
	f.queue = f.queue[1:]
	f.going, f.out = p, p.out
	d.src.base = p.base + int64(len(p.in))
	return true
}

// help decodes the first piece that nobody has claimed on this core.
func (f *fan) help() bool {
	p := f.claim()
	if p == nil {
		return false
	}
	p.decode(f.d.src.ctx)
	p.done <- struct{}{}
	return true
}

// launch has pieces decoded on the cores that are idle.
func (f *fan) launch() {
	for f.waiting() {
		if !f.token && !f.d.opt.Spare.Take() {
			return
		}
		f.token = true
		p := f.claim()
		if p == nil {
			return
		}
		f.token = false
		f.mu.Lock()
		f.busy++
		f.limit = min(max(f.limit, 2*f.busy+2), fanPieces)
		f.mu.Unlock()
		f.wg.Add(1)
		go f.work(p)
	}
}

// work decodes p, and more pieces while the core may be had.
func (f *fan) work(p *piece) {
	defer f.wg.Done()
	spare := f.d.opt.Spare
	for p != nil {
		p.decode(f.d.src.ctx)
		p.done <- struct{}{}
		spare.Give()
		p = nil
		if f.waiting() && spare.Take() {
			if p = f.claim(); p == nil {
				spare.Give()
			}
		}
	}
	f.mu.Lock()
	f.busy--
	f.mu.Unlock()
}

// waiting reports whether there are pieces to claim.
func (f *fan) waiting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.todo) > 0 && !f.closed
}

// claim returns the first piece that nobody has claimed, for the caller to
// decode.
func (f *fan) claim() *piece {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.todo) == 0 || f.closed {
		return nil
	}
	p := f.todo[0]
	f.todo = f.todo[1:]
	p.claimed = true
	return p
}

// end stops, and hands back what was read beyond the last piece that went.
func (f *fan) end() {
	f.stop()
	var parts [][]byte
	for _, p := range f.queue {
		parts = append(parts, p.in)
	}
	if f.fill != nil {
		parts = append(parts, f.fill.in)
	}
	parts = append(parts, f.carry[f.off:])
	s := &f.d.src
	at := s.base
	again := at + f.d.pace.resume
	for _, p := range parts {
		at += int64(len(p))
	}
	f.d.ask = max(f.d.ask, at, again)
	s.handBack(s.base, parts)
}

// stop waits until the other goroutines have ended, and gives back what the fan
// holds.
func (f *fan) stop() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.wg.Wait()
	if f.token {
		f.token = false
		f.d.opt.Spare.Give()
	}
	for _, p := range append(f.free, f.queue...) {
		if p.zstd != nil {
			p.zstd.Close()
		}
	}
	f.release()
}
