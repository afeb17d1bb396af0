package tarscan

import (
	"bytes"
	"math"
)

// A size that ustar can hold in octal: 11 digits.
const maxOctal = 1<<33 - 1

// takeHeader reads the header block at offset off.
func (s *Scanner) takeHeader(b *block, off int64) *Entry {
	s.header = off
	if b.isZero() {
		s.sum.Tar, s.name = true, s.name[:0]
		if s.ext.pending {
			s.fault(Extension, "an extension header with no member after it")
		}
		s.state, s.sum.End = inSecondBlock, off
		return nil
	}
	s.name = append(s.name[:0], b.name()...)
	if !b.sumOK() {
		s.state = lost
		if off == 0 && !hasMagic(b[:]) {
			s.faultAt(NotTar, 0, nil, "the first block is no tar header")
			return nil
		}
		s.sum.Tar = true
		s.fault(Checksum, "the checksum of the header is wrong")
		return nil
	}
	s.sum.Tar = true
	size, blank, ok := number(b.size())
	if !ok || size < 0 || size > math.MaxInt64-off-2*BlockSize {
		s.state = lost
		s.fault(BadSize, "the size %q is no number from 0 up", b.size())
		return nil
	}
	if blank && b.typeflag() != 'V' { // GNU tar's volume label has no size
		s.fault(BadNumber, "the size is empty")
	}
	f := b.format()
	if field := b.oddNumber(f); field != "" {
		s.fault(BadNumber, "the field %s is no number", field)
	}
	switch b.typeflag() {
	case 'x', 'g', 'L', 'K':
		s.beginExtension(b.typeflag(), size, off)
		return nil
	}
	return s.takeMember(b, f, size, off)
}

// beginExtension prepares for the payload of an extension header.
func (s *Scanner) beginExtension(flag byte, size, off int64) {
	e := &s.ext
	s.left, s.pad = size, padding(size)
	if flag == 'g' {
		if e.pending {
			s.fault(Extension, "a global header between an extension header and its member")
			e.reset() // as Go does
		}
	} else if !e.pending {
		e.pending, e.start = true, off
	}
	switch flag {
	case 'x', 'g':
		if flag == 'x' && e.hasX {
			s.fault(Extension, "two extended headers for one member")
			kept := *e
			e.reset() // of the first one nothing stays, as in Go
			e.pending, e.start, e.cut, e.lost = true, kept.start, kept.cut, kept.lost
			e.hasL, e.hasK, e.longName, e.longLink = kept.hasL, kept.hasK, kept.longName, kept.longLink
		}
		e.hasX = e.hasX || flag == 'x'
		if size > s.opt.PAXBytes {
			s.fault(LimitPAX, "an extended header of %d bytes, the limit is %d", size, s.opt.PAXBytes)
		}
		if size == 0 {
			s.fault(Extension, "an extended header without records") // some readers stop here
		}
		s.pax.reset(flag == 'g')
		s.state = inPAX
	default:
		s.beginLong(flag, size)
	}
	if size == 0 {
		s.leave(0)
	}
}

// beginLong prepares for a GNU long name (L) or long link target (K).
func (s *Scanner) beginLong(flag byte, size int64) {
	e := &s.ext
	if e.hasSize {
		// Readers differ on whether the size of an extended header is that
		// of the next header, whatever it is, or of the member.
		s.fault(Extension, "an extended header with a size before a GNU long name")
	}
	has, into := &e.hasL, &e.longName
	if flag == 'K' {
		has, into = &e.hasK, &e.longLink
	}
	if *has {
		s.fault(Extension, "two GNU long names of one kind for one member")
	}
	*has, *into = true, (*into)[:0]
	s.state, s.long = inLong, into
	if size-1 > int64(s.opt.NameBytes) {
		s.fault(LimitName, "a name of %d bytes, the limit is %d", size-1, s.opt.NameBytes)
		s.long, *has, e.cut = nil, false, true
	}
}

// endLong is called when the payload of a GNU long name has passed.
func (s *Scanner) endLong() {
	if s.long == nil {
		return
	}
	whole := *s.long
	*s.long = cString(whole)
	if len(*s.long) == 0 {
		s.fault(Extension, "an empty GNU long name")
		if s.long == &s.ext.longName {
			s.ext.hasL = false
		} else {
			s.ext.hasK = false
		}
	}
	if tail := whole[len(*s.long):]; len(bytes.TrimLeft(tail, "\x00")) > 0 {
		s.fault(NameConflict, "bytes after the end of a GNU long name")
	}
	s.long = nil
}

