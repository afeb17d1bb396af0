package oci

import (
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// State tells apart the ways in which a field can hold nothing.
type State uint8

// The states of a field.
const (
	Absent  State = iota
	Null          // null
	Bad           // a value of the wrong type, which a Problem reports
	Present       // a value of the right type
)

// The readers below take values from a checked tree. What is of the wrong
// type reads as nothing: the check has reported it.

// lookup finds the member called name, the last one if there are several.
func (t *tree) lookup(obj uint32, name string) (uint32, State) {
	found, state := uint32(0), Absent
	if t.nodes[obj].typ != objectNode {
		return 0, Absent
	}
	for n, v := range t.members(obj) {
		if string(t.name(n)) != name {
			continue
		}
		found, state = v, Present
		if t.nodes[v].typ == nullNode {
			state = Null
		}
	}
	return found, state
}

// is is the state of a field whose value is node i and should have type typ.
func (t *tree) is(i uint32, typ nodeType) State {
	switch t.nodes[i].typ {
	case typ:
		return Present
	case nullNode:
		return Null
	}
	return Bad
}

func (t *tree) str(i uint32) string {
	if t.nodes[i].typ != stringNode {
		return ""
	}
	return t.text(i)
}

// strs reads an array of strings. An element of another type is "", so that
// the others keep their places.
func (t *tree) strs(i uint32) []string {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]string, 0, t.size(i))
	for _, e := range t.elements(i) {
		list = append(list, t.str(e))
	}
	return list
}

// strMap reads an object of strings, without members of another type.
func (t *tree) strMap(i uint32) map[string]string {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	m := make(map[string]string, t.size(i))
	for name, value := range t.members(i) {
		if t.nodes[value].typ == stringNode {
			m[t.text(name)] = t.text(value)
		}
	}
	return m
}

// names returns the names of an object's members, sorted.
func (t *tree) names(i uint32) []string {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	list := make([]string, 0, t.size(i))
	for name := range t.members(i) {
		list = append(list, t.text(name))
	}
	slices.Sort(list)
	return list
}

func (t *tree) integer(i uint32) (int64, bool) {
	if t.nodes[i].typ != integerNode {
		return 0, false
	}
	return parseInteger(t.raw(i))
}

func (t *tree) boolean(i uint32) bool {
	return t.nodes[i].typ == boolNode && t.data[t.nodes[i].start] == 't'
}

// parseDigest returns the digest that raw is, or why it is none.
func parseDigest(raw string) (digest.Digest, hash.Reason) {
	d, err := hash.Parse(raw)
	var pe *hash.ParseError
	if errors.As(err, &pe) {
		return "", pe.Reason
	}
	return d, ""
}

// version checks the field schemaVersion.
func (c *checker) version(want string) {
	v, state := c.lookup(0, "schemaVersion")
	p := Problem{Kind: SchemaVersion, Pointer: "/schemaVersion", Want: want}
	switch {
	case state == Absent:
		p.Detail = "schemaVersion is absent"
	case c.nodes[v].typ == integerNode && string(c.raw(v)) != want:
		p.Offset, p.Got, p.Detail = int64(c.nodes[v].start), c.shown(v), "schemaVersion is not "+want
	default:
		return // right, or of a wrong type and reported
	}
	c.add(p)
}
