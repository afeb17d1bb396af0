package pin

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// take reports whether a scalar is met for the first time. Aliases lead to one
// any number of times; it is edited once, at its anchor.
func (d *documents) take(n *yaml.Node) bool {
	if d.taken == nil {
		d.taken = make(map[*yaml.Node]bool)
	}
	first := !d.taken[n]
	d.taken[n] = true
	return first
}

// place makes a place of a scalar.
func (d *documents) place(n *yaml.Node, what string) Place {
	t, obstacle := d.scalar(n)
	p := t.place(what, n.Line)
	if p.Obstacle == "" {
		p.Obstacle = obstacle
	}
	return p
}

// scalar finds the bytes of a scalar's value in the file: for plain and quoted
// ones that are written as they are meant.
func (d *documents) scalar(n *yaml.Node) (tracked, string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		return tracked{}, "is no string"
	case n.ShortTag() != "!!str":
		return nowhere(n.Value), "is no string"
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return nowhere(n.Value), "is a block of text (| or >): write it on the line of its key"
	}
	const elsewhere = "is written with escapes or over several lines: write it plainly"
	i, ok := d.offset(n.Line, n.Column)
	if !ok {
		return nowhere(n.Value), elsewhere
	}
	// Node positions are those of the anchor and the tag, if there are any.
	for i < len(d.data) && (d.data[i] == '&' || d.data[i] == '!') {
		for i < len(d.data) && !yamlBlank(d.data[i]) {
			i++
		}
		for i < len(d.data) && yamlBlank(d.data[i]) {
			i++
		}
	}
	quote := ""
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		quote = `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		quote = "'"
	}
	if !bytes.HasPrefix(d.data[i:], []byte(quote+n.Value+quote)) {
		return nowhere(n.Value), elsewhere
	}
	var t tracked
	i += len(quote)
	t.span(d.data, i, i+len(n.Value))
	for k := range t.at {
		t.at[k] += int32(d.skip)
	}
	return t, ""
}

// nowhere is text that does not stand in the file.
func nowhere(s string) tracked {
	if len(s) > 2*maxReference {
		s = s[:2*maxReference]
	}
	return tracked{[]byte(s), slices.Repeat([]int32{-1}, len(s))}
}

func yamlBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// offset converts a position of the parser, which counts characters, not bytes.
func (d *documents) offset(line, column int) (int, bool) {
	if line < 1 || line > len(d.lines) {
		return 0, false
	}
	i := d.lines[line-1]
	for ; column > 1; column-- {
		if i >= len(d.data) {
			return 0, false
		}
		_, n := utf8.DecodeRune(d.data[i:])
		i += n
	}
	return i, i < len(d.data)
}
