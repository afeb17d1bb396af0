package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/sandbox"
)

func sandboxFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-sandbox", Usage: "give up no rights before reading; the report says so"}
}

// confine gives up everything that reading the inputs and writing the outputs
// does not need, and notes in the inputs' options what was achieved. It cannot
// be taken back: call it last before the inputs are read. Made are folders that
// were made for what is written.
func (w *world) confine(off bool, inputs []input, sinks []sink, made ...string) {
	level := "off"
	switch {
	case w.restrict == nil:
		return
	case !off:
		p := rights(inputs, sinks)
		p.Made = made
		level = w.restrict(p).String()
	}
	for i := range inputs {
		inputs[i].opt.Tool.Sandbox = level
	}
}

// rights are what a run has to reach by name.
func rights(inputs []input, sinks []sink) sandbox.Policy {
	var p sandbox.Policy
	for _, in := range inputs {
		path := in.path
		if in.stdin {
			path = "/dev/stdin" // which may be a folder, and is listed then
		}
		p.Read = append(p.Read, path)
	}
	for _, s := range sinks {
		if s.file == "" {
			continue
		}
		path, info := target(s.file)
		if info == nil || info.Mode().IsRegular() {
			path = filepath.Dir(path) // in which the report is renamed
		}
		p.Write = append(p.Write, path)
	}
	return p
}

// target is what an output path stands for: a link keeps pointing where it
// does, and its target is replaced. Without information there is nothing yet.
func target(path string) (string, fs.FileInfo) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	if err != nil {
		return path, nil
	}
	return path, info
}
