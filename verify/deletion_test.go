package verify_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/adversary"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// elsewhere lists the codes that nothing here calls forth, with the reason and
// the test that does.
var elsewhere = map[report.Code]string{
	report.StreamDecodersDisagree: "only a fault of the fast decoder or of memory: TestDecodersDisagree, and TestDisagreement of internal/decompress",
	report.EvidenceBroken:         "needs evidence, which no command line of a case has: TestEvidence",
	report.BaseMismatch:           "needs a base, which no command line of a case has: TestBase of internal/evidence",
	report.AnchorDisguised:        "needs vouchers: TestDisguised",
	report.LimitAnchors:           "needs vouchers, which no command line of a case has: TestVouchers",
	report.ReceiptOtherFile:       "needs a receipt: package receipt, TestReceiptIsForOneFile",
	report.ReceiptOtherImage:      "needs a receipt: package receipt, TestReceiptIsForOneFile",
	report.ReceiptRejected:        "needs a receipt: package receipt, TestNoReceiptUnlessVerified",
	report.SignatureMissing:       needsKey,
	report.SignatureInvalid:       needsKey,
	report.AttestationMissing:     needsKey,
	report.SignatureWrong:         needsKey,
	report.LimitSignatures:        needsKey,
	report.PolicyRejected:         "needs a policy: package trust/notation, TestVouchers",
	report.LimitLayerPaths:        "needs a layer of a million members: TestLayerPaths",
}

const needsKey = "only where there are keys: the tests of package trust"

// subject is something to verify, and the codes that have to be found in it.
type subject struct {
	name   string
	expect []report.Code
	run    func(context.Context, verify.Options) (*report.Report, error) // with the options that it needs besides
}

// TestCheckDeletion deletes each check in turn, by its code, and wants some
// case to turn red: a check that nothing needs is not tested.
func TestCheckDeletion(t *testing.T) {
	all := subjects(t)
	needs := map[report.Code][]subject{}
	for _, s := range all {
		for _, code := range s.expect {
			needs[code] = append(needs[code], s)
		}
	}
	for _, e := range report.Catalogue() {
		t.Run(string(e.Code), func(t *testing.T) {
			t.Parallel()
			reason, listed := elsewhere[e.Code]
			if len(needs[e.Code]) == 0 {
				if !listed {
					t.Errorf("%s: no case needs it: with the check deleted, every test would pass", e.Code)
				}
				return
			}
			if listed {
				t.Errorf("%s: needed by %s, but listed as tested elsewhere (%s)", e.Code, needs[e.Code][0].name, reason)
			}
			// One case that turns red is enough; the others are in the tests
			// of the cases themselves.
			s := needs[e.Code][0]
			whole, _ := s.run(t.Context(), verify.Options{})
			less, err := s.run(t.Context(), verify.Options{}.Ignoring(e.Code))
			switch {
			case whole == nil || less == nil:
				t.Errorf("%s: no report: %v", s.name, err)
			case !found(whole, e.Code):
				t.Errorf("%s: want %s, got\n%s", s.name, e.Code, adversary.Describe(whole))
			case found(less, e.Code):
				t.Errorf("%s: %s was deleted and is there", s.name, e.Code)
			case len(e.Effect) > 0 && only(whole, e.Code) && whole.Verdict == less.Verdict:
				t.Errorf("%s: the verdict %s does not depend on %s, its only reason", s.name, whole.Verdict, e.Code)
			}
		})
	}
}

func found(rep *report.Report, code report.Code) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == code })
}

// only reports whether all findings that have an effect are of one code, and
// the accounting alone would not deny the verdict.
func only(rep *report.Report, code report.Code) bool {
	for _, f := range rep.Findings {
		if f.Effect != "" && f.Code != code {
			return false
		}
	}
	c := rep.Coverage
	return rep.Verdict != report.Incomplete && c.Checked > 0 && c.Unreadable == 0 && c.Unreached == 0
}

// subjects are the vectors and the archives of package adversary.
func subjects(t *testing.T) []subject {
	t.Helper()
	var all []subject
	vectors, err := testimage.LoadVectors("../testdata/vectors")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, v := range vectors {
		if v.Name == "attestation_statement_long" {
			all = append(all, subject{"statement above a limit", []report.Code{report.AttestationUnchecked}, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
				opt.Limits.JSONBytes = 1500
				return verify.RunStream(ctx, bytes.NewReader(v.Tar()), opt)
			}})
		}
		s := subject{name: "vector " + v.Name}
		for _, code := range v.Expect {
			s.expect = append(s.expect, report.Code(code))
		}
		set := func(opt verify.Options) verify.Options {
			opt.Strict, opt.Platform, opt.AllPlatforms = v.Strict, v.Platform, v.AllPlatforms
			if v.Pin != "" {
				opt.Expect = []digest.Digest{digest.Digest(v.Pin)}
			}
			return opt
		}
		if form := v.Forms[0]; form == "stream" {
			s.run = func(ctx context.Context, opt verify.Options) (*report.Report, error) {
				return verify.RunStream(ctx, bytes.NewReader(v.Tar()), set(opt))
			}
		} else {
			path := filepath.Join(dir, v.Name)
			if form == "folder" {
				err = os.Mkdir(path, 0o755)
				if err == nil {
					err = v.Tree.Folder(path)
				}
			} else {
				err = os.WriteFile(path, testimage.Compress(strings.TrimPrefix(form, "tar"), v.Tar()), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.run = func(ctx context.Context, opt verify.Options) (*report.Report, error) {
				return verify.Path(ctx, path, set(opt))
			}
		}
		all = append(all, s)
	}
	for _, c := range adversary.All() {
		path, err := c.Write(dir, c.Containers()[0])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, subject{"case " + c.Name, c.Expect, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			// Ignoring is the one thing that comes from outside.
			if c.Containers()[0] == "stream" {
				return verify.RunStream(ctx, bytes.NewReader(c.Tar), opt.With(c.Options))
			}
			return verify.Path(ctx, path, opt.With(c.Options))
		}})
	}
	return append(append(all, faults()...), locked(t)...)
}

// faults are runs over sources that fail while they are read.
func faults() []subject {
	tree := testimage.Layout{Images: []testimage.Image{{Layers: []testimage.Layer{{Compress: "gzip"}}}}}.Tree()
	layer := tree[len(tree)-1].Name
	during := func(name string, code report.Code, fault adversary.Fault) subject {
		return subject{name, []report.Code{code}, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			if fault.Name == "cancel" {
				fault.Do = cancel
			}
			opt.Jobs = 1
			return verify.Run(ctx, &adversary.Faulty{Source: adversary.NewMemory(tree), Only: layer, At: 2, Fault: fault}, opt)
		}}
	}
	return []subject{
		during("read error", report.BlobUnreadable, adversary.Fault{Err: syscall.EIO}),
		during("changed file", report.BlobChanged, adversary.Fault{Err: changedError{}}),
		during("panic", report.InternalError, adversary.Fault{Panic: true, Always: true}),
		during("interrupt", report.Interrupted, adversary.Fault{Name: "cancel"}),
	}
}

// changedError is what a source says of a file that is no longer the same.
type changedError struct{}

func (changedError) Error() string   { return "the file changed" }
func (changedError) Changed() string { return "size" }
