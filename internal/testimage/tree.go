package testimage

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNotPlain is wrapped by the error of functions that move an image from one
// container to another, for input that would lose what makes it special:
// links, special files, members without a name of their own, damage.
var ErrNotPlain = errors.New("cannot be another container one to one")

func notPlain(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotPlain, fmt.Sprintf(format, args...))
}

// Member is one entry of a tree, or of the tar inside a layer.
type Member struct {
	Name string
	Body []byte
	Type byte   // a tar.Type constant; zero is a regular file
	Link string // target of a link
	Mode int64  // zero: 0644, for folders 0755, for links 0777
}

// File, Dir, Symlink and Hardlink return members of these types.
func File(name, body string) Member { return Member{Name: name, Body: []byte(body)} }
func Dir(name string) Member        { return Member{Name: name + "/", Type: tar.TypeDir} }
func Symlink(name, target string) Member {
	return Member{Name: name, Link: target, Type: tar.TypeSymlink}
}
func Hardlink(name, target string) Member {
	return Member{Name: name, Link: target, Type: tar.TypeLink}
}

// Tree is what an image is stored as. The order of the members is that of the
// archive; a folder does not keep it.
type Tree []Member

// Tar returns the tree as a tar archive.
func (t Tree) Tar() []byte {
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, m := range t {
		hdr := &tar.Header{Name: m.Name, Linkname: m.Link, Typeflag: m.Type, Mode: m.Mode, Size: int64(len(m.Body))}
		if m.Type == 0 {
			hdr.Typeflag = tar.TypeReg
		}
		switch {
		case m.Mode != 0:
		case m.Type == tar.TypeDir:
			hdr.Mode = 0o755
		case m.Type == tar.TypeSymlink:
			hdr.Mode = 0o777
		default:
			hdr.Mode = 0o644
		}
		if err := tw.WriteHeader(hdr); err != nil {
			panic("testimage: " + m.Name + ": " + err.Error())
		}
		tw.Write(m.Body) // a bytes.Buffer takes everything
	}
	tw.Close()
	return out.Bytes()
}

// Files returns the regular files by name. The last of a name wins.
func (t Tree) Files() map[string][]byte {
	files := map[string][]byte{}
	for _, m := range t {
		if m.Type == 0 || m.Type == tar.TypeReg {
			files[m.Name] = m.Body
		}
	}
	return files
}

// Folder writes the tree into the empty folder dir. The error wraps
// ErrNotPlain if a folder cannot hold the tree: it has links, or two members
// with one name.
func (t Tree) Folder(dir string) error { return Untar(t.Tar(), dir) }

// index returns the position of the first member called name.
func (t Tree) index(name string) int {
	i := slices.IndexFunc(t, func(m Member) bool { return m.Name == name })
	if i < 0 {
		panic("testimage: no member " + name)
	}
	return i
}

// Edit replaces the body of a member with what f makes of it.
func (t Tree) Edit(name string, f func([]byte) []byte) Tree {
	t = slices.Clone(t)
	i := t.index(name)
	t[i].Body = f(bytes.Clone(t[i].Body))
	return t
}

// Flip inverts the lowest bit of one byte of a member; a negative offset
// counts from its end.
func (t Tree) Flip(name string, offset int) Tree {
	return t.Edit(name, func(b []byte) []byte {
		if offset < 0 {
			offset += len(b)
		}
		b[offset] ^= 1
		return b
	})
}

// Remove leaves a member out.
func (t Tree) Remove(name string) Tree {
	i := t.index(name)
	return slices.Delete(slices.Clone(t), i, i+1)
}

// Add appends members.
func (t Tree) Add(m ...Member) Tree { return slices.Concat(t, m) }

// Rename gives a member another name.
func (t Tree) Rename(from, to string) Tree {
	t = slices.Clone(t)
	t[t.index(from)].Name = to
	return t
}

// TarFolder returns the folder dir as a tar archive, in order of the names.
func TarFolder(dir string) ([]byte, error) {
	var t Tree
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir():
			t = append(t, Dir(name))
			return nil
		case !d.Type().IsRegular():
			return notPlain("links and special files: %s", name)
		}
		body, err := os.ReadFile(p)
		t = append(t, Member{Name: name, Body: body})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t.Tar(), nil
}

// Untar unpacks a tar archive into the empty folder dir, if a folder can hold
// everything in it.
func Untar(archive []byte, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	in := bytes.NewReader(archive)
	tr := tar.NewReader(in)
	for {
		hdr, err := tr.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return notPlain("damaged archive: %v", err)
		}
		name := path.Clean(hdr.Name)
		if !filepath.IsLocal(name) || strings.TrimSuffix(strings.TrimPrefix(hdr.Name, "./"), "/") != strings.TrimPrefix(name, ".") {
			return notPlain("unusual names: %q", hdr.Name)
		}
		switch hdr.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeReg:
			err = writeNew(root, name, tr)
		default:
			return notPlain("links and special files: %s", name)
		}
		if errors.Is(err, fs.ErrExist) {
			return notPlain("duplicate names: %s", name)
		} else if err != nil {
			return notPlain("damaged archive: %v", err)
		}
	}
	// The reader takes an archive without an end marker (two zero blocks) for
	// a whole one, and stops at the marker if data follows it.
	if !bytes.HasSuffix(archive, make([]byte, 1024)) {
		return notPlain("no end marker at the end of the archive")
	}
	if rest, _ := io.ReadAll(in); len(bytes.Trim(rest, "\x00")) > 0 {
		return notPlain("data after the end of the archive: %d bytes", len(rest))
	}
	return nil
}

func writeNew(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
