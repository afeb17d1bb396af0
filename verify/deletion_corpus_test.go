package verify_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/adversary"
	"github.com/ocisum/ocisum/internal/corpus"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestCheckDeletionCorpus deletes, for each image of the packed corpus, each
// check that turned it red: its finding has to be gone, and where it was the
// only reason the verdict has to change. So no image is red by accident.
func TestCheckDeletionCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("verifies the corpus several times")
	}
	dir := t.TempDir()
	var reasons, alone atomic.Int64
	t.Run("all", func(t *testing.T) {
		for name, below := range map[string]string{"corpus": "", "peers-matrix": "peers-matrix"} {
			root := filepath.Join(dir, name)
			if err := os.Mkdir(root, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := corpus.Unpack(filepath.Join("../testdata", name+".tar.zst"), root); err != nil {
				t.Fatal(err)
			}
			root = filepath.Join(root, below)
			cases, err := corpus.Load(root)
			if err != nil || len(cases) == 0 {
				t.Fatalf("%s: %d cases, %v", name, len(cases), err)
			}
			for _, c := range cases {
				if c.Good() || c.Args.Slow {
					continue
				}
				t.Run(name+"/"+c.Name, func(t *testing.T) {
					t.Parallel()
					path, err := c.Prepare(root, t.TempDir())
					if err != nil {
						t.Fatal(err)
					}
					var opt verify.Options
					for _, p := range c.Pins() {
						opt.Expect = append(opt.Expect, digest.Digest(p))
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					whole, _ := verify.Path(ctx, path, opt)
					if whole == nil {
						t.Skip("gives no report")
					}
					for _, code := range effective(whole) {
						less, err := verify.Path(ctx, path, opt.Ignoring(code))
						switch {
						case less == nil:
							t.Errorf("without %s there is no report: %v", code, err)
							continue
						case found(less, code):
							t.Errorf("%s was deleted and is there", code)
						case only(whole, code) && whole.Verdict == less.Verdict:
							t.Errorf("the verdict %s does not depend on %s, its only reason\n%s", whole.Verdict, code, adversary.Describe(less))
						}
						reasons.Add(1)
						if only(whole, code) {
							alone.Add(1)
						}
					}
				})
			}
		}
	})
	t.Logf("%d reasons deleted, of which %d were the only one", reasons.Load(), alone.Load())
	if reasons.Load() < 250 || alone.Load() < 100 {
		t.Errorf("only %d reasons were deleted, %d of them the only one: are the images bad?", reasons.Load(), alone.Load())
	}
}

// effective lists the codes of the findings that turned a report red.
func effective(rep *report.Report) []report.Code {
	var list []report.Code
	for _, f := range rep.Findings {
		if f.Effect != "" && !slices.Contains(list, f.Code) {
			list = append(list, f.Code)
		}
	}
	return list
}
