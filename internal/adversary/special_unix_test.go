//go:build unix

package adversary

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestSpecialFiles puts something that is no regular file in the place of a
// layer and of each document of a folder. It is never opened: no run waits for
// a pipe or reads a device.
func TestSpecialFiles(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the secret of the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree := oci(nil)
	layer := tree[len(tree)-1].Name
	for _, target := range []string{layer, "index.json", "oci-layout"} {
		for _, s := range []struct {
			name string
			make func(path string) error
			code report.Code
		}{
			{"pipe", func(p string) error { return syscall.Mkfifo(p, 0o644) }, report.BlobNotRegular},
			{"folder", func(p string) error { return os.Mkdir(p, 0o755) }, report.BlobNotRegular},
			{"socket", socket, report.BlobNotRegular},
			{"link to a secret", func(p string) error { return os.Symlink(secret, p) }, report.BlobSymlink},
			{"link to dev zero", func(p string) error { return os.Symlink("/dev/zero", p) }, report.BlobSymlink},
			{"link to itself", func(p string) error { return os.Symlink(filepath.Base(p), p) }, report.BlobSymlink},
			{"link inside", func(p string) error {
				if err := os.WriteFile(p+".real", body(t, target), 0o644); err != nil {
					return err
				}
				return os.Symlink(filepath.Base(p)+".real", p)
			}, report.BlobSymlink},
		} {
			t.Run(s.name+" as "+filepath.Base(target)[:8], func(t *testing.T) {
				dir := t.TempDir()
				if err := tree.Folder(dir); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, target)
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if err := s.make(path); err != nil {
					t.Fatal(err)
				}
				for _, follow := range []bool{false, true} {
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					rep, err := verify.Path(ctx, dir, verify.Options{FollowLinks: follow})
					if err != nil || ctx.Err() != nil {
						t.Fatalf("follow %v: %v, %v\n%s", follow, err, ctx.Err(), Describe(rep))
					}
					if follow && s.name == "link inside" {
						if rep.Verdict != report.Verified {
							t.Errorf("followed: %s", Describe(rep))
						}
						continue
					}
					if rep.Verdict != report.Failed {
						t.Errorf("follow %v: %s", follow, Describe(rep))
					}
					if !follow && !has(rep, s.code) {
						t.Errorf("want %s: %s", s.code, Describe(rep))
					}
					if strings.Contains(Describe(rep), "secret of") {
						t.Errorf("bytes of the host are in the report: %s", Describe(rep))
					}
				}
			})
		}
	}
}

// body returns a member of the image in question.
func body(t *testing.T, name string) []byte {
	t.Helper()
	b, ok := oci(nil).Files()[name]
	if !ok {
		t.Fatalf("no member %s", name)
	}
	return bytes.Clone(b)
}

// socket leaves a socket behind. Its name is made short first: 107 bytes are
// the limit.
func socket(path string) error {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		return err
	}
	return os.Rename(filepath.Join(dir, "s"), path)
}

// TestNoNetwork names a listener in the urls of a layer that is missing, and
// in those of one that is there.
func TestNoNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	called := make(chan string, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			called <- c.RemoteAddr().String()
			c.Close()
		}
	}()
	tree := foreign("http://" + l.Addr().String() + "/layer")
	for _, missing := range []bool{false, true} {
		want := report.Verified
		if missing {
			tree, want = tree.Remove(tree[len(tree)-1].Name), report.Incomplete
		}
		rep, err := verify.RunStream(t.Context(), bytes.NewReader(tree.Tar()), verify.Options{})
		if err != nil || rep.Verdict != want {
			t.Errorf("missing %v: %v\n%s", missing, err, Describe(rep))
		}
	}
	select {
	case from := <-called:
		t.Errorf("the listener was called from %s", from)
	default:
	}
}
