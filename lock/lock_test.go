package lock

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/opencontainers/go-digest"
)

// dg is a digest that is easy to recognise.
func dg(c string) digest.Digest { return digest.Digest("sha256:" + strings.Repeat(c, 64)) }

var when = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func manifest(m, config string, diff ...string) Record {
	return Record{Digest: dg(m), Kind: Manifest, Verified: true, Platforms: []Platform{platform("linux/amd64", m, config, diff...)}}
}

func platform(name, m, config string, diff ...string) Platform {
	p := Platform{Name: name, Config: dg(config)}
	if m != "" {
		p.Manifest = dg(m)
	}
	for _, d := range diff {
		p.DiffIDs = append(p.DiffIDs, dg(d))
	}
	return p
}

func imageID(id string, diff ...string) Record {
	return Record{Digest: dg(id), Kind: ImageID, Verified: true, Platforms: []Platform{platform("linux/amd64", "", id, diff...)}}
}

// full uses every statement and field.
func full() *File {
	a := manifest("a", "1", "2", "3")
	a.Added = when
	a.Sources = []Source{{"dir/\u202etiny.tar", dg("4")}, {"layout", ""}}
	b := Record{Digest: dg("b"), Kind: Index, Verified: true, Added: when, Platforms: []Platform{
		platform("linux/arm64/v8", "c", "5", "6"), platform("linux/amd64", "d", "7"), {Name: "linux/arm", Manifest: dg("e")}}}
	return &File{
		Images: []Image{
			{Name: "registry.example/team/tiny:v1", Current: b, History: []Record{a, {Digest: dg("9"), Kind: Registry, Imported: "imgpkg"}}},
			{Name: "docker.io/library/app:1", Current: imageID("8")},
			{Name: "registry.example/x@" + string(dg("f")), Current: Record{Digest: dg("f"), Kind: Registry, Imported: "policy"}},
		},
		Files: []Source{{"z.tar", dg("1")}, {"a.tar", dg("2")}},
	}
}

