package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/lock"
)

// lockFile is a lock file as it was read, to be written back if nobody else
// changed it in the meantime.
type lockFile struct {
	*lock.File
	path string
	was  []byte // nil: there was none
}

// openLock reads a lock file.
func openLock(flag, path string) (*lockFile, error) {
	data, _, err := readBounded(path, lock.MaxBytes)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = "ocisum lock add --lock FILE IMAGE begins one"
		}
		return nil, usage(hint, "%s: %w", flag, err)
	}
	f, err := lock.Parse(data)
	if err != nil {
		return nil, usage("docs/lock.md has the grammar", "%s %s: %w", flag, render.Quote(path), err)
	}
	return &lockFile{f, path, data}, nil
}

// openOrBegin reads a lock file, or begins one that is not there yet.
func openOrBegin(path string) (*lockFile, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if dir := filepath.Dir(path); !isFolder(dir) {
			return nil, usage("mkdir -p "+render.Quote(dir), "--lock %s: there is no folder %s", render.Quote(path), render.Quote(dir))
		}
		return &lockFile{&lock.File{}, path, nil}, nil
	}
	return openLock("--lock", path)
}

// errLockChanged is the end of a command whose work would undo another one's.
var errLockChanged = errors.New("the lock file changed since it was read, nothing was written")

// save writes the lock file if it is still what was read. It reports whether
// anything was to be written.
func (f *lockFile) save() (changed bool, err error) {
	text, err := f.Marshal()
	if err != nil {
		return false, &status{code: exitError, err: err}
	}
	if bytes.Equal(text, f.was) {
		return false, nil
	}
	path, _ := target(f.path)
	unlock, err := lockFolder(path)
	if err != nil {
		return false, &status{code: exitError, err: fmt.Errorf("%s: %w", render.Quote(f.path), err)}
	}
	defer unlock()
	now, _, err := readBounded(path, lock.MaxBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.was == nil:
	case err != nil:
		return false, &status{code: exitError, err: fmt.Errorf("%w: %w", errLockChanged, err)}
	case f.was == nil || !bytes.Equal(now, f.was):
		return false, &status{code: exitError, err: fmt.Errorf("%s: %w", render.Quote(f.path), errLockChanged), hint: "run the command again"}
	}
	err = replace(f.path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return false, &status{code: exitError, err: fmt.Errorf("write lock file: %w", err)}
	}
	return true, nil
}