// takeMember makes the entry of a member's own header, in the light of the
// extension headers before it.
func (s *Scanner) takeMember(b *block, f format, size, off int64) *Entry {
	x := &s.ext
	if s.sum.Entries >= s.opt.Entries {
		s.fault(LimitEntries, "more than %d members", s.opt.Entries)
		s.state = lost
		return nil
	}
	e := &s.entry
	*e = Entry{Type: b.typeflag(), Start: off, Header: off, Sparse: x.sparse, Cut: x.cut, scratch: &s.scratch, null: b.noDevice()}
	if x.pending {
		e.Start = x.start
	}
	s.nameEntry(e, b, f)
	s.linkEntry(e, b)
	if x.hasSize {
		if size != x.size && !(x.size > maxOctal && shortSize(size, x.size)) {
			s.fault(SizeConflict, "the extended header gives size %d, the header itself %d", x.size, size)
		}
		size = x.size
	}
	if x.lost || size > math.MaxInt64-off-2*BlockSize {
		if !x.lost {
			s.fault(BadSize, "the size %d is out of range", size)
		}
		s.state = lost
		return nil
	}
	s.typeEntry(e, size)
	s.sum.Entries++
	more := e.Type == 'S' && f == gnu && b.extended()
	if e.Sparse {
		s.fault(Sparse, "the member is stored as a sparse file")
	}
	if x.pending {
		x.reset()
	}
	e.Body = off + BlockSize
	s.left, s.pad = e.Size, padding(e.Size)
	if more {
		// The rest of the map comes before the body; the block goes away.
		s.links = append(s.links[:0], e.Link...)
		e.Name, e.Link = s.name, s.links
		s.state = inSparse
		return nil
	}
	s.beginBody()
	return e
}

func (s *Scanner) beginBody() {
	s.left += s.pad
	s.state = inBody
	if s.left == 0 {
		s.state = atHeader
	}
}

// takeSparse reads a continuation block of an old GNU sparse map.
func (s *Scanner) takeSparse(b *block) *Entry {
	s.entry.Body += BlockSize
	if b.extended2() {
		return nil
	}
	s.beginBody()
	return &s.entry
}

// nameEntry chooses the name as Go does: a GNU long name, else a pax path,
// else the header's own.
func (s *Scanner) nameEntry(e *Entry, b *block, f format) {
	x := &s.ext
	own, odd := b.fullName(f, &s.joined)
	e.Name = own
	if x.hasPath {
		e.Name = x.path
	}
	if x.hasL {
		e.Name = x.longName
	}
	if e.Sparse && len(x.sparseName) > 0 {
		e.Name = x.sparseName
	}
	s.name = append(s.name[:0], e.Name...)
	if odd {
		s.fault(Prefix, "bytes %q that some readers put before the name", b.prefix())
	}
	if x.hasL && x.hasPath {
		s.fault(Extension, "a GNU long name and a pax path for one member")
	}
	if (x.hasL || x.hasPath) && !e.Sparse && !shortFormOf(own, e.Name) {
		s.fault(NameConflict, "the header itself gives the name %q", own)
	}
}

func (s *Scanner) linkEntry(e *Entry, b *block) {
	x := &s.ext
	if x.hasK && x.hasLink {
		s.fault(Extension, "a GNU long link and a pax linkpath for one member")
	}
	if e.Type != HardLink && e.Type != Symlink {
		return
	}
	own := b.link()
	e.Link = own
	if x.hasLink {
		e.Link = x.link
	}
	if x.hasK {
		e.Link = x.longLink
	}
	if (x.hasK || x.hasLink) && !shortLinkOf(own, e.Link) {
		s.fault(NameConflict, "the header itself gives the link target %q", own)
	}
}

// shortSize reports whether a writer may put short into a header whose field
// cannot hold size: nothing, the largest number, or the digits that fit.
func shortSize(short, size int64) bool {
	return short == 0 || short == maxOctal || short == 1<<36-1 || short == size&maxOctal
}

// typeEntry settles the type and the size of the body.
func (s *Scanner) typeEntry(e *Entry, size int64) {
	slash := len(e.Name) > 0 && e.Name[len(e.Name)-1] == '/'
	switch e.Type {
	case 0: // V7 knows no folders; a slash at the end is the convention
		e.Type = File
		if slash {
			e.Type = Directory
		}
	case File, Contig:
		if slash {
			s.fault(TypeConflict, "a file whose name ends with a slash: some readers see a folder")
		}
	case HardLink, Symlink, CharDev, BlockDev, Directory, FIFO:
	case 'S':
		e.Sparse = true
	case 'D', 'V': // GNU tar writes them: a folder's listing, a volume's label
	default:
		// POSIX wants a file made of it; some readers refuse, skip, or (X, A)
		// see an extension.
		s.fault(TypeConflict, "the unknown type %q", e.Type)
	}
	e.Size = size
	if e.Type >= HardLink && e.Type <= FIFO {
		// Go reads the next header right after this one; others skip a body.
		e.Size = 0
		if size > 0 {
			s.fault(BodyOnOther, "a member of type %q with a body of %d bytes", e.Type, size)
		}
	}
}

// padding is how many bytes follow a body up to the next block.
func padding(size int64) int64 { return -size & (BlockSize - 1) }
