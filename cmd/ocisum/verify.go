package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func verifyCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check every byte of images against what their documents say",
		UsageText: "ocisum verify [OPTIONS] REF...",
		Description: `Every object is read once and compared with every promise made about it; every
fault is reported, not the first. Without a digest from outside, images are
consistent at best, not authentic: give the approved one as REF@DIGEST or with
--expect, a list of them with --lock, or the key of who signs with --key.

` + examples(
			"ocisum verify alpine.tar",
			"ocisum verify oci:layout:3.20 other.tar.gz",
			"ocisum verify alpine.tar@sha256:beefdbd8a1da6d2915566fde36db9db0b524eb737fc57cd1367effd16dc0d06d",
			"docker save alpine | ocisum verify -",
			"ocisum verify --lock images.lock alpine.tar",
			"ocisum verify --key cosign.pub layout/",
			"ocisum verify --recursive -o table -o json=report.json mirror/",
			"ocisum verify --receipt alpine.receipt.json --time 2026-11-20T12:00:00Z alpine.tar"),
		Flags: verifyFlags(append(receiptFlags(), resumeFlag())...),
		Action: func(c *cli.Context) error {
			req, err := w.verifyRequestOf(c)
			if err != nil {
				return err
			}
			if req.receipt, err = w.receiptOf(c, req.opt); err != nil {
				return err
			}
			return w.verify(c.Context, req)
		},
	}
}

// verifyFlags are those of verify and lock verify; one of them has more.
func verifyFlags(more ...cli.Flag) []cli.Flag {
	return slices.Concat([]cli.Flag{
		outputFlag(),
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "write no table; the exit status is the answer"},
		&cli.BoolFlag{Name: "notes", Usage: "list notes in the table, not only their number"},
		&cli.BoolFlag{Name: "recursive", Aliases: []string{"r"}, Usage: "search folders for images"},
		&cli.BoolFlag{Name: "all-platforms", Usage: "every platform that an index lists must be there"},
		&cli.BoolFlag{Name: "lint", Usage: "warn of legal values of configs that runtimes have tripped over"},
		&cli.BoolFlag{Name: "strict", Usage: "warnings and objects that no document names are errors"},
		&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "`N` layers at a time; 0 is one for each CPU"},
		&cli.StringFlag{Name: "progress", Value: "auto", Usage: "show progress as `MODE` on standard error: auto, tty, plain or none"},
	}, more, trustFlags(), sourceFlags())
}

func outputFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FORMAT[=FILE]`: table, json or jsonl; repeatable", DefaultText: "table"}
}

// verifyRequest is what the command line asked for.
type verifyRequest struct {
	operands  []string
	outputs   []string
	quiet     bool
	notes     bool
	recursive bool
	free      bool // no sandbox
	progress  string
	resume    string // the ledger
	opt       verify.Options
	receipt   *receiptRequest // nil: none
	images    bool            // a source without any is denied
}

func (w *world) verifyRequestOf(c *cli.Context) (verifyRequest, error) {
	req := verifyRequest{
		operands: c.Args().Slice(), outputs: c.StringSlice("output"),
		quiet: c.Bool("quiet"), notes: c.Bool("notes"), recursive: c.Bool("recursive"), free: c.Bool("no-sandbox"),
		progress: c.String("progress"), resume: c.String("resume"), opt: sourceOptions(c),
	}
	if err := atLeastOne(c); err != nil {
		return req, err
	}
	expect, err := parseDigests("--expect", c.StringSlice("expect"))
	if err != nil {
		return req, err
	}
	workers, err := jobs(c)
	if err != nil {
		return req, err
	}
	req.opt.Expect, req.opt.ExpectAll = expect, c.Bool("require-expect")
	if req.opt.Evidence, err = evidenceOf(c); err != nil {
		return req, err
	}
	if req.opt.Vouchers, err = w.vouchersOf(c); err != nil {
		return req, err
	}
	for _, v := range req.opt.Vouchers {
		if e, ok := v.(evaluated); ok {
			v = e.Voucher
		}
		if whole, ok := v.(interface{ WantsFileDigest() bool }); ok && whole.WantsFileDigest() {
			req.opt.FileDigest = true
		}
	}
	req.opt.Lint = c.Bool("lint")
	req.opt.AllPlatforms, req.opt.Strict, req.opt.Jobs = c.Bool("all-platforms"), c.Bool("strict"), workers
	return req, nil
}

// verify judges the inputs, writes the reports and returns the exit status.
func (w *world) verify(ctx context.Context, req verifyRequest) error {
	sinks, err := verifySinks(req)
	if err != nil {
		return err
	}
	written := sinks
	if r := req.receipt; r != nil {
		if slices.ContainsFunc(sinks, func(s sink) bool { return s.file == r.file }) {
			return usage("", "two outputs to %s", render.Quote(r.file))
		}
		written = append(slices.Clip(sinks), sink{file: r.file, flag: "--receipt"})
		req.opt.FileDigest = true
	}
	req.opt.Tool = reportTool()
	inputs, err := parseInputs(req.operands, req.opt)
	if err != nil {
		return err
	}
	if err := w.piped(inputs, "verify"); err != nil {
		return err
	}
	if err := ready(written, paths(inputs)); err != nil {
		return err
	}
	m, err := newMeter(w, req.progress)
	if err != nil {
		return err
	}
	if req.receipt != nil && req.resume != "" {
		return usage("", "--receipt and --resume exclude each other: a receipt is about what was read now")
	}
	if req.receipt != nil {
		if err := req.receipt.clear(); err != nil {
			return err
		}
	}
	closeLedger, err := w.openLedger(req.resume, inputs, written)
	if err != nil {
		return err
	}
	defer closeLedger()
	w.confine(req.free, inputs, written)
	result := &render.Result{
		Tool: fullTool(inputs[0].opt.Tool), Several: req.recursive || len(inputs) > 1, Notes: req.notes,
	}
	j := &judge{world: w, progress: m.begin, result: result}
	j.all(ctx, inputs, req.recursive)
	m.summary(result)
	err = w.finish(ctx, "verify", sinks, result, req.quiet)
	if err == nil && req.images {
		err = imageless(result)
	}
	if req.receipt != nil {
		err = w.hand(req.receipt, result, err)
	}
	return err
}

// verifySinks are the outputs that were asked for. --quiet drops the table
// that nobody asked for.
func verifySinks(req verifyRequest) ([]sink, error) {
	sinks, err := parseSinks(req.outputs)
	if err != nil || !req.quiet {
		return sinks, err
	}
	if len(req.outputs) == 0 {
		return nil, nil
	}
	for _, s := range sinks {
		if s.file == "" {
			return nil, usage("", "--quiet and --output %s to standard output exclude each other", s.format.Name)
		}
	}
	return sinks, nil
}

// finish writes the reports and says the rest on standard error, with hints for
// a user of verb. A report
// that is lost outweighs whatever it said.
func (w *world) finish(ctx context.Context, verb string, sinks []sink, result *render.Result, quiet bool) error {
	if err := deliver(sinks, w.stdout, result); err != nil {
		w.stdout.err = nil // it is in err
		w.complaints(result, verb)
		return &status{code: exitError, err: err}
	}
	w.complaints(result, verb)
	if quiet {
		w.verdicts(result)
	} else {
		w.whereabouts(sinks, result)
	}
	if code := exitCode(ctx, result); code != exitOK {
		return &status{code: code}
	}
	return nil
}

// whereabouts says on a terminal where the reports went that it does not show.
func (w *world) whereabouts(sinks []sink, r *render.Result) {
	if !onTerminal(w.stderr) {
		return
	}
	var files []string
	for _, s := range sinks {
		if s.file == "" {
			return
		}
		files = append(files, render.Quote(s.file))
	}
	fmt.Fprintf(w.stderr, "ocisum: %s; report in %s\n", r.Verdict(), strings.Join(files, ", "))
}

// verdicts names, where there is no table, the inputs that are not verified.
func (w *world) verdicts(r *render.Result) {
	for _, in := range r.Inputs {
		if in.Report == nil || in.Err != nil || in.Report.Verdict == report.Verified {
			continue
		}
		w.complain(fmt.Sprintf("%s: %s%s", in.Path, in.Report.Verdict, firstCode(in.Report)), "")
	}
}

// firstCode names the first finding that made the verdict what it is.
func firstCode(r *report.Report) string {
	first, more := "", 0
	for _, f := range r.Findings {
		switch {
		case f.Effect != r.Verdict:
		case first == "":
			first = ": " + string(f.Code)
		default:
			more++
		}
	}
	if more > 0 {
		first += fmt.Sprintf(" and %d more", more)
	}
	return first
}

func paths(inputs []input) []string {
	var all []string
	for _, in := range inputs {
		if !in.stdin {
			all = append(all, in.path)
		}
	}
	return all
}
