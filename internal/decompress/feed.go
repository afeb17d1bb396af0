package decompress

// feed reads ahead and cuts pieces, as far as there is room for them.
func (f *fan) feed() {
	for len(f.queue) < f.limit {
		switch {
		case f.cut:
			if !f.commit() {
				return
			}
			f.launch()
		case f.dry, f.fill == nil && !f.begin(), !f.search():
			return
		default:
			f.cut = f.at > 0
		}
	}
}

// begin takes a piece to fill. Like all functions here it reports false for lack
// of room; there is always room when no other piece is in use.
func (f *fan) begin() bool {
	var p *piece
	if n := len(f.free); n > 0 {
		p = f.free[n-1]
		f.free = f.free[:n-1]
	} else {
		// One that cannot become what the others are would take room away
		// from them.
		if f.held+pieceEngine+f.largest > fanMemory && len(f.queue) > 0 || !f.afford(pieceEngine) {
			return false
		}
		p = &piece{done: make(chan struct{}, 1), format: f.format,
			reference: f.d.opt.Reference, maxWindow: f.d.opt.MaxWindow}
	}
	p.in, p.claimed = p.in[:0], false
	f.fill, f.at, f.size, f.seen = p, 0, 0, 0
	return true
}

// afford makes room for n more bytes, letting go of pieces that are not in use
// if need be: first of their input, since output is what the next one lacks.
func (f *fan) afford(n int) bool {
	for _, p := range f.free {
		if f.held+n > fanMemory {
			f.held -= cap(p.in)
			p.in = nil
		}
	}
	for f.held+n > fanMemory && len(f.free) > 0 {
		p := f.free[0]
		f.free = f.free[1:]
		f.held -= pieceEngine + cap(p.in) + cap(p.out)
		if p.zstd != nil {
			p.zstd.Close()
		}
	}
	if f.held+n > fanMemory {
		return false
	}
	f.held += n
	return true
}

// search looks for the ends of units in what is read until there are enough of
// them for a piece, or no more.
func (f *fan) search() bool {
	p := f.fill
	for {
		var end, size, seen int
		var o outcome
		unit := p.in[f.at:]
		if f.format == Gzip {
			end, size, seen, o = memberEnd(unit, f.seen)
		} else {
			end, size, _, o = frameEnd(unit, p.maxWindow)
		}
		if o == unitMore {
			f.seen = seen
			more, ok := f.read()
			if !ok {
				return false
			}
			if more {
				continue
			}
		}
		switch {
		case o != unitFound:
			f.dry = true
			return true
		case f.size+size > maxUnitDecoded:
			return true // there is a unit before
		}
		f.at += end
		f.size += size
		f.seen = 0
		if f.at >= f.d.pace.stored || f.size >= f.d.pace.decoded {
			return true
		}
	}
}

// read reads more into the piece that is filled. more is false if the piece has
// all that it may have, or the stream has no more.
func (f *fan) read() (more, ok bool) {
	p := f.fill
	if len(p.in) == maxUnitStored {
		return false, true
	}
	n := len(p.in)
	for _, q := range f.free {
		if cap(p.in)-n < chunkSize && cap(q.in) > cap(p.in) {
			p.in, q.in = append(q.in[:0], p.in...), p.in
		}
	}
	if cap(p.in)-n < chunkSize && cap(p.in) < maxUnitStored {
		size := max(cap(p.in)+1, f.hint+chunkSize)
		size = min((size+inputStep-1)/inputStep*inputStep, maxUnitStored)
		if !f.afford(size - cap(p.in)) {
			return false, false
		}
		in := make([]byte, n, size)
		copy(in, p.in)
		p.in = in
	}
	room := p.in[n:min(n+chunkSize, maxUnitStored)]
	if f.off < len(f.carry) {
		k := copy(room, f.carry[f.off:])
		f.off += k
		p.in = p.in[:n+k]
		return true, true
	}
	s := &f.d.src
	if s.err != nil {
		return false, true
	}
	p.in = p.in[:n+s.read(room)]
	return len(p.in) > n, true
}

// commit makes a piece of what is full, if there is room for its output.
func (f *fan) commit() bool {
	p := f.fill
	want := f.size + outputSlack
	for _, q := range f.free {
		if cap(p.out) < want && cap(q.out) > cap(p.out) {
			p.out, q.out = q.out, p.out
		}
	}
	if cap(p.out) < want {
		size := (want + outputStep - 1) / outputStep * outputStep
		if !f.afford(size - cap(p.out)) {
			return false
		}
		p.out = make([]byte, 0, size)
	}
	f.hint = max(f.hint, f.at)
	f.largest = max(f.largest, cap(p.in)+cap(p.out))
	rest := append(append(f.other[:0], p.in[f.at:]...), f.carry[f.off:]...)
	f.other, f.carry, f.off = f.carry, rest, 0
	p.in = p.in[:f.at]
	p.base = f.d.src.base
	for _, q := range f.queue {
		p.base += int64(len(q.in))
	}
	f.fill, f.cut = nil, false
	f.queue = append(f.queue, p)
	f.mu.Lock()
	f.todo = append(f.todo, p)
	f.mu.Unlock()
	return true
}
