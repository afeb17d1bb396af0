package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/measure"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func benchCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "bench",
		Usage:     "measure how fast this machine verifies images, and what bounds it",
		UsageText: "ocisum bench [OPTIONS] [REF]",
		Description: `Hashing, decoding and verifying are measured with made-up data in memory, the
same on every machine; REF is read and verified as well, several times. Whether
its bytes come from the disk or from memory is up to the system: the first
reading is shown apart.

` + examples(
			"ocisum bench",
			"ocisum bench --time 30s --runs 10 -o table -o html=bench.html oci:layout",
			"ocisum bench -o benchstat >new.txt && benchstat old.txt new.txt"),
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FORMAT[=FILE]`: " + strings.Join(benchFormatNames(), ", ") + "; repeatable", DefaultText: "table"},
			&cli.DurationFlag{Name: "time", Value: 6 * time.Second, Usage: "measure for about `DURATION`, and as long again for REF"},
			&cli.IntFlag{Name: "runs", Value: 5, Usage: "take `N` samples of everything; below 3 noise cannot be told"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "`N` layers at a time; 0 is one for each CPU"},
			sandboxFlag(),
		},
		Action: func(c *cli.Context) error {
			req, err := benchRequestOf(c)
			if err != nil {
				return err
			}
			return w.bench(c.Context, req)
		},
	}
}

// benchRequest is what the command line asked for.
type benchRequest struct {
	operands  []string
	outputs   []string
	noSandbox bool
	cfg       measure.Config
}

// maxRuns keeps the samples of a report within reason.
const maxRuns = 1000

func benchRequestOf(c *cli.Context) (benchRequest, error) {
	req := benchRequest{
		operands: c.Args().Slice(), outputs: c.StringSlice("output"), noSandbox: c.Bool("no-sandbox"),
		cfg: measure.Config{Time: c.Duration("time"), Runs: c.Int("runs")},
	}
	switch {
	case len(req.operands) > 1:
		return req, usage("", "bench takes one image, or none")
	case req.cfg.Time <= 0:
		return req, usage("a duration is like 500ms, 10s or 2m", "--time: %s is not positive", req.cfg.Time)
	case req.cfg.Runs < 1 || req.cfg.Runs > maxRuns:
		return req, usage("", "--runs: %d is not between 1 and %d", req.cfg.Runs, maxRuns)
	}
	var err error
	req.cfg.Jobs, err = jobs(c)
	return req, err
}

// bench measures, writes the results, and returns the exit status: that of the
// verdict about the image, if there is one.
func (w *world) bench(ctx context.Context, req benchRequest) error {
	result := new(measure.Result) // which the sinks write
	sinks, err := benchSinks(req.outputs, result)
	if err != nil {
		return err
	}
	inputs, err := parseInputs(req.operands, req.cfg.Options)
	if err != nil {
		return err
	}
	if err := ready(sinks, paths(inputs)); err != nil {
		return err
	}
	for _, in := range inputs {
		if in.stdin {
			return usage("", "bench reads its input several times: standard input cannot be")
		}
		req.cfg.Path = in.path
	}
	req.cfg.Now, req.cfg.Machine = w.now, measure.ThisMachine()
	w.confine(req.noSandbox, inputs, sinks)
	req.cfg.Tool = fullTool(reportTool())
	for _, in := range inputs {
		req.cfg.Options, req.cfg.Tool.Sandbox = in.opt, in.opt.Tool.Sandbox
	}
	measured, err := measure.Run(ctx, req.cfg)
	if err != nil {
		return benchError(ctx, req.cfg.Path, err)
	}
	*result = *measured
	if err := deliver(sinks, w.stdout, nil); err != nil {
		w.stdout.err = nil // it is in err
		return &status{code: exitError, err: err}
	}
	return benchStatus(result)
}

// benchError is an interruption, or what is wrong with the path.
func benchError(ctx context.Context, path string, err error) error {
	var sig interruption
	if errors.As(context.Cause(ctx), &sig) {
		return &status{code: sig.exitCode(), err: errors.New("interrupted: nothing to report")}
	}
	var at *fs.PathError
	if errors.As(err, &at) && at.Path == path || path == "" {
		return &status{code: exitError, err: err, hint: cure(err)}
	}
	return &status{code: exitError, err: fmt.Errorf("%s: %w", path, err), hint: cure(err)}
}

// benchStatus is the verdict on the path: nobody should take the measurement
// of a broken image for that of a good one.
func benchStatus(r *measure.Result) error {
	if r.Path == nil || r.Path.Verdict == report.Verified {
		return nil
	}
	return &status{
		code: r.Path.Verdict.ExitCode(),
		err:  fmt.Errorf("%s: %s", r.Path.Path, r.Path.Verdict),
		hint: "ocisum verify says what is wrong",
	}
}

// benchFormat is a way to write a result.
type benchFormat struct {
	name  string
	write func(io.Writer, *measure.Result) error
}

func benchFormats() []benchFormat {
	return []benchFormat{
		{"table", measure.Table}, {"json", measure.JSON}, {"benchstat", measure.Benchstat}, {"html", measure.HTML},
	}
}

func benchFormatNames() []string {
	var names []string
	for _, f := range benchFormats() {
		names = append(names, f.name)
	}
	return names
}

// benchSinks reads the values of --output. The sinks write what result holds
// by then.
func benchSinks(values []string, result *measure.Result) ([]sink, error) {
	if len(values) == 0 {
		values = []string{"table"}
	}
	var chosen []benchFormat
	files := make([]string, len(values)) // the values with a format that parseSinks knows
	for i, v := range values {
		name, file, given := strings.Cut(v, "=")
		f, err := lookupBenchFormat(name)
		if err != nil {
			return nil, err
		}
		if given && file == "" {
			return nil, usage("-o "+name+"=FILE, or -o "+name+" for standard output", "--output %s: no file name", v)
		}
		chosen = append(chosen, f)
		files[i] = render.Formats()[0].Name + strings.TrimPrefix(v, name)
	}
	sinks, err := parseSinks(files)
	for i := range sinks {
		f := chosen[i]
		sinks[i].format = render.Format{Name: f.name, Render: func(w io.Writer, _ *render.Result) error { return f.write(w, result) }}
	}
	return sinks, err
}

func lookupBenchFormat(name string) (benchFormat, error) {
	for _, f := range benchFormats() {
		if f.name == name {
			return f, nil
		}
	}
	hint := "the formats are " + strings.Join(benchFormatNames(), ", ")
	if near := closest(name, benchFormatNames()); near != "" {
		hint = "did you mean " + near + "?"
	}
	return benchFormat{}, usage(hint, "bench has no output format %s", render.Quote(name))
}