func marshal(t *testing.T, f *File) string {
	t.Helper()
	b, err := f.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRoundTrip(t *testing.T) {
	f := full()
	text := marshal(t, f)
	golden := filepath.Join("testdata", "full.lock")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	back, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, back); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	good := marshal(t, full())
	edit := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in\n%s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	d := string(dg("0"))
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "line 0: the file is empty"},
		{"another file", "{}\n", "line 1: not a lock file: its first line must be"},
		{"another version", "ocisum-lock 2\n", "line 1: not a lock file"},
		{"cut", good[:len(good)-1], "does not end"},
		{"crlf", strings.ReplaceAll(good, "\n", "\r\n"), "carriage return"},
		{"unknown statement", edit("\nimage docker", "\nimages docker"), "line 3: unknown statement"},
		{"unknown field", edit("    verified", "    trusted"), "line 6: unknown field"},
		{"unknown part", edit("      config", "      configs"), "unknown field"},
		{"unknown digest", edit("  current", "  latest"), "unknown field"},
		{"unknown kind", edit("kind image-id", "kind image"), "unknown kind"},
		{"short name", edit("image docker.io/library/app:1", "image app:1"), "line 3: the full name is docker.io/library/app:1"},
		{"bad name", edit("image docker.io/library/app:1", "image App"), "line 3: name"},
		{"two names", edit("image docker.io/library/app:1", "image registry.example/team/tiny:v1"), "twice"},
		{"weak digest", edit("current "+string(dg("8")), "current sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"), "weak"},
		{"upper case", edit("current "+string(dg("b")), "current sha256:"+strings.Repeat("B", 64)), "malformed"},
		{"two current", edit("  earlier", "  current"), "second current"},
		{"earlier first", edit("  current", "  earlier"), "without a current"},
		{"no mark", edit("    verified\n", ""), "either verified or imported"},
		{"both marks", edit("    verified\n", "    verified\n    imported x\n"), "either verified or imported"},
		{"value after verified", edit("    verified\n", "    verified no\n"), "line 6: here belongs"},
		{"mark twice", edit("    verified\n", "    verified\n    verified\n"), "here belongs"},
		{"time with zone", edit("10:00:00Z", "10:00:00+01:00"), "is no time"},
		{"time that is none", edit("10:00:00Z", "25:00:00Z"), "is no time"},
		{"fraction", edit("10:00:00Z", "10:00:00.5Z"), "is"},
		{"unquoted path", edit(`"layout"`, "layout"), "double quotes"},
		{"raw path", edit(`"layout"`, "`layout`"), "here belongs"},
		{"hidden character", edit(`\u202e`, "\u202e"), "here belongs"},
		{"source without space", edit(`"a.tar" `, `"a.tar"`), "here belongs"},
		{"file without digest", edit(`"a.tar" `+string(dg("2")), `"a.tar"`), "no digest"},
		{"order of images", header + "\n\nimage b.example/x:1\n" + strings.Repeat("", 0) + block + "\nimage a.example/x:1\n" + block, "line 3: here belongs"},
		{"order of facts", edit("    kind image-id\n    verified\n", "    verified\n    kind image-id\n"), "line 5: here belongs"},
		{"tab", edit("    verified", "\tverified"), "unknown statement"},
		{"trailing space", edit("    verified\n", "    verified \n"), "here belongs"},
		{"empty line inside", edit("    verified\n", "\n    verified\n"), "belongs to nothing"},
		{"two empty lines", edit("\n\nimage", "\n\n\nimage"), "line 3: here belongs"},
		{"comment", edit("    verified", "    # verified"), "unknown field"},
		{"deep", edit("    verified", "        verified"), "belongs to nothing"},
		{"manifest of image-id", edit("      config "+string(dg("8")), "      manifest "+d+"\n      config "+string(dg("8"))), "line 4: docker.io/library/app:1"},
		{"other config of image-id", edit("      config "+string(dg("8")), "      config "+d), "the same config"},
		{"digest twice", edit("earlier "+string(dg("a")), "earlier "+string(dg("b"))), "twice under one name"},
		{"name with other digest", edit("x@"+string(dg("f")), "x@"+d), "no other digest"},
		{"path as platform", edit("platform linux/arm\n", "platform linux//arm\n"), "not words"},
		{"after the end", good + "\n", "here belongs"},
		{"conflict", edit("    kind image-id", "<<<<<<< HEAD\n    kind image-id"), "line 5: unresolved merge conflict"},
		{"end of a conflict", edit("    kind image-id", ">>>>>>> other branch\n    kind image-id"), "line 5: unresolved merge conflict"},
		{"middle of a conflict", edit("    kind image-id", "=======\n    kind image-id"), "line 5: unresolved merge conflict"},
		{"conflict at once", "<<<<<<< HEAD\n" + good, "line 1: unresolved merge conflict"},
		{"another manifest than current", header + "\n\nimage a.example/x:1\n  current " + d + "\n    kind manifest\n    verified\n    platform linux/amd64\n      manifest " + string(dg("1")) + "\n", "line 4: a.example/x:1"},
		{"comment at the top", edit("\nimage docker", "# mine\nimage docker"), "comments"},
		{"too long", strings.Repeat("x", MaxBytes+1), "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a syntax error with %q", err, c.want)
			}
			if got := err.Error(); !strings.Contains(got, strings.TrimPrefix(c.want, "line 0: ")) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

var block = "  current " + string(dg("b")) + "\n    kind registry\n    imported x\n"

func TestRecordsAreBounded(t *testing.T) {
	f := &File{}
	for range MaxRecords + 1 {
		f.Files = append(f.Files, Source{strings.Repeat("x", len(f.Files)%7) + string(rune('a'+len(f.Files)%26)), dg("1")})
	}
	if _, err := f.Marshal(); err == nil {
		t.Error("got nothing, want an error")
	}
}

