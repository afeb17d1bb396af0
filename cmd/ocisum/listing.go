package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// listing is what ls, inspect and digest have in common: they read documents,
// not layers, and show what those say.
type listing struct {
	verb     string
	operands []string
	format   string
	formats  []string // that the verb knows
	opt      verify.Options
	free     bool // no sandbox
}

func listingOf(c *cli.Context, formats ...string) (listing, error) {
	l := listing{verb: verbOf(c), operands: c.Args().Slice(), format: c.String("output"), formats: formats, opt: sourceOptions(c), free: c.Bool("no-sandbox")}
	l.opt.Documents = true
	if !slices.Contains(formats, l.format) {
		return l, usage("the formats are "+strings.Join(formats, ", "), "%s has no output format %s", verbOf(c), render.Quote(l.format))
	}
	return l, atLeastOne(c)
}

// listingFlags are the flags of a verb that lists.
func listingFlags(formats ...string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: formats[0], Usage: "write `FORMAT`: " + strings.Join(formats, " or ")},
	}, documentFlags()...)
}

// list reads the documents of the operands, hands them to show and returns
// the exit status. A listing is no judgement: layers that are absent or
// damaged do not change the status, documents that cannot be trusted do.
func (w *world) list(ctx context.Context, l listing, show func(io.Writer, *render.Result) error) error {
	l.opt.Tool = reportTool()
	inputs, err := parseInputs(l.operands, l.opt)
	if err == nil {
		err = w.piped(inputs, l.verb)
	}
	if err != nil {
		return err
	}
	w.confine(l.free, inputs, nil)
	result := &render.Result{Tool: fullTool(inputs[0].opt.Tool), Several: len(inputs) > 1}
	j := &judge{world: w, progress: noProgress, result: result}
	j.all(ctx, inputs, false)
	if err := show(w.stdout, result); err != nil {
		var s *status
		if errors.As(err, &s) {
			return err
		}
		w.stdout.err = nil // it is in err
		return &status{code: exitError, err: fmt.Errorf("write standard output: %w", reason(err))}
	}
	w.complaints(result, l.verb)
	code := w.documentFaults(result)
	var sig interruption
	switch {
	case errors.As(context.Cause(ctx), &sig):
		code = sig.exitCode()
	case code != exitBroken && code != report.Denied.ExitCode() && failures(result):
		code = exitError
	}
	if code != exitOK {
		return &status{code: code}
	}
	return nil
}

func noProgress(string) (func(verify.Progress), func()) { return nil, func() {} }

func failures(r *render.Result) bool {
	return slices.ContainsFunc(r.Inputs, func(in render.Input) bool { return in.Err != nil })
}

// maxFaults is how many findings a listing shows on standard error.
const maxFaults = 20

// documentFaults says on standard error what is wrong with the documents, and
// returns the exit code that this asks for.
func (w *world) documentFaults(r *render.Result) int {
	worst, shown, more := report.Verified, 0, 0
	for _, in := range r.Inputs {
		if in.Report == nil || in.Err != nil {
			continue
		}
		for _, f := range in.Report.Findings {
			if f.Effect == "" || f.Effect == report.Incomplete && !unread(f) {
				continue
			}
			worst = render.Worse(worst, f.Effect)
			if shown++; shown > maxFaults {
				more++
				continue
			}
			object := ""
			if f.Object != "" {
				object = " " + render.Quote(f.Object)
			}
			w.complain(fmt.Sprintf("%s: %s%s: %s", in.Path, f.Code, object, f.Message), "")
		}
	}
	if more > 0 {
		w.complain(fmt.Sprintf("%d more findings", more), "")
	}
	if worst != report.Verified {
		w.complain("the list may be wrong or incomplete", "ocisum verify says what is wrong")
	}
	return worst.ExitCode()
}

// unread reports whether a finding means that a document was not read which
// the listing is about. Layers are not read here anyway.
func unread(f report.Finding) bool {
	switch f.Code {
	case report.PlatformMissing, report.BlobUnreadable, report.BlobChanged, report.Interrupted, report.InternalError:
		return true
	case report.BlobMissing:
		return !strings.Contains(strings.ToLower(f.Claim), "/layers/")
	}
	return strings.HasPrefix(string(f.Code), "limit.")
}
