package testimage

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/tools/txtar"
)

// A section is one stored object of a vector before and after its bytes are
// known. Documents name each other's digests, so bytes are made on demand.
type section struct {
	kind, name string
	format     string // of a layer
	as         string // template of the path, if it is not the default
	text       string

	busy, done bool
	plain      []byte // of a layer: uncompressed
	bytes      []byte
}

// builder makes the sections of a vector into a tree.
type builder struct {
	sections []*section
	commands map[string][]string // by "edit NAME", "plain NAME", "damage NAME"
}

func newBuilder() *builder { return &builder{commands: map[string][]string{}} }

// add takes over sections; one with the kind and name of an earlier one from
// another file takes its place.
func (b *builder) add(files []txtar.File) error {
	before := len(b.sections)
	for _, f := range files {
		text := strings.TrimSuffix(string(f.Data), "\n")
		head, as, _ := strings.Cut(f.Name, " as ")
		kind, name, _ := strings.Cut(head, " ")
		s := &section{kind: kind, name: name, as: as, text: text}
		switch kind {
		case "blob", "file", "link":
		case "layer":
			s.name, s.format, _ = strings.Cut(name, " ")
		case "edit", "plain", "damage":
			b.commands[kind+" "+name] = strings.Split(text, "\n")
			continue
		case "delete":
			i := b.find(name, before)
			if i < 0 {
				return fmt.Errorf("section %q: nothing to delete", f.Name)
			}
			b.sections = slices.Delete(b.sections, i, i+1)
			before--
			continue
		default:
			return fmt.Errorf("section %q: unknown kind", f.Name)
		}
		if s.name == "" {
			return fmt.Errorf("section %q has no name", f.Name)
		}
		if i := b.find(s.kind+" "+s.name, before); i >= 0 {
			b.sections[i] = s
		} else {
			b.sections = append(b.sections, s)
		}
	}
	return nil
}

// find returns the position of a section among the first n.
func (b *builder) find(kindName string, n int) int {
	return slices.IndexFunc(b.sections[:n], func(s *section) bool { return s.kind+" "+s.name == kindName })
}

// build makes the tree.
func (b *builder) build() (Tree, error) {
	var t Tree
	for _, s := range b.sections {
		name, err := b.path(s)
		if err != nil {
			return nil, err
		}
		if s.kind == "link" {
			target, err := b.expand(s.text)
			if err != nil {
				return nil, err
			}
			t = append(t, Symlink(name, target))
			continue
		}
		if _, err := b.make(s); err != nil {
			return nil, err
		}
		body, err := apply(s.bytes, b.commands["damage "+s.name])
		if errors.Is(err, errRemove) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("damage %s: %w", s.name, err)
		}
		t = append(t, Member{Name: name, Body: body})
	}
	for key := range b.commands {
		kind, name, _ := strings.Cut(key, " ")
		if key != "damage archive" && !slices.ContainsFunc(b.sections, func(s *section) bool {
			return s.name == name && (kind != "plain" || s.kind == "layer")
		}) {
			return nil, fmt.Errorf("section %q: there is no %s", key, name)
		}
	}
	return t, nil
}

// path returns where a section is stored.
func (b *builder) path(s *section) (string, error) {
	switch {
	case s.as != "":
		return b.expand(s.as)
	case s.kind == "file" || s.kind == "link":
		return b.expand(s.name)
	}
	body, err := b.make(s)
	return BlobPath(digest.FromBytes(body)), err
}

// make returns the bytes of a section, before damage.
func (b *builder) make(s *section) ([]byte, error) {
	if s.done {
		return s.bytes, nil
	}
	if s.busy {
		return nil, fmt.Errorf("%s %s needs its own bytes", s.kind, s.name)
	}
	s.busy = true
	var err error
	if s.kind == "layer" {
		if s.plain, err = layerTar(s.text); err == nil {
			s.plain, err = apply(s.plain, b.commands["plain "+s.name])
		}
		if err == nil {
			s.bytes = Compress(s.format, s.plain)
		}
	} else {
		var text string
		text, err = b.expand(s.text)
		s.bytes = []byte(text)
	}
	if err == nil {
		s.bytes, err = apply(s.bytes, b.commands["edit "+s.name])
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", s.kind, s.name, err)
	}
	s.done = true
	return s.bytes, nil
}

