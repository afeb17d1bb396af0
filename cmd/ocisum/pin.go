package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/pin"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func pinCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "pin",
		Usage:     "write digests into Dockerfiles, Compose and Kubernetes files",
		UsageText: "ocisum pin [OPTIONS] FILE...",
		Description: `Every image that a FILE names gets the digest that a lock file or a verified
archive has for it: alpine:3.20 becomes alpine:3.20@sha256:... Not a byte
changes elsewhere. All files are written, or none if a name is in no source.
FILE - is standard input, and the result goes to standard output.

` + examples(
			"ocisum pin --lock images.lock Dockerfile compose.yaml",
			"ocisum pin --from alpine.tar --from registry.example/team/app:v1=oci:layout deploy.yaml",
			"ocisum pin --check --lock images.lock Dockerfile deploy/*.yaml",
			"ocisum pin --diff --unpin Dockerfile"),
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "lock", Usage: "take digests from the lock `FILE`; repeatable"},
			&cli.StringSliceFlag{Name: "from", Usage: "take digests from the image `[NAME=]REF`, after it was verified; repeatable"},
			&cli.StringFlag{Name: "platform", Usage: "pin the manifest for `OS/ARCH[/VARIANT]`, not the index of all platforms"},
			&cli.StringFlag{Name: "type", Usage: "every FILE is a `KIND`: dockerfile, compose or kubernetes", DefaultText: "by name and content"},
			&cli.BoolFlag{Name: "check", Usage: "write nothing; exit 4 unless every image has the digest it should have"},
			&cli.BoolFlag{Name: "diff", Usage: "write nothing; show what would change"},
			&cli.BoolFlag{Name: "unpin", Usage: "remove digests"},
			&cli.BoolFlag{Name: "allow-missing", Usage: "leave names alone that no source has, or that cannot be edited"},
		}, pinSourceFlags()...),
		Action: func(c *cli.Context) error {
			req, err := pinRequestOf(c)
			if err != nil {
				return err
			}
			return w.pin(c.Context, req)
		},
	}
}

// pinSourceFlags are about the values of --from.
func pinSourceFlags() []cli.Flag {
	return slices.Concat(evidenceFlags()[:1], keyFlags(), slices.DeleteFunc(sourceFlags(), func(f cli.Flag) bool {
		return f.Names()[0] == "platform" || f.Names()[0] == "file-digest"
	}))
}

// pinRequest is what the command line asked for.
type pinRequest struct {
	files, locks, from          []string
	kind                        pin.Kind
	platform                    string
	check, diff, unpin, missing bool
	free                        bool // no sandbox
	opt                         verify.Options
}

func pinRequestOf(c *cli.Context) (pinRequest, error) {
	req := pinRequest{
		files: c.Args().Slice(), locks: c.StringSlice("lock"), from: c.StringSlice("from"),
		kind: pin.Kind(c.String("type")), platform: c.String("platform"),
		check: c.Bool("check"), diff: c.Bool("diff"), unpin: c.Bool("unpin"), missing: c.Bool("allow-missing"),
		free: c.Bool("no-sandbox"), opt: sourceOptions(c),
	}
	req.opt.Platform = ""
	var err error
	if req.opt.Evidence, err = evidenceOf(c); err != nil {
		return req, err
	}
	if req.opt.Vouchers, err = keyVouchers(c); err != nil {
		return req, err
	}
	var kinds []string
	for _, k := range pin.Kinds() {
		kinds = append(kinds, string(k))
	}
	switch {
	case len(req.files) == 0:
		return req, usage("see ocisum pin --help", "pin needs at least one file, or - for standard input")
	case req.kind != pin.Detect && !slices.Contains(pin.Kinds(), req.kind):
		return req, usage("the kinds are "+strings.Join(kinds, ", "), "--type: unknown kind of file %s", render.Quote(string(req.kind)))
	case req.check && req.unpin:
		return req, usage("", "--check and --unpin exclude each other")
	case len(req.locks)+len(req.from) == 0 && !req.check && !req.unpin:
		return req, usage("give --lock FILE or --from REF; --check alone looks whether there are digests at all", "nothing to take digests from")
	case len(req.from) == 0 && len(req.opt.Evidence)+len(req.opt.Vouchers) > 0:
		return req, usage("", "--evidence and --key are about the images of --from")
	case req.platform != "" && strings.Count(req.platform, "/") != 1 && strings.Count(req.platform, "/") != 2:
		return req, usage("for instance linux/amd64", "--platform: %s is not OS/ARCH[/VARIANT]", render.Quote(req.platform))
	}
	return req, nil
}

