package tarscan

import (
	"bytes"
	"math"
)

const (
	maxKey     = 64 // the longest keyword that means anything here is shorter
	maxNumber  = 64 // bytes of a number or time in a record
	maxKeys    = 64 // keywords of one header that are compared for repetition
	maxDigits  = 18 // of a record's length
	recordCost = 3  // of the shortest record: a space, "=" and a newline, beside length and keyword
)

// stage is the part of a record that comes next:
//
//	length SPACE keyword "=" value NEWLINE
type stage uint8

const (
	inLength stage = iota
	inKey
	inValue
	atNewline
	broken // the rest of the header is skipped
)

// pax reads the records of one extended header as they pass (POSIX pax, "pax
// Extended Header"). Values that mean nothing here are skipped unread.
type pax struct {
	stage  stage
	global bool
	digits int
	left   int64 // of the record; in inLength the value so far
	used   int64 // bytes of the record before the keyword
	key    [maxKey]byte
	keyLen int
	long   bool // the keyword does not fit into key
	sum    uint64
	seen   []uint64
	keep   bool // the value is needed
	value  []byte
}

func (x *pax) reset(global bool) {
	*x = pax{global: global, seen: x.seen[:0], value: x.value[:0]}
}

func (x *pax) keyword() string { return string(x.key[:x.keyLen]) }

// skippable is how many bytes of value come next that nobody needs.
func (x *pax) skippable() int64 {
	if x.stage == inValue && !x.keep {
		return x.left - 1
	}
	return 0
}

// take reads payload; rest is what the header still holds, p included.
func (s *Scanner) takePAX(p []byte, rest int64) {
	x := &s.pax
	for len(p) > 0 {
		n := 1
		switch x.stage {
		case inLength:
			s.paxLength(p[0], rest)
		case inKey:
			n = s.paxKey(p)
		case inValue:
			n = int(min(int64(len(p)), x.left-1))
			s.paxValue(p[:n])
		case atNewline:
			if p[0] != '\n' {
				s.badPAX("a record does not end where its length says")
				return
			}
			x.stage, x.left, x.digits, x.used = inLength, 0, 0, 0
		case broken:
			return
		}
		p, rest = p[n:], rest-int64(n)
	}
}

func (s *Scanner) paxLength(c byte, rest int64) {
	x := &s.pax
	switch {
	case c-'0' < 10 && x.digits < maxDigits:
		x.left = x.left*10 + int64(c-'0')
		x.digits++
	case c == ' ' && x.digits > 0:
		used := int64(x.digits) + 1
		if x.left-int64(x.digits) > rest || x.left < used+recordCost {
			s.badPAX("a record is longer than its header or shorter than itself")
			return
		}
		x.stage, x.left = inKey, x.left-used
		x.keyLen, x.long, x.sum = 0, false, fnvOffset
	default:
		s.badPAX("a record does not begin with its length")
	}
}

// FNV-1a, to notice keywords that occur twice without keeping them.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func (s *Scanner) paxKey(p []byte) int {
	x := &s.pax
	if int64(len(p)) > x.left-1 {
		p = p[:x.left-1]
	}
	if len(p) == 0 {
		s.badPAX("a record has no equals sign")
		return 0
	}
	n := bytes.IndexByte(p, '=')
	found := n >= 0
	if !found {
		n = len(p)
	}
	for _, c := range p[:n] {
		x.sum = (x.sum ^ uint64(c)) * fnvPrime
	}
	if bytes.IndexByte(p[:n], 0) >= 0 {
		s.badPAX("a keyword contains NUL")
		return n
	}
	k := copy(x.key[x.keyLen:], p[:n])
	x.keyLen += k
	x.long = x.long || k < n
	if found {
		n++
	}
	x.left -= int64(n)
	if found {
		s.paxBeginValue()
	}
	return n
}

// paxBeginValue decides what to do with the value of the keyword just read.
func (s *Scanner) paxBeginValue() {
	x := &s.pax
	if x.keyLen == 0 {
		s.badPAX("a record has an empty keyword")
		return
	}
	x.stage, x.keep, x.value = inValue, false, x.value[:0]
	if len(x.seen) < maxKeys {
		for _, h := range x.seen {
			if h == x.sum && !s.paxMayRepeat() {
				s.fault(DuplicatePAX, "the keyword %q occurs twice", x.keyword())
			}
		}
		x.seen = append(x.seen, x.sum)
	}
	if !x.long {
		size := x.left - 1
		switch meaning := s.pax.meaning(); {
		case meaning == aNumber && size > maxNumber:
			s.badPAX("the value of " + x.keyword() + " is no number")
			return
		case meaning == aName && size > int64(s.opt.NameBytes) && !x.global:
			s.fault(LimitName, "a %s of %d bytes, the limit is %d", x.keyword(), size, s.opt.NameBytes)
			s.ext.cut = true
		default:
			x.keep = meaning != nothing && size <= max(maxNumber, int64(s.opt.NameBytes))
		}
	}
	s.paxValue(nil)
}

