package notation_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust/notation"
	"github.com/ocisum/ocisum/verify"
)

// fixtures were made by notation 1.3.2, and damaged by hand.
const fixtures = "../../cmd/ocisum/testdata/trust/notation"

var when = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

func config(t *testing.T, name string) notation.Config {
	t.Helper()
	data, err := os.ReadFile(fixtures + "/trust/trustpolicy.json")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := notation.ParsePolicy(data)
	if err != nil {
		t.Fatal(err)
	}
	store, err := notation.ReadStore(os.DirFS(fixtures+"/trust/truststore"), policy.Stores())
	if err != nil {
		t.Fatal(err)
	}
	return notation.Config{
		Name: "--policy trustpolicy.json", Policy: policy, Store: store, Now: when,
		Repositories: func(report.Image) []string { return []string{name} },
	}
}

// TestVouchers wants the right answer for each fixture, as a folder and as a
// stream.
func TestVouchers(t *testing.T) {
	const tiny = "registry.example/team/tiny"
	for _, tt := range []struct {
		layout, name string
		change       func(*notation.Config)
		want         report.Verdict
		code         report.Code
		reason       string
	}{
		{layout: "jws", name: tiny, want: report.Verified},
		{layout: "cose", name: tiny, want: report.Verified},
		{layout: "wrongca", name: tiny, want: report.Denied, code: report.SignatureInvalid, reason: "trust stores"},
		{layout: "jws-layer", name: tiny, want: report.Failed, code: report.BlobDigestMismatch},
		{layout: "jws-missing", name: tiny, want: report.Incomplete, code: report.BlobMissing},
		{layout: "jws-manifest", name: tiny, want: report.Failed, code: report.BlobDigestMismatch},
		{layout: "jws", name: "registry.example/team/other", want: report.Denied, code: report.PolicyRejected, reason: "no statement"},
		{layout: "jws", name: "", want: report.Denied, code: report.PolicyRejected, reason: "--as"},
		{layout: "jws", name: tiny, want: report.Denied, code: report.SignatureInvalid, reason: "not valid at the time",
			change: func(c *notation.Config) { c.Now = c.Now.AddDate(100, 0, 0) }},
		{layout: "jws", want: report.Verified, change: func(c *notation.Config) { c.Policy = nil }},
		{layout: "wrongca", want: report.Denied, code: report.SignatureInvalid, change: func(c *notation.Config) { c.Policy = nil }},
	} {
		t.Run(tt.layout+" "+tt.name, func(t *testing.T) {
			c := config(t, tt.name)
			if tt.change != nil {
				tt.change(&c)
			}
			for form, rep := range both(t, filepath.Join(fixtures, tt.layout), verify.Options{Vouchers: notation.Vouchers(c)}) {
				if rep.Verdict != tt.want {
					t.Errorf("%s: got %s, want %s", form, rep.Verdict, tt.want)
				}
				i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Code == tt.code })
				if tt.code != "" && (i < 0 || !strings.Contains(rep.Findings[i].Message, tt.reason)) {
					t.Errorf("%s: got %+v, want %s with %q", form, rep.Findings, tt.code, tt.reason)
				}
				if tt.want == report.Verified && (len(rep.Anchors) != 1 || !rep.Anchors[0].Holds || rep.Anchors[0].Signer != "CN=testca leaf,O=Test,L=Seattle,ST=WA,C=US") {
					t.Errorf("%s: got anchors %+v", form, rep.Anchors)
				}
			}
		})
	}
}

// both verifies a folder at random, and its tar in one pass.
func both(t *testing.T, dir string, opt verify.Options) map[string]*report.Report {
	t.Helper()
	var tree testimage.Tree
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		tree = append(tree, testimage.File(filepath.ToSlash(name), string(data)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return trees(t, tree, opt)
}

func trees(t *testing.T, tree testimage.Tree, opt verify.Options) map[string]*report.Report {
	t.Helper()
	dir := t.TempDir()
	if err := tree.Folder(dir); err != nil {
		t.Fatal(err)
	}
	folder, err := verify.Path(context.Background(), dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := verify.RunStream(context.Background(), bytes.NewReader(tree.Tar()), opt)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*report.Report{"folder": folder, "stream": stream}
}

// TestNoSignature: an image without a signature, under a policy that asks for
// one and under one that does not.
func TestNoSignature(t *testing.T) {
	image := testimage.Image{Ref: "v1", Layers: []testimage.Layer{{}}}
	tree := testimage.Layout{Images: []testimage.Image{image}}.Tree()
	c := config(t, "registry.example/team/tiny")
	for form, rep := range trees(t, tree, verify.Options{Vouchers: notation.Vouchers(c)}) {
		if rep.Verdict != report.Denied || !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == report.SignatureMissing }) {
			t.Errorf("%s: got %s, %+v", form, rep.Verdict, rep.Findings)
		}
	}
	var err error
	c.Policy, err = notation.ParsePolicy([]byte(`{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["registry.example/team/tiny"],"signatureVerification":{"level":"skip"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for form, rep := range trees(t, tree, verify.Options{Vouchers: notation.Vouchers(c)}) {
		if rep.Verdict != report.Verified || rep.Images[0].Anchored {
			t.Errorf("%s: got %s, anchored %v", form, rep.Verdict, rep.Images[0].Anchored)
		}
	}
}

// TestAudit: a policy that merely audits denies nothing that has a signature,
// and authenticates nothing.
func TestAudit(t *testing.T) {
	const audit = `{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["*"],"signatureVerification":{"level":"audit"},"trustStores":["ca:teststore"],"trustedIdentities":["*"]}]}`
	for layout, want := range map[string]struct {
		verdict  report.Verdict
		anchored bool
	}{"jws": {report.Verified, true}, "wrongca": {report.Verified, false}} {
		c := config(t, "")
		var err error
		if c.Policy, err = notation.ParsePolicy([]byte(audit)); err != nil {
			t.Fatal(err)
		}
		for form, rep := range both(t, filepath.Join(fixtures, layout), verify.Options{Vouchers: notation.Vouchers(c)}) {
			if rep.Verdict != want.verdict || rep.Images[0].Anchored != want.anchored || len(rep.Anchors) != 1 {
				t.Errorf("%s %s: got %s, anchored %v, %+v", layout, form, rep.Verdict, rep.Images[0].Anchored, rep.Anchors)
			}
		}
	}
}
