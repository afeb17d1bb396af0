package oci

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const schema1Doc = "{\n   \"schemaVersion\": 1,\n   \"name\": \"n\",\n   \"tag\": \"t\",\n   \"architecture\": \"amd64\",\n   \"fsLayers\": [\n      {\"blobSum\": \"sha256:" + hexA +
	"\"}\n   ],\n   \"history\": [\n      {\"v1Compatibility\": \"{\\\"id\\\":1}\"}\n   ]\n}"

// protected is a protected header as signers write it.
func protected(length int, tail string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"formatLength":%d,"formatTail":"%s","time":"2026-01-01T00:00:00Z"}`,
		length, base64.RawURLEncoding.EncodeToString([]byte(tail))))
}

// sign adds signatures with the given headers to a document that ends in tail.
func sign(doc, tail string, headers ...string) string {
	var list []string
	for _, h := range headers {
		list = append(list, `{"header":{"alg":"ES256"},"signature":"c2ln","protected":"`+h+`"}`)
	}
	return strings.TrimSuffix(doc, tail) + ",\n   \"signatures\": [\n      " + strings.Join(list, ",") + "\n   ]\n}"
}

func TestParseSchema1(t *testing.T) {
	want := &Schema1{Name: "n", Tag: "t", Architecture: "amd64", History: []string{`{"id":1}`},
		FSLayers: []FSLayer{{Pointer: "/fsLayers/0", RawDigest: "sha256:" + hexA, Digest: "sha256:" + hexA}}}
	m, ps := ParseSchema1([]byte(schema1Doc), DefaultLimits())
	compare(t, ps)
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("unsigned manifest differs (-want +got):\n%s", diff)
	}
	want.Signed = true
	h := protected(len(schema1Doc)-2, "\n}")
	m, ps = ParseSchema1([]byte(sign(schema1Doc, "\n}", h)), DefaultLimits())
	compare(t, ps)
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("signed manifest differs (-want +got):\n%s", diff)
	}
	_, ps = ParseSchema1([]byte(`{"schemaVersion":2,"fsLayers":[{"blobSum":"x"},{},5],"layers":[],"signatures":[{}]}`), DefaultLimits())
	compare(t, ps, "schema-version /schemaVersion@17", "digest-malformed /fsLayers/0/blobSum@42", "required /fsLayers/1/blobSum@47",
		"wrong-type /fsLayers/2@50", "ambiguous /layers@53", "required /signatures/0/protected@79")
}

func TestSchema1Payload(t *testing.T) {
	h := protected(len(schema1Doc)-2, "\n}")
	for _, headers := range [][]string{{h}, {h, h}} {
		got, err := Schema1Payload([]byte(sign(schema1Doc, "\n}", headers...)))
		if err != nil || string(got) != schema1Doc {
			t.Errorf("%d signatures: got %q, %v, want the document that was signed", len(headers), got, err)
		}
	}
	compact := `{"fsLayers":[]}`
	got, err := Schema1Payload([]byte(sign(compact, "}", protected(len(compact)-1, "}"))))
	if err != nil || string(got) != compact {
		t.Errorf("compact: got %q, %v, want %q", got, err, compact)
	}
	for _, doc := range []string{schema1Doc, "{}", "[]", `{"signatures":[]}`, `{"signatures":null}`, `{"signatures":{}}`} {
		if _, err := Schema1Payload([]byte(doc)); !errors.Is(err, ErrUnsigned) {
			t.Errorf("%.30s: got %v, want ErrUnsigned", doc, err)
		}
	}
}

// A signed document must not be able to claim another one's digest.
func TestSchema1PayloadRefuses(t *testing.T) {
	n := len(schema1Doc) - 2
	good := protected(n, "\n}")
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, doc := range map[string]string{
		"another document in the tail": sign(schema1Doc, "\n}", protected(0, schema1Doc)),
		"member in the tail":           sign(schema1Doc, "\n}", protected(n, `,"tag":"x"}`)),
		"empty tail":                   sign(schema1Doc, "\n}", protected(n, "")),
		"cut short":                    sign(schema1Doc, "\n}", protected(n-1, "\n}")),
		"comma included":               sign(schema1Doc, "\n}", protected(n+1, "\n}")),
		"into the signatures":          sign(schema1Doc, "\n}", protected(n+30, "\n}")),
		"beyond the end":               sign(schema1Doc, "\n}", protected(1<<30, "\n}")),
		"signatures disagree":          sign(schema1Doc, "\n}", good, protected(n, "}")),
		"member after the signatures":  strings.TrimSuffix(sign(schema1Doc, "\n}", good), "\n}") + `,"tag":"x"}`,
		"document after it":            sign(schema1Doc, "\n}", good) + "{}",
		"signatures twice":             strings.Replace(sign(schema1Doc, "\n}", good), "{", `{"signatures":[{}],`, 1),
		"no header":                    sign(schema1Doc, "\n}", ""),
		"header not base64":            sign(schema1Doc, "\n}", "!!"),
		"header not JSON":              sign(schema1Doc, "\n}", raw("x")),
		"header without length":        sign(schema1Doc, "\n}", raw(`{"formatTail":"fQ"}`)),
		"header with two lengths":      sign(schema1Doc, "\n}", raw(fmt.Sprintf(`{"formatLength":%d,"formatLength":1,"formatTail":"Cn0"}`, n))),
		"negative length":              sign(schema1Doc, "\n}", protected(-1, "\n}")),
		"tail not base64":              sign(schema1Doc, "\n}", raw(fmt.Sprintf(`{"formatLength":%d,"formatTail":"!"}`, n))),
		"broken":                       sign(schema1Doc, "\n}", good)[:n+20],
		"signature is no object":       strings.TrimSuffix(schema1Doc, "\n}") + `,"signatures":[5]}`,
	} {
		if got, err := Schema1Payload([]byte(doc)); err == nil || errors.Is(err, ErrUnsigned) {
			t.Errorf("%s: got %q, %v, want it refused", name, got, err)
		}
	}
}
