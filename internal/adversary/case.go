package adversary

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Case is an archive with something to say about it.
type Case struct {
	Name    string
	Verdict report.Verdict
	Expect  []report.Code // every finding that is no note, and the notes that matter; sorted
	Nothing bool          // the run has an error besides: nothing could be judged
	Tar     []byte
	Options verify.Options
	Flags   []string // of the command, for what Options say
	Forms   []string // where it can be run; empty: "tar", "gzip", "zstd", "stream"
}

// Containers returns the forms in which the case can be run.
func (c Case) Containers() []string {
	if len(c.Forms) > 0 {
		return c.Forms
	}
	return []string{"tar", "gzip", "zstd", "stream"}
}

// Write writes the case below dir in one of its forms and returns its path. A
// stream is written as a tar.
func (c Case) Write(dir, form string) (string, error) {
	if form == "folder" {
		path := filepath.Join(dir, c.file())
		if err := os.Mkdir(path, 0o755); err != nil {
			return "", err
		}
		return path, testimage.Untar(c.Tar, path)
	}
	format := form
	if form == "tar" || form == "stream" {
		format = ""
	}
	path := filepath.Join(dir, c.file()+"."+form)
	return path, os.WriteFile(path, testimage.Compress(format, c.Tar), 0o644)
}

func (c Case) file() string { return strings.ReplaceAll(c.Name, " ", "-") }

// Verify runs the case in one of its forms, using the empty folder dir.
func (c Case) Verify(ctx context.Context, dir, form string) (*report.Report, error) {
	if form == "stream" {
		return verify.RunStream(ctx, bytes.NewReader(c.Tar), c.Options)
	}
	path, err := c.Write(dir, form)
	if err != nil {
		return nil, err
	}
	return verify.Path(ctx, path, c.Options)
}

// Judge says what is wrong with a result, one sentence each.
func (c Case) Judge(rep *report.Report, err error) []string {
	var wrong []string
	if (err != nil) != c.Nothing {
		wrong = append(wrong, fmt.Sprintf("got error %v, want one: %v", err, c.Nothing))
	}
	if rep == nil {
		return append(wrong, "got no report")
	}
	if rep.Verdict != c.Verdict {
		wrong = append(wrong, fmt.Sprintf("got verdict %s, want %s", rep.Verdict, c.Verdict))
	}
	if got := Told(rep, c.Expect); !slices.Equal(got, c.Expect) {
		wrong = append(wrong, fmt.Sprintf("got findings %s, want %s", got, c.Expect))
	}
	return wrong
}

// Told returns the codes of all findings but notes, and of the notes that are
// expected: sorted, each once.
func Told(rep *report.Report, expect []report.Code) []report.Code {
	var codes []report.Code
	for _, f := range rep.Findings {
		if f.Severity != report.Note || slices.Contains(expect, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Describe renders the findings of a report for the log of a failed test.
func Describe(rep *report.Report) string {
	if rep == nil {
		return "no report"
	}
	var b strings.Builder
	b.WriteString(string(rep.Verdict))
	for _, f := range rep.Findings {
		at := ""
		if f.Offset != nil {
			at = fmt.Sprintf("@%d", *f.Offset)
		}
		fmt.Fprintf(&b, "\n\t%s %s %q%s claim=%q want=%q got=%q %s", f.Severity, f.Code, f.Object, at, f.Claim, f.Want, f.Got, f.Message)
	}
	return b.String()
}

// All returns every case of this package.
func All() []Case { return slices.Concat(Cases(), Streams(), Layers(), Configs(), Limits()) }
