package verify

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/layout"
	"github.com/ocisum/ocisum/report"
)

// smallFile is the size up to which an archive is read into memory whole: one
// read then serves its own digest, its index and its objects.
const smallFile = 8 << 20

// Path judges what is at a path: a directory, a tar, a compressed tar, a
// pipe. What it is, is told from its content alone. An error that comes
// without a report means that the path could not be opened; see [Run] for the
// others.
func Path(ctx context.Context, path string, opt Options) (*report.Report, error) {
	if opt.Path == "" {
		opt.Path = path
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return directory(ctx, path, opt)
	}
	f, err := archive.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := newRun(opt)
	return r.guard(func() (*report.Report, error) { return r.file(ctx, f) })
}

// File judges an open file, such as standard input. A regular file is read
// from its beginning and at random, as if it had been named; anything else in
// one pass. The file stays open.
func File(ctx context.Context, f *os.File, opt Options) (*report.Report, error) {
	if opt.Path == "" {
		opt.Path = f.Name()
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	switch {
	case st.IsDir():
		return directory(ctx, f.Name(), opt)
	case !st.Mode().IsRegular():
		widen(f)
		return RunStream(ctx, f, opt)
	}
	r := newRun(opt)
	return r.guard(func() (*report.Report, error) { return r.file(ctx, &openFile{f, st}) })
}

// openFile is a regular file that somebody else opened.
type openFile struct {
	*os.File
	before os.FileInfo
}

func (f *openFile) Size() int64   { return f.before.Size() }
func (f *openFile) Regular() bool { return true }
func (f *openFile) Changed() (string, bool) {
	after, err := f.Stat()
	switch {
	case err != nil:
		return err.Error(), true
	case after.Size() != f.before.Size():
		return "size", true
	case !after.ModTime().Equal(f.before.ModTime()):
		return "modification time", true
	}
	return "", false
}

// input is what file needs of archive.File.
type input interface {
	io.ReaderAt
	io.Reader
	Size() int64
	Regular() bool
	Changed() (string, bool)
}

// entries are the names at the top of a folder by which it can be an image.
var entries = []string{"index.json", "oci-layout", "manifest.json", "blobs", "repositories", "version"}

// enterable reports whether a folder can be an image at all, or what is left of
// one, so that a wrong path is not listed to its depths first.
func enterable(path string) bool {
	for _, name := range entries {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil || !os.IsNotExist(err) {
			return true
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return true // opening it again will say why
	}
	defer f.Close()
	names, _ := f.Readdirnames(1000)
	for _, name := range names {
		if c, ok := graph.NameClaim(name, true); ok && c.Digest != "" {
			return true // named by a digest: configs, layers and v1 folders of docker save
		}
	}
	return false
}

func directory(ctx context.Context, path string, opt Options) (*report.Report, error) {
	r := newRun(opt)
	r.rep.Source.Container = "directory"
	if !enterable(path) {
		return r.unknown(nil)
	}
	src, err := layout.Open(ctx, path, layout.Options{FollowLinks: opt.FollowLinks, Members: r.lim.Members, NameBytes: r.lim.NameBytes, LinkHops: r.lim.LinkHops})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return r.guard(func() (*report.Report, error) { return r.random(ctx, src) })
}

// file judges an archive on disk: at random where it is a plain tar, in one
// pass where it is compressed or a pipe.
func (r *run) file(ctx context.Context, f input) (*report.Report, error) {
	if !f.Regular() {
		return r.stream(ctx, f, -1)
	}
	r.rep.Source.Container = "tar"
	r.rep.Source.Size = f.Size()
	r.outer, _ = f.(identified)
	head := make([]byte, decompress.PrefixLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return r.broken(ctx, err, 0)
	}
	if decompress.Detect(head[:n]) != decompress.None {
		rep, err := r.stream(ctx, io.NewSectionReader(f, 0, f.Size()), f.Size())
		return changedInput(rep, err, f)
	}
	var at io.ReaderAt = f
	switch {
	case f.Size() <= smallFile:
		data := make([]byte, f.Size())
		n, err := f.ReadAt(data, 0)
		if err != nil && err != io.EOF {
			// What can be read still is, object by object, but the run has met
			// an error of the medium and says so.
			r.extra = append(r.extra, unreadableSource(err, int64(n)))
			break
		}
		r.rep.Source.Digest = hash.DigestBytes(digest.SHA256, data[:n])
		at = bytes.NewReader(data[:n])
	default:
		r.late = func() digest.Digest { return r.digestFile(ctx, f) }
		if r.opt.FileDigest {
			r.fileDigest()
		}
	}
	a, err := archive.New(ctx, at, f.Size(), archiveLimits(r.lim))
	if err != nil {
		return r.broken(ctx, err, 0)
	}
	defer a.Close()
	rep, err := r.random(ctx, a)
	return changedInput(rep, err, f)
}

// digestFile is the digest of a whole file, or empty if it cannot be read.
func (r *run) digestFile(ctx context.Context, f input) digest.Digest {
	sum := hash.New(digest.SHA256)
	buf := make([]byte, chunk)
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, content.Reader(ctx, io.NewSectionReader(f, 0, f.Size())), buf)
	if err != nil {
		if ctx.Err() == nil {
			r.out.add(unreadableSource(err, n))
		}
		return ""
	}
	return hash.FromHash(digest.SHA256, sum)
}

// changedInput turns the report of a file that changed meanwhile into one that
// says so: what was read never was one file.
func changedInput(rep *report.Report, err error, f input) (*report.Report, error) {
	what, yes := f.Changed()
	if !yes || rep == nil {
		return rep, err
	}
	finding := report.New(report.BlobChanged, "", "the input changed while it was read: "+what)
	finding.Got = what
	for i := range rep.Images {
		finding.Images = append(finding.Images, i)
		rep.Images[i].Verdict = report.Incomplete
	}
	rep.Findings = append([]report.Finding{finding}, rep.Findings...)
	rep.Verdict = report.Incomplete // the other findings are about bytes that never were one file
	return rep, err
}
