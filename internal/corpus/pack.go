package corpus

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

var digestText = regexp.MustCompile(`^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$`)

// packWindow is the zstd window of a packed corpus: larger than its 15 MiB, so
// that a broken copy of an image costs no more than what differs.
const packWindow = 32 << 20

// Pack writes the folder root as a zstd-compressed tar: members in order of
// their names, no owners, no times, no modes but 0644 and 0755. Files of the
// top folder that have a name in skip are left out. The same tree always gives
// the same bytes (for one version of the compressor).
func Pack(w io.Writer, root string, skip ...string) error {
	files, err := tree(root, skip)
	if err != nil {
		return err
	}
	var plain bytes.Buffer
	tw := tar.NewWriter(&plain)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		hdr := &tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(f.body))}
		if f.link != "" {
			hdr = &tar.Header{Name: name, Mode: 0o777, Typeflag: tar.TypeSymlink, Linkname: f.link}
		}
		if err := tw.WriteHeader(hdr); err != nil {
			return err
		}
		if _, err := tw.Write(f.body); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithWindowSize(packWindow), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	_, err = w.Write(enc.EncodeAll(plain.Bytes(), nil))
	return err
}

// Unpack unpacks the zstd-compressed tar at archive into the empty folder dir.
// Members can neither leave it nor replace each other.
func Unpack(archive, dir string) error {
	return members(archive, func(root *os.Root, hdr *tar.Header, r io.Reader) error {
		name := filepath.FromSlash(hdr.Name)
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if hdr.Typeflag == tar.TypeSymlink {
			return root.Symlink(hdr.Linkname, name)
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Close())
	}, dir)
}

// Same returns an error that names the first differences if the folder dir
// does not hold exactly what the archive does. Files of the top folder that
// have a name in skip do not count.
func Same(archive, dir string, skip ...string) error {
	have, err := tree(dir, skip)
	if err != nil {
		return err
	}
	var diffs []string
	err = members(archive, func(_ *os.Root, hdr *tar.Header, r io.Reader) error {
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			return err
		}
		f, ok := have[hdr.Name]
		switch sum := sha256.Sum256(f.body); {
		case !ok:
			diffs = append(diffs, "only in the archive: "+hdr.Name)
		case f.link != hdr.Linkname || !bytes.Equal(sum[:], h.Sum(nil)):
			diffs = append(diffs, "differs: "+hdr.Name)
		}
		delete(have, hdr.Name)
		return nil
	}, dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		diffs = append(diffs, "only in the folder: "+name)
	}
	if len(diffs) > 0 {
		return fmt.Errorf("%s and %s: %d differences: %s", archive, dir, len(diffs), strings.Join(diffs[:min(5, len(diffs))], "; "))
	}
	return nil
}

// members calls each for every file and link of an archive. Folders are
// implied by the names below them.
func members(archive string, each func(*os.Root, *tar.Header, io.Reader) error, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	dec, err := zstd.NewReader(bufio.NewReader(f), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer dec.Close()
	tr := tar.NewReader(dec)
	for {
		hdr, err := tr.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		hdr.Name = strings.TrimPrefix(hdr.Name, "./")
		switch hdr.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeReg, tar.TypeSymlink:
		default:
			return fmt.Errorf("%s: %s is neither a file nor a link", archive, hdr.Name)
		}
		if err := each(root, hdr, tr); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
}

// entry is a file or a symbolic link of a tree.
type entry struct {
	body []byte
	link string
}

// tree reads every file and link below root, by slash-separated name.
func tree(root string, skip []string) (map[string]entry, error) {
	files := map[string]entry{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || slices.Contains(skip, name) {
			return err
		}
		var e entry
		switch {
		case d.Type() == fs.ModeSymlink:
			e.link, err = os.Readlink(path)
		case d.Type().IsRegular():
			e.body, err = os.ReadFile(path)
		default:
			err = fmt.Errorf("%s is neither a file nor a link", path)
		}
		files[filepath.ToSlash(name)] = e
		return err
	})
	return files, err
}
