package render

import (
	"bufio"
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// encoder writes Go values as JSON while it walks them. It differs from
// encoding/json in what it does with strings (see the package comment), in
// that a nil slice is [], that the whole document is never held in memory,
// and that a list of numbers or strings stays on one line. It knows the kinds
// that reports are made of and panics on others: maps have no order, floats
// no canonical text.
type encoder struct {
	w      *bufio.Writer
	indent bool
	depth  int
}

// encode writes v and a line break.
func encode(w io.Writer, v any, indent bool) error {
	return lines(w, func(b *bufio.Writer) {
		e := encoder{w: b, indent: indent}
		e.value(reflect.ValueOf(v))
		b.WriteByte('\n')
	})
}

// WriteJSON writes v, a struct, as one indented document.
func WriteJSON(w io.Writer, v any) error { return encode(w, v, true) }

var rawType = reflect.TypeFor[json.RawMessage]()

func (e *encoder) value(v reflect.Value) {
	if v.Type() == rawType {
		e.raw(v.Bytes())
		return
	}
	switch v.Kind() {
	case reflect.String:
		e.str(v.String())
	case reflect.Bool:
		e.w.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.w.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			e.w.WriteString("null")
			return
		}
		e.value(v.Elem())
	case reflect.Slice:
		e.list(v)
	case reflect.Struct:
		e.w.WriteByte('{')
		e.depth++
		first := true
		e.fields(v, &first)
		e.depth--
		if !first {
			e.line()
		}
		e.w.WriteByte('}')
	default:
		panic("render: no JSON for " + v.Type().String())
	}
}

// fields writes the fields of a struct; those of an embedded struct stand
// where it stands, as encoding/json has it.
func (e *encoder) fields(v reflect.Value, first *bool) {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			if fv := reflect.Indirect(v.Field(i)); fv.IsValid() {
				e.fields(fv, first)
			}
			continue
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		fv := v.Field(i)
		if options == "omitempty" && isEmpty(fv) {
			continue
		}
		if !*first {
			e.w.WriteByte(',')
		}
		*first = false
		e.line()
		e.str(name)
		e.w.WriteByte(':')
		if e.indent {
			e.w.WriteByte(' ')
		}
		e.value(fv)
	}
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func (e *encoder) list(v reflect.Value) {
	flat := true
	switch v.Type().Elem().Kind() {
	case reflect.Struct, reflect.Pointer, reflect.Interface, reflect.Slice:
		flat = false
	}
	e.w.WriteByte('[')
	e.depth++
	for i := range v.Len() {
		if i > 0 {
			e.w.WriteByte(',')
		}
		if !flat {
			e.line()
		} else if i > 0 && e.indent {
			e.w.WriteByte(' ')
		}
		e.value(v.Index(i))
	}
	e.depth--
	if !flat && v.Len() > 0 {
		e.line()
	}
	e.w.WriteByte(']')
}

// maxIndent bounds the white space of deeply nested documents.
const maxIndent = 32

func (e *encoder) line() {
	if e.indent {
		e.w.WriteByte('\n')
		spaces(e.w, 2*min(e.depth, maxIndent))
	}
}

func (e *encoder) str(s string) {
	s, rest := cut(s)
	e.w.WriteByte('"')
	e.text(s)
	e.w.WriteString(rest)
	e.w.WriteByte('"')
}

// text writes the inside of a JSON string.
func (e *encoder) text(s string) {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			// JSON has no way to say a byte; this keeps which one it was.
			e.w.Write(appendHex([]byte(`\\x`), rune(s[0]), 2))
		case r == '"' || r == '\\':
			e.w.WriteByte('\\')
			e.w.WriteByte(byte(r))
		default:
			e.char(s[:n], r)
		}
		s = s[n:]
	}
}

// char writes one character that is neither a quote nor a backslash.
func (e *encoder) char(s string, r rune) {
	switch {
	case !hidden(r):
		e.w.WriteString(s)
	case r > 0xffff:
		r -= 0x10000
		e.w.Write(appendHex([]byte(`\u`), 0xd800+r>>10, 4))
		e.w.Write(appendHex([]byte(`\u`), 0xdc00+r&0x3ff, 4))
	case r == '\n':
		e.w.WriteString(`\n`)
	case r == '\t':
		e.w.WriteString(`\t`)
	case r == '\r':
		e.w.WriteString(`\r`)
	default:
		e.w.Write(appendHex([]byte(`\u`), r, 4))
	}
}
