package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// fill sets every string in v for which want holds.
func fill(v reflect.Value, s string, want func(reflect.Type) bool) {
	switch v.Kind() {
	case reflect.String:
		if want(v.Type()) {
			v.SetString(s)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), s, want)
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), s, want)
		}
		if v.Type() == reflect.TypeFor[[]byte]() {
			v.SetBytes([]byte(s))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s, want)
		}
	}
}

func hostile(s string, want func(reflect.Type) bool) *Result {
	r := sample()
	r.Images[1].Refs = []string{"x"}
	r.Source.Container = "x"
	fill(reflect.ValueOf(r).Elem(), s, want)
	return &Result{
		Tool: r.Tool, Several: true, Notes: true,
		Inputs: []Input{{Path: s, Report: r, Err: errors.New(s)}},
	}
}

// everything fills all strings, free only those that no code branches on.
func everything(reflect.Type) bool { return true }

func free(t reflect.Type) bool {
	return t == reflect.TypeFor[string]() || t == reflect.TypeFor[digest.Digest]()
}

// FuzzRender puts one string in every place that an image can reach, and in
// all others, and checks for every way of writing that nothing but visible
// characters and the renderer's own line breaks come out, that no string adds
// or removes a line, and that JSON stays JSON and gives the string back.
func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"", "x", "alpine:3.20", "\x1b[2J\x1b[1;1Hverified", "a\r\nverified: x", "\u202egnp.exe", "\u200b\ufeff\u2066\u061c", "\x00\x7f\x80\xff\xc3",
		"\u0085\u009b31m", "\"\\'`", `{"a":"\u001b"}`, `{"a":[{},[]]}`, "{\x7f", "日本語", strings.Repeat("A", 10_000), strings.Repeat("\xff", 5000),
		strings.Repeat("\u202e", 4000), "a\u0301\u0489", "\U000e0041\U0001f469\u200d\U0001f469", "<script>&", "sha256:" + strings.Repeat("\x1b", 64),
	} {
		f.Add(s)
	}
	plain := make(map[string]int)
	for name, write := range writers() {
		var b bytes.Buffer
		if err := write(&b, hostile("x", free)); err != nil {
			f.Fatal(err)
		}
		plain[name] = strings.Count(b.String(), "\n")
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, write := range writers() {
			checkVisible(t, name, render(t, write, hostile(s, everything)), s)
			out := render(t, write, hostile(s, free))
			checkVisible(t, name, out, s)
			n := strings.Count(out, "\n")
			switch {
			case strings.HasPrefix(name, "inspect"), name == "ls.json":
				// Documents have lines of their own, and a name with a
				// repository has a field more than one without.
			case s != "" && n != plain[name]:
				t.Errorf("%s of %q: got %d lines, want %d:\n%.2000s", name, s, n, plain[name], out)
			}
			checkJSON(t, name, out)
		}
		checkRoundTrip(t, s)
		if e := Escape(s); Escape(e) != e && len(s) <= maxText && len(e) <= maxText {
			t.Errorf("Escape(%q) = %q is not stable", s, e)
		}
	})
}

func checkVisible(t *testing.T, name, out, s string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Fatalf("%s of %q is no UTF-8: %q", name, s, out)
	}
	for _, r := range out {
		if r != '\n' && hidden(r) {
			t.Fatalf("%s of %q lets %U through:\n%.2000q", name, s, r, out)
		}
	}
}

func checkJSON(t *testing.T, name, out string) {
	t.Helper()
	switch {
	case strings.HasSuffix(name, "jsonl"):
		for scan := bufio.NewScanner(strings.NewReader(out)); scan.Scan(); {
			if !json.Valid(scan.Bytes()) {
				t.Fatalf("%s: no JSON: %s", name, scan.Text())
			}
		}
	case strings.HasSuffix(name, "json"):
		if !json.Valid([]byte(out)) {
			t.Fatalf("%s: no JSON: %s", name, out)
		}
	}
}

func checkRoundTrip(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) || len(s) > maxText {
		return
	}
	want := sample()
	fill(reflect.ValueOf(want).Elem(), s, free)
	var got report.Report
	if err := json.Unmarshal([]byte(render(t, document, single(want))), &got); err != nil {
		t.Fatal(err)
	}
	for i := range want.Images {
		want.Images[i].Raw = nil
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("%q (-want +got):\n%s", s, diff)
	}
}
