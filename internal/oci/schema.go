package oci

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ocisum/ocisum/hash"
)

// Type is what a Schema allows a value to be.
type Type uint8

// The types. Any allows everything and knows no fields.
const (
	Any     Type = iota
	Object       // with the fields of Schema.Fields
	Map          // an object whose names are data
	Array        // of Schema.Items
	String       // that Schema.Text accepts
	Integer      // that fits into 64 bits
	Size         // an Integer that is not negative
	Bool
)

func (t Type) String() string {
	return [...]string{"any value", "object", "object", "array", "string", "integer", "integer of 0 to 2^63-1", "boolean"}[t]
}

// article is t with its indefinite article.
func (t Type) article() string {
	switch t {
	case String, Bool:
		return "a " + t.String()
	case Any:
		return t.String()
	}
	return "an " + t.String()
}

// accepts reports whether a node of type n may be a t.
func (t Type) accepts(n nodeType) bool {
	switch t {
	case Object, Map:
		return n == objectNode
	case Array:
		return n == arrayNode
	case String:
		return n == stringNode
	case Integer, Size:
		return n == integerNode
	case Bool:
		return n == boolNode
	}
	return true
}

// Schema says what is known about a value. Schemas are not changed once made
// and may be shared. The nil Schema is Any.
type Schema struct {
	Type     Type
	Nullable bool
	Fields   []Field                              // of an Object, at most 64; in a Map, entries that differ from Items
	Items    *Schema                              // of an Array or Map
	Counted  bool                                 // items count towards Limits.Elements
	Name     func(string) (k Kind, detail string) // judges each name of a Map
	Text     func(string) (k Kind, detail string) // judges a String
}

// Field is a known field of an Object.
type Field struct {
	Name     string
	Required bool
	Schema   *Schema
}

// field returns what is known about the field called name, which is its
// index too; a variant is a known field whose name only differs in case.
func (s *Schema) field(name []byte) (index int, variant bool) {
	for i := range s.Fields {
		if string(name) == s.Fields[i].Name {
			return i, false
		}
	}
	for i := range s.Fields {
		f := s.Fields[i].Name
		// U+212A, the longest letter that folds to an ASCII one, has three bytes.
		if len(name) <= 3*len(f) && strings.EqualFold(string(name), f) {
			return i, true
		}
	}
	return -1, false
}

// parseInteger is the value of an integer as encoding/json reads it into an
// int64: in range, without fraction or exponent even where those are zero.
func parseInteger(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// The checks of the texts of strings. Each returns the kind of problem and
// what is wrong, or "".

// checkName is for names people read: nothing in them may lead a terminal.
func checkName(s string) (Kind, string) {
	if r, found := unsafeRune(s); found {
		return Text, describe(r)
	}
	return "", ""
}

func checkPath(s string) (Kind, string) {
	if s == "" {
		return Value, "empty path"
	}
	return checkName(s)
}

func checkMediaType(s string) (Kind, string) {
	if s == "" {
		return Value, "empty media type"
	}
	return checkName(s)
}

func checkDigest(s string) (Kind, string) {
	_, err := hash.Parse(s)
	var pe *hash.ParseError
	if !errors.As(err, &pe) {
		return "", ""
	}
	return digestKind(pe.Reason), pe.Detail
}

func digestKind(r hash.Reason) Kind {
	switch r {
	case hash.Weak:
		return DigestWeak
	case hash.Unsupported:
		return DigestUnsupported
	}
	return DigestMalformed
}

// checkBase64 is stricter than encoding/json, which skips line breaks; RFC
// 4648 3.1 and 3.3 forbid that where nothing says otherwise.
func checkBase64(s string) (Kind, string) {
	if _, err := decodeBase64(s); err != nil {
		return Value, "not base64: " + err.Error()
	}
	return "", ""
}

func decodeBase64(s string) ([]byte, error) {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.StdEncoding.DecodeString(s)
}

// checkTime wants what Go's time.Time reads, which every runtime decodes
// these fields into: RFC 3339.
func checkTime(s string) (Kind, string) {
	if err := new(time.Time).UnmarshalText([]byte(s)); err != nil {
		return Value, "not an RFC 3339 date and time"
	}
	return "", ""
}

func checkLayers(s string) (Kind, string) {
	if s != "layers" {
		return Value, `rootfs.type must be "layers"`
	}
	return "", ""
}

func checkLayoutVersion(s string) (Kind, string) {
	if s != LayoutVersion {
		return Value, "unknown layout version"
	}
	return "", ""
}
