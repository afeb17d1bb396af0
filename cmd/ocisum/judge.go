package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// grace is how long a run may take to hand over what it has established after
// it was interrupted. Below a blocked system call nothing comes; then the
// report says that much.
const grace = 100 * time.Millisecond

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
	if in.near != "" && errors.Is(a.err, fs.ErrNotExist) {
		a.err = &misspelt{a.err, in.near}
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
