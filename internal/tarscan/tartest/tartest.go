// Package tartest builds tar archives for tests, byte by byte, including those
// that no writer makes.
package tartest

import (
	"fmt"
	"slices"
)

const block = 512

// The magics of the formats, with their version.
const (
	USTAR = "ustar\x0000"
	GNU   = "ustar  \x00"
	V7    = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// Header says what one header block holds. The zero value is an empty regular
// file in ustar format.
type Header struct {
	Name, Link, Prefix string
	Type               byte   // 0 is '0'; for NUL use Raw
	Magic              string // "" is USTAR
	Size               int64
	SizeField          string // instead of Size
	Mode               string // "" is 0000644
	Raw                func(b []byte)
	BadSum             bool
}

// Block returns the header block.
func Block(h Header) []byte {
	b := make([]byte, block)
	copy(b[0:100], h.Name)
	mode := h.Mode
	if mode == "" {
		mode = "0000644\x00"
	}
	copy(b[100:108], mode)
	copy(b[108:116], "0000000\x00")
	copy(b[116:124], "0000000\x00")
	size := h.SizeField
	if size == "" {
		size = fmt.Sprintf("%011o\x00", h.Size)
	}
	copy(b[124:136], size)
	copy(b[136:148], "00000000000\x00")
	b[156] = h.Type
	if h.Type == 0 {
		b[156] = '0'
	}
	copy(b[157:257], h.Link)
	magic := h.Magic
	if magic == "" {
		magic = USTAR
	}
	copy(b[257:265], magic)
	copy(b[345:500], h.Prefix)
	if h.Raw != nil {
		h.Raw(b)
	}
	Sum(b)
	if h.BadSum {
		b[148] ^= 1
	}
	return b
}

// Sum writes the checksum of a header block.
func Sum(b []byte) {
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:block] {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// Body returns the bytes padded to whole blocks.
func Body(p []byte) []byte {
	return append(slices.Clone(p), make([]byte, -len(p)&(block-1))...)
}

// File returns a regular file with its body.
func File(name, body string) []byte {
	return append(Block(Header{Name: name, Size: int64(len(body))}), Body([]byte(body))...)
}

// Ext returns an extension header of the given type with its payload.
func Ext(flag byte, payload string) []byte {
	magic := USTAR
	name := "PaxHeaders.0/x"
	if flag == 'L' || flag == 'K' {
		magic, name = GNU, "././@LongLink"
	}
	return append(Block(Header{Name: name, Type: flag, Magic: magic, Size: int64(len(payload))}), Body([]byte(payload))...)
}

// PAX returns an extended header with records "key=value".
func PAX(records ...string) []byte { return Ext('x', Records(records...)) }

// Global returns a global extended header.
func Global(records ...string) []byte { return Ext('g', Records(records...)) }

// Records encodes records "key=value" with their length.
func Records(records ...string) string {
	all := ""
	for _, r := range records {
		record := ""
		for n := len(r) + 3; ; n++ { // the length counts its own digits
			record = fmt.Sprintf("%d %s\n", n, r)
			if len(record) == n {
				break
			}
		}
		all += record
	}
	return all
}

// Long returns a GNU long name ('L') or long link target ('K').
func Long(flag byte, name string) []byte { return Ext(flag, name+"\x00") }

// End returns the end marker.
func End() []byte { return make([]byte, 2*block) }

// Join joins parts to an archive. It adds no end marker.
func Join(parts ...[]byte) []byte { return slices.Concat(parts...) }
