package zblock

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

var (
	errStreamEnds   = errors.New("sequences have no end mark")
	errOverread     = errors.New("sequences read beyond their beginning")
	errUnread       = errors.New("sequences leave bits over")
	errFewLiterals  = errors.New("sequences want more literals than there are")
	errBlockSize    = errors.New("block decodes to more than it may")
	errMatchOffset  = errors.New("match begins before the history")
	errNoTable      = errors.New("sequence table of an earlier block, of which there is none")
	errNoSequences  = errors.New("bytes follow a block's literals without sequences")
	errReservedBits = errors.New("reserved bits of the sequence header")
	errSectionEnds  = errors.New("sequence header ends early")
)

// bitReader reads a bit stream from its end, RFC 8878 3.1.1.3.2.1.3 and 4.1.
type bitReader struct {
	p    []byte
	left int // bits; negative if more were read than there are
}

// newBitReader begins before the end mark, the highest bit that is set.
func newBitReader(p []byte) (bitReader, error) {
	if len(p) == 0 || p[len(p)-1] == 0 {
		return bitReader{}, errStreamEnds
	}
	return bitReader{p: p, left: 8*len(p) - 8 + bits.Len8(p[len(p)-1]) - 1}, nil
}

// read returns the next n bits, at most 31. Before the beginning there are
// zeros.
func (r *bitReader) read(n uint) int {
	r.left -= int(n)
	at := r.left
	if at < 0 {
		if at += int(n); at <= 0 {
			return 0
		}
		// Some of them are there.
		v := int(r.p[0]) & (1<<min(at, 8) - 1)
		for i := 1; 8*i < at; i++ {
			v |= int(r.p[i]) << (8 * i)
		}
		return v & (1<<at - 1) << (int(n) - at)
	}
	var b [8]byte
	copy(b[:], r.p[at>>3:])
	return int(binary.LittleEndian.Uint64(b[:])>>(at&7)) & (1<<n - 1)
}

// first reads a first state, RFC 8878 3.1.1.3.2.1.
func (t *table) first(r *bitReader) entry { return t.states[r.read(t.accuracy)] }

// after reads the state that follows e.
func (t *table) after(e entry, r *bitReader) entry {
	return t.states[e.next()+uint(r.read(e.stateBits()))]
}

// sequences is the sequences section of a block as far as it was read.
type sequences struct {
	n          int
	r          bitReader
	ll, of, ml entry // the first states
}

// readSequences reads the header and the tables, RFC 8878 3.1.1.3.2.1.
func (d *Decoder) readSequences(p []byte) (s sequences, err error) {
	if len(p) < 1 {
		return s, errSectionEnds
	}
	size := 1
	switch s.n = int(p[0]); {
	case s.n == 255:
		if size = 3; len(p) >= size {
			s.n = int(p[1]) + int(p[2])<<8 + 0x7f00
		}
	case s.n >= 128:
		if size = 2; len(p) >= size {
			s.n = (s.n-128)<<8 + int(p[1])
		}
	}
	if len(p) < size {
		return s, errSectionEnds
	}
	p = p[size:]
	if s.n == 0 {
		if len(p) > 0 {
			return s, errNoSequences
		}
		return s, nil
	}
	if len(p) < 1 {
		return s, errSectionEnds
	}
	modes := p[0]
	p = p[1:]
	if modes&3 != 0 {
		return s, errReservedBits
	}
	for k := range kinds {
		t := &d.tables[k]
		used := 0
		switch modes >> (6 - 2*k) & 3 {
		case 0:
			t.setUsual(&kindOf[k])
		case 1:
			if len(p) < 1 {
				return s, errSectionEnds
			}
			used, err = 1, t.setSingle(&kindOf[k], p[0])
		case 2:
			used, err = t.read(&kindOf[k], p)
		case 3:
			if !t.defined {
				err = errNoTable
			}
		}
		if err != nil {
			return s, err
		}
		p = p[used:]
	}
	if s.r, err = newBitReader(p); err != nil {
		return s, err
	}
	s.ll = d.tables[literalLengths].first(&s.r)
	s.of = d.tables[offsets].first(&s.r)
	s.ml = d.tables[matchLengths].first(&s.r)
	return s, nil
}

// decodePortable decodes sequences and carries them out.
func (d *Decoder) decodePortable(s sequences) error {
	r, ll, of, ml := s.r, s.ll, s.of, s.ml
	for n := s.n; n > 0; n-- {
		offset := int(of.value()) + r.read(of.valueBits())
		match := int(ml.value()) + r.read(ml.valueBits())
		literals := int(ll.value()) + r.read(ll.valueBits())
		if of.valueBits() <= 1 {
			offset = d.repeated(offset, literals)
		} else {
			d.rep = [3]int{offset, d.rep[0], d.rep[1]}
		}
		if n > 1 {
			ll = d.tables[literalLengths].after(ll, &r)
			ml = d.tables[matchLengths].after(ml, &r)
			of = d.tables[offsets].after(of, &r)
		}
		switch {
		case r.left < 0:
			return errOverread
		case literals > len(d.literals):
			return errFewLiterals
		case literals+match > d.end-d.pos:
			return errBlockSize
		}
		d.pos += copy(d.ring[d.pos:], d.literals[:literals])
		d.literals = d.literals[literals:]
		if err := d.copyMatch(offset, match); err != nil {
			return err
		}
	}
	if r.left > 0 {
		return errUnread
	}
	return nil
}

// repeated returns the offset of code 0 or 1, RFC 8878 3.1.1.5. Where that is
// 0, which the RFC calls corrupt, it is 1, as in all decoders.
func (d *Decoder) repeated(i, literals int) int {
	if literals == 0 {
		i++
	}
	var offset int
	switch i {
	case 0:
		return d.rep[0]
	case 1:
		offset = d.rep[1]
		d.rep[1] = d.rep[0]
		d.rep[0] = offset
		return offset
	case 2:
		offset = d.rep[2]
	default:
		offset = max(d.rep[0]-1, 1)
	}
	d.rep = [3]int{offset, d.rep[0], d.rep[1]}
	return offset
}

// copyMatch appends match bytes from offset bytes ago.
func (d *Decoder) copyMatch(offset, match int) error {
	if offset > d.window {
		return errMatchOffset
	}
	from := d.pos - offset
	if from < d.start {
		if from += d.lap - d.start; from < d.before {
			return errMatchOffset
		}
		n := copy(d.ring[d.pos:d.pos+match], d.ring[from:d.lap])
		d.pos += n
		match -= n
		from = d.start
	}
	for end := d.pos + match; d.pos < end; {
		d.pos += copy(d.ring[d.pos:end], d.ring[from:d.pos])
	}
	return nil
}
