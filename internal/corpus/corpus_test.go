package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/report"
)

func TestLoadRejects(t *testing.T) {
	for name, text := range map[string]string{
		"no cases":        "\n",
		"unknown field":   `{"name":"a","path":"a","expect":"ok","accept":["ok"],"colour":1}`,
		"name twice":      strings.Repeat(`{"name":"a","path":"a","expect":"ok","accept":["ok"]}`+"\n", 2),
		"not its own":     `{"name":"a","path":"a","expect":"ok","accept":["fail"]}`,
		"no path":         `{"name":"a","expect":"ok","accept":["ok"]}`,
		"not JSON at all": `name: a`,
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "cases.jsonl"), text)
		if cases, err := Load(dir); err == nil {
			t.Errorf("%s: got %d cases, want an error", name, len(cases))
		}
	}
}

func TestPack(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a", "b"), "text")
	write(t, filepath.Join(dir, "skipped"), "text")
	if err := os.Symlink("../outside", filepath.Join(dir, "a", "link")); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := Pack(out, dir, "skipped"); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "a", "b"), 0o600); err != nil { // must not matter
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same folder was packed differently")
	}
	archive := filepath.Join(t.TempDir(), "x.tar.zst")
	write(t, archive, first.String())
	copied := t.TempDir()
	if err := Unpack(archive, copied); err != nil {
		t.Fatal(err)
	}
	if err := Same(archive, copied); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func() error{
		"differs: a/b":                  func() error { return os.WriteFile(filepath.Join(copied, "a", "b"), []byte("tex?"), 0o644) },
		"only in the archive: a/b":      func() error { return os.Remove(filepath.Join(copied, "a", "b")) },
		"only in the folder: something": func() error { return os.WriteFile(filepath.Join(copied, "something"), nil, 0o644) },
	} {
		if err := change(); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if err := Same(archive, copied); err == nil || !strings.Contains(err.Error(), name[:strings.Index(name, ":")]) {
			t.Errorf("got %v, want %s", err, name)
		}
		write(t, filepath.Join(copied, "a", "b"), "text")
		os.Remove(filepath.Join(copied, "something"))
	}
}

// TestJudge holds the judgement itself to account: it must be able to say no.
func TestJudge(t *testing.T) {
	found := func(v report.Verdict, codes ...report.Code) *report.Report {
		rep := &report.Report{Verdict: v}
		for i, c := range codes {
			f := report.New(c, "x", "")
			f.Images = []int{i}
			rep.Findings = append(rep.Findings, f)
		}
		return rep
	}
	broken := Case{Expect: "fail", Accept: []string{"fail"}, Findings: []string{"diffid-mismatch"}}
	refused := Case{Expect: "fail", Accept: []string{"fail"}, Findings: []string{"unknown-format"}}
	good := Case{Expect: "ok", Accept: []string{"ok"}, Facts: []byte(`{"id":"sha256:` + strings.Repeat("a", 64) + `"}`)}
	shared := Case{Expect: "fail", Accept: []string{"fail"}, Findings: []string{"diffid-mismatch"}, Args: Args{ImagesAffected: 2}}
	right := found(report.Verified)
	right.Images = []report.Image{{ImageID: "sha256:" + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}
	alarm := *right
	alarm.Findings = found(report.Verified, report.RefInvalid).Findings
	for _, tt := range []struct {
		name string
		c    Case
		res  Result
		want string // part of the only complaint; empty: none
	}{
		{"noticed", broken, Result{1, found(report.Failed, report.LayerDiffIDMismatch)}, ""},
		{"not noticed", broken, Result{0, found(report.Verified)}, "verdict ok"},
		{"incomplete instead", broken, Result{3, found(report.Incomplete, report.LayerDiffIDMismatch)}, "verdict incomplete"},
		{"denied is fail", broken, Result{4, found(report.Denied, report.LayerDiffIDMismatch)}, ""},
		{"other defect", broken, Result{1, found(report.Failed, report.BlobSizeMismatch)}, "want one of class"},
		{"refused", broken, Result{2, found(report.Incomplete, report.LayerDiffIDMismatch)}, "verdict error"},
		{"no report", broken, Result{1, nil}, "no report"},
		{"no image", refused, Result{2, found(report.Incomplete, report.FormatUnknown)}, ""},
		{"good", good, Result{0, right}, ""},
		{"false alarm", good, Result{0, &alarm}, "false alarm"},
		{"digest left out", good, Result{0, found(report.Verified)}, "does not hold sha256"},
		{"both images", shared, Result{1, found(report.Failed, report.LayerDiffIDMismatch, report.BlobDigestMismatch)}, ""},
		{"one image", shared, Result{1, found(report.Failed, report.LayerDiffIDMismatch)}, "1 images hit"},
	} {
		got := strings.Join(tt.c.Judge(tt.res), "; ")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
