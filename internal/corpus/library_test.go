package corpus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// hangs is the time after which a case without a bound of its own counts as
// hanging. It is no statement about speed.
const hangs = 3 * time.Minute

// options returns the library's options for a case.
func options(c Case) verify.Options {
	opt := verify.Options{FileDigest: true}
	for _, p := range c.Pins() {
		opt.Expect = append(opt.Expect, digest.Digest(p))
	}
	return opt
}

func bounded(t *testing.T, c Case) context.Context {
	limit := hangs
	if c.Args.MaxSeconds > 0 {
		limit = time.Duration(c.Args.MaxSeconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// guarded turns a panic into an error, so that the other cases run.
func guarded(f func() (*report.Report, error)) (rep *report.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			rep, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

func verifyPath(ctx context.Context, path string, opt verify.Options) (*report.Report, error) {
	return guarded(func() (*report.Report, error) { return verify.Path(ctx, path, opt) })
}

func verifyStream(ctx context.Context, r io.Reader, opt verify.Options) (*report.Report, error) {
	return guarded(func() (*report.Report, error) { return verify.RunStream(ctx, r, opt) })
}

func TestLibrary(t *testing.T) {
	eachCase(t, func(t *testing.T, c Case, path string) {
		if c.Args.Slow {
			t.Skip("unpacks to many GiB: TestCommand runs it")
		}
		ctx := bounded(t, c)
		opt := options(c)
		opt.Lint = c.Good() // what real images want to be run as is no reason for a warning
		rep, err := verifyPath(ctx, path, opt)
		for _, wrong := range c.Judge(Of(rep, err)) {
			t.Error(wrong)
		}
		if ctx.Err() != nil {
			t.Errorf("took more than %d s", c.Args.MaxSeconds)
		}
		if t.Failed() {
			t.Logf("%s: %s; findings %s; err %v", c.Path, c.Defect+c.Note, summary(rep), err)
		}
	})
}

// TestAllowancesAreNeeded keeps the list of tolerated warnings short.
func TestAllowancesAreNeeded(t *testing.T) {
	var mu sync.Mutex
	used := map[allowance]bool{}
	t.Run("all", func(t *testing.T) {
		eachCase(t, func(t *testing.T, c Case, path string) {
			if !c.Good() || !slices.ContainsFunc(allowances, func(a allowance) bool { return strings.HasPrefix(c.Name, a.Case) }) {
				return
			}
			rep, err := verifyPath(bounded(t, c), path, options(c))
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, f := range rep.Findings {
				for _, a := range allowances {
					if strings.HasPrefix(c.Name, a.Case) && f.Code == a.Code {
						used[a] = true
					}
				}
			}
		})
	})
	for _, a := range allowances {
		if !used[a] {
			t.Errorf("no case needs the allowance %+v", a)
		}
	}
}

// TestJobs compares the reports of one worker and of sixteen byte by byte.
func TestJobs(t *testing.T) {
	eachCase(t, func(t *testing.T, c Case, path string) {
		if c.Args.MaxMemoryMiB > 0 {
			t.Skip("a bomb: TestLibrary and TestCommand run it")
		}
		var texts [2][]byte
		for i, jobs := range []int{1, 16} {
			opt := options(c)
			opt.Jobs = jobs
			rep, _ := verifyPath(bounded(t, c), path, opt)
			var err error
			if texts[i], err = json.Marshal(rep); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(texts[0], texts[1]) {
			t.Errorf("the reports differ:\n 1 job:  %s\n16 jobs: %s", texts[0], texts[1])
		}
	})
}

// summary renders the findings for the log of a failed test.
func summary(rep *report.Report) string {
	if rep == nil {
		return "none"
	}
	var b strings.Builder
	for _, f := range rep.Findings {
		b.WriteString("\n    " + strings.Join([]string{string(f.Severity), string(f.Code), f.Object, f.Claim, "want=" + f.Want, "got=" + f.Got, f.Message}, " "))
	}
	return string(rep.Verdict) + b.String()
}
