package testimage_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

const vectorDir = "../../testdata/vectors"

func TestParseVector(t *testing.T) {
	const head = "comment: c\nverdict: failed\n"
	for _, tt := range []struct{ name, text, want string }{
		{"no comment", "verdict: failed\n", "no comment"},
		{"no verdict", "comment: c\n", "no verdict"},
		{"unknown key", head + "colour: red\n", "colour"},
		{"key twice", head + "comment: d\n", "comment: d"},
		{"unknown form", head + "forms: tar rar\n", "rar"},
		{"unknown kind", head + "-- thing a --\n", "unknown kind"},
		{"no name", head + "-- blob --\n", "no name"},
		{"unknown base", head + "base: none\n", "none.txtar"},
		{"nothing to delete", head + "-- delete blob a --\n", "nothing to delete"},
		{"unknown name", head + "-- file a --\n{{digest \"b\"}}\n", `no blob, layer or file "b"`},
		{"its own digest", head + "-- blob a --\n{{digest \"a\"}}\n", "its own bytes"},
		{"layer line", head + "-- layer a none --\netc\n", `line "etc"`},
		{"bad template", head + "-- file a --\n{{what}}\n", "what"},
		{"bad command", head + "-- file a --\n-- damage a --\nshake\n", "shake"},
		{"out of range", head + "-- file a --\nxy\n-- damage a --\nflip 2\n", "flip 2"},
		{"damage of nothing", head + "-- damage a --\nflip 2\n", "there is no a"},
		{"removed before hashing", head + "-- file a --\n-- edit a --\nremove\n", "remove"},
		{"damaged archive", head + "-- file a --\n-- damage archive --\ntruncate 999999\n", "truncate"},
	} {
		_, err := testimage.ParseVector(fstest.MapFS{"x.txtar": {Data: []byte(tt.text)}}, "x.txtar")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if _, err := testimage.LoadVectors(t.TempDir()); err == nil {
		t.Error("an empty folder: got no error")
	}
}

func TestVectorSections(t *testing.T) {
	fsys := fstest.MapFS{
		"base/b.txtar": {Data: []byte("-- file one --\n1\n-- file two --\n2\n-- blob three --\n3\n")},
		"v.txtar": {Data: []byte("comment: c\nverdict: failed\nexpect: z.z a.a\nbase: b\npin: {{digest \"three\"}}\n" +
			"-- delete file one --\n-- file two --\n{{size \"three\"}}{{hex \"three\"}}\n-- edit three --\nappend \"\\x00\"\n-- damage three --\nflip 0\nzeros 2\n-- link four --\n{{path \"three\"}}\n")},
	}
	v, err := testimage.ParseVector(fsys, "v.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const hex = "ac11339ffa8f270c4f781e0a3922bb1c80d9dee6e4b6911ca34538ed9ae03caa" // printf '3\0' | sha256sum
	want := testimage.Tree{
		testimage.File("two", "2"+hex),
		testimage.File("blobs/sha256/"+hex, "2\x00\x00\x00"),
		testimage.Symlink("four", "blobs/sha256/"+hex),
	}
	for i, m := range v.Tree {
		if i >= len(want) || m.Name != want[i].Name || string(m.Body) != string(want[i].Body) || m.Link != want[i].Link {
			t.Errorf("member %d: got %s %q %s", i, m.Name, m.Body, m.Link)
		}
	}
	if len(v.Tree) != len(want) || v.Pin != "sha256:"+hex || !slices.Equal(v.Expect, []string{"a.a", "z.z"}) || slices.Contains(v.Forms, "folder") {
		t.Errorf("got %d members, pin %s, expect %s, forms %s", len(v.Tree), v.Pin, v.Expect, v.Forms)
	}
}

func TestVectorsParse(t *testing.T) {
	vectors, err := testimage.LoadVectors(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if len(v.Tree) == 0 {
			t.Errorf("%s: nothing is stored", v.Name)
		}
		for _, code := range v.Expect {
			if _, ok := report.Lookup(report.Code(code)); !ok {
				t.Errorf("%s: the catalogue has no %s", v.Name, code)
			}
		}
	}
	if len(vectors) < 50 {
		t.Errorf("got %d vectors, want at least 50: were some lost?", len(vectors))
	}
}
