package tarscan

import (
	"bytes"
	"encoding/binary"
)

// BlockSize is the unit of a tar archive (POSIX pax, "ustar Interchange Format").
const BlockSize = 512

// block is one header. The layout is that of POSIX ustar; GNU and star reuse
// the bytes from 345 on.
type block [BlockSize]byte

func (b *block) name() []byte    { return cString(b[0:100]) }
func (b *block) size() []byte    { return b[124:136] }
func (b *block) typeflag() byte  { return b[156] }
func (b *block) link() []byte    { return cString(b[157:257]) }
func (b *block) prefix() []byte  { return cString(b[345:500]) }
func (b *block) noDevice() bool  { return len(bytes.Trim(b[329:345], "0 \x00")) == 0 }
func (b *block) isZero() bool    { return b[0] == 0 && *b == block{} }
func (b *block) extended() bool  { return b[482] != 0 } // GNU old sparse: more of the map follows
func (b *block) extended2() bool { return b[504] != 0 } // the same in a continuation block

// IsHeader reports whether b begins with a tar header whose checksum holds.
func IsHeader(b []byte) bool {
	return len(b) >= BlockSize && (*block)(b).sumOK()
}

// format is how the bytes from 257 on are to be read.
type format uint8

const (
	v7    format = iota // no magic, or one nobody knows
	ustar               // "ustar\0": POSIX, with or without pax
	star                // "ustar\0" and "tar\0" at the end: a shorter prefix
	gnu                 // "ustar  \0": no prefix
)

var magic = []byte("ustar")

func (b *block) format() format {
	switch {
	case string(b[257:263]) == "ustar\x00" && string(b[508:512]) == "tar\x00":
		return star
	case string(b[257:263]) == "ustar\x00":
		return ustar
	case string(b[257:265]) == "ustar  \x00":
		return gnu
	}
	return v7
}

// hasMagic reports whether the bytes, which may be fewer than a block, look
// like a header although their checksum does not hold.
func hasMagic(b []byte) bool {
	return len(b) >= 257+len(magic) && bytes.Equal(b[257:257+len(magic)], magic)
}

// sumOK checks the checksum: the sum of all bytes with the checksum field
// itself taken as spaces. Some old writers summed signed characters.
func (b *block) sumOK() bool {
	want, blank, ok := number(b[148:156])
	if !ok || blank {
		return false
	}
	const even = 0x00ff00ff00ff00ff
	var lanes uint64 // four sums of 16 bits: 64 words of 2 bytes stay below 1<<15
	for i := 0; i < BlockSize; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		lanes += w&even + w>>8&even
	}
	sum := int64(lanes&0xffff + lanes>>16&0xffff + lanes>>32&0xffff + lanes>>48)
	for _, c := range b[148:156] {
		sum += ' ' - int64(c)
	}
	if sum == want {
		return true
	}
	for i, c := range b {
		if c >= 0x80 && (i < 148 || i >= 156) {
			sum -= 256
		}
	}
	return sum == want
}

// cString cuts b before its first NUL.
func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// number reads a numeric field: octal digits, led by spaces and ended by NUL
// or space, or GNU base-256. Nothing but NUL and space may follow the digits:
// readers differ in how they treat anything else, and a NUL before the digits
// hides them from some. An empty field is blank and has the value 0.
func number(b []byte) (v int64, blank, ok bool) {
	if b[0] == 0x80 || b[0] == 0xff {
		v, ok = base256(b)
		return v, false, ok
	}
	i := 0
	for i < len(b) && b[i] == ' ' {
		i++
	}
	first := i
	for ; i < len(b) && b[i]-'0' < 8; i++ {
		v = v<<3 | int64(b[i]-'0') // at most 12 digits, 36 bits
	}
	blank = i == first
	for ; i < len(b); i++ {
		if b[i] != 0 && b[i] != ' ' {
			return 0, false, false
		}
	}
	return v, blank, true
}

// base256 reads a two's complement number behind a marker byte, as GNU tar
// writes what does not fit into octal.
func base256(b []byte) (int64, bool) {
	invert := byte(0)
	if b[0] == 0xff {
		invert = 0xff
	}
	var x uint64
	for _, c := range b[1:] {
		if x>>55 != 0 {
			return 0, false
		}
		x = x<<8 | uint64(c^invert)
	}
	if invert != 0 {
		return ^int64(x), true
	}
	return int64(x), true
}

// oddNumber names a numeric field other than size and checksum that cannot be
// read, or returns "".
func (b *block) oddNumber(f format) string {
	bad := func(from, to int) bool {
		_, _, ok := number(b[from:to])
		return !ok
	}
	switch {
	case bad(100, 108):
		return "mode"
	case bad(108, 116):
		return "uid"
	case bad(116, 124):
		return "gid"
	case bad(136, 148):
		return "mtime"
	case f == v7:
		return ""
	case bad(329, 337):
		return "devmajor"
	case bad(337, 345):
		return "devminor"
	case f == star && (bad(476, 488) || bad(488, 500)):
		return "atime or ctime"
	}
	return ""
}

// fullName returns the name that the header alone gives, a part of the block
// or joined in *scratch. odd says that readers differ on whether there is a
// prefix before it.
func (b *block) fullName(f format, scratch *[]byte) (name []byte, odd bool) {
	name = b.name()
	if b[345] == 0 {
		return name, false
	}
	prefix := b.prefix()
	switch f {
	case v7:
		return name, true
	case gnu:
		// Real GNU tar keeps atime and ctime here in incremental dumps. Go's
		// reader takes anything else for the prefix that its writer, before
		// version 1.8, put here by mistake.
		if b.gnuTimes() {
			return name, false
		}
		for _, c := range prefix {
			if c >= 0x80 {
				return name, true
			}
		}
		odd = true
	case star:
		prefix = cString(b[345:476])
		odd = len(prefix) == 476-345 // others read on
	}
	*scratch = append(append(append((*scratch)[:0], prefix...), '/'), name...)
	return *scratch, odd
}

func (b *block) gnuTimes() bool {
	_, _, atime := number(b[345:357])
	_, _, ctime := number(b[357:369])
	return atime && ctime
}
