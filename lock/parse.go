package lock

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// SyntaxError says where a lock file breaks the grammar. Line 0 is the file as
// a whole.
type SyntaxError struct {
	Line int
	Msg  string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return "line " + strconv.Itoa(e.Line) + ": " + e.Msg
}

// Parse reads a lock file. It accepts exactly the texts that Marshal writes,
// and fails with a *SyntaxError on all others.
func Parse(data []byte) (*File, error) {
	if len(data) > MaxBytes {
		return nil, &SyntaxError{0, fmt.Sprintf("%d bytes: more than %d", len(data), MaxBytes)}
	}
	p := &parser{rest: data, file: &File{}, names: map[string]int{}, digests: map[string]int{}}
	switch first, _, _ := bytes.Cut(data, []byte("\n")); {
	case len(data) == 0:
		return nil, &SyntaxError{0, "the file is empty: a lock file has at least its first line, " + header}
	case conflict(string(first)):
		return nil, &SyntaxError{1, unresolved}
	case !bytes.HasPrefix(data, []byte(header)):
		return nil, &SyntaxError{1, fmt.Sprintf("not a lock file: its first line must be %q", header)}
	}
	if p.next() && p.line != header {
		return nil, p.fail("a later version, or no lock file: want %q", header)
	}
	for p.next() {
		if err := p.statement(); err != nil {
			return nil, err
		}
	}
	if p.broken != "" {
		return nil, p.fail("%s", p.broken)
	}
	p.file.sort()
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := canonical(data, p.file.text()); err != nil {
		return nil, err
	}
	return p.file, nil
}

// check holds the whole against the rules, and finds the image that is wrong.
func (p *parser) check() error {
	err := p.file.check()
	if err == nil {
		return nil
	}
	for _, img := range p.file.Images {
		if err := img.check(); err != nil {
			return &SyntaxError{p.lineOf(&img), clip(img.Name) + ": " + err.Error()}
		}
	}
	return &SyntaxError{0, err.Error()}
}

// lineOf finds the line of what is wrong with an image: that of the digest, if
// it is a record.
func (p *parser) lineOf(img *Image) int {
	for _, r := range append([]Record{img.Current}, img.History...) {
		if line := p.digests[img.Name+" "+string(r.Digest)]; line > 0 && r.check() != nil {
			return line
		}
	}
	return p.names[img.Name]
}

// unresolved is what is wrong with a file that git could not merge.
const unresolved = "unresolved merge conflict: decide which digest is approved, and delete the markers"

// conflict reports whether a line is a marker that git leaves.
func conflict(line string) bool {
	for _, c := range []string{"<", "|", "=", ">"} {
		rest, ok := strings.CutPrefix(line, strings.Repeat(c, 7))
		if ok && (rest == "" || rest[0] == ' ') {
			return true
		}
	}
	return false
}

// canonical compares a text with the one that its content has.
func canonical(got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	for n := 1; ; n++ {
		g, restG, okG := bytes.Cut(got, []byte("\n"))
		w, restW, okW := bytes.Cut(want, []byte("\n"))
		if !bytes.Equal(g, w) || okG != okW {
			return &SyntaxError{n, fmt.Sprintf("here belongs %q: the lines of a lock file have one order and one spelling", w)}
		}
		got, want = restG, restW
	}
}

// parser takes the lines one by one. What a line belongs to is the statement
// above it that is indented less.
type parser struct {
	rest     []byte
	line     string
	n        int
	records  int
	broken   string // why there is no next line
	file     *File
	names    map[string]int // the line of each
	digests  map[string]int // the line of each, by name and digest
	image    *Image
	record   *Record
	platform *Platform
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{p.n, fmt.Sprintf(format, args...)}
}

// next goes to the next line.
func (p *parser) next() bool {
	if len(p.rest) == 0 {
		return false
	}
	p.n++
	line, rest, ended := bytes.Cut(p.rest, []byte("\n"))
	if !ended {
		p.broken = "the last line does not end: is the file cut off?"
		return false
	}
	if bytes.HasSuffix(line, []byte("\r")) {
		p.broken = "the line ends with a carriage return: lock files are text with line feeds on every system (git: *.lock -text)"
		return false
	}
	p.line, p.rest = string(line), rest
	return true
}

