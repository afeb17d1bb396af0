package pin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	// maxMarks bounds what a YAML node begins with. The parser needs up to 700
	// bytes of memory for each; a file of 4 MiB with lines of 25 bytes has less
	// than this many.
	maxMarks = 250_000
	// maxSteps bounds the work on aliases and merges, which can name one node
	// any number of times.
	maxSteps = 5_000_000
	// maxMerges bounds merges within merges.
	maxMerges = 16
)

// documents is a YAML stream.
type documents struct {
	data  []byte // without the byte order mark
	skip  int    // its length
	lines []int  // where they begin, as YAML counts them
	docs  []*yaml.Node
	steps int
	taken map[*yaml.Node]bool // scalars that are places
}

var errSteps = syntaxError(0, "aliases and merges lead to too much work")

// parseYAML reads all documents of a stream.
func parseYAML(data []byte) (d *documents, err error) {
	// The parser reports its own errors as such. It has had faults that
	// malformed input could reach, and this is no reason to end the program.
	defer func() {
		if r := recover(); r != nil {
			d, err = nil, syntaxError(0, "the YAML parser fails on this file")
		}
	}()
	d = &documents{data: bytes.TrimPrefix(data, bom)}
	d.skip = len(data) - len(d.data)
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, syntaxError(0, "the file is in UTF-16: only UTF-8 is supported")
	}
	if !utf8.Valid(data) {
		return nil, syntaxError(0, "the file is not in UTF-8")
	}
	// YAML 1.1 ends lines there, YAML 1.2 does not.
	if i := bytes.IndexAny(d.data, "\u0085\u2028\u2029"); i >= 0 {
		return nil, syntaxError(1+bytes.Count(d.data[:i], []byte("\n")), "a line end of Unicode, which YAML 1.1 and 1.2 understand differently")
	}
	if marks(d.data) > maxMarks {
		return nil, syntaxError(0, "more than %d YAML nodes", maxMarks)
	}
	d.lines = []int{0}
	for i, b := range d.data {
		if b == '\n' || b == '\r' && !(i+1 < len(d.data) && d.data[i+1] == '\n') {
			d.lines = append(d.lines, i+1)
		}
	}
	for dec := yaml.NewDecoder(bytes.NewReader(d.data)); ; {
		doc := new(yaml.Node)
		if err := dec.Decode(doc); errors.Is(err, io.EOF) {
			return d, nil
		} else if err != nil {
			return nil, yamlError(err)
		}
		d.docs = append(d.docs, doc)
	}
}

// yamlError says it in our words: "yaml: line 3: ..." has the line in it.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	return &SyntaxError{line, "no YAML: " + text}
}

// marks counts what can begin a node; it may count too much.
func marks(data []byte) int {
	n := 0
	for i, b := range data {
		switch b {
		case ',', '[', '{':
			n++
		case '#':
			n += 2 // comments are kept, as strings of their own
		case ':', '-', '?':
			last := i+1 == len(data)
			if last || strings.IndexByte(" \t\r\n,[]{}", data[i+1]) >= 0 || i > 0 && (data[i-1] == '"' || data[i-1] == '\'') {
				n++
			}
		}
	}
	return n
}

// step counts work.
func (d *documents) step(n int) error {
	if d.steps += n; d.steps > maxSteps {
		return errSteps
	}
	return nil
}

// resolve follows an alias; the anchor of an alias is no alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// null reports whether there is no value.
func null(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!null" || n.Tag == "!reset")
}

// get returns the value of a key, nil if there is none, through aliases and
// merges: https://yaml.org/type/merge.html.
func (d *documents) get(n *yaml.Node, key string) (*yaml.Node, error) {
	return d.lookup(n, key, 0)
}

