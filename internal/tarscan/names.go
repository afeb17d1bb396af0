package tarscan

import (
	"bytes"
	"unicode/utf8"
)

const (
	// A name of up to this many ASCII bytes fits a ustar header as it is; no
	// writer needs an extension to say something else. (The field has 100
	// bytes, of which some writers keep one for a NUL.)
	fits = 98

	// A name that was cut fills its field, but for a character that did not
	// fit whole and slashes that were removed from its end.
	cutAtLeast = 90
)

// shortFormOf reports whether short, the name in a header, is what a writer
// may put there whose real name for the member is full. The forms are those of
// Go, GNU tar, Python, libarchive, commons-compress, node-tar, tar-rs and .NET.
func shortFormOf(short, full []byte) bool {
	length := len(short)
	s, f := trim(short), trim(full)
	if bytes.Equal(s, f) {
		return true
	}
	if len(full) <= fits && isASCII(full) {
		return false
	}
	for _, form := range [...]func(c rune, raw, have []byte) int{asIs, dropped, perRune, perByte} {
		if whole, ok := prefixOf(s, f, form); ok && (whole || length >= cutAtLeast) {
			return true
		}
	}
	// libarchive leaves out folders in the middle, then cuts the last part.
	i := bytes.LastIndexByte(s, '/') + 1
	base := f[bytes.LastIndexByte(f, '/')+1:]
	return bytes.HasPrefix(f, s[:i]) && bytes.HasPrefix(base, s[i:]) && (len(s[i:]) == len(base) || len(s[i:]) >= cutAtLeast)
}

// shortLinkOf is shortFormOf for link targets: some writers put nothing or a
// place holder into the header of a link whose target is long.
func shortLinkOf(short, full []byte) bool {
	if len(short) == 0 || bytes.HasPrefix(short, []byte("././@Long")) {
		return len(full) > fits || !isASCII(full)
	}
	return shortFormOf(short, full)
}

// trim takes off what some writers take off one of the two names only.
func trim(name []byte) []byte {
	for bytes.HasPrefix(name, []byte("./")) {
		name = name[2:]
	}
	return bytes.TrimRight(name, "/")
}

// prefixOf reports whether short is the beginning of full, or the whole of it,
// after each character outside of ASCII was treated by form. A form returns
// how many bytes of have stand for the character, or -1.
func prefixOf(short, full []byte, form func(c rune, raw, have []byte) int) (whole, ok bool) {
	for len(full) > 0 {
		c, n := utf8.DecodeRune(full)
		if c < utf8.RuneSelf {
			if len(short) == 0 {
				return false, true
			}
			if short[0] != full[0] {
				return false, false
			}
			short, full = short[1:], full[1:]
			continue
		}
		k := form(c, full[:n], short)
		if k < 0 {
			return false, false
		}
		if k > len(short) {
			return false, true
		}
		short, full = short[k:], full[n:]
	}
	return len(short) == 0, len(short) == 0
}

// asIs: the bytes are copied, and cut anywhere.
func asIs(_ rune, raw, have []byte) int {
	if len(have) < len(raw) {
		if bytes.HasPrefix(raw, have) {
			return len(raw)
		}
		return -1
	}
	if bytes.HasPrefix(have, raw) {
		return len(raw)
	}
	return -1
}

// dropped: nothing stands for the character (Go).
func dropped(rune, []byte, []byte) int { return 0 }

// perRune: one byte stands for the character: a replacement (Python) or its
// code in an 8-bit character set.
func perRune(_ rune, _, have []byte) int {
	if len(have) == 0 || have[0] == '?' || have[0] == '_' || have[0] >= 0x80 {
		return 1
	}
	return -1
}

// perByte: a replacement or the lower seven bits stand for each byte.
func perByte(_ rune, raw, have []byte) int {
	for i, c := range raw {
		if i >= len(have) {
			break
		}
		if h := have[i]; h != '?' && h != '_' && h != c&0x7f {
			return -1
		}
	}
	return len(raw)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