// paxMayRepeat is true for the keywords of GNU sparse format 0.0, which lists
// its map as repeated records.
func (s *Scanner) paxMayRepeat() bool {
	return !s.pax.long && (s.pax.keyword() == "GNU.sparse.offset" || s.pax.keyword() == "GNU.sparse.numbytes")
}

// What a keyword's value is good for.
const (
	nothing = iota
	aName
	aText // only to see that it holds no NUL
	aNumber
)

func (x *pax) meaning() int {
	switch string(x.key[:x.keyLen]) {
	case "path", "linkpath", "GNU.sparse.name":
		return aName
	case "uname", "gname":
		return aText
	case "size", "uid", "gid", "mtime", "atime", "ctime":
		return aNumber
	}
	return nothing
}

func (s *Scanner) paxValue(p []byte) {
	x := &s.pax
	x.left -= int64(len(p))
	if x.keep {
		x.value = append(x.value, p...)
	}
	if x.left > 1 {
		return
	}
	x.stage = atNewline
	if x.long {
		return
	}
	s.paxRecord(x.key[:x.keyLen], x.value)
}

// paxRecord takes note of one record. A value that was not kept is empty.
func (s *Scanner) paxRecord(key, value []byte) {
	x, e := &s.pax, &s.ext
	switch string(key) {
	case "path", "linkpath", "size":
		if x.global {
			s.fault(Global, "a global header sets %s", key)
			return
		}
		if !x.keep {
			return
		}
		if len(value) == 0 {
			s.fault(Extension, "an empty %s in an extended header", key)
			return
		}
		switch key[0] {
		case 'p':
			s.noNUL(key, value)
			e.path, e.hasPath = append(e.path[:0], cString(value)...), true
		case 'l':
			s.noNUL(key, value)
			e.link, e.hasLink = append(e.link[:0], cString(value)...), true
		case 's':
			v, ok := decimal(value)
			if !ok {
				s.badPAX("the size is no decimal number")
				e.lost = true
				return
			}
			e.size, e.hasSize = v, true
		}
	case "uname", "gname":
		s.noNUL(key, value)
	case "uid", "gid", "mtime", "atime", "ctime":
		if !plainNumber(value, key[len(key)-1] == 'e') {
			s.badPAX("the value of " + string(key) + " is no number")
		}
	case "SCHILY.realsize", "SUN.holesdata":
		s.sparsePAX(key)
	case "GNU.sparse.name":
		s.sparsePAX(key)
		if x.keep && len(value) > 0 && !x.global {
			e.sparseName = append(e.sparseName[:0], cString(value)...)
		}
	default:
		if bytes.HasPrefix(key, []byte("GNU.sparse.")) {
			s.sparsePAX(key)
		}
	}
}

func (s *Scanner) sparsePAX(key []byte) {
	if s.pax.global {
		s.fault(Global, "a global header sets %s", key)
		return
	}
	s.ext.sparse = true
}

func (s *Scanner) noNUL(key, value []byte) {
	if bytes.IndexByte(value, 0) >= 0 {
		s.fault(NameConflict, "the %s of an extended header contains NUL", key)
	}
}

func (s *Scanner) badPAX(why string) {
	s.fault(BadPAX, "%s", why)
	s.pax.stage = broken
}

// endPAX is called when the payload of an extended header has passed.
func (s *Scanner) endPAX() {
	if x := &s.pax; x.stage != broken && (x.stage != inLength || x.digits > 0) {
		s.badPAX("the header ends inside of a record")
	}
}

// decimal reads a size: digits and nothing else.
func decimal(b []byte) (int64, bool) {
	var v int64
	for _, c := range b {
		d := int64(c - '0')
		if c-'0' > 9 || v > (math.MaxInt64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(b) > 0
}

// plainNumber checks uid and gid, and with fraction the times. An empty value
// takes the header's own field back.
func plainNumber(b []byte, fraction bool) bool {
	if len(b) == 0 {
		return true
	}
	if b[0] == '-' {
		b = b[1:]
	}
	whole, part, dot := bytes.Cut(b, []byte("."))
	if dot && !fraction {
		return false
	}
	for _, c := range part {
		if c-'0' > 9 {
			return false
		}
	}
	_, ok := decimal(whole)
	return ok
}
