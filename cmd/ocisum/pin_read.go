package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/pin"
	"github.com/ocisum/ocisum/internal/render"
)

// pinFile is a file to be pinned.
type pinFile struct {
	path    string // as given; "-" is standard input
	info    fs.FileInfo
	data    []byte
	found   *pin.File
	results []pin.Result
	changed []byte
}

// name is what the file is called in output.
func (f *pinFile) name() string {
	if f.path == "-" {
		return "standard input"
	}
	return f.path
}

// pinFiles reads the files, and says how many of them it could not. Where
// nothing is written these are complained about, and the others looked at all
// the same; else the first of them is the error.
func (w *world) pinFiles(req pinRequest) (files []*pinFile, failed int, err error) {
	for i, path := range req.files {
		if path == "-" && slices.Contains(req.files[:i], path) {
			return nil, 0, usage("", "standard input is named twice")
		}
		f, err := w.pinFile(path, req.kind)
		if err != nil {
			if !req.check && !req.diff || len(req.files) == 1 {
				return nil, 0, err
			}
			w.conclude(err)
			failed++
			continue
		}
		for _, other := range files {
			if other.info != nil && f.info != nil && os.SameFile(other.info, f.info) {
				return nil, 0, usage("", "%s is named twice", render.Quote(path))
			}
		}
		files = append(files, f)
	}
	return files, failed, nil
}

// pinFile reads a file and finds the images in it.
func (w *world) pinFile(path string, kind pin.Kind) (*pinFile, error) {
	f := &pinFile{path: path}
	var err error
	if path == "-" {
		if onTerminal(w.stdin) {
			return nil, usage("", "standard input is a terminal, not a file")
		}
		f.data, err = io.ReadAll(io.LimitReader(w.stdin, pin.MaxBytes+1))
	} else {
		f.data, f.info, err = readSmall(path, pin.MaxBytes)
	}
	if err != nil {
		return nil, &status{exitError, fmt.Errorf("%s: %w", f.name(), err), ""}
	}
	if f.found, err = pin.Find(path, kind, f.data); err != nil {
		hint := ""
		switch {
		case strings.Contains(string(f.data), "{{"):
			hint = "is it a template? render it first, and pin the result or the values"
		case kind == pin.Detect:
			hint = "--type says what it is: dockerfile, compose or kubernetes"
		}
		return nil, &status{exitError, fmt.Errorf("%s: %w", f.name(), err), hint}
	}
	return f, nil
}

// readSmall reads a regular file, and a byte more than most if it has more.
func readSmall(path string, most int64) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, bare(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, nil, bare(err)
	}
	if info, err = f.Stat(); err != nil {
		return nil, nil, bare(err)
	}
	return data, info, nil
}

// bare drops the path from an error of which it is said already.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readLocks reads the lock files, before any right is given up.
func readLocks(paths []string) (pin.Sources, error) {
	var all pin.Sources
	for _, path := range paths {
		f, err := openLock("--lock", path)
		if err != nil {
			return nil, err
		}
		all = append(all, pin.Lock(f.File, "--lock "+path))
	}
	return all, nil
}

// pinSources verifies the values of --from and returns what they know.
func (w *world) pinSources(ctx context.Context, req pinRequest, files []*pinFile) (pin.Sources, error) {
	req.opt.Tool = reportTool()
	var inputs []input
	var names []string
	for _, value := range req.from {
		in, err := parseInputs([]string{value}, req.opt)
		name, rest, named := strings.Cut(value, "=")
		if named && (err != nil || !in[0].stdin && !exists(in[0].path)) {
			if _, bad := pin.Name(name); bad != nil {
				return nil, usage("", "--from %s: %w", render.Quote(value), bad)
			}
			in, err = parseInputs([]string{rest}, req.opt)
		} else {
			name = ""
		}
		if err != nil {
			return nil, err
		}
		inputs, names = append(inputs, in...), append(names, name)
	}
	stdin := slices.Contains(req.files, "-")
	for _, in := range inputs {
		if in.stdin && stdin {
			return nil, usage("", "standard input is named twice")
		}
		stdin = stdin || in.stdin
	}
	if err := w.piped(inputs, "pin --from"); err != nil {
		return nil, err
	}
	var sinks []sink
	for _, f := range files {
		if f.path != "-" && !req.check && !req.diff {
			sinks = append(sinks, sink{file: f.path})
		}
	}
	w.confine(req.free, inputs, sinks)
	if len(inputs) == 0 {
		return nil, nil
	}
	result := &render.Result{Several: len(inputs) > 1}
	j := &judge{world: w, progress: noProgress, result: result}
	j.all(ctx, inputs, false)
	if code := exitCode(ctx, result); code != exitOK {
		w.complaints(result, "pin --from")
		w.verdicts(result)
		return nil, &status{code, errors.New("digests are taken from verified images only"), "ocisum verify says what is wrong"}
	}
	var all pin.Sources
	for i, in := range result.Inputs {
		r, err := pin.Verified(in.Report, "--from "+inputs[i].raw, names[i])
		if err != nil {
			hint := ""
			if errors.Is(err, pin.ErrNameless) {
				hint = "say it: --from NAME=" + render.Quote(inputs[i].raw)
			}
			return nil, usage(hint, "%w", err)
		}
		all = append(all, r)
	}
	return all, nil
}
