package corpus

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ocisum/ocisum/report"
)

// maxMemoryMiB is what the tool promises to stay below on any input, with
// default flags.
const maxMemoryMiB = 256

// measureArg makes the test binary run the command given after it and write
// the command's peak memory to the file named first. The detour is needed
// because Linux counts the parent's memory to a child's peak until exec.
const measureArg = "-corpus-measure-peak-memory"

// measure runs args[1:] with the standard streams of this process.
func measure(args []string) {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(99)
	}
	if err := os.WriteFile(args[0], []byte(strconv.FormatInt(peakMiB(cmd.ProcessState), 10)), 0o644); err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(99)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// command builds the command once and returns its path.
var command = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "ocisum.exe")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/ocisum/ocisum/cmd/ocisum").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out) + err.Error())
	}
	return bin, nil
})

// output is what one run of the command left behind.
type output struct {
	exit           int
	stdout, stderr []byte
	peakMiB        int64
}

func runCommand(ctx context.Context, t *testing.T, args ...string) output {
	t.Helper()
	bin, err := command()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	peak := filepath.Join(t.TempDir(), "peak")
	cmd := exec.CommandContext(ctx, self, append([]string{measureArg, peak, bin}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 99) {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	text, err := os.ReadFile(peak)
	if err != nil {
		t.Fatal(errors.Join(err, ctx.Err()))
	}
	mib, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return output{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes(), mib}
}

func verifyArgs(c Case, format, path string) []string {
	args := []string{"verify", "-o", format}
	for _, p := range c.Pins() {
		args = append(args, "--expect", p)
	}
	return append(args, path)
}

// TestCommand runs every case through the command: exit status, JSON report,
// time, memory and, for every output format, the bytes that must not reach a
// terminal.
func TestCommand(t *testing.T) {
	if _, err := command(); err != nil {
		t.Fatal(err)
	}
	eachCase(t, func(t *testing.T, c Case, path string) {
		ctx := bounded(t, c)
		out := runCommand(ctx, t, verifyArgs(c, "json", path)...)
		res := Result{Exit: out.exit}
		if len(out.stdout) > 0 {
			res.Report = new(report.Report)
			if err := json.Unmarshal(out.stdout, res.Report); err != nil {
				t.Errorf("the report is no JSON document: %v", err)
			}
		}
		for _, wrong := range c.Judge(res) {
			t.Error(wrong)
		}
		limit := int64(maxMemoryMiB)
		if m := c.Args.MaxMemoryMiB; m > 0 {
			limit = min(limit, m)
		}
		if out.peakMiB > limit {
			t.Errorf("got a peak of %d MiB, want at most %d", out.peakMiB, limit)
		}
		forbidden(t, c, "json", out)
		for _, format := range []string{"table", "jsonl"} {
			if len(c.Args.ForbidOutputBytes) == 0 && c.Args.ForbidOutputLine == "" {
				continue
			}
			other := runCommand(ctx, t, verifyArgs(c, format, path)...)
			if other.exit != out.exit {
				t.Errorf("%s: got exit %d, want %d as with json", format, other.exit, out.exit)
			}
			forbidden(t, c, format, other)
		}
		if t.Failed() {
			t.Logf("%s: %s; stderr: %s", c.Path, c.Defect+c.Note, out.stderr)
		}
	})
}

// forbidden looks for what an image must not be able to write to a terminal.
func forbidden(t *testing.T, c Case, format string, out output) {
	t.Helper()
	for stream, text := range map[string][]byte{"stdout": out.stdout, "stderr": out.stderr} {
		for _, h := range c.Args.ForbidOutputBytes {
			b, err := hex.DecodeString(h)
			if err != nil || len(b) == 0 {
				t.Fatalf("forbidOutputBytes: %q: %v", h, err)
			}
			if i := bytes.Index(text, b); i >= 0 {
				t.Errorf("%s: %s has byte %s at %d: %q", format, stream, h, i, text[max(0, i-20):min(len(text), i+20)])
			}
		}
		for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if want := c.Args.ForbidOutputLine; want != "" && strings.TrimSpace(string(line)) == want {
				t.Errorf("%s: %s has the forged line %q", format, stream, line)
			}
		}
	}
}
