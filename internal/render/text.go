package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxText is how many bytes of one string are written.
const maxText = 4 << 10

// Escape returns s with every character that is not plainly visible replaced
// by an escape, for use inside of a sentence. It leaves quotes and
// backslashes alone, so that text which was quoted before stays as it is.
func Escape(s string) string {
	s, rest := cut(s)
	if !visible(s) {
		s = escape(s, false)
	}
	return s + rest
}

// Quote returns s as it is if it is one plain word, and as a quoted Go string
// otherwise, so that a reader sees where it begins and ends.
func Quote(s string) string {
	s, rest := cut(s)
	if s == "" || !visible(s) || strings.ContainsAny(s, " \"\\'`") {
		s = `"` + escape(s, true) + `"`
	}
	return s + rest
}

// cut returns the first maxText bytes of s, at a character boundary, and a
// remark about what was left out.
func cut(s string) (head, rest string) {
	if len(s) <= maxText {
		return s, ""
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], "...(+" + strconv.Itoa(len(s)-n) + " bytes)"
}

// hidden reports whether a terminal may show r as nothing, as space, or by
// changing something else. unicode.IsPrint excludes all controls, format
// characters (bidirectional and zero-width ones among them), surrogates and
// private use, and every space but U+0020. Its letters, marks and symbols
// still contain invisible ones: the default-ignorable code points of UAX #44,
// variation selectors, and the blank of the Braille block.
func hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return !unicode.IsPrint(r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) ||
		r == '\u2800'
}

func visible(s string) bool {
	for i, r := range s {
		if hidden(r) || r == utf8.RuneError && isBroken(s[i:]) {
			return false
		}
	}
	return true
}

// isBroken tells a byte that is no UTF-8 from an encoded U+FFFD.
func isBroken(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return n == 1
}

func escape(s string, quotes bool) string {
	b := make([]byte, 0, len(s)+16)
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1, hidden(r) && r < utf8.RuneSelf:
			b = appendByte(b, s[0])
		case hidden(r) && r > 0xffff:
			b = append(b, `\U`...)
			b = appendHex(b, r, 8)
		case hidden(r):
			b = append(b, `\u`...)
			b = appendHex(b, r, 4)
		case quotes && (r == '"' || r == '\\'):
			b = append(b, '\\', byte(r))
		default:
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return string(b)
}

func appendByte(b []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return appendHex(append(b, `\x`...), rune(c), 2)
}

// appendHex appends the low digits of r in hexadecimal.
func appendHex(b []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[r>>shift&0xf])
	}
	return b
}

// width is the number of terminal columns of a visible string.
func width(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// Shorten cuts a visible string to at most max columns, the last three of
// which are dots if anything was cut.
func Shorten(s string, max int) string {
	if width(s) <= max {
		return s
	}
	used, end := 0, 0
	g := uniseg.NewGraphemes(s)
	for g.Next() && used+g.Width() <= max-3 {
		used += g.Width()
		_, end = g.Positions()
	}
	return s[:end] + "..."
}

// Size writes a number of bytes as docker does: decimal units, three digits
// ("528B", "3.63MB", "1.2GB"). A negative number is unknown: "-".
func Size(n int64) string {
	if n < 0 {
		return "-"
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + "B"
	}
	// The largest int64 is 9.2 EB, so the loop ends within the units.
	const units = "kMGTPE"
	v, i := float64(n)/1000, 0
	for v >= 999.5 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + units[i:i+1] + "B"
}

// plural writes a count with its noun: "1 image", "2 images".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "x") {
		noun += "e"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
