// Package corpus reads the image corpus that ships in testdata and says what a
// verifier has to say about each of its cases. It is support for tests and for
// the tools that pack the corpus and print the comparison table; nothing that
// is released imports it.
//
// The corpus is two archives, testdata/corpus.tar.zst (images written by real
// tools, and copies of them with one defect each) and
// testdata/peers-matrix.tar.zst (one image in 15 valid forms and 75 broken
// ones, for comparing tools). Both hold a cases.jsonl with one [Case] a line.
//
//	root, err := corpus.Unpack("testdata/corpus.tar.zst", dir)
//	cases, err := corpus.Load(dir)
//	path, err := cases[0].Prepare(dir, scratch)
//
// Unpacked trees are shared by all tests of a binary and are never written to:
// a case that needs links, pipes or empty folders gets a copy ([Case.Prepare]).
package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoCases is returned by Load for a corpus without cases: a test that runs
// over nothing must not pass.
var ErrNoCases = errors.New("no cases")

// Strictness says how binding the expectation of a case is.
type Strictness string

// The degrees of strictness.
const (
	Must   Strictness = "must"   // anything else is a bug
	Should Strictness = "should" // a good verifier says this
	May    Strictness = "may"    // a matter of policy: only the limits bind
)

// Case is one image and what a verifier should say about it. The README of the
// corpus defines the fields.
type Case struct {
	Name     string          `json:"name"`
	Path     string          `json:"path"` // relative to the folder of cases.jsonl
	Producer string          `json:"producer"`
	Version  string          `json:"version"`
	Command  string          `json:"command"`
	Format   string          `json:"format"`
	Expect   string          `json:"expect"` // ok, fail, incomplete
	Accept   []string        `json:"accept"` // every tolerable verdict
	Strict   Strictness      `json:"strict"`
	Findings []string        `json:"findings"` // classes; any one of them is right
	Base     string          `json:"base"`
	Defect   string          `json:"defect"`
	Note     string          `json:"note"`
	Args     Args            `json:"args"`
	Setup    []Step          `json:"setup"`
	Copy     string          `json:"copy"`
	Facts    json.RawMessage `json:"facts"`
	Printed  json.RawMessage `json:"printedByProducer"`
}

// Args says how to run a case and within which limits.
type Args struct {
	Pin               string   `json:"pin"`     // manifest digest to expect
	ImageID           string   `json:"imageID"` // config digest to expect
	MaxSeconds        int      `json:"maxSeconds"`
	MaxMemoryMiB      int64    `json:"maxMemoryMiB"`
	Slow              bool     `json:"slow"`              // unpacks to many GiB
	ForbidOutputBytes []string `json:"forbidOutputBytes"` // hexadecimal
	ForbidOutputLine  string   `json:"forbidOutputLine"`
	ImagesAffected    int      `json:"imagesAffected"`
}

// Step is something that an archive of the corpus cannot carry.
type Step struct {
	Op     string `json:"op"` // mkdir, mkfifo, socket, symlink
	Path   string `json:"path"`
	Target string `json:"target"`
}

// Load reads cases.jsonl in the folder root.
func Load(root string) ([]Case, error) {
	data, err := os.ReadFile(filepath.Join(root, "cases.jsonl"))
	if err != nil {
		return nil, err
	}
	var cases []Case
	seen := map[string]bool{}
	for line := range bytes.Lines(data) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		var c Case
		if err := dec.Decode(&c); err != nil {
			return nil, fmt.Errorf("cases.jsonl: case %d: %w", len(cases)+1, err)
		}
		if c.Name == "" || c.Path == "" || seen[c.Name] || !slices.Contains(c.Accept, c.Expect) {
			return nil, fmt.Errorf("cases.jsonl: case %d (%q) has no name of its own, no path, or does not accept what it expects", len(cases)+1, c.Name)
		}
		seen[c.Name] = true
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, ErrNoCases
	}
	return cases, nil
}

// Good reports whether the case is an undamaged image made by a real tool, or
// a valid form of the comparison matrix, so that every alarm is a false one.
func (c Case) Good() bool {
	return c.Expect == "ok" && c.Strict != May && (c.Facts != nil || strings.HasPrefix(c.Defect, "VALID"))
}

// Pins returns the digests that the case is to be verified against.
func (c Case) Pins() []string {
	var pins []string
	for _, p := range []string{c.Args.Pin, c.Args.ImageID} {
		if p != "" {
			pins = append(pins, p)
		}
	}
	return pins
}

// FileDigest returns the digest of the whole file of a fixture that is one.
func (c Case) FileDigest() string {
	var facts struct {
		FileDigest string `json:"fileDigest"`
	}
	if json.Unmarshal(c.Facts, &facts) != nil {
		return ""
	}
	return facts.FileDigest
}

// Digests returns every digest that the ground truth of a fixture gives, but
// for the one of the whole file: of indexes, manifests, configs, layers,
// subjects, diff IDs and chain IDs, each once and sorted. Digests inside
// annotations are the producer's text, not something stored here.
func (c Case) Digests() []string {
	var facts any
	if json.Unmarshal(c.Facts, &facts) != nil {
		return nil
	}
	var all []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, v := range v {
				if key != "annotations" && key != "fileDigest" && key != "problems" {
					walk(v)
				}
			}
		case []any:
			for _, v := range v {
				walk(v)
			}
		case string:
			if digestText.MatchString(v) {
				all = append(all, v)
			}
		}
	}
	walk(facts)
	slices.Sort(all)
	return slices.Compact(all)
}