func (d *documents) lookup(n *yaml.Node, key string, depth int) (*yaml.Node, error) {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	if depth > maxMerges {
		return nil, errSteps
	}
	if err := d.step(len(n.Content)/2 + 1); err != nil {
		return nil, err
	}
	var found *yaml.Node
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch {
		case k.Kind != yaml.ScalarNode:
		case k.ShortTag() == "!!merge":
			merges = append(merges, n.Content[i+1])
		case k.Value == key && found != nil:
			return nil, syntaxError(n.Content[i].Line, "a second %s in one mapping", key)
		case k.Value == key:
			found = resolve(n.Content[i+1])
		}
	}
	if found != nil {
		return found, nil
	}
	for _, m := range merges {
		from := []*yaml.Node{resolve(m)}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if v, err := d.lookup(m, key, depth+1); v != nil || err != nil {
				return v, err
			}
		}
	}
	return nil, nil
}

// path follows keys.
func (d *documents) path(n *yaml.Node, keys ...string) (*yaml.Node, error) {
	for _, key := range keys {
		v, err := d.get(n, key)
		if v == nil || err != nil {
			return nil, err
		}
		n = v
	}
	return resolve(n), nil
}

// text returns the string at a path, "" if there is none.
func (d *documents) text(n *yaml.Node, keys ...string) (string, error) {
	v, err := d.path(n, keys...)
	if v == nil || err != nil || v.Kind != yaml.ScalarNode {
		return "", err
	}
	return v.Value, nil
}

// items returns the elements of a sequence.
func items(n *yaml.Node) []*yaml.Node {
	if n = resolve(n); n != nil && n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return nil
}

// pair is a key of a mapping with its value, both without aliases.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs returns what a mapping holds, its own keys first, then merged ones that
// it does not have itself.
func (d *documents) pairs(n *yaml.Node) ([]pair, error) {
	var all []pair
	err := d.collect(n, make(map[string]bool), &all, 0)
	return all, err
}

func (d *documents) collect(n *yaml.Node, seen map[string]bool, all *[]pair, depth int) error {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	if depth > maxMerges {
		return errSteps
	}
	if err := d.step(len(n.Content)/2 + 1); err != nil {
		return err
	}
	own := make(map[string]bool)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch {
		case k.Kind != yaml.ScalarNode:
		case k.ShortTag() == "!!merge":
			merges = append(merges, n.Content[i+1])
		case own[k.Value]:
			return syntaxError(n.Content[i].Line, "a second %s in one mapping", printable(k.Value))
		default:
			own[k.Value] = true
			if !seen[k.Value] {
				seen[k.Value] = true
				*all = append(*all, pair{k.Value, resolve(n.Content[i+1])})
			}
		}
	}
	for _, m := range merges {
		from := []*yaml.Node{resolve(m)}
		if from[0].Kind == yaml.SequenceNode {
			from = from[0].Content
		}
		for _, m := range from {
			if err := d.collect(m, seen, all, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

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

// after compares documents, node by node, but for scalars that were edited.
func (d *documents) after(edits []edit, s shape) error {
	changed, ok := s.(*documents)
	if !ok || len(changed.docs) != len(d.docs) {
		return fmt.Errorf("the YAML documents would be others")
	}
	for i := range d.docs {
		if err := d.same(edits, d.docs[i], changed.docs[i]); err != nil {
			return err
		}
	}
	return nil
}

// same compares nodes. The parser bounds how deep they are.
func (d *documents) same(edits []edit, a, b *yaml.Node) error {
	want := a.Value
	if a.Kind == yaml.ScalarNode && len(edits) > 0 {
		if t, obstacle := d.scalar(a); obstacle == "" {
			want = t.edited(edits)
		}
	}
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Anchor != b.Anchor || b.Value != want ||
		a.Line != b.Line || len(a.Content) != len(b.Content) || a.HeadComment != b.HeadComment ||
		a.LineComment != b.LineComment || a.FootComment != b.FootComment {
		return fmt.Errorf("line %d would mean something else: %s", a.Line, printable(b.Value))
	}
	for i := range a.Content {
		if err := d.same(edits, a.Content[i], b.Content[i]); err != nil {
			return err
		}
	}
	return nil
}
