package adversary

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// maxPeak is what the command promises to stay below on any input, with
// default flags.
const maxPeak = 256 << 20

func runPeak(file string, args []string) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(99)
	}
	kib := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // getrusage(2): in KiB
	if err := os.WriteFile(file, strconv.AppendInt(nil, int64(kib)<<10, 10), 0o644); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(99)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// TestHostilePeak verifies the inputs made to exhaust with the command at
// default flags, as a file and on standard input, and measures the peak of its
// resident memory.
func TestHostilePeak(t *testing.T) {
	if testing.Short() {
		return // runs the command over large inputs
	}
	bin, err := command()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, h := range hostiles(t) {
		path := filepath.Join(dir, "image.tar")
		data := h.tar()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, operand := range []string{path, "-"} {
			file := filepath.Join(dir, "peak")
			cmd := exec.Command(self, peakArg, file, bin, "verify", "-o", "json", operand)
			if operand == "-" {
				cmd.Stdin = bytes.NewReader(data)
			}
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code == 99 || code < 0 || code == 2 {
				t.Fatalf("%s: %v: %.500s", h.name, err, out)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			peak, err := strconv.ParseInt(string(text), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%-40s %-8s %4d MiB", h.name, filepath.Base(operand), peak>>20)
			if peak > maxPeak {
				t.Errorf("%s, %s: a peak of %d MiB, want at most %d", h.name, filepath.Base(operand), peak>>20, maxPeak>>20)
			}
		}
	}
}
