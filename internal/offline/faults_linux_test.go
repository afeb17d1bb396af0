package offline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// errnos are how disks, network file systems and permissions fail.
var errnos = []string{"EIO", "ESTALE", "EACCES"}

// inject runs verify on path under strace, which lets the k-th system call
// that reads file fail, and every later one if forever. It says whether one
// failed.
func inject(t *testing.T, path, file, errno string, k int, forever bool) (r result, hit bool) {
	t.Helper()
	when := fmt.Sprint(k)
	if forever {
		when += "+"
	}
	options := []string{"-P", file, "-e", "trace=read,pread64", "-e", "inject=read,pread64:error=" + errno + ":when=" + when}
	r, trace := strace(t, options, ocisum(t), "verify", "-j", "1", "-o", "json", path)
	return r, strings.Contains(trace, "(INJECTED)")
}

// TestFailingReads lets one read after the other fail. A medium that fails is
// neither proof nor accusation.
func TestFailingReads(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of traced runs")
	}
	imgs := []testimage.Image{image(9 << 20)} // larger than what is read at once
	small := []testimage.Image{image(100_000)}
	layout := testimage.Layout{Images: imgs}.Tree().Tar()
	dir := write(t, map[string][]byte{
		"oci.tar": layout, "oci.tar.gz": testimage.Gzip(layout),
		"docker.tar": testimage.DockerSave{Images: imgs}.Tree().Tar(),
		"small.tar":  testimage.Hybrid{Images: small}.Tree().Tar(),
	})
	for _, name := range []string{"oci.tar", "oci.tar.gz", "docker.tar", "small.tar"} {
		path := filepath.Join(dir, name)
		for _, forever := range []bool{false, true} {
			hits := 0
			for k := 1; k < 200; k += 1 + k/8 { // each of the first, then fewer
				errno := errnos[k%len(errnos)]
				r, hit := inject(t, path, path, errno, k, forever)
				if !hit {
					break
				}
				hits++
				unread(t, fmt.Sprintf("%s: %s at read %d, forever %v", name, errno, k, forever), r, errno, "")
			}
			if hits < 2 {
				t.Errorf("%s: only %d reads were hit", name, hits)
			}
		}
	}
}

// unread checks what is said about an object, or the input if it is "", that
// could not be read.
func unread(t *testing.T, what string, r result, errno, object string) {
	t.Helper()
	if r.exit != 3 {
		t.Errorf("%s: got exit %d, want 3\n%s%s", what, r.exit, r.stdout, r.stderr)
		return
	}
	rep := r.report(t)
	if rep.Verdict != report.Incomplete || !rep.Complete {
		t.Errorf("%s: got verdict %s, complete %v, want incomplete, true", what, rep.Verdict, rep.Complete)
	}
	at := slices.IndexFunc(rep.Findings, func(f report.Finding) bool {
		return f.Code == report.BlobUnreadable && strings.HasPrefix(f.Got, errno+" (") && (object == "" || f.Object == object)
	})
	if at < 0 {
		t.Errorf("%s: got findings %+v, want one that names %s and %q", what, rep.Findings, errno, object)
		return
	}
	if f := rep.Findings[at]; f.Offset == nil {
		t.Errorf("%s: got finding %+v, want an offset", what, f)
	}
	for _, f := range rep.Findings {
		if f.Effect == report.Failed || f.Effect == report.Denied {
			t.Errorf("%s: somebody is accused: %+v", what, f)
		}
	}
}

// TestFailingFiles lets each file of a layout fail, when it is opened and when
// it is read. The run names it and goes on with the others.
func TestFailingFiles(t *testing.T) {
	one, two := image(300_000), image(200_000)
	two.Ref, two.Layers[0].Members[0].Body = "app:2", noise(200_000, 7)
	tree := testimage.Layout{Images: []testimage.Image{one, two}}.Tree()
	dir := write(t, map[string][]byte{"layout": tree.Tar()})
	layout := filepath.Join(dir, "layout")
	errnos := errnos
	if testing.Short() {
		errnos = errnos[:1]
	}
	for name := range tree.Files() {
		path := filepath.Join(layout, name)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, errno := range errnos {
			what := name + ": read: " + errno
			r, hit := inject(t, layout, path, errno, 1, true)
			if !hit {
				t.Errorf("%s: nothing failed", what)
			}
			unread(t, what, r, errno, name)
			goesOn(t, what, r, name)

			// It is opened by its last name, from its folder.
			what = name + ": open: " + errno
			r, trace := strace(t, []string{"-P", filepath.Base(name), "-e", "trace=openat", "-e", "inject=openat:error=" + errno},
				ocisum(t), "verify", "-o", "json", layout)
			if !strings.Contains(trace, "(INJECTED)") {
				t.Errorf("%s: nothing failed", what)
			}
			unread(t, what, r, errno, name)
			goesOn(t, what, r, name)
		}
	}
}

// goesOn checks that what does not hang on the object was checked.
func goesOn(t *testing.T, what string, r result, object string) {
	t.Helper()
	if r.exit != 3 {
		return
	}
	rep := r.report(t)
	// Without the index nothing is known to be asked for.
	if object != "index.json" && rep.Coverage.Checked < 4 {
		t.Errorf("%s: got %+v, want the other image checked", what, rep.Coverage)
	}
	if object != "index.json" && object != "oci-layout" && len(rep.Images) != 2 {
		t.Errorf("%s: got %d images, want 2", what, len(rep.Images))
	}
}
