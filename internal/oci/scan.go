package oci

import (
	"math"
	"slices"
	"strconv"
)

// nodeType is the JSON type of a node of the tree. Integers are told from
// other numbers because no field here accepts anything but integers.
type nodeType uint8

const (
	nullNode nodeType = iota
	boolNode
	numberNode // with a fraction or an exponent
	integerNode
	stringNode // also the name of a member
	arrayNode
	objectNode
)

func (t nodeType) String() string {
	return [...]string{"null", "boolean", "number", "integer", "string", "array", "object"}[t]
}

// Flags of string nodes.
const (
	hasEscape  = 1 << iota // a backslash: the value is not the bytes between the quotes
	hasUnicode             // a \u escape: may be a lone surrogate
	hasHigh                // bytes above 0x7f: may be bad UTF-8
)

// node is one token. A container is followed by its children up to next; the
// children of an object are names and values in turn.
type node struct {
	start, end uint32 // in the document, quotes and brackets included
	next       uint32 // index of the first node that is not inside this one
	typ        nodeType
	flags      uint8
}

// tree is a scanned document: its nodes in document order, the root first.
type tree struct {
	data  []byte
	nodes []node
}

// maxDepth bounds recursion over a tree whatever the limit says, as
// encoding/json does.
const maxDepth = 10_000

// bytesPerToken is fewer than honest documents have, so that the first guess
// at their nodes is enough, and costs no more than twice the document.
const bytesPerToken = 8

// frame is a container the scanner is inside of.
type frame struct {
	node  uint32
	name  uint32 // the member last begun, of an object
	items int    // elements begun, of an array
}

// scanner turns bytes into a tree, iteratively and in one pass. It stops at
// the first byte that is not JSON and at an exceeded limit; everything else
// that may be wrong is left to those who read the tree.
type scanner struct {
	tree
	lim   Limits
	pos   int
	stack []frame
	fail  *Problem
}

// scan returns the tree of the first document in data and the position after
// it, or the problem that stopped it.
func scan(data []byte, lim Limits) (tree, int, *Problem) {
	lim.Depth = min(lim.Depth, maxDepth)
	lim.Bytes = min(lim.Bytes, math.MaxInt32) // positions are 32 bits wide
	s := &scanner{lim: lim}
	if int64(len(data)) > lim.Bytes {
		return tree{}, 0, &Problem{Kind: SizeLimit, Want: "at most " + strconv.FormatInt(lim.Bytes, 10) + " bytes",
			Got: strconv.Itoa(len(data)), Detail: "document is larger than allowed"}
	}
	s.data = data
	s.nodes = make([]node, 0, max(0, min(len(data)/bytesPerToken+1, lim.Tokens)))
	if hasBOM(data) {
		s.pos = len(bom)
	}
	s.run()
	return s.tree, s.pos, s.fail
}

// bom is a byte order mark, which RFC 8259 8.1 forbids to write.
const bom = "\ufeff"

func hasBOM(data []byte) bool { return len(data) >= len(bom) && string(data[:len(bom)]) == bom }

// What the scanner waits for.
type state uint8

const (
	wantValue     state = iota
	wantFirstItem       // after [: a value or ]
	wantFirstName       // after {: a name or }
	wantName            // after a comma in an object
	afterValue          // a comma, an end, or the end of the document
	done
)

func (s *scanner) run() {
	st := wantValue
	for st != done && s.fail == nil {
		s.space()
		if s.pos == len(s.data) {
			if len(s.nodes) == 0 {
				s.stop(Invalid, "empty document")
			} else {
				s.stop(Invalid, "document ends early")
			}
			return
		}
		c := s.data[s.pos]
		switch st {
		case wantFirstItem:
			if c == ']' {
				st = s.close(c)
				continue
			}
			st = s.value(c)
		case wantValue:
			st = s.value(c)
		case wantFirstName, wantName:
			if c == '}' && st == wantFirstName {
				st = s.close(c)
				continue
			}
			st = s.name(c)
		case afterValue:
			st = s.separator(c)
		}
	}
}

// stop records why the scan ends here.
func (s *scanner) stop(k Kind, detail string) {
	if s.fail != nil {
		return
	}
	s.fail = &Problem{Kind: k, Pointer: s.pointer(), Offset: int64(s.pos), Detail: detail}
	if k == Invalid && s.pos < len(s.data) {
		// Enough to recognise the place.
		s.fail.Got = string(s.data[s.pos:min(s.pos+16, len(s.data))])
	}
}