// statement takes one line.
func (p *parser) statement() error {
	text := strings.TrimLeft(p.line, " ")
	indent := len(p.line) - len(text)
	key, value, _ := strings.Cut(text, " ")
	if text == "" && indent == 0 {
		p.image, p.record, p.platform = nil, nil, nil
		return nil
	}
	switch {
	case conflict(p.line):
		return p.fail("%s", unresolved)
	case indent == 0:
		return p.top(key, value)
	case indent == 2 && p.image != nil:
		return p.digest(key, value)
	case indent == 4 && p.record != nil:
		return p.fact(key, value)
	case indent == 6 && p.platform != nil:
		return p.part(key, value)
	}
	return p.fail("%q is indented by %d spaces and belongs to nothing", clip(text), indent)
}

func (p *parser) top(key, value string) error {
	p.image, p.record, p.platform = nil, nil, nil
	switch key {
	case "image":
		full, err := ParseName(value)
		switch {
		case err != nil:
			return p.fail("%s", clip(err.Error()))
		case full != value:
			return p.fail("the full name is %s", full)
		case p.names[full] > 0:
			return p.fail("%s is twice in the file", full)
		}
		p.names[full] = p.n
		p.file.Images = append(p.file.Images, Image{Name: full})
		p.image = &p.file.Images[len(p.file.Images)-1]
		return nil
	case "file":
		s, err := p.source(value)
		p.file.Files = append(p.file.Files, s)
		return err
	}
	if strings.HasPrefix(key, "#") {
		return p.fail("a lock file has no comments")
	}
	return p.fail("unknown statement %q: want image or file", clip(key))
}

func (p *parser) digest(key, value string) error {
	d, err := p.parse(value)
	if err != nil {
		return err
	}
	if p.records++; p.records > MaxRecords {
		return p.fail("more than %d digests", MaxRecords)
	}
	p.platform = nil
	switch {
	case key == "current" && p.image.Current.Digest == "":
		p.record = &p.image.Current
	case key == "current":
		return p.fail("a second current digest")
	case key == "earlier" && p.image.Current.Digest == "":
		return p.fail("an earlier digest without a current one above it")
	case key == "earlier":
		p.image.History = append(p.image.History, Record{})
		p.record = &p.image.History[len(p.image.History)-1]
	default:
		return p.fail("unknown field %q: want current or earlier", clip(key))
	}
	p.record.Digest = d
	p.digests[p.image.Name+" "+string(d)] = p.n
	return nil
}

func (p *parser) fact(key, value string) error {
	p.platform = nil
	switch key {
	case "kind":
		p.record.Kind = Kind(value)
	case "verified":
		p.record.Verified = true
	case "imported":
		p.record.Imported = value
	case "added":
		t, err := time.Parse("2006-01-02T15:04:05Z", value)
		if err != nil {
			return p.fail("%q is no time such as 2026-11-20T10:00:00Z", clip(value))
		}
		p.record.Added = t
	case "source":
		s, err := p.source(value)
		p.record.Sources = append(p.record.Sources, s)
		return err
	case "platform":
		p.record.Platforms = append(p.record.Platforms, Platform{Name: value})
		p.platform = &p.record.Platforms[len(p.record.Platforms)-1]
	default:
		return p.fail("unknown field %q: want kind, verified, imported, added, source or platform", clip(key))
	}
	return nil
}

func (p *parser) part(key, value string) error {
	d, err := p.parse(value)
	if err != nil {
		return err
	}
	switch key {
	case "manifest":
		p.platform.Manifest = d
	case "config":
		p.platform.Config = d
	case "diff-id":
		p.platform.DiffIDs = append(p.platform.DiffIDs, d)
	default:
		return p.fail("unknown field %q: want manifest, config or diff-id", clip(key))
	}
	return nil
}

func (p *parser) parse(value string) (digest.Digest, error) {
	d, err := hash.Parse(value)
	if err != nil {
		return "", p.fail("%s", err)
	}
	return d, nil
}

// source takes a quoted path, and a digest if there is one.
func (p *parser) source(value string) (Source, error) {
	quoted, err := strconv.QuotedPrefix(value)
	if err != nil {
		return Source{}, p.fail("want a path in double quotes")
	}
	path, err := strconv.Unquote(quoted)
	if err != nil {
		return Source{}, p.fail("want a path in double quotes")
	}
	s := Source{Path: path}
	if rest := value[len(quoted):]; rest != "" {
		if s.SHA256, err = p.parse(strings.TrimPrefix(rest, " ")); err != nil {
			return s, err
		}
	}
	return s, nil
}

// clip keeps a hostile line out of an error message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "..."
	}
	return s
}
