package receipt_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func image(ref, text string) testimage.Image {
	return testimage.Image{Ref: ref, Layers: []testimage.Layer{
		{Members: []testimage.Member{testimage.File("etc/motd", text)}, Compress: "gzip"},
	}}
}

// write puts the tree into a file and returns its path.
func write(t *testing.T, name string, tree testimage.Tree) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, tree.Tar(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func folder(t *testing.T, tree testimage.Tree) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layout")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tree.Folder(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, path string, opt verify.Options) *report.Report {
	t.Helper()
	opt.FileDigest = true
	rep, err := verify.Path(context.Background(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// issue makes a receipt for what is at path.
func issue(t *testing.T, path string, opt verify.Options, more receipt.Options) *receipt.Statement {
	t.Helper()
	more.Name = filepath.Base(path)
	s, err := receipt.New(run(t, path, opt), more)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func seal(t *testing.T, s *receipt.Statement, signer *receipt.Signer) []byte {
	t.Helper()
	doc, err := s.Seal(signer)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// hold holds a receipt against what is at path.
func hold(t *testing.T, doc []byte, path string, terms receipt.Terms, opt verify.Options) *report.Report {
	t.Helper()
	r, err := receipt.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	terms.Name = "receipt.json"
	opt.Vouchers = r.Vouchers(terms)
	return run(t, path, opt)
}

func codes(rep *report.Report) []report.Code {
	var list []report.Code
	for _, f := range rep.Findings {
		if f.Effect != "" {
			list = append(list, f.Code)
		}
	}
	return list
}

func roles(s *receipt.Statement) string {
	var list []string
	for _, sub := range s.Subject {
		list = append(list, string(sub.Annotations.Role))
	}
	return strings.Join(list, " ")
}

func TestReceiptIsForOneFile(t *testing.T) {
	tree := testimage.Layout{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree()
	path := write(t, "app.tar", tree)
	s := issue(t, path, verify.Options{}, receipt.Options{Time: noon})
	if got := roles(s); got != "file manifest" {
		t.Errorf("got subjects %q, want file and manifest", got)
	}
	for _, want := range []string{receipt.Objects, receipt.Documents, receipt.Layers, receipt.Container, receipt.Whole} {
		if !slices.Contains(s.Predicate.Properties, want) {
			t.Errorf("property %s is not granted", want)
		}
	}
	doc := seal(t, s, nil)
	if rep := hold(t, doc, path, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Verified || rep.Images[0].Anchored {
		t.Errorf("the same file, unsigned: got %s %v", rep.Verdict, codes(rep))
	}

	other := write(t, "app.tar", testimage.Layout{Images: []testimage.Image{image("app:1", "hallo\n")}}.Tree())
	rep := hold(t, doc, other, receipt.Terms{}, verify.Options{})
	if want := []report.Code{report.ReceiptOtherFile, report.ReceiptOtherImage}; rep.Verdict != report.Denied || !slices.Equal(codes(rep), want) {
		t.Errorf("another image: got %s %v, want denied %v", rep.Verdict, codes(rep), want)
	}

	// The same images in another container.
	copied := folder(t, tree)
	if rep := hold(t, doc, copied, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Denied || !slices.Equal(codes(rep), []report.Code{report.ReceiptOtherFile}) {
		t.Errorf("a copy: got %s %v", rep.Verdict, codes(rep))
	}
	if rep := hold(t, doc, copied, receipt.Terms{ImagesOnly: true}, verify.Options{}); rep.Verdict != report.Verified {
		t.Errorf("a copy, images only: got %s %v", rep.Verdict, codes(rep))
	}

	// Bad content is worse than what a receipt says of it.
	last := &tree[len(tree)-1]
	last.Body = bytes.Replace(last.Body, last.Body[len(last.Body)-4:], []byte{1, 2, 3, 4}, 1)
	if rep := hold(t, doc, write(t, "app.tar", tree), receipt.Terms{}, verify.Options{}); rep.Verdict != report.Failed {
		t.Errorf("a damaged copy: got %s", rep.Verdict)
	}
}

func TestReceiptOfFolder(t *testing.T) {
	path := folder(t, testimage.Layout{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree())
	s := issue(t, path, verify.Options{}, receipt.Options{})
	if got := roles(s); got != "index.json manifest" {
		t.Errorf("got subjects %q, want index.json and manifest", got)
	}
	if s.Predicate.Details.Source.NoFileDigest == "" {
		t.Error("nothing says that a folder has no digest")
	}
	if rep := hold(t, seal(t, s, nil), path, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Verified {
		t.Errorf("got %s %v", rep.Verdict, codes(rep))
	}
}

func TestReceiptOfDockerSave(t *testing.T) {
	path := write(t, "app.tar", testimage.DockerSave{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree())
	s := issue(t, path, verify.Options{}, receipt.Options{})
	if got := roles(s); got != "file image-id" {
		t.Errorf("got subjects %q, want file and image-id", got)
	}
	if rep := hold(t, seal(t, s, nil), path, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Verified {
		t.Errorf("got %s %v", rep.Verdict, codes(rep))
	}
}

// A part of an archive was verified: its file was not.
func TestReceiptOfSelection(t *testing.T) {
	path := write(t, "two.tar", testimage.Layout{Images: []testimage.Image{image("app:1", "one\n"), image("app:2", "two\n")}}.Tree())
	s := issue(t, path, verify.Options{Tag: "app:1"}, receipt.Options{})
	if got := roles(s); got != "manifest" {
		t.Errorf("got subjects %q, want the manifest alone", got)
	}
	if slices.Contains(s.Predicate.Properties, receipt.Whole) || s.Predicate.Details.Source.NoFileDigest == "" {
		t.Error("a part is passed off as the whole")
	}
	doc := seal(t, s, nil)
	if rep := hold(t, doc, path, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Denied || !slices.Equal(codes(rep), []report.Code{report.ReceiptOtherImage}) {
		t.Errorf("whole file: got %s %v", rep.Verdict, codes(rep))
	}
	if rep := hold(t, doc, path, receipt.Terms{}, verify.Options{Tag: "app:1"}); rep.Verdict != report.Verified {
		t.Errorf("the same part: got %s %v", rep.Verdict, codes(rep))
	}
}

func TestNoReceiptUnlessVerified(t *testing.T) {
	tree := testimage.Layout{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree()
	path := write(t, "short.tar", tree[:len(tree)-1])
	rep := run(t, path, verify.Options{})
	if _, err := receipt.New(rep, receipt.Options{}); !errors.Is(err, receipt.ErrNotVerified) {
		t.Errorf("%s: got %v, want %v", rep.Verdict, err, receipt.ErrNotVerified)
	}
	policies := []receipt.Resource{{URI: "file:images.lock", Digest: map[string]string{"sha256": strings.Repeat("0", 64)}}}
	if _, err := receipt.New(rep, receipt.Options{Policies: policies}); !errors.Is(err, receipt.ErrNoTime) {
		t.Errorf("got %v, want %v", err, receipt.ErrNoTime)
	}
	s, err := receipt.New(rep, receipt.Options{Policies: policies, Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Predicate; s.PredicateType != receipt.VSA || p.VerificationResult != receipt.Failed || !slices.Equal(p.VerifiedLevels, []string{receipt.Failed}) {
		t.Errorf("got %s %s %v", s.PredicateType, p.VerificationResult, p.VerifiedLevels)
	}
	// It speaks of the file, not of the image of which this is a bad copy.
	if got := roles(s); got != "file" {
		t.Errorf("got subjects %q, want the file alone", got)
	}
	// And approves of nothing.
	doc := seal(t, s, nil)
	good := write(t, "app.tar", tree)
	if rep := hold(t, doc, good, receipt.Terms{}, verify.Options{}); rep.Verdict != report.Denied || !slices.Equal(codes(rep), []report.Code{report.ReceiptRejected}) {
		t.Errorf("got %s %v", rep.Verdict, codes(rep))
	}
}

func signer(t *testing.T) (*receipt.Signer, *receipt.Key) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	s, err := receipt.ParseSigner(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	if err != nil {
		t.Fatal(err)
	}
	k, err := receipt.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	if err != nil {
		t.Fatal(err)
	}
	return s, k
}

func TestSigned(t *testing.T) {
	private, public := signer(t)
	_, stranger := signer(t)
	path := write(t, "app.tar", testimage.Layout{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree())
	s := issue(t, path, verify.Options{}, receipt.Options{Time: noon})
	doc, plain := seal(t, s, private), seal(t, s, nil)
	if again := seal(t, issue(t, path, verify.Options{Jobs: 3}, receipt.Options{Time: noon}), private); !bytes.Equal(doc, again) {
		t.Error("the same verification gave other bytes")
	}
	for _, test := range []struct {
		name  string
		doc   []byte
		terms receipt.Terms
		want  report.Verdict
	}{
		{"signed, key", doc, receipt.Terms{Key: public}, report.Verified},
		{"signed, no key", doc, receipt.Terms{}, report.Verified},
		{"signed, other key", doc, receipt.Terms{Key: stranger}, report.Denied},
		{"not signed, key", plain, receipt.Terms{Key: public}, report.Denied},
		{"other verifier", plain, receipt.Terms{Verifier: "https://example.com/v1"}, report.Denied},
	} {
		rep := hold(t, test.doc, path, test.terms, verify.Options{})
		if rep.Verdict != test.want {
			t.Errorf("%s: got %s %v, want %s", test.name, rep.Verdict, codes(rep), test.want)
		}
		if test.want == report.Denied && !slices.Equal(codes(rep), []report.Code{report.ReceiptRejected}) {
			t.Errorf("%s: got %v", test.name, codes(rep))
		}
		for _, a := range rep.Anchors {
			if (a.Signer != "") != (test.name == "signed, key") {
				t.Errorf("%s: signer %q", test.name, a.Signer)
			}
		}
	}
}

// What an archive calls its images is a claim, and is written as one.
func TestClaimedNames(t *testing.T) {
	path := write(t, "app.tar", testimage.Layout{Images: []testimage.Image{image("registry.example/app:\u202e1", "hello\n")}}.Tree())
	rep := run(t, path, verify.Options{})
	rep.Verdict = report.Verified
	s, err := receipt.New(rep, receipt.Options{Name: "a\x1bb.tar"})
	if err != nil {
		t.Fatal(err)
	}
	doc := string(seal(t, s, nil))
	if strings.Contains(doc, "\u202e") || strings.Contains(doc, `\u001b`) || strings.Contains(doc, "\x1b") {
		t.Errorf("control characters in %s", doc)
	}
	for _, sub := range s.Subject {
		if strings.Contains(sub.Name, "registry.example") {
			t.Errorf("the subject %q is named by the archive", sub.Name)
		}
	}
	if !strings.Contains(doc, `"claimedRefs":["registry.example/app:`) {
		t.Errorf("no claimed name in %s", doc)
	}
}

// An index some of whose images are not there was not verified.
func TestPartialIndex(t *testing.T) {
	rep := &report.Report{
		Verdict: report.Verified, Complete: true,
		Source:  report.Source{Container: "tar", Digest: digestOf('f')},
		Images:  []report.Image{{Digest: ptr(digestOf('a')), ImageID: digestOf('1')}},
		Indexes: []report.Index{{Digest: digestOf('b'), Manifests: list('a'), State: report.Checked}, {Digest: digestOf('c'), Manifests: list('a', 'd'), State: report.Checked}},
	}
	s, err := receipt.New(rep, receipt.Options{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if got := roles(s); got != "file index manifest" {
		t.Errorf("got %q", got)
	}
	if got := s.Predicate.Details.Source.PartialIndexes; !slices.Equal(got, list('c')) {
		t.Errorf("partial: got %v", got)
	}
	rep.Coverage.Resumed = 1
	if _, err := receipt.New(rep, receipt.Options{}); !errors.Is(err, receipt.ErrResumed) {
		t.Errorf("resumed: got %v", err)
	}
	rep.Images = nil
	if _, err := receipt.New(rep, receipt.Options{}); !errors.Is(err, receipt.ErrNoImage) {
		t.Errorf("no image: got %v", err)
	}
}

// What is written can be read.
func TestReceiptsAreBounded(t *testing.T) {
	rep := &report.Report{Verdict: report.Verified, Complete: true, Source: report.Source{Container: "tar", Digest: digestOf('f')}}
	for i := range 3000 {
		rep.Images = append(rep.Images, report.Image{Digest: ptr(digest.FromString(strings.Repeat("x", i)))})
		rep.Anchors = append(rep.Anchors, report.Anchor{Kind: "pin", By: strings.Repeat("\x01", 4000), Holds: true})
	}
	if _, err := receipt.New(rep, receipt.Options{Name: "x"}); err == nil {
		t.Error("3000 images: no error")
	}
	rep.Images = rep.Images[:1000]
	s, err := receipt.New(rep, receipt.Options{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if d := s.Predicate.Details; len(d.Anchors) != 1000 || d.AnchorsLeftOut != 2000 {
		t.Errorf("got %d anchors and %d more", len(d.Anchors), d.AnchorsLeftOut)
	}
	if _, err := s.Seal(nil); !errors.Is(err, receipt.ErrTooLarge) {
		t.Errorf("got %v, want %v", err, receipt.ErrTooLarge)
	}
	rep.Anchors = rep.Anchors[:100]
	if s, err = receipt.New(rep, receipt.Options{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Parse(seal(t, s, nil)); err != nil {
		t.Error(err)
	}
}
