package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ocisum/ocisum/internal/ref"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// input is one operand, understood.
type input struct {
	raw   string // the operand
	path  string // "-" is standard input
	stdin bool
	plain bool // a bare path: neither transport nor tag nor digest
	opt   verify.Options
}

// formats maps the transports of a reference to the format they stand for.
var formats = map[string]verify.Format{
	"oci":            verify.OCILayout,
	"oci-archive":    verify.OCILayout,
	"docker-archive": verify.DockerArchive,
	"dir":            verify.Dir,
}

// parseInputs understands the operands. Standard input can be read once.
func parseInputs(operands []string, opt verify.Options) ([]input, error) {
	var inputs []input
	stdin := false
	for _, arg := range operands {
		r, err := ref.Parse(arg, exists)
		if err != nil {
			hint := "a reference is [TRANSPORT:]PATH[:TAG][@DIGEST]"
			if remote := (*ref.RemoteError)(nil); errors.As(err, &remote) {
				hint = remote.Hint()
			}
			return nil, usage(hint, "%w", err)
		}
		in := input{raw: arg, path: r.Path, stdin: r.Stdin, opt: opt}
		in.plain = r.Transport == "" && r.Tag == "" && r.Digest == "" && !r.Stdin
		if r.Stdin {
			if stdin {
				return nil, usage("", "standard input is named twice")
			}
			stdin, in.path = true, "-"
		}
		in.opt.Path, in.opt.Format, in.opt.Tag, in.opt.Pin = in.path, formats[r.Transport], r.Tag, r.Digest
		inputs = append(inputs, in)
	}
	return inputs, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// grace is how long a run may take to hand over what it has established after
// it was interrupted. Below a blocked system call nothing comes; then the
// report says that much.
const grace = 150 * time.Millisecond

// judge runs package verify on inputs, one after the other.
type judge struct {
	world    *world
	progress func(label string) (update func(verify.Progress), done func())
	result   *render.Result
}

// all judges every input. After an interruption the rest is listed as such.
func (j *judge) all(ctx context.Context, inputs []input, recursive bool) {
	for _, in := range inputs {
		if recursive && in.plain && isFolder(in.path) {
			j.walk(ctx, in)
			continue
		}
		j.add(j.one(ctx, in))
	}
}

func (j *judge) add(in render.Input) { j.result.Inputs = append(j.result.Inputs, in) }

// one judges an input. What it returns always has a report or an error.
func (j *judge) one(ctx context.Context, in input) render.Input {
	if ctx.Err() != nil {
		return render.Input{Path: in.path, Err: context.Cause(ctx)}
	}
	update, done := j.progress(in.path)
	defer done()
	in.opt.Progress = update
	type answer struct {
		report *report.Report
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		rep, err := j.verify(ctx, in)
		answers <- answer{rep, err}
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		select {
		case a = <-answers:
		case <-time.After(grace):
		}
	}
	if a.report == nil && ctx.Err() != nil {
		a.report, a.err = interrupted(in, j.result.Tool), nil
	}
	if a.report == nil && a.err == nil {
		a.err = errors.New("no report")
	}
	if ctx.Err() != nil && a.report != nil && !a.report.Complete {
		a.err = nil // the report says it
	}
	return render.Input{Path: in.path, Report: a.report, Err: a.err}
}

func (j *judge) verify(ctx context.Context, in input) (*report.Report, error) {
	if !in.stdin {
		return verify.Path(ctx, in.path, in.opt)
	}
	if f, ok := j.world.stdin.(*os.File); ok {
		return verify.File(ctx, f, in.opt)
	}
	return verify.RunStream(ctx, j.world.stdin, in.opt)
}

// interrupted is the report of a run that could not hand over anything.
func interrupted(in input, tool report.Tool) *report.Report {
	f := report.New(report.Interrupted, "", "interrupted before anything was established")
	return &report.Report{
		Schema: report.Schema, Tool: tool, Verdict: report.Incomplete,
		Source:   report.Source{Path: in.path, Formats: []string{}, Container: "", Compression: "none", Detected: in.opt.Format == verify.Detect},
		Anchors:  []report.Anchor{},
		Images:   []report.Image{},
		Indexes:  []report.Index{},
		Findings: []report.Finding{f}, Artifacts: []report.Artifact{},
	}
}

// walk judges every image below a folder, in the order of the names. A folder
// that is an image is one input; its files are not looked at again. Links are
// not followed. What is no image is counted.
func (j *judge) walk(ctx context.Context, in input) {
	if ctx.Err() != nil {
		j.add(render.Input{Path: in.path, Err: context.Cause(ctx)})
		return
	}
	entries, err := os.ReadDir(in.path)
	if err != nil {
		j.add(render.Input{Path: in.path, Err: err})
		return
	}
	if maybeImage(entries) && j.try(ctx, in) {
		return
	}
	for _, e := range entries {
		below := in
		below.path = filepath.Join(in.path, e.Name())
		below.opt.Path = below.path
		switch {
		case e.IsDir():
			j.walk(ctx, below)
		case !e.Type().IsRegular() || !j.try(ctx, below):
			j.result.Skipped++
		}
	}
}

// try judges an input and reports whether it is an image at all.
func (j *judge) try(ctx context.Context, in input) bool {
	found := j.one(ctx, in)
	if errors.Is(found.Err, verify.ErrUnknownFormat) {
		return false
	}
	j.add(found)
	return true
}

var blobName = regexp.MustCompile(`^[0-9a-f]{64}(\.json|\.tar)?$`)

// maybeImage reports whether a folder may be a layout, a dir: folder or an
// extracted docker-save archive, damaged ones included. What it really is,
// package verify says.
func maybeImage(entries []fs.DirEntry) bool {
	has := make(map[string]bool, len(entries))
	blobs := false
	for _, e := range entries {
		has[e.Name()] = true
		blobs = blobs || blobName.MatchString(e.Name())
	}
	return has["oci-layout"] || has["blobs"] || has["manifest.json"] && (has["version"] || has["repositories"] || blobs)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// exitCode is the status of a run over several inputs: the worst verdict, and
// among the rest what could not run before what is incomplete.
func exitCode(ctx context.Context, r *render.Result) int {
	var sig interruption
	if errors.As(context.Cause(ctx), &sig) {
		return sig.exitCode()
	}
	verdict := r.Verdict()
	if verdict == report.Failed || verdict == report.Denied {
		return verdict.ExitCode()
	}
	for _, in := range r.Inputs {
		if in.Err != nil {
			return exitError
		}
	}
	if len(r.Inputs) == 0 {
		return exitError // nothing to check is never a success
	}
	return verdict.ExitCode()
}

// complaints says on standard error which inputs could not be judged.
func (w *world) complaints(r *render.Result) {
	for _, in := range r.Inputs {
		if in.Err == nil {
			continue
		}
		var path *fs.PathError
		message := in.Path + ": " + in.Err.Error()
		if errors.As(in.Err, &path) && path.Path == in.Path {
			message = in.Path + ": " + path.Err.Error()
		}
		w.complain(message, cure(in.Err))
	}
	if len(r.Inputs) == 0 {
		w.complain(fmt.Sprintf("no image among %d files", r.Skipped), "")
	}
}

// cure is a hint for errors that have one.
func cure(err error) string {
	switch {
	case errors.Is(err, verify.ErrUnknownFormat):
		return "an image has an index.json, a manifest.json or an oci-layout; docker export writes none, docker save does"
	case errors.Is(err, verify.ErrNothing):
		return "its index.json or manifest.json lists no image; nothing checked is never a success"
	case errors.Is(err, fs.ErrPermission):
		return "may this user read it?"
	}
	return ""
}
