package lock

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
)

func export(t *testing.T, f *File, format string) (string, []Left) {
	t.Helper()
	b, left, err := f.Export(format)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), left
}

// approvals are name and digest of what would be imported.
func approvals(in Imports) map[string]digest.Digest {
	m := map[string]digest.Digest{}
	for _, a := range in.Images {
		m[a.Name] = a.Record.Digest
	}
	for _, s := range in.Files {
		m[s.Path] = s.SHA256
	}
	return m
}

// TestExportReadsBack reads each export with the reader of its format.
func TestExportReadsBack(t *testing.T) {
	tiny, x := "registry.example/team/tiny", "registry.example/x@"+string(dg("f"))
	for _, c := range []struct {
		format string
		want   map[string]digest.Digest
		left   int
	}{
		{"imgpkg", map[string]digest.Digest{tiny + ":v1": dg("b"), x: dg("f")}, 3},
		{"policy", map[string]digest.Digest{tiny + "@" + string(dg("b")): dg("b"), tiny + "@" + string(dg("c")): dg("c"), tiny + "@" + string(dg("d")): dg("d"), tiny + "@" + string(dg("e")): dg("e"), x: dg("f")}, 3},
		{"sha256sums", map[string]digest.Digest{"a.tar": dg("2"), "z.tar": dg("1")}, 3},
	} {
		t.Run(c.format, func(t *testing.T) {
			text, left := export(t, full(), c.format)
			in, _, err := Import(c.format, []byte(text), time.Time{})
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if diff := cmp.Diff(c.want, approvals(in)); diff != "" {
				t.Error(diff)
			}
			if len(left) != c.left {
				t.Errorf("got %v left out, want %d", left, c.left)
			}
		})
	}
}

func TestExportEmpty(t *testing.T) {
	for _, format := range ExportFormats() {
		text, left := export(t, &File{}, format)
		if len(left) > 0 {
			t.Errorf("%s: left out %v", format, left)
		}
		switch format {
		case "imgpkg", "policy", "sha256sums":
			if _, _, err := Import(format, []byte(text), time.Time{}); err != nil {
				t.Errorf("%s: %v in\n%s", format, err, text)
			}
		default:
			if !json.Valid([]byte(text)) {
				t.Errorf("%s: no JSON:\n%s", format, text)
			}
		}
	}
	if _, _, err := (&File{}).Export("xml"); err == nil {
		t.Error("xml: got nothing, want an error")
	}
}

// TestBuildkitPolicy compares with a policy as BuildKit's documentation has it.
func TestBuildkitPolicy(t *testing.T) {
	const want = `{"rules":[{"action":"CONVERT","selector":{"identifier":"docker-image://registry.example/team/tiny:v1"},"updates":{"identifier":"docker-image://registry.example/team/tiny:v1@sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"}}]}`
	f := &File{}
	if _, err := f.Put("registry.example/team/tiny:v1", Record{Digest: "sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1", Kind: Registry, Imported: "test"}); err != nil {
		t.Fatal(err)
	}
	text, _ := export(t, f, "buildkit")
	var got bytes.Buffer
	if err := json.Compact(&got, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got %s, want %s", &got, want)
	}
}

// TestSumsOfOddPaths has sha256sum check what is exported, where it is
// installed.
func TestSumsOfOddPaths(t *testing.T) {
	dir := t.TempDir()
	var list []Source
	for _, name := range []string{"plain.tar", "two words.tar", `back\slash.tar`, "new\nline.tar", "return\r.tar", "*star.tar", " space.tar", "ümlaut.tar"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Skip(err)
		}
		list = append(list, Source{name, digest.FromString(name)})
	}
	f := &File{}
	r := imageID("1")
	r.Sources = append(list[:3:3], Source{"-", dg("0")}, Source{"folder", ""})
	if _, err := f.Put("app", r); err != nil {
		t.Fatal(err)
	}
	if _, err := f.PutFiles(list[3:]); err != nil {
		t.Fatal(err)
	}
	text, left := export(t, f, "sha256sums")
	if len(left) > 0 {
		t.Errorf("left out %v", left)
	}
	in, _, err := Import("sha256sums", []byte(text), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]digest.Digest{}
	for _, s := range list {
		want[s.Path] = s.SHA256
	}
	if diff := cmp.Diff(want, approvals(in)); diff != "" {
		t.Error(diff)
	}
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("sha256sum is not installed")
	}
	cmd := exec.Command(tool, "-c", "--strict", "--quiet", "-")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, text)
	}
	// What sha256sum writes itself is read as well.
	for _, flag := range []string{"--text", "--binary", "--tag"} {
		args := []string{flag, "--"}
		for _, s := range list {
			args = append(args, s.Path)
		}
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Skip(err)
		}
		in, _, err := Import("sha256sums", out, time.Time{})
		if err != nil {
			t.Fatalf("%s: %v in\n%s", flag, err, out)
		}
		if diff := cmp.Diff(want, approvals(in)); diff != "" {
			t.Errorf("%s: %s", flag, diff)
		}
	}
}

