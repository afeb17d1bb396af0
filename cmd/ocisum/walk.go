package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/lazyregexp"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/ocisum/ocisum/verify"
)

// walk judges every image below a folder, in the order of the names. A folder
// that is an image is one input; its files are not looked at again. Links are
// not followed. What is no image is passed over, and named in the report set;
// but what is called an archive and is none, such as an empty file or the error
// page of a failed download, could not be judged.
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
		case e.Type().IsRegular() && j.try(ctx, below):
		case e.Type().IsRegular() && archiveName().MatchString(e.Name()) && !isArchive(below.path):
			j.add(render.Input{Path: below.path, Err: errNoArchive})
		default:
			j.result.Skip(below.path)
		}
	}
}

// try judges an input and reports whether it is an image at all.
func (j *judge) try(ctx context.Context, in input) bool {
	found := j.one(ctx, in)
	if errors.Is(found.Err, verify.ErrNotResumable) {
		in.opt.Ledger = nil // nobody named this one
		found = j.one(ctx, in)
	}
	if errors.Is(found.Err, verify.ErrUnknownFormat) {
		return false
	}
	j.add(found)
	return true
}

// errNoArchive says that a file has the name of an archive, and is none.
var errNoArchive = errors.New("it is called an archive and is none")

var archiveName = lazyregexp.New(`(?i)\.(tar|tar\.[a-z0-9]+|tgz|tzst|txz|tbz2?|oci)$`)

// isArchive reports whether a file begins like a tar or like something
// compressed. One that cannot be read is none.
func isArchive(path string) bool {
	f, err := archive.OpenFile(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return false
	}
	return decompress.Detect(head[:n]) != decompress.None || tarscan.IsHeader(head[:n])
}

var blobName = lazyregexp.New(`^[0-9a-f]{64}(\.json|\.tar)?$`)

// maybeImage reports whether a folder may be a layout, a dir: folder or an
// extracted docker-save archive, damaged ones included. What it really is,
// package verify says.
func maybeImage(entries []fs.DirEntry) bool {
	has := make(map[string]bool, len(entries))
	blobs := false
	for _, e := range entries {
		has[e.Name()] = true
		blobs = blobs || blobName().MatchString(e.Name())
	}
	return has["oci-layout"] || has["blobs"] || has["manifest.json"] && (has["version"] || has["repositories"] || blobs)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