func TestParseName(t *testing.T) {
	d := "@" + string(dg("a"))
	for _, c := range []struct{ in, want string }{
		{"alpine", "docker.io/library/alpine:latest"},
		{"harbor/app:2", "docker.io/harbor/app:2"},
		{"localhost/app", "localhost/app:latest"},
		{"registry.example:5000/a/b:v1", "registry.example:5000/a/b:v1"},
		{"registry.example/a/b" + d, "registry.example/a/b" + d},
		{"registry.example/a/b:v1" + d, ""},
		{"registry.example/a@sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709", ""},
		{"registry.example/a@sha256:abc", ""},
		{"", ""},
		{"Upper", ""},
		{strings.Repeat("a", 64), ""}, // an identifier
		{strings.Repeat("a/", maxName), ""},
		{"a b", ""},
	} {
		got, err := ParseName(c.in)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("ParseName(%q): got %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	f := full()
	for name, want := range map[string]bool{"app:1": true, "docker.io/library/app:1": true, "app": false, "": false, "registry.example/team/tiny:v1": true} {
		if _, ok := f.Lookup(name); ok != want {
			t.Errorf("Lookup(%q): got %v, want %v", name, ok, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := full().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(header + "\n"))
	f.Add([]byte(header + "\n\nimage a.example/x:1\n" + block))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || len(err.Error()) > 20<<10 {
				t.Fatalf("got %v", err)
			}
			return
		}
		back, err := file.Marshal()
		if err != nil {
			t.Fatalf("a file that was parsed cannot be written: %v", err)
		}
		if string(back) != string(data) {
			t.Fatalf("accepted\n%q\nwritten as\n%q", data, back)
		}
	})
}

// FuzzMarshal builds a file of the bytes: what can be written reads back as
// what it was.
func FuzzMarshal(f *testing.F) {
	f.Add([]byte("app\x00\x01db\x00\x02dir/a.tar\x00\x03"))
	f.Add([]byte("C0\x000a\x00\x10a")) // one digest of a name as a manifest's and as an image ID
	f.Fuzz(func(t *testing.T, data []byte) {
		file := &File{}
		for part := range strings.SplitSeq(string(data), "\x00") {
			if len(part) < 2 {
				continue
			}
			name, n := part[1:], int(part[0])
			d := digest.FromBytes([]byte{part[0] % 16})
			r := Record{Digest: d, Kind: []Kind{Manifest, ImageID, Registry}[n%3], Verified: n%3 != 2, Sources: []Source{{name, d}, {name, ""}}}
			switch r.Kind {
			case Manifest:
				r.Platforms = []Platform{{Name: "linux/amd64", Manifest: d, DiffIDs: []digest.Digest{d, d}}}
			case ImageID:
				r.Platforms = []Platform{{Name: "linux/amd64", Config: d}}
			default:
				r.Imported = "test"
			}
			if n%2 == 0 {
				r.Added = when
			}
			switch {
			case n%7 == 0:
				_, _ = file.PutFiles([]Source{{name, d}})
			case n%5 == 0:
				_, _ = file.Rollback(name, "")
			default:
				_, _ = file.Put(name, r)
			}
		}
		text, err := file.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if diff := cmp.Diff(file, back, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestTakeOut does what docs/lock.md says about taking out a name, or an
// earlier digest.
func TestTakeOut(t *testing.T) {
	text := marshal(t, full())
	for _, name := range []string{"docker.io/library/app:1", "registry.example/team/tiny:v1"} {
		before, rest, _ := strings.Cut(text, "\nimage "+name+"\n")
		_, after, _ := strings.Cut(rest, "\n\n")
		f, err := Parse([]byte(before + "\n" + after))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, ok := f.Lookup(name); ok || len(f.Images) != 2 {
			t.Errorf("%s: got %d images, want two others", name, len(f.Images))
		}
	}
	before, rest, _ := strings.Cut(text, "  earlier "+string(dg("9"))+"\n")
	_, after, _ := strings.Cut(rest, "\n\n")
	f, err := Parse([]byte(before + "\n" + after))
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := f.Lookup("registry.example/team/tiny:v1"); len(img.History) != 1 {
		t.Errorf("got %d earlier digests, want 1", len(img.History))
	}
}
