package offline

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// largeLayer is the size of a layer that is read for long enough to be changed
// meanwhile. It is a hole in a file and takes no room.
const largeLayer = 256 << 20

// TestChangesAreNoticed changes a file while it is read: what was read never
// was one file, so that nothing is known about it.
func TestChangesAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes large files")
	}
	changes := map[string]func(path string) error{
		"nothing": func(string) error { return nil },
		"append": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("x")
			f.Close()
			return err
		},
		"cut":   func(path string) error { return os.Truncate(path, largeLayer/2) },
		"touch": func(path string) error { return os.Chtimes(path, time.Unix(1, 0), time.Unix(1, 0)) },
		"edit": func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("x"), largeLayer/2)
			f.Close()
			return err
		},
	}
	for container, write := range map[string]func(dir string) (input, file string, err error){"layout": largeLayout, "tar": largeTar} {
		for how, change := range changes {
			t.Run(container+"/"+how, func(t *testing.T) {
				input, file, err := write(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(ocisum(t), "verify", "-o", "json", input)
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				waitReading(t, cmd.Process.Pid)
				if err := change(file); err != nil {
					t.Error(err)
				}
				cmd.Wait()
				r := result{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes()}
				rep := r.report(t)
				if how == "nothing" {
					if r.exit != 0 {
						t.Errorf("got exit %d, want 0: %+v", r.exit, rep.Findings)
					}
					return
				}
				if r.exit != 3 || rep.Verdict != report.Incomplete {
					t.Errorf("got exit %d, %s, want 3, incomplete", r.exit, rep.Verdict)
				}
				if !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == report.BlobChanged }) {
					t.Errorf("got findings %+v, want %s", rep.Findings, report.BlobChanged)
				}
			})
		}
	}
}

// waitReading waits until a process has read some megabytes, and so is in the
// middle of the layer.
func waitReading(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); {
		io, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
		if err != nil {
			t.Fatal(err)
		}
		var read int64
		if _, err := fmt.Sscanf(string(io), "rchar: %d", &read); err != nil {
			t.Fatal(err)
		}
		if read > 8<<20 {
			return
		}
	}
	t.Fatal("nothing was read")
}

// large is an image whose only layer is a tar with a file of zeros. The layer
// itself is written by hole.
func large() (img testimage.Image, layer digest.Digest, head []byte) {
	head = tarHeader("zeros", largeLayer-3*512)
	sum := sha256.New()
	sum.Write(head)
	zeros := make([]byte, 1<<20)
	for n := largeLayer - len(head); n > 0; n -= len(zeros) {
		sum.Write(zeros[:min(n, len(zeros))])
	}
	layer = digest.NewDigest(digest.SHA256, sum)
	img = testimage.Image{
		Ref: "app:1", Layers: []testimage.Layer{{Raw: head}},
		Config:   func(c *v1.Image) { c.RootFS.DiffIDs[0] = layer },
		Manifest: func(m *v1.Manifest) { m.Layers[0].Digest, m.Layers[0].Size = layer, largeLayer },
	}
	return img, layer, head
}

// largeLayout writes a layout with that image.
func largeLayout(dir string) (input, file string, err error) {
	img, layer, head := large()
	tree := testimage.Layout{Images: []testimage.Image{img}}.Tree().
		Remove(testimage.BlobPath(digest.FromBytes(head)))
	if err := tree.Folder(dir); err != nil {
		return "", "", err
	}
	file = filepath.Join(dir, testimage.BlobPath(layer))
	return dir, file, hole(file, head, largeLayer)
}

// largeTar writes a docker save archive with it, the layer at the end.
func largeTar(dir string) (input, file string, err error) {
	img, _, head := large()
	save := testimage.DockerSave{Images: []testimage.Image{img}}
	path := save.LayerPath(img.Layers[0])
	const end = 2 * 512 // the end of a tar is zeros
	archive := save.Tree().Remove(path).Tar()
	archive = bytes.TrimRight(archive, "\x00")
	archive = append(archive, make([]byte, -len(archive)&511)...)
	archive = append(archive, tarHeader(path, largeLayer)...)
	size := int64(len(archive)) + largeLayer + end
	file = filepath.Join(dir, "image.tar")
	return file, file, hole(file, append(archive, head...), size)
}

func tarHeader(name string, size int64) []byte {
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatUSTAR}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// hole writes a file that begins with head and has no bytes of its own after.
func hole(file string, head []byte, size int64) error {
	if err := os.WriteFile(file, head, 0o644); err != nil {
		return err
	}
	return os.Truncate(file, size)
}
