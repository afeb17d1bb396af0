package pin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

	followed map[*yaml.Node]bool // aliases that were asked for
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