// pin does what the verb is for, and returns the exit status.
func (w *world) pin(ctx context.Context, req pinRequest) error {
	files, failed, err := w.pinFiles(req)
	switch {
	case err != nil:
		return err
	case len(files) == 0:
		return &status{code: exitError} // each was complained about
	}
	sources, err := readLocks(req.locks)
	if err != nil {
		return err
	}
	verified, err := w.pinSources(ctx, req, files)
	if err != nil {
		return err
	}
	opt := pin.Options{Platform: req.platform, Unpin: req.unpin}
	if sources = append(sources, verified...); len(sources) > 0 {
		opt.Resolver = sources
	}
	known := 0
	for _, f := range files {
		if f.results, f.changed, err = pin.Make(f.found, opt); err != nil {
			return &status{exitError, fmt.Errorf("%s: cannot be edited without changing more than digests: %w", f.name(), err), ""}
		}
		known += f.found.Known
		for _, n := range f.found.Notes {
			w.complain(fmt.Sprintf("%s:%d: %s", f.name(), n.Line, n.Message), "")
		}
	}
	if known == 0 && failed == 0 {
		return usage("a Kubernetes file names images in Pods and what has a template of one, a Compose file in services", "no file names an image")
	}
	return w.pinned(ctx, req, files, failed)
}

// pinned writes what was found, and unless it was only to be looked at the
// files. It returns the exit status, in which a file that could not be read, of
// which there were failed, is outweighed by a digest that is wrong.
func (w *world) pinned(ctx context.Context, req pinRequest, files []*pinFile, failed int) error {
	s := pinSummary{req: req, files: len(files), failed: failed}
	for _, f := range files {
		for _, r := range f.results {
			s.add(f, r)
		}
	}
	if ctx.Err() != nil {
		return interruptedStatus(ctx)
	}
	write := !req.check && !req.diff
	// Where standard output has a diff or a file, the rest goes beside it.
	out := io.Writer(w.stdout)
	if req.diff || write && slices.ContainsFunc(files, func(f *pinFile) bool { return f.path == "-" }) {
		out = w.stderr
	}
	for _, l := range s.left {
		w.complain(l, "")
	}
	if s.denied() {
		for _, l := range s.problems {
			if req.check {
				fmt.Fprintln(out, render.Escape(l))
			} else {
				w.complain(l, "")
			}
		}
		if !req.check {
			w.complain("nothing was written", s.hint)
			return &status{code: report.Denied.ExitCode()}
		}
	}
	if req.diff {
		for _, f := range files {
			if _, err := w.stdout.Write(pin.Diff(diffName(f), f.data, f.changed)); err != nil {
				return err
			}
		}
	}
	if write {
		if err := w.rewriteAll(files); err != nil {
			return err
		}
	}
	if write {
		for _, l := range s.changes {
			fmt.Fprintln(out, render.Escape(l))
		}
	}
	fmt.Fprintln(out, s.last())
	switch {
	case s.denied():
		return &status{code: report.Denied.ExitCode()}
	case failed > 0:
		return &status{code: exitError}
	}
	return nil
}

func interruptedStatus(ctx context.Context) error {
	var sig interruption
	if errors.As(context.Cause(ctx), &sig) {
		return &status{code: sig.exitCode()}
	}
	return context.Cause(ctx)
}

// diffName is a name that patch(1) understands. It stands behind a/ and b/.
func diffName(f *pinFile) string {
	if f.path == "-" {
		return "stdin"
	}
	return render.Escape(strings.TrimLeft(strings.TrimPrefix(f.path, "./"), "/"))
}

// rewriteAll writes the files that change.
func (w *world) rewriteAll(files []*pinFile) error {
	var all []rewrite
	for _, f := range files {
		switch {
		case f.path == "-":
			if _, err := w.stdout.Write(f.changed); err != nil {
				return err
			}
		case string(f.changed) != string(f.data):
			all = append(all, rewrite{path: f.path, info: f.info, data: f.changed})
		}
	}
	return rewriteFiles(all)
}
