package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/lazyregexp"
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

// complaints says on standard error which inputs could not be judged. The
// hints are for a user of verb.
func (w *world) complaints(r *render.Result, verb string) {
	for _, in := range r.Inputs {
		if in.Err == nil {
			continue
		}
		name := in.Path
		if name == "-" {
			name = "standard input"
		}
		var path *fs.PathError
		message := in.Err.Error()
		switch {
		case empty(in):
			message = "the input is empty"
		case errors.As(in.Err, &path) && path.Path == in.Path:
			message = path.Err.Error()
		}
		w.complain(name+": "+message, advice(in, verb))
	}
	shown := 0
	for _, path := range r.Passed {
		if archiveName().MatchString(path) && shown < maxFaults {
			shown++
			w.complain(path+": passed over: an archive, but no image", "")
		}
	}
	if len(r.Inputs) == 0 {
		w.complain(fmt.Sprintf("no image found, passed over %d other files and links", r.Skipped), "")
	}
}

// advice is a hint for a user of verb whose input could not be judged.
func advice(in render.Input, verb string) string {
	var slip *misspelt
	switch {
	case errors.As(in.Err, &slip):
		return "did you mean " + render.Quote(slip.near) + "?"
	case empty(in) && in.Path == "-":
		return "did the command before the pipe fail?"
	case empty(in):
		return "was it written completely?"
	case errors.Is(in.Err, verify.ErrUnknownFormat):
		return otherwise(in.Path, verb)
	case errors.Is(in.Err, fs.ErrNotExist) && imageName(in.Path):
		return "images are read from files and pipes: docker save " + in.Path + " | ocisum " + verb + " -"
	}
	return cure(in.Err)
}

const whatIsAnImage = "an image has an index.json, a manifest.json or an oci-layout; docker export writes none, docker save does"

// cure is a hint for errors that have one.
func cure(err error) string {
	switch {
	case errors.Is(err, verify.ErrUnknownFormat):
		return whatIsAnImage
	case errors.Is(err, verify.ErrNothing):
		return "its index.json or manifest.json lists no image; nothing checked is never a success"
	case errors.Is(err, verify.ErrNotResumable):
		return "leave --resume away, or decompress the archive first"
	case errors.Is(err, fs.ErrPermission):
		return "may this user read it?"
	}
	return ""
}

// otherwise guesses what the user meant by an input that is no image.
func otherwise(path, verb string) string {
	switch base := filepath.Base(path); {
	case isFolder(path) && verb == "verify":
		return "--recursive looks for images in folders"
	case isFolder(path):
		return "give the images in the folder one by one"
	case base == "index.json", base == "manifest.json", base == "oci-layout":
		return "give the folder of the image: ocisum " + verb + " " + render.Quote(filepath.Dir(path))
	}
	return whatIsAnImage
}

// empty reports whether an input has no bytes at all.
func empty(in render.Input) bool {
	return in.Report != nil && errors.Is(in.Err, verify.ErrUnknownFormat) && in.Report.Source.Digest == hash.DigestBytes(digest.SHA256, nil)
}

// reference is the grammar of image names without a host, as far as it can be
// told from files: what it matches needs no quotes in a shell.
var reference = lazyregexp.New(`^[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$`)

// imageName reports whether a path that does not exist may be meant as the
// name of an image.
func imageName(path string) bool {
	if filepath.Ext(path) != "" && !strings.Contains(path, ":") {
		return false // a file name; few images without a tag have a dot in the last part
	}
	return reference().MatchString(path)
}
