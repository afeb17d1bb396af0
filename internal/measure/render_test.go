package measure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/report"
)

// measured is a result without a path whose CPU has a hostile name.
func measured(t *testing.T) *Result {
	t.Helper()
	cfg := small()
	cfg.Machine.CPU = "<b>\x1b[31mFast & Sons"
	r, err := Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Path = &Path{
		Path: "a\x1b]<script>", Verdict: report.Failed, Files: 1, Bytes: 1e9, Stored: 1e9, FirstRead: 2,
		Read: []float64{.2, .3}, ReadMedian: .25, Verify: []float64{1, 1.1}, VerifyMedian: 1.05, Bound: BoundCold, Jobs: 2,
	}
	r.Estimate = estimates(r.Rows, r.Path)
	r.Warnings = warnings(r)
	return r
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, measured(t)); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc["schema"] != Schema {
		t.Errorf("got schema %v, want %s", doc["schema"], Schema)
	}
	for key, fields := range map[string][]string{
		"machine":  {"cpu", "cores", "os", "arch", "go", "hash", "load"},
		"settings": {"seconds", "runs", "jobs"},
		"path":     {"path", "verdict", "files", "bytes", "stored", "firstRead", "read", "verify", "bound"},
		"rows":     {"group", "samples", "median", "spread", "chosen"},
		"costs":    {"format", "hash", "decode", "diffID", "rest", "bound", "scaling", "storage"},
		"terabyte": {"of", "seconds", "rate"},
	} {
		object, ok := doc[key].(map[string]any)
		if list, is := doc[key].([]any); is && len(list) > 0 {
			object, ok = list[0].(map[string]any)
		}
		if !ok {
			t.Errorf("%s: got %v, want an object or a list of them", key, doc[key])
			continue
		}
		for _, f := range fields {
			if _, ok := object[f]; !ok {
				t.Errorf("%s has no field %s", key, f)
			}
		}
	}
	if _, ok := doc["warnings"].([]any); !ok {
		t.Errorf("got warnings %v, want a list", doc["warnings"])
	}
}

func TestHTML(t *testing.T) {
	var b bytes.Buffer
	r := measured(t)
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for want, n := range map[string]int{"<svg ": 5, "</svg>": 5, "<main>": 1, "</html>": 1, "prefers-color-scheme:dark": 1, "<details>": 1} {
		if got := strings.Count(page, want); got != n {
			t.Errorf("got %d of %s, want %d", got, want, n)
		}
	}
	for _, w := range r.Warnings {
		if !strings.Contains(page, esc(w)) {
			t.Errorf("the page does not say %q", w)
		}
	}
	if remote := regexp.MustCompile(`(?i)https?:|//[a-z]|<script|<link|<img|<iframe|@import|url\(|\ssrc=|\son[a-z]+=|\x1b`).FindString(page); remote != "" {
		t.Errorf("the page holds %q: it must stand alone", remote)
	}
	if bad := regexp.MustCompile(`NaN|Inf|\d[eE][+-]\d`).FindString(page); bad != "" {
		t.Errorf("the page holds the number %q", bad)
	}
	// Every element that is opened is closed, void ones and paths aside.
	for _, tag := range []string{"section", "div", "g", "text", "tspan", "p", "ul", "li", "table", "tr", "td", "th", "svg", "title", "h2", "h3", "span", "b"} {
		opened := len(regexp.MustCompile("<"+tag+`[ >]`).FindAllString(page, -1))
		if closed := strings.Count(page, "</"+tag+">"); opened != closed {
			t.Errorf("got %d <%s> and %d </%s>", opened, tag, closed, tag)
		}
	}
}

func TestBenchstat(t *testing.T) {
	var b bytes.Buffer
	r := measured(t)
	r.Machine.CPU = "Test CPU"
	if err := Benchstat(&b, r); err != nil {
		t.Fatal(err)
	}
	// As the Go benchmark data format has it: the name with the number of
	// processors, how often, and pairs of value and unit.
	line := regexp.MustCompile(`^Benchmark[A-Z][^ \t]*-2\t1(\t[0-9.]+ ns/op)?\t[0-9]+\.[0-9]+ MB/s$`)
	got, configured := 0, false
	for text := range strings.Lines(b.String()) {
		text = strings.TrimSuffix(text, "\n")
		switch {
		case line.MatchString(text):
			got++
		case text == "cpu: Test CPU":
			configured = true
		case !regexp.MustCompile(`^[a-z]+: \S`).MatchString(text):
			t.Errorf("benchstat would not read %q", text)
		}
	}
	if !configured {
		t.Error("the CPU is not named")
	}
	if want := len(r.Rows)*3 + 1 + 2 + 2; got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	r := measured(t)
	if err := Table(&b, r); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{
		"HASH, one core", "DECODE, one core", "VERIFY, in memory", "* sha256 ", "docker-save, one pass", "a terabyte in", "\nPATH                   a terabyte in 17 min 30 s, if storage gives 952MB/s\n", "bound by ",
		"first reading  2.000 s, 500MB/s", "reading again  0.250 s, 4GB/s", "bound by storage where it was not read before", "warning: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\t") {
		t.Errorf("the table holds control characters: %q", out)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestWritersReturnErrors(t *testing.T) {
	r := measured(t)
	for name, write := range map[string]func() error{
		"table": func() error { return Table(full{}, r) }, "json": func() error { return JSON(full{}, r) },
		"benchstat": func() error { return Benchstat(full{}, r) }, "html": func() error { return HTML(full{}, r) },
	} {
		if err := write(); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v, want %v", name, err, errFull)
		}
	}
}
