package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

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
		w.complain(fmt.Sprintf("no image found, passed over %d other files and links", r.Skipped), "")
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
