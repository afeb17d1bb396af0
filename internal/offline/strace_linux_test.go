package offline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// strace runs the command with args under strace with options, and returns
// what strace wrote as well.
func strace(t *testing.T, options []string, args ...string) (result, string) {
	t.Helper()
	bin, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace: ", err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	all := append([]string{"-f", "-o", trace}, options...)
	cmd := exec.Command(bin, append(append(all, "--"), args...)...)
	r := finish(t, cmd)
	text, err := os.ReadFile(trace)
	if err != nil || strings.Contains(string(r.stderr), "Operation not permitted") {
		t.Skipf("strace does not work here: %s", r.stderr)
	}
	return r, string(text)
}

// calls returns the lines of a trace that are system calls with one of names.
func calls(trace string, names ...string) []string {
	var found []string
	for line := range strings.Lines(trace) {
		_, call, _ := strings.Cut(line, " ")
		call = strings.TrimLeft(call, " ")
		for _, name := range names {
			if strings.HasPrefix(call, name+"(") {
				found = append(found, strings.TrimSpace(line))
			}
		}
	}
	return found
}
