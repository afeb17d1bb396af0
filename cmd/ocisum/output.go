package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/ocisum/ocisum/internal/render"
)

// sink is one value of --output: a format and where it goes.
type sink struct {
	format render.Format
	file   string // "" is standard output
	flag   string // that asked for it; "" is --output
}

// parseSinks reads the values of --output, FORMAT[=FILE] each. Without any it
// is the default: a table on standard output.
func parseSinks(values []string) ([]sink, error) {
	if len(values) == 0 {
		values = []string{render.Formats()[0].Name}
	}
	var sinks []sink
	seen := make(map[string]bool)
	for _, v := range values {
		name, file, given := strings.Cut(v, "=")
		f, ok := render.Lookup(name)
		if !ok {
			return nil, unknownFormat(name)
		}
		if given && file == "" {
			return nil, usage("-o "+name+"=FILE, or -o "+name+" for standard output", "--output %s: no file name", v)
		}
		if file == "-" || file == "/dev/stdout" {
			file = ""
		}
		if seen[file] {
			if file == "" {
				return nil, usage("-o FORMAT=FILE writes to a file", "two outputs to standard output")
			}
			return nil, usage("", "two outputs to %s", render.Quote(file))
		}
		seen[file] = true
		sinks = append(sinks, sink{format: f, file: file})
	}
	return sinks, nil
}

func unknownFormat(name string) error {
	var names []string
	for _, f := range render.Formats() {
		names = append(names, f.Name)
	}
	hint := "the formats are " + strings.Join(names, ", ")
	if near := closest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(hint, "unknown output format %s", render.Quote(name))
}

// ready finds out, before the work begins, whether the files can be written,
// and that none of them is an input.
func ready(sinks []sink, inputs []string) error {
	for _, s := range sinks {
		if s.file == "" {
			continue
		}
		flag := cmp.Or(s.flag, "--output")
		target, err := os.Stat(s.file)
		if err != nil {
			target = nil
		}
		if target != nil && target.IsDir() {
			return usage("", "%s: %s is a folder", flag, render.Quote(s.file))
		}
		dir, err := os.Stat(filepath.Dir(s.file))
		if err != nil {
			return usage("", "%s: %w", flag, err)
		}
		if !dir.IsDir() {
			return usage("", "%s: %s is no folder", flag, render.Quote(filepath.Dir(s.file)))
		}
		for _, in := range inputs {
			if info, err := os.Stat(in); err == nil && target != nil && os.SameFile(info, target) {
				return usage("", "%s: %s is an input", flag, render.Quote(s.file))
			}
		}
	}
	return nil
}

// deliver writes a result to all sinks, files first: standard output may be a
// pipe that nobody empties. It goes on after an error, so that one full disk
// does not cost the other reports.
func deliver(sinks []sink, stdout io.Writer, r *render.Result) error {
	var errs []error
	for _, s := range sinks {
		if s.file == "" {
			continue
		}
		if err := replace(s.file, func(w io.Writer) error { return s.format.Render(w, r) }); err != nil {
			errs = append(errs, fmt.Errorf("write %s report: %w", s.format.Name, err))
		}
	}
	for _, s := range sinks {
		if s.file != "" {
			continue
		}
		if err := s.format.Render(stdout, r); err != nil {
			errs = append(errs, fmt.Errorf("write %s report to standard output: %w", s.format.Name, reason(err)))
		}
	}
	return errors.Join(errs...)
}

// writing is held while a temporary file exists, so that a second signal does
// not leave one behind.
var writing sync.Mutex

// replace gives the file at path new content, all of it or none: it writes a
// temporary file beside it and renames. A device, pipe or socket is written
// as it is.
func replace(path string, write func(io.Writer) error) error {
	path, info := target(path)
	perm := fs.FileMode(0o666)
	exists := info != nil
	if exists {
		if !info.Mode().IsRegular() {
			return overwrite(path, write)
		}
		perm = info.Mode().Perm()
	}
	writing.Lock()
	defer writing.Unlock()
	f, err := temporary(path, perm)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename it is not there
	err = write(f)
	if err == nil && exists {
		err = f.Chmod(perm) // which the umask may have narrowed
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// overwrite writes to something that is no regular file.
func overwrite(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// temporary creates a file beside path, hidden and with a name of its own.
func temporary(path string, perm fs.FileMode) (*os.File, error) {
	dir, base := filepath.Split(path)
	if len(base) > 200 { // file names end at 255 bytes
		base = base[:200]
	}
	for i := 0; ; i++ {
		name := filepath.Join(dir, "."+base+"."+strconv.Itoa(os.Getpid())+"."+strconv.Itoa(i)+".tmp")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if errors.Is(err, fs.ErrExist) && i < 100 {
			continue
		}
		return f, err
	}
}

// syncFolder makes a rename durable. Some file systems cannot, and say so.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
