package oci

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Kind is what is wrong with a document.
type Kind string

// The kinds of problems. The four limits mean that the document was not
// judged to its end; Text is a hint; all others mean that it is bad.
const (
	Invalid           Kind = "invalid"            // no JSON: syntax, byte order mark, empty
	InvalidUTF8       Kind = "invalid-utf8"       // bad UTF-8, or a lone surrogate in \u escapes
	DuplicateKey      Kind = "duplicate-key"      // a name twice in one object
	CaseVariant       Kind = "case-variant"       // a known field's name in other case
	TrailingData      Kind = "trailing-data"      // more than white space after the document
	WrongType         Kind = "wrong-type"         // a known field of another JSON type, or of no integer where one is due
	SizeLimit         Kind = "size-limit"         // Limits.Bytes
	DepthLimit        Kind = "depth-limit"        // Limits.Depth
	TokenLimit        Kind = "token-limit"        // Limits.Tokens
	ElementLimit      Kind = "element-limit"      // Limits.Elements
	Required          Kind = "required"           // a required field is absent
	DigestMalformed   Kind = "digest-malformed"   // hash.Malformed
	DigestWeak        Kind = "digest-weak"        // hash.Weak
	DigestUnsupported Kind = "digest-unsupported" // hash.Unsupported
	SchemaVersion     Kind = "schema-version"     // absent, or not the version of the document's kind
	MediaType         Kind = "media-type"         // of the body: absent where needed, or another than its shape or descriptor
	Ambiguous         Kind = "ambiguous"          // fields of several kinds of documents in one
	Value             Kind = "value"              // any other bad value
	Text              Kind = "text"               // control, escape or bidi characters in a name
)

// IsLimit reports whether k is one of the four limits, which leave a document
// unjudged rather than bad.
func (k Kind) IsLimit() bool {
	switch k {
	case SizeLimit, DepthLimit, TokenLimit, ElementLimit:
		return true
	}
	return false
}

// Problem is one thing wrong with a document. Pointer, Want, Got and Detail
// may hold bytes of the document, control characters and bad UTF-8 included:
// quote them before they reach a terminal.
type Problem struct {
	Kind    Kind
	Pointer string // RFC 6901, "" for the whole document
	Offset  int64  // of the value, the name or the byte at fault; -1 if there is none
	Want    string
	Got     string
	Detail  string // what is wrong, in words
}

// Limits bound what a document may cost; see the package comment. A zero
// limit allows nothing.
type Limits struct {
	Bytes    int64
	Depth    int // beyond 10 000 is taken as 10 000
	Tokens   int
	Elements int
}

// DefaultLimits returns the limits that honest images never meet.
func DefaultLimits() Limits {
	return Limits{Bytes: 4 << 20, Depth: 64, Tokens: 500_000, Elements: 10_000}
}

const (
	// maxText cuts strings of image origin in a Problem.
	maxText = 4 << 10
	// maxPerKind problems of one kind are kept: a hostile document of 4 MiB
	// can have half a million, each some hundred bytes. It is per kind so
	// that many hints cannot hide one error.
	maxPerKind = 256
)

// cut returns at most the first maxText bytes of s, without splitting a rune.
func cut[T string | []byte](s T) string {
	if len(s) <= maxText {
		return string(s)
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return string(s[:n])
}

// problems collects at most maxPerKind problems of each kind.
type problems struct {
	list  []Problem
	count map[Kind]int
}

// full counts one problem of kind k and reports whether it is one too many to
// keep: the caller then need not make it.
func (ps *problems) full(k Kind) bool {
	if ps.count == nil {
		ps.count = make(map[Kind]int)
	}
	ps.count[k]++
	return ps.count[k] > maxPerKind
}

// sorted returns the problems in the order of their offsets, ties by pointer
// and kind, and after them how many of which kind were not kept.
func (ps *problems) sorted() []Problem {
	slices.SortStableFunc(ps.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Kind, b.Kind))
	})
	var more []Problem
	for k, n := range ps.count {
		if n > maxPerKind {
			more = append(more, Problem{Kind: k, Offset: -1, Detail: fmt.Sprintf("%d more problems of this kind", n-maxPerKind)})
		}
	}
	slices.SortFunc(more, func(a, b Problem) int { return cmp.Compare(a.Kind, b.Kind) })
	return append(ps.list, more...)
}
