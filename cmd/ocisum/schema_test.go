package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ocisum/ocisum/internal/testimage"
)

// schemas compiles docs/report.schema.json: the whole, and one line of jsonl.
func schemas(t *testing.T) (document, event *jsonschema.Schema) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("report.json"), c.MustCompile("report.json#/$defs/event")
}

func unmarshal(doc string) (any, error) { return jsonschema.UnmarshalJSON(strings.NewReader(doc)) }

// TestSchema verifies images of every kind, sound and broken, and holds what
// is written against the published schema. That allows no further fields, so
// one that was added without it is noticed.
func TestSchema(t *testing.T) {
	document, event := schemas(t)
	dir := t.TempDir()
	paths := writeImages(t, dir)
	for _, args := range append(commandLines(dir, paths), []string{"verify", filepath.Join(dir, "gone.tar")}) {
		out, _ := command(t, append(args, "-o", "json")...)
		v, err := unmarshal(string(out))
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		if err := document.Validate(v); err != nil {
			t.Fatalf("%q: %.500v\n%.500s", args, err, out)
		}
		out, _ = command(t, append(args, "-o", "jsonl")...)
		lines := 0
		for scan := bufio.NewScanner(bytes.NewReader(out)); scan.Scan(); lines++ {
			v, err := unmarshal(scan.Text())
			if err != nil {
				t.Fatalf("%q: %v", args, err)
			}
			if err := event.Validate(v); err != nil {
				t.Fatalf("%q: %.500v\n%.500s", args, err, scan.Text())
			}
		}
		if lines == 0 {
			t.Errorf("%q: no events", args)
		}
	}
}

// The schema has no field that no report has: what was renamed goes, too.
func TestSchemaNamesRealFields(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	fields := reportFields()
	for def, have := range doc.Defs {
		want, known := fields[def]
		if have.Properties == nil || !known {
			continue
		}
		for name := range have.Properties {
			if !want[name] {
				t.Errorf("$defs/%s has a field %q, the report has not", def, name)
			}
		}
		for name := range want {
			if have.Properties[name] == nil {
				t.Errorf("$defs/%s lacks the field %q", def, name)
			}
		}
		delete(fields, def)
	}
	for def := range fields {
		t.Errorf("the schema lacks $defs/%s", def)
	}
}

// commandLines are ways to verify the images at paths.
func commandLines(dir string, paths []string) [][]string {
	var all [][]string
	for _, p := range paths {
		all = append(all, []string{"verify", p}, []string{"verify", "--strict", "--file-digest", "--all-platforms", p},
			[]string{"verify", p + "@sha256:" + strings.Repeat("0", 64), "--require-expect"})
	}
	return append(all, append([]string{"verify"}, paths...), []string{"verify", "-r", dir})
}

// command runs the command in this process.
func command(t *testing.T, args ...string) (stdout []byte, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = newWorld(strings.NewReader(""), &out, &errs).run(context.Background(), append([]string{"ocisum"}, args...))
	return out.Bytes(), code
}

// images are small images of every kind by file name.
func images() map[string][]byte {
	layer := testimage.Layer{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: "gzip"}
	plain := testimage.Layer{Members: []testimage.Member{testimage.File("a", "b")}}
	img := testimage.Image{Ref: "app:1", Layers: []testimage.Layer{layer, plain}}
	arm := img
	arm.Ref, arm.Platform.OS, arm.Platform.Architecture = "", "linux", "arm64"
	all := []testimage.Image{img}
	layout := testimage.Layout{Images: all}.Tree()
	stored := testimage.BlobPath(layer.Descriptor().Digest)
	return map[string][]byte{
		"docker.tar":     testimage.DockerSave{Images: all}.Tree().Tar(),
		"hybrid.tar":     testimage.Hybrid{Images: all}.Tree().Tar(),
		"oci.tar":        layout.Tar(),
		"oci.tar.gz":     testimage.Gzip(layout.Tar()),
		"second.tar":     testimage.Layout{Images: []testimage.Image{{Ref: "app:1", Layers: []testimage.Layer{plain}}}}.Tree().Tar(),
		"other.tar":      testimage.Layout{Images: []testimage.Image{{Ref: "db:2", Layers: []testimage.Layer{plain, layer}}}}.Tree().Tar(),
		"unnamed.tar":    testimage.Layout{Images: []testimage.Image{{Layers: []testimage.Layer{layer}}}}.Tree().Tar(),
		"platforms.tar":  testimage.Layout{Images: []testimage.Image{img, arm}, Nested: true}.Tree().Tar(),
		"flipped.tar":    layout.Flip(testimage.BlobPath(plain.Descriptor().Digest), 512).Tar(),
		"missing.tar":    layout.Remove(stored).Tar(),
		"stray.tar":      layout.Add(testimage.File("blobs/sha256/"+strings.Repeat("0", 64), "stray")).Tar(),
		"empty.tar":      testimage.Layout{}.Tree().Tar(),
		"cut.tar":        layout.Tar()[:2000],
		"twice.tar":      layout.Add(testimage.File("index.json", `{"schemaVersion":2,"manifests":[]}`)).Tar(),
		"no-image.tar":   testimage.Tree{testimage.File("etc/passwd", "root")}.Tar(),
		"no-archive.txt": []byte("hello\n"),
	}
}

// writeImages writes images() and one layout folder, and returns their paths.
func writeImages(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	for name, b := range images() {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	folder := filepath.Join(dir, "layout")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := testimage.Untar(images()["oci.tar"], folder); err != nil {
		t.Fatal(err)
	}
	return sorted(append(paths, folder))
}