// pointer names the value the scanner is in.
func (s *scanner) pointer() string {
	p := make([]step, 0, len(s.stack))
	for _, f := range s.stack {
		switch {
		case f.name != 0:
			p = append(p, step{name: f.name})
		case f.items > 0 && s.nodes[f.node].typ == arrayNode:
			p = append(p, step{index: f.items - 1})
		}
	}
	return s.tree.pointer(p)
}

// add appends a node from start to the current position.
func (s *scanner) add(start int, t nodeType, flags uint8) {
	if len(s.nodes) == cap(s.nodes) {
		s.nodes = slices.Grow(s.nodes, min(len(s.nodes), s.lim.Tokens-len(s.nodes)))
	}
	n := uint32(len(s.nodes))
	s.nodes = append(s.nodes, node{start: uint32(start), end: uint32(s.pos), next: n + 1, typ: t, flags: flags})
}

// room reports whether one more token is allowed.
func (s *scanner) room() bool {
	if len(s.nodes) < s.lim.Tokens {
		return true
	}
	s.stop(TokenLimit, "more than "+strconv.Itoa(s.lim.Tokens)+" tokens")
	return false
}

// open enters the container that begins with c.
func (s *scanner) open(c byte) state {
	if len(s.stack) >= s.lim.Depth {
		s.stop(DepthLimit, "nested deeper than "+strconv.Itoa(s.lim.Depth))
		return done
	}
	s.stack = append(s.stack, frame{node: uint32(len(s.nodes))})
	s.pos++
	if c == '{' {
		s.add(s.pos-1, objectNode, 0)
		return wantFirstName
	}
	s.add(s.pos-1, arrayNode, 0)
	return wantFirstItem
}

// close leaves the innermost container, whose end c must be.
func (s *scanner) close(c byte) state {
	top := s.stack[len(s.stack)-1]
	n := &s.nodes[top.node]
	if (c == '}') != (n.typ == objectNode) {
		s.stop(Invalid, "wrong closing bracket")
		return done
	}
	s.pos++
	n.end = uint32(s.pos)
	n.next = uint32(len(s.nodes))
	s.stack = s.stack[:len(s.stack)-1]
	return s.after()
}

// after is the state after a whole value.
func (s *scanner) after() state {
	if len(s.stack) == 0 {
		return done
	}
	return afterValue
}

func (s *scanner) separator(c byte) state {
	top := &s.stack[len(s.stack)-1]
	object := s.nodes[top.node].typ == objectNode
	switch {
	case c == ',' && object:
		s.pos++
		return wantName
	case c == ',':
		s.pos++
		return wantValue
	case c == '}' || c == ']':
		return s.close(c)
	}
	s.stop(Invalid, "expected a comma or the end of the "+s.nodes[top.node].typ.String())
	return done
}

// name reads the name of a member and the colon after it.
func (s *scanner) name(c byte) state {
	if c != '"' {
		s.stop(Invalid, "expected the name of a member")
		return done
	}
	if !s.room() {
		return done
	}
	top := &s.stack[len(s.stack)-1]
	top.name = 0 // a broken name cannot be pointed to
	if !s.str() {
		return done
	}
	top.name = uint32(len(s.nodes) - 1)
	s.space()
	if s.pos == len(s.data) || s.data[s.pos] != ':' {
		s.stop(Invalid, "expected a colon")
		return done
	}
	s.pos++
	return wantValue
}

func (s *scanner) value(c byte) state {
	if n := len(s.stack); n > 0 {
		s.stack[n-1].items++
	}
	if !s.room() {
		return done
	}
	switch {
	case c == '{' || c == '[':
		return s.open(c)
	case c == '"':
		if !s.str() {
			return done
		}
	case c == '-' || '0' <= c && c <= '9':
		if !s.number() {
			return done
		}
	case c == 't':
		s.literal("true", boolNode)
	case c == 'f':
		s.literal("false", boolNode)
	case c == 'n':
		s.literal("null", nullNode)
	default:
		s.stop(Invalid, "expected a value")
	}
	return s.after()
}
