package lock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Imports are what a file of another format approves.
type Imports struct {
	Images []Approval
	Files  []Source

	digests map[string]digest.Digest // of Images
}

// importers read each format, and list what it says besides.
var importers = map[string]func([]byte) (Imports, []Left, error){
	"imgpkg": importImgpkg, "sha256sums": importSums, "policy": importPolicy,
}

// ImportFormats are the formats of [Import].
func ImportFormats() []string { return []string{"imgpkg", "sha256sums", "policy"} }

// Import reads what a person approved in another format: images by digest from
// a Carvel ImagesLock or from the digest scopes of a containers-policy.json(5),
// whole files from the output of sha256sum. The records say where they come
// from; none counts as verified. What is no approval by digest is left out and
// listed. Files of more than [MaxBytes] are refused (of YAML, 2 MiB), and
// those with more than [MaxRecords] entries.
func Import(format string, data []byte, added time.Time) (Imports, []Left, error) {
	read, ok := importers[format]
	if !ok {
		return Imports{}, nil, fmt.Errorf("lock: no format %q", format)
	}
	if len(data) > MaxBytes {
		return Imports{}, nil, fmt.Errorf("%d bytes: more than %d", len(data), MaxBytes)
	}
	in, left, err := read(data)
	if err == nil && len(in.Images)+len(in.Files) > MaxRecords {
		err = fmt.Errorf("more than %d entries", MaxRecords)
	}
	if err != nil {
		return Imports{}, nil, err
	}
	for i := range in.Images {
		r := &in.Images[i].Record
		r.Kind, r.Imported = Registry, format
		if !added.IsZero() {
			r.Added = added.UTC().Truncate(time.Second)
		}
	}
	return in, left, nil
}

// PutFiles approves files as they are. One path has one digest: a later one
// takes the place of an earlier one, which is forgotten.
func (f *File) PutFiles(list []Source) ([]Change, error) {
	at := map[string]int{}
	for i, s := range f.Files {
		at[s.Path] = i
	}
	var changes []Change
	for _, s := range list {
		err := s.check()
		if err == nil && s.SHA256 == "" {
			err = errors.New("no digest")
		}
		if err != nil {
			return changes, fmt.Errorf("file %q: %w", clip(s.Path), err)
		}
		c := Change{Name: s.Path, What: Added, New: s.SHA256}
		if i, ok := at[s.Path]; !ok {
			at[s.Path] = len(f.Files)
			f.Files = append(f.Files, s)
		} else {
			c.Old, c.What = f.Files[i].SHA256, Moved
			if c.Old == s.SHA256 {
				c.What = Same
			}
			f.Files[i] = s
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// add takes one image, of which a name stands for one digest.
func (in *Imports) add(name string, d digest.Digest) error {
	if in.digests == nil {
		in.digests = map[string]digest.Digest{}
	}
	switch old := in.digests[name]; {
	case old == d:
		return nil
	case old != "":
		return fmt.Errorf("%s stands for %s and %s", name, old, d)
	}
	in.digests[name] = d
	in.Images = append(in.Images, Approval{name, Record{Digest: d}})
	return nil
}

// pinned takes a reference with a digest apart.
func pinned(s string) (repository string, d digest.Digest, err error) {
	if len(s) > maxName {
		return "", "", fmt.Errorf("reference of %d bytes: longer than %d", len(s), maxName)
	}
	n, err := reference.ParseNormalizedNamed(s)
	if err != nil {
		return "", "", fmt.Errorf("reference %q: %w", s, err)
	}
	c, ok := n.(reference.Canonical)
	if !ok {
		return "", "", fmt.Errorf("reference %q has no digest", s)
	}
	d, err = hash.Parse(string(c.Digest()))
	return n.Name(), d, err
}

// importSums reads the output of sha256sum: the text and the binary form, with
// or without escapes, and the BSD form of --tag.
func importSums(data []byte) (Imports, []Left, error) {
	var in Imports
	seen := map[string]digest.Digest{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := sum(line)
		if err != nil {
			return in, nil, fmt.Errorf("line %d: %w", n, err)
		}
		old, again := seen[s.Path]
		if again && old != s.SHA256 {
			return in, nil, fmt.Errorf("line %d: %q has two digests", n, clip(s.Path))
		}
		if seen[s.Path] = s.SHA256; !again {
			in.Files = append(in.Files, s)
		}
	}
	return in, nil, nil
}

var errNoSum = errors.New("not a line of sha256sum: 64 hexadecimal digits, two spaces and a path")

// sum reads one line.
func sum(line string) (Source, error) {
	line, escaped := strings.CutPrefix(line, "\\")
	var hex, path string
	if tagged, ok := strings.CutPrefix(line, "SHA256 ("); ok {
		i := strings.LastIndex(tagged, ") = ")
		if i < 0 {
			return Source{}, errNoSum
		}
		path, hex = tagged[:i], tagged[i+len(") = "):]
	} else {
		const n = 64
		if len(line) < n+3 || line[n] != ' ' || line[n+1] != ' ' && line[n+1] != '*' {
			return Source{}, errNoSum
		}
		hex, path = line[:n], line[n+2:]
	}
	d, err := hash.Parse("sha256:" + strings.ToLower(hex))
	if err != nil {
		return Source{}, err
	}
	if escaped {
		if path, err = unescape(path); err != nil {
			return Source{}, err
		}
	}
	s := Source{path, d}
	return s, s.check()
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", errNoSum
		}
		c, ok := map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r'}[s[i]]
		if !ok {
			return "", errNoSum
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// importPolicy takes the digest scopes of the docker transport that accept
// without more. Where the default accepts anything they approve nothing.
func importPolicy(data []byte) (Imports, []Left, error) {
	var in Imports
	var p struct {
		Default    []jsontext.Value                       `json:"default"`
		Transports map[string]map[string][]jsontext.Value `json:"transports"`
	}
	if err := json.Unmarshal(data, &p, json.RejectUnknownMembers(true)); err != nil {
		return in, nil, fmt.Errorf("containers policy: %w", err)
	}
	if len(p.Default) != 1 || kindOf(p.Default[0]) != reject {
		return in, nil, errors.New("the default of the policy is not to reject: its scopes approve nothing")
	}
	var left []Left
	for name, scopes := range p.Transports {
		for scope, requirements := range scopes {
			repo, d, err := pinned(scope)
			switch {
			case name != transport || err != nil:
				left = append(left, Left{name + ":" + scope, "no digest of an image"})
			case len(requirements) != 1 || kindOf(requirements[0]) != acceptAny:
				left = append(left, Left{name + ":" + scope, "it asks for more than the digest"})
			default:
				if err := in.add(repo+"@"+string(d), d); err != nil {
					return in, nil, err
				}
			}
		}
	}
	slices.SortFunc(left, func(a, b Left) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(in.Images, func(a, b Approval) int { return strings.Compare(a.Name, b.Name) })
	return in, left, nil
}

func kindOf(v jsontext.Value) string {
	var r requirement
	if json.Unmarshal(v, &r, json.RejectUnknownMembers(true)) != nil {
		return ""
	}
	return r.Type
}