func TestSumsOfTwoContents(t *testing.T) {
	f := &File{}
	for i, d := range []string{"1", "2"} {
		r := imageID(d)
		r.Sources = []Source{{"app.tar", dg(d)}}
		if _, err := f.Put([]string{"a", "b"}[i], r); err != nil {
			t.Fatal(err)
		}
	}
	text, left := export(t, f, "sha256sums")
	if text != "" || len(left) != 1 {
		t.Errorf("got %q, left out %v", text, left)
	}
}

func TestCompose(t *testing.T) {
	f := &File{}
	for _, put := range []struct {
		name string
		r    Record
	}{{"app:1", manifest("a", "1")}, {"db:2", manifest("b", "2")}, {"saved:3", imageID("3")}} {
		if _, err := f.Put(put.name, put.r); err != nil {
			t.Fatal(err)
		}
	}
	const file = `# a comment
x-one: &one
  restart: always
x-two: &two {image: "app:1"}
services:
  web: {image: docker.io/library/app:1}
  on: {image: 'app:1'}
  "1": {image: app:1}
  merged: {<<: [*one, *two]}
  own: {<<: *two, image: db:2}
  pinned: {image: "app:1@sha256:` + "0000000000000000000000000000000000000000000000000000000000000000" + `"}
  saved: {image: saved:3}
  unknown: {image: nginx}
  variable: {image: "${IMAGE}"}
  built: {build: .}
`
	services, err := ComposeServices([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	text, left, err := f.Compose(services)
	if err != nil {
		t.Fatal(err)
	}
	a, b := "docker.io/library/app:1@"+string(dg("a")), "docker.io/library/db:2@"+string(dg("b"))
	want := []Service{{"1", a}, {"merged", a}, {"on", a}, {"own", b}, {"pinned", a}, {"web", a}}
	got, err := ComposeServices(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s in\n%s", diff, text)
	}
	var names []string
	for _, l := range left {
		names = append(names, l.Name)
	}
	if got := strings.Join(names, " "); got != "saved unknown variable" {
		t.Errorf("got %s left out", got)
	}
	if _, _, err := f.Compose([]Service{{"x", "a"}, {"x", "b"}}); err == nil {
		t.Error("a service twice: got nothing, want an error")
	}
}

func TestImportErrors(t *testing.T) {
	lock := func(images string) string {
		return "apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n" + images
	}
	a, b := "registry.example/a@"+string(dg("a")), "registry.example/a@"+string(dg("b"))
	for _, c := range []struct{ name, format, text, want string }{
		{"no format", "xml", "", "no format"},
		{"too large", "imgpkg", strings.Repeat(" ", MaxBytes+1), "more than"},
		{"another kind", "imgpkg", "apiVersion: v1\nkind: ConfigMap\nimages: []\n", "unknown field|not a"},
		{"empty", "imgpkg", "", "empty"},
		{"two documents", "imgpkg", lock("  []\n") + "---\n" + lock("  []\n"), "more than one"},
		{"no digest", "imgpkg", lock("- image: registry.example/a:1\n"), "no digest"},
		{"weak digest", "imgpkg", lock("- image: registry.example/a@sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709\n"), "weak|reference"},
		{"unknown field", "imgpkg", lock("- image: " + a + "\n  signed: true\n"), "line 4: unknown field"},
		{"key twice", "imgpkg", lock("- image: " + a + "\n  image: " + b + "\n"), "twice|already"},
		{"no list", "imgpkg", lock("  a: b\n"), "no list"},
		{"one name, two digests", "imgpkg", lock("- image: " + a + "\n  annotations: {kbld.carvel.dev/id: x}\n- image: " + b + "\n  annotations: {kbld.carvel.dev/id: x}\n"), "stands for"},
		{"alias", "imgpkg", "apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: &k ImagesLock\nimages: *k\n", "no list"},
		{"sum of md5", "sha256sums", "d41d8cd98f00b204e9800998ecf8427e  a\n", "line 1: not a line"},
		{"sum without path", "sha256sums", dg("a").Encoded() + "  \n", "line 1"},
		{"sum of two contents", "sha256sums", dg("a").Encoded() + "  a\n" + dg("b").Encoded() + "  a\n", "line 2: "},
		{"bad escape", "sha256sums", "\\" + dg("a").Encoded() + "  a\\x\n", "line 1"},
		{"cut escape", "sha256sums", "\\" + dg("a").Encoded() + "  a\\\n", "line 1"},
		{"policy that accepts", "policy", `{"default":[{"type":"insecureAcceptAnything"}],"transports":{}}`, "approve nothing"},
		{"policy with two defaults", "policy", `{"default":[{"type":"reject"},{"type":"reject"}]}`, "approve nothing"},
		{"policy, key twice", "policy", `{"default":[{"type":"reject"}],"default":[{"type":"reject"}]}`, "duplicate"},
		{"policy, unknown field", "policy", `{"default":[{"type":"reject"}],"defaults":[]}`, "unknown"},
		{"policy, case", "policy", `{"Default":[{"type":"reject"}]}`, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Import(c.format, []byte(c.text), time.Time{})
			if err == nil {
				t.Fatalf("got nothing, want %q", c.want)
			}
			for _, want := range strings.Split(c.want, "|") {
				if strings.Contains(err.Error(), want) {
					return
				}
			}
			t.Errorf("got %q, want %q", err, c.want)
		})
	}
}

func TestImportPolicyTakesOnlyDigests(t *testing.T) {
	d := "@" + string(dg("a"))
	in, left, err := Import("policy", []byte(`{"default":[{"type":"reject"}],"transports":{
		"docker":{"registry.example/a`+d+`":[{"type":"insecureAcceptAnything"}],"registry.example/b`+d+`":[{"type":"signedBy","keyPath":"/k"}],
			"registry.example/c`+d+`":[{"type":"insecureAcceptAnything"},{"type":"reject"}],"registry.example":[{"type":"insecureAcceptAnything"}],"registry.example/d`+d+`":[{"type":"insecureAcceptAnything","x":1}]},
		"atomic":{"registry.example/e`+d+`":[{"type":"insecureAcceptAnything"}]}}}`), when)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]digest.Digest{"registry.example/a" + d: dg("a")}, approvals(in)); diff != "" {
		t.Error(diff)
	}
	if len(left) != 5 {
		t.Errorf("got %v left out, want 5", left)
	}
	if r := in.Images[0].Record; r.Verified || r.Imported != "policy" || r.Added != when || r.Kind != Registry {
		t.Errorf("got %+v", r)
	}
}

// FuzzImport wants of each format that nothing which is read cannot be kept.
func FuzzImport(f *testing.F) {
	for _, format := range ImportFormats() {
		text, _, err := full().Export(format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("services:\n  a: {<<: &x {<<: *x}}\n"))
	f.Add([]byte("services: {a: {image: x}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range ImportFormats() {
			in, _, err := Import(format, data, time.Time{})
			if err != nil {
				continue
			}
			file := &File{}
			if _, err := file.PutAll(in.Images); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if _, err := file.PutFiles(in.Files); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			text, err := file.Marshal()
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if _, err := Parse(text); err != nil {
				t.Fatalf("%s: %v in\n%s", format, err, text)
			}
		}
		if services, err := ComposeServices(data); err == nil {
			text, _, err := full().Compose(services)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ComposeServices(text); err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
		}
	})
}
