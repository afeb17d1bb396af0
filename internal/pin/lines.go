package pin

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/ocisum/ocisum/internal/lazyregexp"
)

// Bounds of a Dockerfile. Real ones have some hundred instructions; BuildKit
// bounds a line by 64 KiB, but not the sum of continued ones.
const (
	maxInstructions = 20_000
	maxInstruction  = 256 << 10 // bytes, without here-documents
)

// bom is what editors of Windows put in front of a file.
var bom = []byte("\xef\xbb\xbf")

// directive is a comment at the top of a Dockerfile that means something
// (Dockerfile reference, "Parser directives").
var directive = lazyregexp.New(`^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$`)

// instruction is one of a Dockerfile: its lines joined, comments left out.
type instruction struct {
	tracked
	line int
	docs []tracked // bodies of its here-documents, with the closing lines
}

// lines joins the lines of a Dockerfile to instructions, as BuildKit's parser
// does.
type lines struct {
	data   []byte
	next   int // offset of the next physical line
	line   int // number of the current one, from 1
	escape byte

	directives bool // no more directives after the first line that is none
	seen       map[string]bool

	instructions []instruction
}

// physical returns the offsets of the next line without its end.
func (l *lines) physical() (start, end int, ok bool) {
	if l.next >= len(l.data) {
		return 0, 0, false
	}
	start, end = l.next, len(l.data)
	if i := bytes.IndexByte(l.data[start:], '\n'); i >= 0 {
		end = start + i + 1
	}
	l.next = end
	l.line++
	if start == 0 && bytes.HasPrefix(l.data, bom) {
		start = len(bom)
	}
	return start, start + len(bytes.TrimRight(l.data[start:end], "\r\n")), true
}

// split reads all instructions.
func (l *lines) split() error {
	l.escape, l.directives, l.seen = '\\', true, make(map[string]bool)
	for {
		start, end, ok := l.physical()
		if !ok {
			return nil
		}
		start = end - len(bytes.TrimLeftFunc(l.data[start:end], unicode.IsSpace))
		if err := l.directive(start, end); err != nil {
			return err
		}
		if isComment(l.data[start:end]) {
			continue
		}
		cut, more := l.continues(start, end)
		if !more && start == end {
			continue
		}
		in := instruction{line: l.line}
		if err := l.join(&in, start, cut); err != nil {
			return err
		}
		for more {
			start, end, ok := l.physical()
			if !ok {
				break
			}
			if err := l.directive(start, end); err != nil {
				return err
			}
			if text := bytes.TrimLeftFunc(l.data[start:end], unicode.IsSpace); len(text) == 0 || text[0] == '#' {
				continue
			}
			cut, more = l.continues(start, end)
			if err := l.join(&in, start, cut); err != nil {
				return err
			}
		}
		if len(l.instructions) == maxInstructions {
			return syntaxError(in.line, "more than %d instructions", maxInstructions)
		}
		if err := l.heredocs(&in); err != nil {
			return err
		}
		l.instructions = append(l.instructions, in)
	}
}

// join adds a line to an instruction.
func (l *lines) join(in *instruction, start, end int) error {
	if in.len()+end-start > maxInstruction {
		return syntaxError(in.line, "an instruction of more than %d KiB", maxInstruction>>10)
	}
	in.span(l.data, start, end)
	return nil
}

func isComment(line []byte) bool {
	line = bytes.TrimLeftFunc(line, unicode.IsSpace)
	return len(line) > 0 && line[0] == '#'
}

// directive looks at a line that may be one.
func (l *lines) directive(start, end int) error {
	if !l.directives {
		return nil
	}
	m := directive().FindSubmatch(l.data[start:end])
	if m == nil {
		l.directives = false
		return nil
	}
	switch key := strings.ToLower(string(m[1])); {
	case key != "syntax" && key != "escape" && key != "check":
		l.directives = false
	case l.seen[key]:
		return syntaxError(l.line, "a second %s directive", key)
	case key == "escape" && string(m[2]) != "`" && string(m[2]) != `\`:
		return syntaxError(l.line, "the escape directive allows \\ and ` only")
	case key == "escape":
		l.escape = m[2][0]
		fallthrough
	default:
		l.seen[key] = true
	}
	return nil
}

// continues says whether the line from start to end goes on in the next one,
// and where it then ends itself: the escape character is its last but for
// blanks, and not escaped.
func (l *lines) continues(start, end int) (cut int, more bool) {
	n := start + len(bytes.TrimRight(l.data[start:end], " \t"))
	if n == start || l.data[n-1] != l.escape || n-1 > start && l.data[n-2] == l.escape {
		return end, false
	}
	return n - 1, true
}

// heredocs takes the bodies of an instruction's here-documents from the lines
// that follow it.
func (l *lines) heredocs(in *instruction) error {
	if !bytes.Contains(in.b, []byte("<<")) {
		return nil
	}
	c := splitCommand(in.tracked, l.escape)
	if c.is("ONBUILD") { // the trigger is an instruction too
		c = splitCommand(c.args, l.escape)
	}
	if !c.is("RUN") && !c.is("COPY") && !c.is("ADD") || c.json() {
		return nil
	}
	docs, err := heredocsOf(in.tracked)
	if err != nil {
		return syntaxError(in.line, "%v", err)
	}
	for _, doc := range docs {
		from := l.next
		for {
			start, end, ok := l.physical()
			if !ok {
				return syntaxError(in.line, "the here-document %s does not end", printable(doc.name))
			}
			text := l.data[start:end]
			if doc.chomp {
				text = bytes.TrimLeft(text, "\t")
			}
			if string(text) == doc.name {
				break
			}
		}
		var body tracked
		body.span(l.data, from, l.next)
		in.docs = append(in.docs, body)
	}
	return nil
}

// syntaxDirective finds the reference in "# syntax=", which chooses the program
// that reads the rest. BuildKit looks for it before anything else, and more
// strictly: the line begins with #, and a line #! may come before.
func syntaxDirective(data []byte) (t tracked, line int) {
	next := 0
	if bytes.HasPrefix(data, bom) {
		next = len(bom)
	}
	for line = 1; next < len(data); line++ {
		start, end := next, len(data)
		if i := bytes.IndexByte(data[next:], '\n'); i >= 0 {
			end = next + i
			next = end + 1
		} else {
			next = end
		}
		text := bytes.TrimSuffix(data[start:end], []byte("\r"))
		if line == 1 && bytes.HasPrefix(text, []byte("#!")) {
			continue
		}
		m := directive().FindSubmatchIndex(text)
		if m == nil {
			break
		}
		switch strings.ToLower(string(text[m[2]:m[3]])) {
		case "syntax":
			value := text[m[4]:m[5]]
			if i := bytes.IndexByte(value, ' '); i >= 0 {
				value = value[:i]
			}
			t.span(data, start+m[4], start+m[4]+len(value))
			return t, line
		case "escape", "check":
		default:
			return t, 0
		}
	}
	return t, 0
}