// layerTar makes the tar of a layer from its lines.
func layerTar(text string) ([]byte, error) {
	var t Tree
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, body, ok := strings.Cut(line, " = "); ok {
			t = append(t, File(name, body))
		} else if name, target, ok := strings.Cut(line, " -> "); ok {
			t = append(t, Symlink(name, target))
		} else if name, ok := strings.CutSuffix(line, "/"); ok {
			t = append(t, Dir(name))
		} else {
			return nil, fmt.Errorf("line %q: want \"path = text\", \"path/\" or \"path -> target\"", line)
		}
	}
	for i := range t {
		if t[i].Type == 0 {
			t[i].Type = tar.TypeReg
		}
	}
	return t.Tar(), nil
}

// expand executes a template.
func (b *builder) expand(text string) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	with := func(f func(*section, []byte) (string, error)) func(string) (string, error) {
		return func(name string) (string, error) {
			i := slices.IndexFunc(b.sections, func(s *section) bool { return s.name == name && s.kind != "link" })
			if i < 0 {
				return "", fmt.Errorf("there is no blob, layer or file %q", name)
			}
			body, err := b.make(b.sections[i])
			if err != nil {
				return "", err
			}
			return f(b.sections[i], body)
		}
	}
	of := func(f func([]byte) string) func(string) (string, error) {
		return with(func(_ *section, body []byte) (string, error) { return f(body), nil })
	}
	t, err := template.New("").Funcs(template.FuncMap{
		"digest":    of(func(b []byte) string { return digest.FromBytes(b).String() }),
		"hex":       of(func(b []byte) string { return digest.FromBytes(b).Encoded() }),
		"digest512": of(func(b []byte) string { return digest.SHA512.FromBytes(b).String() }),
		"hex512":    of(func(b []byte) string { return digest.SHA512.FromBytes(b).Encoded() }),
		"size":      of(func(b []byte) string { return strconv.Itoa(len(b)) }),
		"base64":    of(base64.StdEncoding.EncodeToString),
		"diffID":    with(func(s *section, _ []byte) (string, error) { return digest.FromBytes(s.plain).String(), nil }),
		"path":      with(func(s *section, _ []byte) (string, error) { return b.path(s) }),
		"descriptor": func(name, mediaType string) (string, error) {
			return with(func(_ *section, body []byte) (string, error) {
				text, err := json.Marshal(v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(body), Size: int64(len(body))})
				return string(text), err
			})(name)
		},
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = t.Execute(&out, nil)
	return out.String(), err
}

// errRemove is the effect of the command "remove".
var errRemove = errors.New("the command remove is for damage only")

// apply runs commands over bytes.
func apply(body []byte, commands []string) ([]byte, error) {
	body = bytes.Clone(body)
	for _, line := range commands {
		verb, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, numErr := strconv.Atoi(arg)
		switch verb {
		case "append":
			if text, err := strconv.Unquote(arg); err == nil {
				arg = text
			}
			body = append(body, arg...)
			continue
		case "remove":
			return nil, errRemove
		}
		at := n
		if n < 0 {
			at += len(body)
		}
		switch {
		case numErr != nil:
			return nil, fmt.Errorf("command %q: not understood", line)
		case verb == "flip" && at >= 0 && at < len(body):
			body[at] ^= 1
		case verb == "truncate" && n >= 0 && n <= len(body):
			body = body[:len(body)-n]
		case verb == "zeros" && n >= 0:
			body = append(body, make([]byte, n)...)
		default:
			return nil, fmt.Errorf("command %q: not understood, or out of range", line)
		}
	}
	return body, nil
}
