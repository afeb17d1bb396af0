package recompress

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
)

const (
	blobsFolder = "blobs"
	shaFolder   = "blobs/sha256"
	layoutFile  = "oci-layout"
	indexFile   = "index.json"

	// layoutText is what oci-layout holds, byte for byte as umoci writes it.
	layoutText = "{\"imageLayoutVersion\":\"1.0.0\"}\n"
)

// Store writes an OCI layout: blobs first, each under its own name only once it
// is complete and on disk, index.json last, so that there is no image before
// there is a whole one.
//
// The form is that of cas/dir of github.com/opencontainers/umoci v0.6.0, which
// is not used because of what it needs: by its import of internal/system it
// links archive/tar and with it os/user, which the command must not (os/user
// is cgo where there is a C compiler, and then the sandbox does not reach all
// threads); and it makes its temporary folder and moves files between folders
// while it runs, which the sandbox denies; and it does not build on Windows.
// Here all folders are made before, and files are renamed within one.
type Store struct {
	root    *os.Root
	path    string
	created bool     // the folder itself is ours
	names   []string // files that were written, in order
	n       int
}

// Create makes the folders of a layout. The folder at path must not exist, or
// be empty. Call it before rights are given up.
func Create(path string) (*Store, error) {
	s := &Store{path: path}
	switch entries, err := os.ReadDir(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.Mkdir(path, 0o777); err != nil {
			return nil, err
		}
		s.created = true
	case err != nil:
		return nil, err
	case len(entries) > 0:
		return nil, fmt.Errorf("%s is not empty", path)
	}
	root, err := os.OpenRoot(path)
	if err == nil {
		s.root = root
		err = root.Mkdir(blobsFolder, 0o777)
	}
	if err == nil {
		err = root.Mkdir(shaFolder, 0o777)
	}
	if err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// Remove takes back everything that was made, and leaves what others put there
// meanwhile.
func (s *Store) Remove() error {
	var errs []error
	if s.root != nil {
		for _, name := range append(s.names, shaFolder, blobsFolder) {
			if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
		errs = append(errs, s.root.Close())
	}
	if s.created {
		errs = append(errs, os.Remove(s.path))
	}
	return errors.Join(errs...)
}

// Close ends the writing of a layout that is complete.
func (s *Store) Close() error { return s.root.Close() }

// make writes a blob if it becomes what is wanted; else it is errOther, and
// nothing is written.
func (s *Store) make(want Blob, fill func(io.Writer) error) error {
	got, err := s.put(want.Size, want.Digest, fill)
	if err == nil && got != want || errors.Is(err, errTooLong) {
		err = errOther
	}
	return err
}

// Put writes a blob, whatever it is.
func (s *Store) Put(ctx context.Context, r io.Reader) (Blob, error) {
	return s.put(math.MaxInt64, "", func(w io.Writer) error {
		_, err := io.Copy(w, content.Reader(ctx, r))
		return err
	})
}

// PutBytes writes a document.
func (s *Store) PutBytes(ctx context.Context, data []byte) (Blob, error) {
	return s.Put(ctx, bytes.NewReader(data))
}

// put fills a file of at most limit bytes and names it by its digest, if that is
// only or none is asked for.
func (s *Store) put(limit int64, only digest.Digest, fill func(io.Writer) error) (got Blob, err error) {
	sum := newSum(limit)
	var final string
	err = s.file(func(w io.Writer) error {
		// The sum comes first: it refuses what is too long.
		return fill(io.MultiWriter(sum, w))
	}, shaFolder, func() string {
		got = sum.blob()
		if only != "" && got.Digest != only {
			return ""
		}
		final = shaFolder + "/" + got.Digest.Encoded()
		return final
	})
	return got, err
}

// file writes a file under a temporary name, and renames it to what name says;
// to "" it is removed.
func (s *Store) file(fill func(io.Writer) error, folder string, name func() string) error {
	s.n++
	temp := ".tmp-" + strconv.Itoa(s.n)
	if folder != "" {
		temp = folder + "/" + temp
	}
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	s.names = append(s.names, temp)
	err = fill(f)
	final := ""
	if err == nil {
		if final = name(); final != "" {
			err = f.Sync()
		}
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil || final == "" {
		if rmErr := s.root.Remove(temp); err == nil {
			err = rmErr
		}
		return err
	}
	if err := s.root.Rename(temp, final); err != nil {
		return err
	}
	s.names = append(s.names, final)
	return nil
}

// Entry is a line of index.json.
type Entry struct {
	Blob
	MediaType string
	Name      string // org.opencontainers.image.ref.name
}

// Finish writes oci-layout and index.json. From then on it is a layout.
func (s *Store) Finish(entries []Entry) error {
	type descriptor struct {
		MediaType   string            `json:"mediaType"`
		Digest      digest.Digest     `json:"digest"`
		Size        int64             `json:"size"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	index := struct {
		SchemaVersion int          `json:"schemaVersion"`
		MediaType     string       `json:"mediaType"`
		Manifests     []descriptor `json:"manifests"`
	}{2, "application/vnd.oci.image.index.v1+json", []descriptor{}}
	for _, e := range entries {
		d := descriptor{MediaType: e.MediaType, Digest: e.Digest, Size: e.Size}
		if e.Name != "" {
			d.Annotations = map[string]string{"org.opencontainers.image.ref.name": e.Name}
		}
		index.Manifests = append(index.Manifests, d)
	}
	if err := s.text(layoutFile, func(w io.Writer) error {
		_, err := io.WriteString(w, layoutText)
		return err
	}); err != nil {
		return err
	}
	if err := s.text(indexFile, func(w io.Writer) error { return json.NewEncoder(w).Encode(index) }); err != nil {
		return err
	}
	return s.sync(shaFolder, ".")
}

func (s *Store) text(name string, fill func(io.Writer) error) error {
	return s.file(fill, "", func() string { return name })
}

// sync makes renames durable. Some file systems cannot, and nothing is lost
// but that.
func (s *Store) sync(folders ...string) error {
	for _, name := range folders {
		f, err := s.root.Open(name)
		if err != nil {
			return err
		}
		f.Sync()
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
