//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocisum/ocisum/report"
)

// interrupt runs the command on a pipe that does not end, sends it sig once it
// has begun to read, and returns its exit status and standard output.
func interrupt(t *testing.T, sig os.Signal, args ...string) (int, []byte) {
	t.Helper()
	return interruptTimes(t, 1, sig, args...)
}

func interruptTimes(t *testing.T, times int, sig os.Signal, args ...string) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ocisum", args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: once it is written, most of it has been read.
	image := images()["docker.tar"]
	big := append(bytes.Clone(image[:1024]), make([]byte, 1<<20)...)
	copy(big[124:], "77777777777\x00") // the size of the first member
	fixChecksum(big[:512])
	if _, err := io.Copy(stdin, bytes.NewReader(big)); err != nil {
		t.Fatalf("write to the command: %v\n%s", err, errs.Bytes())
	}
	for range times {
		// It may have ended already when the second signal comes.
		if err := cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); ctx.Err() != nil {
		t.Fatalf("the command did not stop: %v", err)
	}
	if strings.Contains(errs.String(), "goroutine") {
		t.Errorf("got a panic: %s", errs.Bytes())
	}
	return cmd.ProcessState.ExitCode(), out.Bytes()
}

// fixChecksum makes the checksum of a tar header right again.
func fixChecksum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	for i := range 6 {
		header[148+5-i] = byte('0' + sum>>(3*i)&7)
	}
	header[154] = 0
}

func TestInterrupt(t *testing.T) {
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "report.json")
			code, out := interrupt(t, sig, "verify", "-", "-o", "table", "-o", "json="+file)
			if code != want {
				t.Errorf("got exit status %d, want %d", code, want)
			}
			if !bytes.HasPrefix(lastLine(out), []byte("incomplete (interrupted): standard input (")) {
				t.Errorf("got last line %q", lastLine(out))
			}
			var rep report.Report
			if err := json.Unmarshal([]byte(content(t, file)), &rep); err != nil {
				t.Fatal(err)
			}
			if rep.Complete || rep.Verdict != report.Incomplete {
				t.Errorf("got complete %v, verdict %s, want false, incomplete", rep.Complete, rep.Verdict)
			}
			if got := files(t, dir); got != "report.json" {
				t.Errorf("got files %s, want report.json", got)
			}
		})
	}
}

// Inputs that were not begun are named as such, and make nothing verified.
func TestInterruptSkipsTheRest(t *testing.T) {
	code, out := interrupt(t, syscall.SIGINT, "verify", "-", "other.tar", "-o", "json")
	if code != 130 || !bytes.Contains(out, []byte(`"path": "other.tar"`)) || !bytes.Contains(out, []byte(`"complete": false`)) {
		t.Errorf("got exit status %d, %s", code, out)
	}
}

func TestInterruptQuiet(t *testing.T) {
	if code, out := interrupt(t, syscall.SIGTERM, "verify", "-q", "-"); code != 143 || len(out) > 0 {
		t.Errorf("got exit status %d, output %q, want 143 and none", code, out)
	}
}

// timeout(1) signals the process and then its group. That must not cost the
// report.
func TestInterruptTwiceAtOnce(t *testing.T) {
	for range 10 {
		code, out := interruptTimes(t, 3, syscall.SIGTERM, "verify", "-")
		if code != 143 || !bytes.HasPrefix(lastLine(out), []byte("incomplete (interrupted): ")) {
			t.Errorf("got exit status %d, output %q", code, out)
		}
	}
}

func TestAgain(t *testing.T) {
	signals := make(chan os.Signal, 4)
	start := time.Unix(0, 0)
	times := []time.Time{start, start.Add(time.Millisecond), start.Add(echo - 1), start.Add(echo)}
	for range 4 {
		signals <- syscall.SIGTERM
	}
	again(signals, func() time.Time {
		now := times[0]
		times = times[1:]
		return now
	})
	if len(times) != 0 || len(signals) != 1 {
		t.Errorf("got %d times and %d signals left, want 0 and 1: the third signal is the first that counts", len(times), len(signals))
	}
}

func lastLine(out []byte) []byte {
	out = bytes.TrimSuffix(out, []byte("\n"))
	return out[bytes.LastIndexByte(out, '\n')+1:]
}
