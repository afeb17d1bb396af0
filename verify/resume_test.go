//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package verify_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/ledger"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// noise is n bytes that nothing compresses.
func noise(seed uint64, n int) string {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

const mib = 1 << 20

// heavy is an image whose layers are large enough to be kept, and have one of
// everything that an observation can hold.
func heavy() testimage.Image {
	file := func(n uint64) testimage.Member { return testimage.File("data", noise(n, mib+int(n))) }
	return testimage.Image{Ref: "app:1", Layers: []testimage.Layer{
		{Members: []testimage.Member{file(1)}},
		{Members: []testimage.Member{file(2)}, Compress: "gzip"},
		{Members: []testimage.Member{file(3)}, Compress: "zstd"},
		{Members: []testimage.Member{file(4), testimage.File("../\xff\xfe", "x"), testimage.File("data", "again")}, Compress: "gzip"},
		{Members: []testimage.Member{file(5)}, Compress: "gzip", Edit: func(b []byte) []byte { return append(b, make([]byte, 512)...) }},
		{Members: []testimage.Member{testimage.File("zeros", strings.Repeat("\x00", 17*mib))}, Compress: "gzip"},
		{Members: []testimage.Member{file(6)}, Compress: "zstd", Edit: func(b []byte) []byte {
			return append(b, "\x50\x2a\x4d\x18\x04\x00\x00\x00\xff\xfe\xfd\xfc"...)
		}},
		{Members: []testimage.Member{testimage.File("small", "x")}, Compress: "gzip"},
	}}
}

// kept are the layers of heavy that a ledger takes.
const kept = 7

// opened opens a ledger as if every file had been left alone for an hour.
func opened(t *testing.T, path string) *ledger.File {
	t.Helper()
	l, err := ledger.Open(path, "test", verify.CheckRecord, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// resumed runs with the ledger at a path.
func resumed(t *testing.T, image, path string, opt verify.Options) *report.Report {
	t.Helper()
	l := opened(t, path)
	opt.Ledger, opt.Path = l, "image"
	rep, err := verify.Path(t.Context(), image, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return rep
}

// plainly is a report as JSON without the marks of a ledger.
func plainly(t *testing.T, rep *report.Report) string {
	t.Helper()
	clean := *rep
	clean.Coverage.Resumed, clean.Bytes.Resumed = 0, 0
	clean.Images = nil
	for _, img := range rep.Images {
		img.Layers = append([]report.Layer(nil), img.Layers...)
		for i := range img.Layers {
			img.Layers[i].Resumed = false
		}
		clean.Images = append(clean.Images, img)
	}
	text, err := json.MarshalIndent(clean, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// written writes a tree as a folder and as a tar.
func written(t *testing.T, tree testimage.Tree) map[string]string {
	t.Helper()
	dir := t.TempDir()
	paths := map[string]string{"folder": filepath.Join(dir, "folder"), "tar": filepath.Join(dir, "image.tar")}
	if err := os.Mkdir(paths["folder"], 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tree.Folder(paths["folder"]), os.WriteFile(paths["tar"], tree.Tar(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestResume wants a run that resumes to give the report of one that does not,
// and to say what it did not read.
func TestResume(t *testing.T) {
	img := heavy()
	stray := "blobs/sha256/" + strings.Repeat("0", 64)
	bad := testimage.BlobPath(img.Layers[2].Descriptor().Digest)
	for name, tree := range map[string]testimage.Tree{
		"sound": testimage.Layout{Images: []testimage.Image{img}}.Tree(),
		"saved": testimage.DockerSave{Images: []testimage.Image{img}}.Tree(),
		"damaged": testimage.Layout{Images: []testimage.Image{img}}.Tree().Flip(bad, 1000).
			Add(testimage.File(stray, noise(9, mib))),
	} {
		for form, path := range written(t, tree) {
			t.Run(name+"/"+form, func(t *testing.T) {
				book := filepath.Join(t.TempDir(), "ledger")
				whole, err := verify.Path(t.Context(), path, verify.Options{Path: "image"})
				if err != nil {
					t.Fatal(err)
				}
				first := resumed(t, path, book, verify.Options{Jobs: 2})
				if first.Coverage.Resumed != 0 || plainly(t, first) != plainly(t, whole) {
					t.Errorf("a new ledger changes the report:\n%s\n%s", plainly(t, first), plainly(t, whole))
				}
				size := fileSize(t, book)
				again := resumed(t, path, book, verify.Options{Jobs: 1})
				if plainly(t, again) != plainly(t, whole) {
					t.Errorf("resumed:\n%s\nwant\n%s", plainly(t, again), plainly(t, whole))
				}
				want := kept
				if name == "damaged" {
					want-- // read again, before anybody is accused
				}
				marked := 0
				for _, l := range again.Images[0].Layers {
					if l.Resumed {
						marked++
					}
				}
				if again.Coverage.Resumed != want || marked != want || again.Bytes.Resumed == 0 {
					t.Errorf("resumed %d objects, %d layers and %d bytes, want %d", again.Coverage.Resumed, marked, again.Bytes.Resumed, want)
				}
				if got := fileSize(t, book); got != size {
					t.Errorf("the ledger grew from %d to %d bytes", size, got)
				}
			})
		}
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestResumeOtherContent: a ledger never makes a bad image verified, whatever
// good one it was made from.
func TestResumeOtherContent(t *testing.T) {
	img := heavy()
	img.Layers = img.Layers[:2]
	tree := testimage.Layout{Images: []testimage.Image{img}}.Tree()
	layer := testimage.BlobPath(img.Layers[0].Descriptor().Digest)
	bad := tree.Flip(layer, 700)
	old := time.Now().Add(-24 * time.Hour)
	replace := func(t *testing.T, path, form string) string { // by a new file of the same name
		file, body := filepath.Join(path, layer), bad.Files()[layer]
		if form == "tar" {
			file, body = path, bad.Tar()
		}
		err := errors.Join(os.WriteFile(file+".new", body, 0o644), os.Chtimes(file+".new", old, old), os.Rename(file+".new", file))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	edit := func(t *testing.T, path, form string) string { // in place, and the time put back
		file, at := filepath.Join(path, layer), int64(700)
		if form == "tar" {
			file, at = path, -1
			good, bad := tree.Tar(), bad.Tar()
			for at++; good[at] == bad[at]; at++ {
			}
		}
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		var b [1]byte
		f.ReadAt(b[:], at)
		b[0] ^= 1
		_, err = f.WriteAt(b[:], at)
		if err := errors.Join(err, f.Close(), os.Chtimes(file, old, old)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	elsewhere := func(t *testing.T, _, form string) string { return written(t, bad)[form] }
	for name, change := range map[string]func(*testing.T, string, string) string{"replaced": replace, "edited": edit, "elsewhere": elsewhere} {
		for _, form := range []string{"folder", "tar"} {
			t.Run(name+"/"+form, func(t *testing.T) {
				path := written(t, tree)[form]
				target := filepath.Join(path, layer)
				if form == "tar" {
					target = path
				}
				if err := os.Chtimes(target, old, old); err != nil {
					t.Fatal(err)
				}
				book := filepath.Join(t.TempDir(), "ledger")
				if rep := resumed(t, path, book, verify.Options{}); rep.Verdict != report.Verified {
					t.Fatalf("got %s, want verified", rep.Verdict)
				}
				rep := resumed(t, change(t, path, form), book, verify.Options{})
				if rep.Verdict != report.Failed || rep.Images[0].Layers[0].Resumed {
					t.Errorf("got %s, layer resumed %v", rep.Verdict, rep.Images[0].Layers[0].Resumed)
				}
			})
		}
	}
}

// TestResumeOtherQuestions: what a record does not answer is read.
func TestResumeOtherQuestions(t *testing.T) {
	img := heavy()
	img.Layers = img.Layers[:2]
	path := written(t, testimage.Layout{Images: []testimage.Image{img}}.Tree())["folder"]
	book := filepath.Join(t.TempDir(), "ledger")
	resumed(t, path, book, verify.Options{})
	// Other documents over the same layers: a diff ID of another algorithm.
	img.Config = func(c *v1.Image) {
		c.RootFS.DiffIDs[1] = digest.SHA512.FromBytes(img.Layers[1].Plain())
	}
	for name, body := range (testimage.Layout{Images: []testimage.Image{img}}).Tree().Files() {
		if len(body) > mib {
			continue
		}
		if err := os.WriteFile(filepath.Join(path, name), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rep := resumed(t, path, book, verify.Options{})
	if l := rep.Images[0].Layers; rep.Verdict != report.Verified || !l[0].Resumed || l[1].Resumed || l[1].DiffID.Algorithm() != digest.SHA512 {
		t.Errorf("got %s, layers resumed %v and %v, diff ID %s", rep.Verdict, l[0].Resumed, l[1].Resumed, l[1].DiffID)
	}
}

// TestNotResumable: what is read in one pass has nothing to go back to.
func TestNotResumable(t *testing.T) {
	tree := testimage.Layout{Images: []testimage.Image{image("app:1", "x", "amd64")}}.Tree()
	path := filepath.Join(t.TempDir(), "image.tar.gz")
	if err := os.WriteFile(path, testimage.Gzip(tree.Tar()), 0o644); err != nil {
		t.Fatal(err)
	}
	l := opened(t, filepath.Join(t.TempDir(), "ledger"))
	defer l.Close()
	if _, err := verify.Path(t.Context(), path, verify.Options{Ledger: l}); !errors.Is(err, verify.ErrNotResumable) {
		t.Errorf("compressed: got %v", err)
	}
	if _, err := verify.RunStream(t.Context(), strings.NewReader(""), verify.Options{Ledger: l}); !errors.Is(err, verify.ErrNotResumable) {
		t.Errorf("stream: got %v", err)
	}
	if _, err := judge(t, tree, verify.Options{Ledger: l}); !errors.Is(err, verify.ErrNotResumable) {
		t.Errorf("source without identity: got %v", err)
	}
}

// TestResumeAfterKill kills a run in the middle, without any warning, and wants
// the next one to go on from there.
func TestResumeAfterKill(t *testing.T) {
	if path := os.Getenv("OCISUM_TEST_KILL"); path != "" {
		book := os.Getenv("OCISUM_TEST_LEDGER")
		verify.Path(t.Context(), path, verify.Options{Jobs: 1, Ledger: opened(t, book), Progress: func(p verify.Progress) {
			if p.Objects == 4 {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
		}})
		t.Fatal("the run was not killed")
	}
	tree := testimage.Layout{Images: []testimage.Image{heavy()}}.Tree()
	for form, path := range written(t, tree) {
		book := filepath.Join(t.TempDir(), "ledger")
		cmd := exec.Command(os.Args[0], "-test.run=^TestResumeAfterKill$")
		cmd.Env = append(os.Environ(), "OCISUM_TEST_KILL="+path, "OCISUM_TEST_LEDGER="+book)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: got %v, want to be killed\n%s", form, err, out)
		}
		// Power fails while the next record is written.
		f, err := os.OpenFile(book, os.O_WRONLY|os.O_APPEND, 0)
		if err == nil {
			_, err = f.WriteString(`{"of":{"dev":1,"ino":`)
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		whole, err := verify.Path(t.Context(), path, verify.Options{Path: "image"})
		if err != nil {
			t.Fatal(err)
		}
		rep := resumed(t, path, book, verify.Options{})
		if n := rep.Coverage.Resumed; n < 1 || n >= kept || rep.Verdict != report.Verified {
			t.Errorf("%s: got %s with %d objects resumed, want verified with some", form, rep.Verdict, n)
		}
		if plainly(t, rep) != plainly(t, whole) {
			t.Errorf("%s: got\n%s\nwant\n%s", form, plainly(t, rep), plainly(t, whole))
		}
	}
}
