package render

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// raw writes a JSON document that came from an image, token by token: strings
// are not cut and keep the escapes they have, hidden characters get one, and
// white space is replaced. What is no JSON is written as a string.
func (e *encoder) raw(doc []byte) {
	if len(doc) == 0 {
		e.w.WriteString("null")
		return
	}
	if !json.Valid(doc) {
		e.str(string(doc))
		return
	}
	depth := e.depth
	s := string(doc)
	for len(s) > 0 {
		c := s[0]
		s = s[1:]
		switch c {
		case ' ', '\t', '\r', '\n':
		case '"':
			n := stringEnd(s)
			e.rawString(s[:n])
			s = s[n+1:]
		case '{', '[':
			e.w.WriteByte(c)
			s = strings.TrimLeft(s, " \t\r\n")
			if s[0] == c+2 { // ASCII: '}' is '{'+2, ']' is '['+2
				e.w.WriteByte(s[0])
				s = s[1:]
				continue
			}
			e.depth++
			e.line()
		case '}', ']':
			e.depth--
			e.line()
			e.w.WriteByte(c)
		case ',':
			e.w.WriteByte(c)
			e.line()
		case ':':
			e.w.WriteByte(c)
			if e.indent {
				e.w.WriteByte(' ')
			}
		default:
			e.w.WriteByte(c)
		}
	}
	e.depth = depth
}

// stringEnd is the offset of the quote that ends a JSON string.
func stringEnd(s string) int {
	for i := 0; ; i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
}

func (e *encoder) rawString(s string) {
	e.w.WriteByte('"')
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			e.w.Write(appendHex([]byte(`\\x`), rune(s[0]), 2))
		} else {
			e.char(s[:n], r)
		}
		s = s[n:]
	}
	e.w.WriteByte('"')
}
