package pin

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func FuzzDockerfile(f *testing.F) {
	for _, s := range []string{
		"# syntax=a/b:1 x\n# escape=`\nARG A=alpine B=\"x\"\nFROM --platform=$B ${A:-b}:3 AS s `\n # c\nRUN --mount=type=bind,from=a <<EOF\nEOF\nCOPY --from=s --link a b\nONBUILD COPY --from=x:1 a b\n",
		"FROM \"alpine\":3\nFROM a\\\nb:1\r\nFROM ${X-y}$A''\nCOPY --from='a:1' \\\n# x\n a b",
		"ARG A=$B\nFROM ${B:+c}${A:?d}\nFROM ${REG}app:1@sha256:" + strings.Repeat("0", 64),
	} {
		f.Add([]byte(s))
	}
	fuzzKind(f, Dockerfile, "Dockerfile")
}

func FuzzCompose(f *testing.F) {
	for _, s := range []string{
		"services: {a: {image: &i 'x:1'}, b: {image: *i}, c: &c {image: !!str \"y\"}, d: {<<: *c}}",
		"services:\r\n  a:\r\n    image: é/x # c\r\n    build: {additional_contexts: [a=docker-image://b:1]}\r\n",
		"\uFEFFservices:\n a:\n  volumes:\n  - {type: image, source: x}\n  image: |\n   x\n---\nservices: {a: {image: x@sha256:" + strings.Repeat("0", 64) + "}}",
	} {
		f.Add([]byte(s))
	}
	fuzzKind(f, Compose, "compose.yaml")
}

func FuzzKubernetes(f *testing.F) {
	for _, s := range []string{
		"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, spec: {containers: [{image: x:1}], volumes: [{image: {reference: y}}]}}\n",
		"{\"apiVersion\": \"batch/v1\", \"kind\": \"CronJob\", \"spec\": {\"jobTemplate\": {\"spec\": {\"template\": {\"spec\": {\"initContainers\": [{\"image\": \"x\"}]}}}}}}",
	} {
		f.Add([]byte(s))
	}
	fuzzKind(f, Kubernetes, "deploy.yaml")
}

// fuzzKind holds every parser to this: it does not panic, Make changes nothing
// but digests, and what was pinned without a digest before is the same again
// after it is unpinned.
func fuzzKind(f *testing.F, kind Kind, fixture string) {
	data, err := os.ReadFile(filepath.Join("testdata", fixture))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := Find("", kind, data)
		if err != nil {
			return
		}
		results, out, err := Make(before, Options{Resolver: anything{}})
		if err != nil {
			var syntax *SyntaxError
			if errors.As(err, &syntax) && strings.Contains(err.Error(), "would become") {
				return // one ARG in two names
			}
			t.Fatalf("make: %v", err)
		}
		// Outside of the edits every byte is equal.
		rest := out
		var was []byte
		changed := false
		for _, r := range results {
			if !r.Changed() {
				continue
			}
			changed = true
			i := bytes.Index(rest, []byte("@"+r.New.String()))
			if i < 0 {
				t.Fatalf("%q is not in %q", r.New, rest)
			}
			was = append(was, rest[:i]...)
			if r.Old != "" {
				was = append(was, "@"+r.Old...)
			}
			rest = rest[i+1+len(r.New):]
		}
		if was = append(was, rest...); !bytes.Equal(was, data) {
			// Names that were pinned already may be equal to new ones.
			if !bytes.Contains(data, []byte("@sha")) {
				t.Fatalf("other bytes changed:\n%q\n%q", data, out)
			}
		}
		if !changed && !bytes.Equal(out, data) {
			t.Fatalf("bytes changed without a change")
		}
		after, err := Find("", kind, out)
		if err != nil {
			t.Fatalf("read again: %v", err)
		}
		if bytes.Contains(data, []byte("@sha")) {
			return
		}
		_, back, err := Make(after, Options{Resolver: anything{}, Unpin: true})
		if err != nil {
			t.Fatalf("unpin: %v", err)
		}
		if !bytes.Equal(back, data) {
			t.Fatalf("unpinned:\n%q\nwant\n%q", back, data)
		}
		Diff("x", data, out)
	})
}
