package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestExamples verifies the two images that the README begins with.
func TestExamples(t *testing.T) {
	root, _ := sets[0].load(t)
	hello, err := os.ReadFile(filepath.Join(testdata, "example", "hello.tar"))
	if err != nil {
		t.Fatal(err)
	}
	fixture, err := os.ReadFile(filepath.Join(root, "fixtures", "mbc-harbor-single.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(hello, fixture) {
		t.Error("hello.tar is not the image that docker wrote")
	}
	for _, tt := range []struct {
		name    string
		verdict report.Verdict
		codes   []report.Code // at least
	}{
		{"hello.tar", report.Verified, nil},
		{"broken.tar", report.Failed, []report.Code{report.BlobDigestMismatch, report.BlobNameMismatch, report.ArchiveTrailingData}},
	} {
		rep, err := verify.Path(t.Context(), filepath.Join(testdata, "example", tt.name), verify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Verdict != tt.verdict {
			t.Errorf("%s: got verdict %s, want %s", tt.name, summary(rep), tt.verdict)
		}
		for _, code := range tt.codes {
			if !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == code }) {
				t.Errorf("%s: got %s, want %s among them", tt.name, Codes(rep), code)
			}
		}
	}
}
