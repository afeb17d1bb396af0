package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocisum/ocisum/report"
)

var update = flag.Bool("update", false, "rewrite golden files and docs/findings.md")

// writers is every way this package writes a result.
func writers() map[string]func(io.Writer, *Result) error {
	m := map[string]func(io.Writer, *Result) error{
		"ls.table":      func(w io.Writer, r *Result) error { return List(w, "table", r, false) },
		"ls.json":       func(w io.Writer, r *Result) error { return List(w, "json", r, false) },
		"ls.jsonl":      func(w io.Writer, r *Result) error { return List(w, "jsonl", r, true) },
		"inspect.table": func(w io.Writer, r *Result) error { return Inspect(w, "table", r) },
		"inspect.json":  func(w io.Writer, r *Result) error { return Inspect(w, "json", r) },
		"digest.table":  func(w io.Writer, r *Result) error { return Digests(w, "table", r) },
		"digest.json":   func(w io.Writer, r *Result) error { return Digests(w, "json", r) },
	}
	for _, f := range Formats() {
		m[f.Name] = f.Render
	}
	return m
}

func render(t *testing.T, write func(io.Writer, *Result) error, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	several := &Result{
		Tool: sample().Tool, Several: true, Skipped: 2,
		Inputs: []Input{
			{Path: "app.tar.gz", Report: sample()}, {Path: "-", Report: sound()},
			{Path: "gone.tar", Err: errors.New("no such file or directory")},
		},
	}
	for name, write := range writers() {
		t.Run(name, func(t *testing.T) {
			golden(t, name, render(t, write, single(sample())))
			golden(t, name+".sound", render(t, write, single(sound())))
			golden(t, name+".several", render(t, write, several))
		})
	}
}

func TestNotesAreListedOnRequest(t *testing.T) {
	r := single(sample())
	if got := render(t, table, r); strings.Contains(got, "blob.unreferenced") {
		t.Errorf("got a note unasked:\n%s", got)
	}
	r.Notes = true
	if got := render(t, table, r); !strings.Contains(got, "note[blob.unreferenced] named by nothing\n  object blobs/sha256/00\n") {
		t.Errorf("got no note:\n%s", got)
	}
}

// A hostile image has ten thousand names and findings; the table stays short,
// and every code is in it.
func TestTableStaysReadable(t *testing.T) {
	r := sample()
	r.Images[0].Refs = nil
	for i := range 10_000 {
		r.Images[0].Refs = append(r.Images[0].Refs, fmt.Sprintf("registry.example/app:%d", i))
	}
	for range 10_000 {
		r.Findings = append(r.Findings, report.Finding{Code: report.BlobMissing, Severity: report.Warning, Images: []int{0}, Message: "not there"})
	}
	r.Findings = append(r.Findings, report.Finding{Code: report.JSONDuplicateKey, Severity: report.Error, Message: "twice"})
	got := render(t, table, single(r))
	for _, want := range []string{"registry.example/app:0 +9999 more", "+9980 more of blob.missing", "json.duplicate-key"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%.3000s", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n > 80 {
		t.Errorf("got %d lines, want at most 80", n)
	}
	for line := range strings.Lines(got) {
		if len(line) > 400 {
			t.Errorf("line of %d bytes: %.100s", len(line), line)
		}
	}
}

func TestColumnsAlign(t *testing.T) {
	r := sound()
	r.Images = append(r.Images, r.Images[0], r.Images[0])
	r.Images[1].Refs = []string{"日本語/アプリ:1"}
	r.Images[2].Refs = []string{strings.Repeat("long/", 40) + "app:1"}
	got := strings.Split(render(t, table, single(r)), "\n")
	at := strings.Index(got[0], "PLATFORM")
	for _, line := range got[1:4] {
		if i := strings.Index(line, "linux/amd64"); width(line[:i]) != at {
			t.Errorf("column at %d, want %d: %s", width(line[:i]), at, line)
		}
	}
}

