//go:build unix

package offline

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// stopWithin is how soon a signal ends a run. The fastest of several runs
// counts, because other programs may keep the machine busy.
const (
	stopWithin = 200 * time.Millisecond
	stopRuns   = 5
)

// hang is how long a run may take until the test gives up on it.
const hang = 30 * time.Second

// endless returns the beginning of a tar that has a layer of 8 EiB, and what
// goes on forever after it.
func endless() (head, rest []byte) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "layer.tar", Mode: 0o644, Size: 1<<63 - 1, Format: tar.FormatGNU}); err != nil {
		panic(err)
	}
	return b.Bytes(), noise(1<<20, 3)
}

// feeds write to the standard input of a run until it is closed.
var feeds = map[string]func(io.WriteCloser, chan<- bool){
	// started is told once the command has begun to read.
	"plain": func(w io.WriteCloser, started chan<- bool) {
		head, rest := endless()
		pour(w, head, rest, started)
	},
	"gzip": func(w io.WriteCloser, started chan<- bool) {
		head, rest := endless()
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		pour(z, head, rest, started)
	},
	"stalled": func(w io.WriteCloser, started chan<- bool) {
		head, rest := endless()
		w.Write(head)
		w.Write(rest)
		started <- true // and nothing more comes
	},
}

func pour(w io.Writer, head, rest []byte, started chan<- bool) {
	w.Write(head)
	for i := 0; ; i++ {
		if _, err := w.Write(rest); err != nil {
			return
		}
		if i == 2 { // more than a pipe holds
			started <- true
		}
	}
}

// interrupt sends sig to a run of the command once it has begun, and returns
// what it left and how long it took to end.
func interrupt(t *testing.T, sig syscall.Signal, feed string, args ...string) (result, time.Duration) {
	t.Helper()
	cmd := exec.Command(ocisum(t), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	started := make(chan bool, 1)
	if f := feeds[feed]; f != nil {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		cmd.Stdin = r
		go f(w, started)
	} else {
		time.AfterFunc(100*time.Millisecond, func() { started <- true })
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(hang, func() { cmd.Process.Kill() }).Stop()
	<-started
	begun := time.Now()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	return result{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes()}, time.Since(begun)
}

func TestSignalsStopARun(t *testing.T) {
	// A layout with a layer of 1 TiB that takes no room on the disk.
	img := image(1000)
	dir := write(t, map[string][]byte{"layout": testimage.Layout{Images: []testimage.Image{img}}.Tree().Tar()})
	layout := filepath.Join(dir, "layout")
	if err := os.Truncate(filepath.Join(layout, testimage.BlobPath(img.Layers[1].Descriptor().Digest)), 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	for _, tt := range []struct {
		feed, input string
		sig         syscall.Signal
		exit        int
	}{
		{"plain", "-", syscall.SIGINT, 130},
		{"plain", "-", syscall.SIGTERM, 143},
		{"gzip", "-", syscall.SIGINT, 130},
		{"gzip", "-", syscall.SIGTERM, 143},
		{"stalled", "-", syscall.SIGTERM, 143},
		{"large layout", layout, syscall.SIGINT, 130},
		{"large layout", layout, syscall.SIGTERM, 143},
	} {
		t.Run(strings.ReplaceAll(tt.feed, " ", "-")+"/"+tt.sig.String(), func(t *testing.T) {
			var took []time.Duration
			for range stopRuns {
				out := t.TempDir()
				file := filepath.Join(out, "report.json")
				r, d := interrupt(t, tt.sig, tt.feed, "verify", "-o", "table", "-o", "json="+file, tt.input)
				took = append(took, d)
				if r.exit != tt.exit {
					t.Fatalf("got exit %d, want %d\n%s%s", r.exit, tt.exit, r.stdout, r.stderr)
				}
				left, err := filepath.Glob(filepath.Join(out, "*"))
				hidden, _ := filepath.Glob(filepath.Join(out, ".*"))
				if err != nil || len(left) != 1 || len(hidden) != 0 {
					t.Fatalf("got files %q, %q, want the report only", left, hidden)
				}
				body, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				var rep report.Report
				if err := json.Unmarshal(body, &rep); err != nil {
					t.Fatalf("%v in %s", err, body)
				}
				if rep.Complete || rep.Verdict == report.Verified || !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == report.Interrupted }) {
					t.Errorf("got complete %v, %s, %+v, want an interrupted report", rep.Complete, rep.Verdict, rep.Findings)
				}
			}
			slices.Sort(took)
			t.Logf("stopped after %v to %v", took[0], took[len(took)-1])
			if took[0] > stopWithin {
				t.Errorf("the fastest of %d runs stopped after %v, want %v", stopRuns, took[0], stopWithin)
			}
		})
	}
}
