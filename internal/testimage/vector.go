package testimage

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Vector is an image with one defect, and what a verifier has to say about it.
type Vector struct {
	Name    string   // of the file, without .txtar: the defect
	Comment string   // why it matters
	Expect  []string // codes: every finding that is no note, and the notes that matter
	Verdict string   // verified, failed, denied, incomplete
	Forms   []string // containers to run it in: "folder", "tar", "gzip", "zstd", "stream"

	Strict       bool   // warnings count
	Pin          string // digest to expect
	Platform     string // platform to ask for
	AllPlatforms bool

	Tree   Tree
	damage []string // commands for the archive around the tree
}

// Tar returns the vector as an archive.
func (v Vector) Tar() []byte {
	b, err := apply(v.Tree.Tar(), v.damage)
	if err != nil {
		panic("testimage: " + v.Name + ": " + err.Error()) // the commands were tried by ParseVector
	}
	return b
}

// LoadVectors reads every vector of a folder. An empty folder is an error: a
// test over no vectors must not pass.
func LoadVectors(dir string) ([]Vector, error) {
	fsys := os.DirFS(dir)
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no vectors", dir)
	}
	var all []Vector
	for _, name := range names {
		v, err := ParseVector(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// ParseVector reads the vector called name from fsys. It is a txtar archive.
// Above its first section stand "key: value" lines:
//
//	comment:  what is wrong and who is fooled by it
//	expect:   finding codes, separated by blanks: exactly those that are no notes
//	verdict:  verified, failed, denied or incomplete
//	base:     a file base/NAME.txtar whose sections are taken over; a section of
//	          the vector replaces the one with the same kind and name
//	forms:    the containers it can be in (default: all that can hold it)
//	strict, all-platforms: true
//	pin, platform: the digest or platform to ask for
//
// A section is a stored object, in the order of the archive, or a change:
//
//	-- blob NAME --            a document, stored as blobs/sha256/HEX
//	-- layer NAME FORMAT --    a tar, compressed as FORMAT (none, gzip, zstd): one
//	                           member a line: "path = text", "path/", "path -> target"
//	-- blob NAME as PATH --    the same, stored at PATH (layers likewise)
//	-- file PATH --            a document stored at PATH
//	-- link PATH --            a symbolic link to the text
//	-- plain NAME --           commands that change a layer before it is compressed
//	-- edit NAME --            commands that change bytes before they are hashed
//	-- damage NAME --          commands that change bytes after they were hashed;
//	                           the name "archive" means the tar around everything
//	-- delete KIND NAME --     leaves out a section of the base
//
// Commands are lines: "append TEXT", "flip OFFSET" (lowest bit; negative from
// the end), "truncate COUNT", "zeros COUNT", "remove". TEXT may be a Go string
// literal. One line feed at the end of a document is left out.
//
// Documents, paths and the values of pin and link are templates
// (text/template). NAME is the name of a blob or layer, or the path of a file:
//
//	{{digest NAME}} {{digest512 NAME}}   of the stored bytes
//	{{hex NAME}} {{hex512 NAME}}         the same without the algorithm
//	{{size NAME}} {{diffID NAME}} {{base64 NAME}} {{path NAME}}
//	{{descriptor NAME "media/type"}}     a JSON object of type, digest and size
func ParseVector(fsys fs.FS, name string) (Vector, error) {
	v := Vector{Name: strings.TrimSuffix(path.Base(name), ".txtar")}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return v, err
	}
	ar := txtar.Parse(data)
	header, err := parseHeader(string(ar.Comment))
	if err != nil {
		return v, err
	}
	b := newBuilder()
	if base := header["base"]; base != "" {
		data, err := fs.ReadFile(fsys, path.Join(path.Dir(name), "base", base+".txtar"))
		if err != nil {
			return v, err
		}
		if err := b.add(txtar.Parse(data).Files); err != nil {
			return v, fmt.Errorf("base %s: %w", base, err)
		}
	}
	if err := b.add(ar.Files); err != nil {
		return v, err
	}
	if v.Tree, err = b.build(); err != nil {
		return v, err
	}
	if v.Pin, err = b.expand(header["pin"]); err != nil {
		return v, err
	}
	v.damage = b.commands["damage archive"]
	if _, err := apply(v.Tree.Tar(), v.damage); err != nil {
		return v, err
	}
	v.Comment, v.Verdict, v.Platform = header["comment"], header["verdict"], header["platform"]
	v.Strict, v.AllPlatforms = header["strict"] == "true", header["all-platforms"] == "true"
	v.Expect = strings.Fields(header["expect"])
	slices.Sort(v.Expect)
	if v.Forms = strings.Fields(header["forms"]); len(v.Forms) == 0 {
		v.Forms = v.forms()
	}
	for _, form := range v.Forms {
		if !slices.Contains([]string{"folder", "tar", "gzip", "zstd", "stream"}, form) {
			return v, fmt.Errorf("unknown form %q", form)
		}
	}
	return v, nil
}

// forms returns the containers that can hold the vector: a folder cannot hold
// links (it does not follow them), equal names, or damage to the tar.
func (v Vector) forms() []string {
	forms := []string{"tar", "gzip", "zstd", "stream"}
	seen := map[string]bool{}
	for _, m := range v.Tree {
		if m.Link != "" || seen[m.Name] {
			return forms
		}
		seen[m.Name] = true
	}
	if v.damage != nil {
		return forms
	}
	return append([]string{"folder"}, forms...)
}

var headerKeys = []string{"comment", "expect", "verdict", "base", "forms", "strict", "all-platforms", "pin", "platform"}

func parseHeader(text string) (map[string]string, error) {
	header := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if _, twice := header[key]; !ok || twice || !slices.Contains(headerKeys, key) {
			return nil, fmt.Errorf("header line %q: want one each of %s", line, strings.Join(headerKeys, ", "))
		}
		header[key] = strings.TrimSpace(value)
	}
	for _, key := range []string{"comment", "verdict"} {
		if header[key] == "" {
			return nil, fmt.Errorf("the header has no %s", key)
		}
	}
	return header, nil
}