func TestVerdict(t *testing.T) {
	with := func(v report.Verdict) Input { return Input{Report: &report.Report{Verdict: v, Complete: true}} }
	broken := Input{Err: errors.New("x")}
	for _, tt := range []struct {
		name string
		in   []Input
		want report.Verdict
	}{
		{"nothing", nil, report.Incomplete},
		{"verified", []Input{with(report.Verified)}, report.Verified},
		{"one could not run", []Input{with(report.Verified), broken}, report.Incomplete},
		{"verified with an error", []Input{{Report: with(report.Verified).Report, Err: errors.New("x")}}, report.Incomplete},
		{"denied before incomplete", []Input{with(report.Incomplete), with(report.Denied), broken}, report.Denied},
		{"failed before denied", []Input{with(report.Denied), with(report.Failed), with(report.Verified)}, report.Failed},
	} {
		if got := (&Result{Inputs: tt.in}).Verdict(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// JSON is what encoding/json would write, for everything that is plain.
func TestJSONRoundTrip(t *testing.T) {
	for _, want := range []*report.Report{sample(), sound()} {
		var got report.Report
		if err := json.Unmarshal([]byte(render(t, document, single(want))), &got); err != nil {
			t.Fatal(err)
		}
		for i := range want.Images {
			want.Images[i].Raw = nil
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestJSONStrings(t *testing.T) {
	for in, want := range map[string]string{
		"a\"\\/<>&é日":       `"a\"\\/<>&é日"`,
		"\n\r\t\b\x00\x7f":  `"\n\r\t\u0008\u0000\u007f"`,
		"\u202e\u2028":      `"\u202e\u2028"`,
		"\U000e0041":        `"\udb40\udc41"`,
		"\xff\xed\xa0\x80x": `"\\xff\\xed\\xa0\\x80x"`,
	} {
		var b bytes.Buffer
		if err := encode(&b, in, false); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(b.String(), "\n"); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestRawDocuments(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "null"},
		{"compact", ` { "a" : [ 1 , 2.0e5 , true , null ] , "b" : { } , "c" : [ ] } `, `{"a":[1,2.0e5,true,null],"b":{},"c":[]}`},
		{"keys stay, twice", `{"a":1,"a":2}`, `{"a":1,"a":2}`},
		{"escapes stay", `"\u001b\"\\\/"`, `"\u001b\"\\\/"`},
		{"hidden characters", "\"\x7f\u202e\U000e0041\"", `"\u007f\u202e\udb40\udc41"`},
		{"braces in strings", `{"}":"]["}`, `{"}":"]["}`},
		{"broken UTF-8", "\"\xff\"", `"\\xff"`},
		{"no JSON", "{\x1b", `"{\u001b"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := encode(&b, json.RawMessage(tt.in), false); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSuffix(b.String(), "\n"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// full is a writer that fails after some bytes.
type full struct{ left int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	for name, write := range writers() {
		size := len(render(t, write, single(sample())))
		for _, room := range []int{0, size / 2, size - 1} {
			if err := write(&full{room}, single(sample())); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: got error %v, want %v", name, room, size, err, errFull)
			}
		}
	}
}

func TestSplitRef(t *testing.T) {
	for ref, want := range map[string][2]string{
		"alpine:3.20":                      {"alpine", "3.20"},
		"localhost:5000/a/b":               {"localhost:5000/a/b", ""},
		"localhost:5000/a/b:1":             {"localhost:5000/a/b", "1"},
		"latest":                           {"", "latest"},
		"docker.io/library/alpine":         {"docker.io/library/alpine", ""},
		"a:1@sha256:" + string(d("1"))[7:]: {"a", "1"},
	} {
		if repo, tag := splitRef(ref); repo != want[0] || tag != want[1] {
			t.Errorf("%s: got %q %q, want %q", ref, repo, tag, want)
		}
	}
}

func TestFindingsDocument(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, report.Catalogue()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "findings.md")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Errorf("%s is stale: run go generate ./internal/render", path)
	}
}

func TestExplain(t *testing.T) {
	e, _ := report.Lookup(report.BlobDigestMismatch)
	var b bytes.Buffer
	if err := Explain(&b, e); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > column+1 && !strings.HasPrefix(line, "rule") {
			t.Errorf("line of %d bytes: %s", len(line), line)
		}
	}
	for _, want := range []string{"blob.digest-mismatch: " + e.Title, "failed (exit status 1)", e.Spec} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}
