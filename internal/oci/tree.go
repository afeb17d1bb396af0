package oci

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// step leads from a container to one of its values: the node of a member's
// name or, if that is 0, which no name's is, the index of an element.
type step struct {
	name  uint32
	index int
}

// pointer writes a path as RFC 6901 does, at most maxText bytes of it. Names
// that are not UTF-8 are written as they are.
func (t *tree) pointer(path []step) string {
	var b strings.Builder
	for _, s := range path {
		if b.Len() >= maxText {
			break
		}
		b.WriteByte('/')
		if s.name == 0 {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			b.WriteString(escapeReference(t.shown(s.name)))
		}
	}
	return cut(b.String())
}

// escapeReference is name as a reference token of a JSON pointer.
func escapeReference(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// raw is the text of a scalar as written, that of a string without quotes.
func (t *tree) raw(i uint32) []byte {
	n := t.nodes[i]
	if n.typ == stringNode {
		return t.data[n.start+1 : n.end-1]
	}
	return t.data[n.start:n.end]
}

// name is the text of a string node, without copying it where its bytes are
// its text.
func (t *tree) name(i uint32) []byte {
	if t.nodes[i].flags&hasEscape == 0 {
		return t.raw(i)
	}
	return unquote(t.raw(i))
}

// text is a copy of the text of a string node.
func (t *tree) text(i uint32) string { return string(t.name(i)) }

// shown is what a problem shows of a value: the text of a scalar, the type of
// anything else.
func (t *tree) shown(i uint32) string {
	n := t.nodes[i]
	if n.typ == objectNode || n.typ == arrayNode {
		return n.typ.String()
	}
	raw := t.raw(i)
	if n.flags&hasEscape == 0 {
		return cut(raw)
	}
	// No escape has more than six bytes for one of text.
	return cut(unquote(raw[:min(len(raw), 6*maxText)]))
}

// members yields the names and values of an object in document order.
func (t *tree) members(obj uint32) iter.Seq2[uint32, uint32] {
	return func(yield func(name, value uint32) bool) {
		for i, end := obj+1, t.nodes[obj].next; i < end; i = t.nodes[i+1].next {
			if !yield(i, i+1) {
				return
			}
		}
	}
}

// elements yields the index and node of each element of an array.
func (t *tree) elements(arr uint32) iter.Seq2[int, uint32] {
	return func(yield func(index int, value uint32) bool) {
		n := 0
		for i, end := arr+1, t.nodes[arr].next; i < end; i = t.nodes[i].next {
			if !yield(n, i) {
				return
			}
			n++
		}
	}
}

// size is the number of elements of an array or of members of an object.
func (t *tree) size(i uint32) int {
	n := 0
	for j, end := i+1, t.nodes[i].next; j < end; j = t.nodes[j].next {
		n++
	}
	if t.nodes[i].typ == objectNode {
		n /= 2 // names are nodes, too
	}
	return n
}

// unquote is the text of a string whose escapes the scanner has accepted, or
// of the beginning of one. It is never longer than raw: a lone surrogate is
// U+FFFD, as in most parsers, but bytes that are not UTF-8 stay what they are.
func unquote(raw []byte) []byte {
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(text, raw...)
		}
		text = append(text, raw[:i]...)
		r, n := unescape(raw[i:])
		if n == 0 {
			break // cut in the middle of an escape
		}
		text = utf8.AppendRune(text, r)
		raw = raw[i+n:]
	}
	return text
}

// unescape decodes the escape at the start of b, both halves of a surrogate
// pair together, and returns its length. A lone surrogate is U+FFFD.
func unescape(b []byte) (rune, int) {
	n := escapeLen(b)
	switch n {
	case 0:
		return 0, 0
	case 2:
		switch b[1] {
		case 'b':
			return '\b', n
		case 'f':
			return '\f', n
		case 'n':
			return '\n', n
		case 'r':
			return '\r', n
		case 't':
			return '\t', n
		}
		return rune(b[1]), n
	}
	r, _ := hex4(b[2:])
	if !utf16.IsSurrogate(r) {
		return r, n
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b[8:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return utf8.RuneError, n
}

// badText is where the text of a string node stops being Unicode, as an
// offset in the document, and what is wrong there; -1 if it never does.
func (t *tree) badText(i uint32) (int64, string) {
	n := t.nodes[i]
	if n.flags&(hasHigh|hasUnicode) == 0 {
		return -1, ""
	}
	raw := t.raw(i)
	if n.flags&hasUnicode == 0 && utf8.Valid(raw) {
		return -1, ""
	}
	for at := 0; at < len(raw); {
		if raw[at] == '\\' {
			r, size := unescape(raw[at:])
			// \ufffd itself is a character like any other.
			if r == utf8.RuneError && !strings.EqualFold(string(raw[at+2:at+size]), "fffd") {
				return int64(n.start) + 1 + int64(at), "lone surrogate " + string(raw[at:at+size])
			}
			at += size
			continue
		}
		r, size := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && size == 1 {
			return int64(n.start) + 1 + int64(at), "bytes that are not UTF-8"
		}
		at += size
	}
	return -1, ""
}
