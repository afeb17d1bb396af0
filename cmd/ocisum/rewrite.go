package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocisum/ocisum/internal/render"
)

// rewrite is a file that gets new content, which was made from what it held
// when info was taken.
type rewrite struct {
	path string
	info fs.FileInfo
	data []byte

	target, temporary string
}

// rewriteFiles writes all files, or none as far as that can be helped: the new
// content is on the disk before the first file is replaced. Links stay links,
// and files keep their mode. One that was changed meanwhile is an error.
func rewriteFiles(files []rewrite) error {
	writing.Lock()
	defer writing.Unlock()
	for i := range files {
		defer func() {
			if files[i].temporary != "" {
				os.Remove(files[i].temporary)
			}
		}()
		if err := files[i].prepare(); err != nil {
			return fmt.Errorf("%s: %w: nothing was written", render.Quote(files[i].path), bare(err))
		}
	}
	var done []string
	for i, f := range files {
		err := os.Rename(f.temporary, f.target)
		if err == nil {
			files[i].temporary = ""
			done = append(done, render.Quote(f.path))
			err = syncFolder(filepath.Dir(f.target))
		}
		if err != nil {
			return fmt.Errorf("write %s: %w; written: %s", render.Quote(f.path), bare(err), strings.Join(done, ", "))
		}
	}
	return nil
}

// prepare writes the new content beside the file.
func (r *rewrite) prepare() error {
	path, info := target(r.path)
	if info == nil || !os.SameFile(info, r.info) || info.Size() != r.info.Size() || !info.ModTime().Equal(r.info.ModTime()) {
		return fmt.Errorf("it was changed by somebody else")
	}
	perm := info.Mode().Perm()
	f, err := temporary(path, perm)
	if err != nil {
		return err
	}
	r.target, r.temporary = path, f.Name()
	_, err = f.Write(r.data)
	if err == nil {
		err = f.Chmod(perm) // which the umask may have narrowed
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
