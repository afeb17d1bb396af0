package oci

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Check returns everything wrong with data as a document of the given
// schema, or as any JSON document if schema is nil. See the package comment
// for what that covers.
func Check(data []byte, schema *Schema, lim Limits) []Problem {
	return open(data, schema, lim).sorted()
}

// checker walks a tree once and collects what is wrong with it.
type checker struct {
	tree
	problems
	usable      bool // the tree is whole, and its root is what the schema says
	maxElements int
	counted     int
	path        []step
	names       []nameRef // scratch of one object
}

// nameRef is the name of a member, for finding equal ones.
type nameRef struct {
	name []byte
	node uint32
}

// unknown is the schema of what nothing is known about.
var unknown = new(Schema)

// open scans and checks a document.
func open(data []byte, schema *Schema, lim Limits) *checker {
	t, end, fail := scan(data, lim)
	c := &checker{tree: t, maxElements: lim.Elements}
	if hasBOM(data) {
		c.add(Problem{Kind: Invalid, Detail: "byte order mark before the document"})
	}
	if fail != nil {
		c.add(*fail)
		return c
	}
	if rest := bytes.TrimLeft(data[end:], " \t\r\n"); len(rest) > 0 {
		c.add(Problem{Kind: TrailingData, Offset: int64(len(data) - len(rest)),
			Detail: strconv.Itoa(len(rest)) + " bytes after the document"})
	}
	if schema == nil {
		schema = unknown
	}
	c.usable = schema.Type.accepts(t.nodes[0].typ)
	c.value(0, schema)
	return c
}

// add keeps a problem unless there are too many of its kind.
func (c *checker) add(p Problem) {
	if !c.full(p.Kind) {
		c.list = append(c.list, p)
	}
}

// report adds a problem of the node i, to which c.path leads.
func (c *checker) report(k Kind, i uint32, want, detail string) {
	if !c.full(k) {
		c.list = append(c.list, Problem{k, c.pointer(c.path), int64(c.nodes[i].start), want, c.shown(i), detail})
	}
}

// value checks the node i, to which c.path leads, and all within it. The
// recursion is as deep as the document, which the scan has bounded.
func (c *checker) value(i uint32, s *Schema) {
	n := c.nodes[i]
	if s == nil || n.typ == nullNode && s.Nullable {
		s = unknown
	}
	if !s.Type.accepts(n.typ) {
		c.report(WrongType, i, s.Type.String(), n.typ.String()+" where "+s.Type.article()+" is due")
		s = unknown // names twice and bad text are found within all the same
	}
	switch n.typ {
	case stringNode:
		c.unicode(i)
		if s.Text != nil {
			if k, detail := s.Text(c.text(i)); k != "" {
				c.report(k, i, "", detail)
			}
		}
	case integerNode:
		c.number(i, s)
	case arrayNode:
		for index, item := range c.elements(i) {
			c.path = append(c.path, step{index: index})
			c.count(item, s)
			c.value(item, s.Items)
			c.path = c.path[:len(c.path)-1]
		}
	case objectNode:
		c.duplicates(i)
		c.object(i, s)
	}
}

// unicode checks that a string is one of Unicode characters.
func (c *checker) unicode(i uint32) {
	offset, detail := c.badText(i)
	if offset >= 0 && !c.full(InvalidUTF8) {
		c.list = append(c.list, Problem{InvalidUTF8, c.pointer(c.path), offset, "", c.shown(i), detail})
	}
}

func (c *checker) number(i uint32, s *Schema) {
	if s.Type != Integer && s.Type != Size {
		return
	}
	switch v, ok := parseInteger(c.raw(i)); {
	case !ok:
		c.report(WrongType, i, s.Type.String(), "integer does not fit into 64 bits")
	case v < 0 && s.Type == Size:
		c.report(WrongType, i, s.Type.String(), "negative size")
	}
}

// count counts an item of a list or map of schema s.
func (c *checker) count(item uint32, s *Schema) {
	if !s.Counted {
		return
	}
	c.counted++
	if c.counted == c.maxElements+1 {
		c.usable = false
		c.report(ElementLimit, item, "", "more than "+strconv.Itoa(c.maxElements)+" elements")
	}
}

// object checks the members of an object, be it of an Object, a Map, or of
// nothing known.
func (c *checker) object(obj uint32, s *Schema) {
	var seen uint64 // bits of s.Fields
	for name, value := range c.members(obj) {
		c.path = append(c.path, step{name: name})
		c.unicode(name)
		schema := s.Items
		if len(s.Fields) > 0 {
			index, variant := s.field(c.name(name))
			switch {
			case variant && s.Type == Object:
				c.report(CaseVariant, name, s.Fields[index].Name,
					"the key "+quoted(c.shown(name))+" in "+c.place(c.path[:len(c.path)-1])+" is "+quoted(s.Fields[index].Name)+" in another case: parsers disagree on it")
			case index >= 0 && !variant:
				seen |= 1 << index
				schema = s.Fields[index].Schema
			}
		}
		if s.Name != nil {
			if k, detail := s.Name(c.text(name)); k != "" {
				c.report(k, name, "", detail)
			}
		}
		c.count(value, s)
		c.value(value, schema)
		c.path = c.path[:len(c.path)-1]
	}
	for index, f := range s.Fields {
		if f.Required && seen&(1<<index) == 0 && !c.full(Required) {
			c.list = append(c.list, Problem{Required, c.pointer(c.path) + "/" + escapeReference(f.Name),
				int64(c.nodes[obj].start), f.Name, "", "required field " + f.Name + " is absent"})
		}
	}
}

// duplicates finds names that stand more than once in an object, by sorting
// them: that is fast enough for every document within the limits, whatever
// names it chooses, and memory is reused for the next object.
func (c *checker) duplicates(obj uint32) {
	names := slices.Grow(c.names[:0], c.size(obj))
	for name := range c.members(obj) {
		names = append(names, nameRef{c.name(name), name})
	}
	c.names = names
	slices.SortFunc(names, func(a, b nameRef) int {
		return cmp.Or(bytes.Compare(a.name, b.name), cmp.Compare(a.node, b.node))
	})
	first := 0
	for i := 1; i < len(names); i++ {
		if !bytes.Equal(names[i].name, names[first].name) {
			first = i
			continue
		}
		if c.full(DuplicateKey) {
			continue
		}
		at := c.nodes[names[i].node].start
		c.list = append(c.list, Problem{DuplicateKey, c.pointer(append(c.path, step{name: names[i].node})), int64(at), "", c.shown(names[i].node),
			fmt.Sprintf("the key %s is twice in %s, at bytes %d and %d", quoted(c.shown(names[i].node)), c.place(c.path), c.nodes[names[first].node].start, at)})
	}
}

// maxQuoted bounds the names in a sentence; Problem.Got has more of them.
const maxQuoted = 40

// quoted is a name as part of a sentence, in ASCII: two keys that look alike
// need not be equal.
func quoted(name string) string {
	if n := maxQuoted; len(name) > n {
		for n > maxQuoted-utf8.UTFMax && !utf8.RuneStart(name[n]) {
			n--
		}
		return strconv.QuoteToASCII(name[:n]) + "..."
	}
	return strconv.QuoteToASCII(name)
}

// place names the object that a path leads to, in a sentence.
func (c *checker) place(path []step) string {
	if len(path) == 0 {
		return "the document"
	}
	return quoted(c.pointer(path))
}
