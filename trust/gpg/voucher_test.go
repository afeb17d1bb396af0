package gpg_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust/gpg"
	"github.com/ocisum/ocisum/verify"
)

// fixtures were made by skopeo 1.9.3 and GnuPG 2.2.40.
const fixtures = "../../cmd/ocisum/testdata/trust/gpg/"

func config(t *testing.T) gpg.Config {
	t.Helper()
	text, err := os.ReadFile(fixtures + "signer.pub.asc")
	if err != nil {
		t.Fatal(err)
	}
	k, err := gpg.ParseKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return gpg.Config{Name: "--keyring signer.pub.asc", Keyring: k, Now: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
}

// tree reads a folder, and changes it.
func tree(t *testing.T, dir string, change func(testimage.Tree) testimage.Tree) testimage.Tree {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list testimage.Tree
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, testimage.File(e.Name(), string(data)))
	}
	if change != nil {
		list = change(list)
	}
	return list
}

func without(name string) func(testimage.Tree) testimage.Tree {
	return func(list testimage.Tree) testimage.Tree {
		return slices.DeleteFunc(list, func(m testimage.Member) bool { return m.Name == name })
	}
}

func TestVouchers(t *testing.T) {
	const id = "85ED69A65062F461EED941A3CD708CF84A393A89"
	wrong, err := os.ReadFile(fixtures + "dir-wrongkey/signature-1")
	if err != nil {
		t.Fatal(err)
	}
	add := func(name, body string) func(testimage.Tree) testimage.Tree {
		return func(list testimage.Tree) testimage.Tree { return append(list, testimage.File(name, body)) }
	}
	for _, tt := range []struct {
		name, dir string
		tree      func(testimage.Tree) testimage.Tree
		config    func(*gpg.Config)
		want      report.Verdict
		code      report.Code
		reason    string
	}{
		{name: "signed", dir: "dir-signed", want: report.Verified},
		{name: "another key", dir: "dir-wrongkey", want: report.Denied, code: report.SignatureInvalid, reason: "DA74EE724187DC27"},
		{name: "unsigned", dir: "dir-signed", tree: without("signature-1"), want: report.Denied, code: report.SignatureMissing},
		{name: "one of two", dir: "dir-signed", tree: add("signature-2", string(wrong)), want: report.Verified},
		{name: "under another name", dir: "dir-signed", want: report.Verified, tree: func(list testimage.Tree) testimage.Tree {
			for i := range list {
				if list[i].Name == "signature-1" {
					list[i].Name = "signature-7"
				}
			}
			return list
		}},
		{name: "not a message", dir: "dir-signed", want: report.Denied, code: report.SignatureInvalid, reason: "not an OpenPGP packet", tree: func(list testimage.Tree) testimage.Tree {
			return append(without("signature-1")(list), testimage.File("signature-1", "hello"))
		}},
		{name: "a layer missing", dir: "dir-signed", tree: without("2f30c7949295f6c88d89f3abf25d1c1731b690c76fdbeaffe07fbb809a51b9b6"), want: report.Incomplete, code: report.BlobMissing},
		{name: "too early", dir: "dir-signed", config: func(c *gpg.Config) { c.Now = c.Now.AddDate(-1, 0, 0) }, want: report.Denied, code: report.SignatureInvalid, reason: "expired"},
		{name: "other name", dir: "dir-signed", config: func(c *gpg.Config) {
			c.Accept = func(_ report.Image, ref string) string { return "it is for " + ref }
		}, want: report.Denied, code: report.SignatureInvalid, reason: "it is for registry.example/team/tiny:v1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(t)
			if tt.config != nil {
				tt.config(&c)
			}
			opt := verify.Options{Vouchers: []verify.Voucher{gpg.Voucher(c)}}
			list, dir := tree(t, fixtures+tt.dir, tt.tree), t.TempDir()
			if err := list.Folder(dir); err != nil {
				t.Fatal(err)
			}
			folder, err := verify.Path(context.Background(), dir, opt)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := verify.RunStream(context.Background(), bytes.NewReader(list.Tar()), opt)
			if err != nil {
				t.Fatal(err)
			}
			for form, rep := range map[string]*report.Report{"folder": folder, "stream": stream} {
				if rep.Verdict != tt.want {
					t.Errorf("%s: got %s, want %s: %+v", form, rep.Verdict, tt.want, rep.Findings)
				}
				i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Code == tt.code })
				if tt.code != "" && (i < 0 || !strings.Contains(rep.Findings[i].Message, tt.reason)) {
					t.Errorf("%s: got %+v, want %s with %q", form, rep.Findings, tt.code, tt.reason)
				}
				if tt.want == report.Verified && !slices.ContainsFunc(rep.Anchors, func(a report.Anchor) bool {
					return a.Holds && strings.HasPrefix(a.Signer, id) && a.Ref == "registry.example/team/tiny:v1"
				}) {
					t.Errorf("%s: got anchors %+v", form, rep.Anchors)
				}
			}
		})
	}
}

func TestReadLookaside(t *testing.T) {
	const folder = "team/tiny@sha256=66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1/"
	for name, tt := range map[string]struct {
		files fstest.MapFS
		count int
	}{
		"two":             {fstest.MapFS{folder + "signature-1": {Data: []byte("a")}, folder + "signature-2": {Data: []byte("b")}}, 2},
		"others":          {fstest.MapFS{folder + "signature-1": {Data: []byte("a")}, folder + "README": {}, "team/signature-1": {}}, 1},
		"none":            {fstest.MapFS{"signature-1": {Data: []byte("a")}}, 0},
		"links":           {fstest.MapFS{folder + "signature-1": {Data: []byte("a"), Mode: fs.ModeSymlink}}, 0},
		"large":           {fstest.MapFS{folder + "signature-1": {Data: make([]byte, 64<<10+1)}}, 0},
		"too many of one": {many(folder, 10_001), 0},
	} {
		list, err := gpg.ReadLookaside(tt.files, "--lookaside d")
		if len(list) != tt.count && tt.count > 0 || (err == nil) != (tt.count > 0) {
			t.Errorf("%s: got %d, %v, want %d", name, len(list), err, tt.count)
		}
	}
}

func many(folder string, n int) fstest.MapFS {
	m := fstest.MapFS{}
	for i := range n {
		m[fmt.Sprintf("%ssignature-%d", folder, i)] = &fstest.MapFile{Data: []byte("a")}
	}
	return m
}
