//go:build unix

package offline

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/render"
)

// outputs are the ways to lose a report, by what becomes of standard output.
var outputs = map[string]func(t *testing.T) *os.File{
	"full disk": func(t *testing.T) *os.File {
		f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip("no /dev/full: ", err)
		}
		return f
	},
	"closed pipe": func(t *testing.T) *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		return w
	},
	"read-only": func(t *testing.T) *os.File {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		return f
	},
}

// commandLines are all that write a result, in every format they have.
func commandLines(dir string) map[string][]string {
	lines := map[string][]string{"version": {"version"}, "version json": {"version", "-o", "json"}, "explain": {"explain"}, "help": {"help"}}
	for _, name := range []string{"docker.tar", "flipped.tar"} {
		path := filepath.Join(dir, name)
		for _, f := range render.Formats() {
			lines["verify "+name+" "+f.Name] = []string{"verify", "-o", f.Name, path}
		}
		for _, verb := range []string{"ls", "inspect"} {
			for _, format := range []string{"table", "json"} {
				lines[verb+" "+name+" "+format] = []string{verb, "-o", format, path}
			}
		}
		lines["digest "+name] = []string{"digest", path}
	}
	return lines
}

// TestNoReportIsLost closes or fills what a result is written to. Whatever it
// said, the exit status is 2 and standard error says why.
func TestNoReportIsLost(t *testing.T) {
	dir := write(t, files(1000))
	for how, open := range outputs {
		t.Run(strings.ReplaceAll(how, " ", "-"), func(t *testing.T) {
			for name, args := range commandLines(dir) {
				f := open(t)
				cmd := exec.Command(ocisum(t), args...)
				var stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = f, &stderr
				cmd.Run()
				f.Close()
				if got := cmd.ProcessState.ExitCode(); got != 2 || !strings.HasPrefix(stderr.String(), "ocisum: ") {
					t.Errorf("%s: got exit %d, %q, want 2 and why", name, got, stderr.String())
				}
			}
		})
	}
}

// TestNoReportFileIsLost does the same to files, in every format: what cannot
// be written is said, what was there before stays, nothing is left behind.
func TestNoReportFileIsLost(t *testing.T) {
	dir := write(t, files(1000))
	for _, f := range render.Formats() {
		for _, file := range []string{"/dev/full", filepath.Join(dir, "nowhere", "report"), dir} {
			r := finish(t, exec.Command(ocisum(t), "verify", "-o", f.Name+"="+file, filepath.Join(dir, "docker.tar")))
			if r.exit != 2 || !strings.HasPrefix(string(r.stderr), "ocisum: ") {
				t.Errorf("%s to %s: got exit %d, %q, want 2 and why", f.Name, file, r.exit, r.stderr)
			}
		}
	}
	// A limit on the size of files is as good as a full disk.
	old := filepath.Join(dir, "out", "report.json")
	if err := os.Mkdir(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, []byte("the old report"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := `trap '' XFSZ; ulimit -f 1; exec "$0" verify -o json="$1" "$2"`
	r := finish(t, exec.Command("sh", "-c", script, ocisum(t), old, filepath.Join(dir, "docker.tar")))
	if r.exit != 2 || !strings.Contains(string(r.stderr), "file too large") {
		t.Errorf("got exit %d, %q, want 2, file too large", r.exit, r.stderr)
	}
	body, err := os.ReadFile(old)
	if err != nil || string(body) != "the old report" {
		t.Errorf("got %.40q, %v, want the old report", body, err)
	}
	entries, err := os.ReadDir(filepath.Dir(old))
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want the old report only", entries, err)
	}
}
