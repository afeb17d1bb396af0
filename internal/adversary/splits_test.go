package adversary

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// view is what a tar reader makes of an archive: the names it lists that may
// be meant by the documents, and what it prints for manifest.json. A reader
// that refuses an archive has no view of it.
type view struct {
	reader string
	names  string
	text   string
}

// clean is how the tools that load images spell a name.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// interesting keeps the names that a loader would look for.
func interesting(names []string) string {
	var keep []string
	for _, n := range names {
		if n = clean(n); n == "manifest.json" || strings.HasSuffix(n, ".json") && len(n) == 69 || strings.HasSuffix(n, "/layer.tar") {
			keep = append(keep, n)
		}
	}
	slices.Sort(keep)
	return strings.Join(slices.Compact(keep), "\n")
}

func goView(b []byte) (view, bool) {
	tr := tar.NewReader(bytes.NewReader(b))
	var names []string
	var text bytes.Buffer
	for {
		hdr, err := tr.Next()
		if err == io.EOF {
			return view{"Go", interesting(names), text.String()}, true
		}
		if err != nil {
			return view{}, false
		}
		if hdr.Typeflag == tar.TypeDir {
			continue
		}
		names = append(names, hdr.Name)
		if clean(hdr.Name) == "manifest.json" {
			if _, err := io.Copy(&text, tr); err != nil {
				return view{}, false
			}
		}
	}
}

// programs are tar readers that list and print members. %s is the archive.
var programs = []struct {
	name        string
	list, print []string
}{
	{"GNU tar", []string{"tar", "-tf"}, []string{"tar", "-xOf"}},
	{"bsdtar", []string{"bsdtar", "-tf"}, []string{"bsdtar", "-xOf"}},
	{"busybox", []string{"busybox", "tar", "-tf"}, []string{"busybox", "tar", "-xOf"}},
	{"Python", []string{"python3", "-c", pythonList}, []string{"python3", "-c", pythonPrint}},
}

const pythonList = `import sys, tarfile
for m in tarfile.open(sys.argv[1], "r:"):
    if not m.isdir(): print(m.name)`

const pythonPrint = `import sys, tarfile
t = tarfile.open(sys.argv[1], "r:")
for m in t:
    if m.name in sys.argv[2:] and m.isreg(): sys.stdout.buffer.write(t.extractfile(m).read())`

func programView(ctx context.Context, name string, list, print []string, file string) (view, bool) {
	run := func(args []string, more ...string) (string, bool) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, args[0], append(args[1:len(args):len(args)], more...)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, err := cmd.Output()
		return string(out), err == nil
	}
	names, ok := run(list, file)
	if !ok {
		return view{}, false
	}
	var files, spelt []string
	for n := range strings.Lines(names) {
		if n = strings.TrimSuffix(n, "\n"); strings.HasSuffix(n, "/") {
			continue
		}
		files = append(files, n)
		if clean(n) == "manifest.json" && !slices.Contains(spelt, n) {
			spelt = append(spelt, n)
		}
	}
	text := ""
	if len(spelt) > 0 {
		if text, ok = run(print, append([]string{file}, spelt...)...); !ok {
			return view{}, false
		}
	}
	return view{name, interesting(files), text}, true
}

// TestSplits changes the structure of archives at random and asks every tar
// reader of this machine what it sees. Where two of them see different images,
// there has to be an error.
func TestSplits(t *testing.T) {
	seeds := 600
	if testing.Short() {
		seeds = 30
	}
	var readers []string
	for _, p := range programs {
		if _, err := exec.LookPath(p.list[0]); err == nil && exec.Command(p.list[0], "--help").Run() == nil {
			readers = append(readers, p.name)
		}
	}
	t.Logf("readers: Go, %s", strings.Join(readers, ", "))
	dir := t.TempDir()
	splits, silent := 0, 0
	for seed := range uint64(seeds) {
		m := Mutate(seed)
		rep, err := verify.RunStream(t.Context(), bytes.NewReader(m.Tar), verify.Options{})
		if rep == nil || err != nil && !errors.Is(err, verify.ErrUnknownFormat) && !errors.Is(err, verify.ErrNothing) {
			t.Fatalf("seed %d, %s: %v", seed, m.Ops, err)
		}
		if rep.Verdict != report.Verified {
			silent++
			continue // there is an error already: no reader needs to be asked
		}
		file := filepath.Join(dir, fmt.Sprintf("%d.tar", seed))
		if err := os.WriteFile(file, m.Tar, 0o644); err != nil {
			t.Fatal(err)
		}
		var views []view
		if v, ok := goView(m.Tar); ok {
			views = append(views, v)
		}
		for _, p := range programs {
			if slices.Contains(readers, p.name) {
				if v, ok := programView(t.Context(), p.name, p.list, p.print, file); ok {
					views = append(views, v)
				}
			}
		}
		for _, v := range views[min(1, len(views)):] {
			if v.names != views[0].names || v.text != views[0].text {
				splits++
				t.Errorf("seed %d, %s: verified, but %s and %s see different images:\n%q %x\n%q %x\n%s", seed, m.Ops, views[0].reader, v.reader,
					views[0].names, sha256.Sum256([]byte(views[0].text)), v.names, sha256.Sum256([]byte(v.text)), Describe(rep))
				break
			}
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d archives, %d with a finding, the others shown to all readers: %d splits", seeds, silent, splits)
}
