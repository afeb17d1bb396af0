package offline

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// TestKilledRunIsResumed kills a run as it writes its ledger, confined as it is
// by default, and wants the next one to read only what is left.
func TestKilledRunIsResumed(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until a file is old enough")
	}
	t.Parallel()
	img := testimage.Image{Ref: "app:1"}
	for seed := range uint64(6) {
		img.Layers = append(img.Layers, testimage.Layer{Members: []testimage.Member{testimage.File("data", string(noise(2<<20, seed+1)))}})
	}
	dir := write(t, map[string][]byte{"oci.tar": testimage.Layout{Images: []testimage.Image{img}}.Tree().Tar()})
	bin, path, book := ocisum(t), filepath.Join(dir, "oci.tar"), filepath.Join(dir, "ledger")
	// What changed less than three seconds before a run is not kept, and no
	// program can set the time of a change.
	time.Sleep(4 * time.Second)
	args := []string{bin, "verify", "--jobs", "1", "-o", "json", "--resume", book, path}
	killWhen(t, func() bool { return lines(book) >= 3 }, args...)
	n := lines(book) - 1
	if n < 2 || n >= len(img.Layers) {
		t.Fatalf("got %d records, want some of %d", n, len(img.Layers))
	}
	_, trace := strace(t, []string{"-e", "trace=fsync"}, args...)
	if got := len(calls(trace, "fsync")); got != len(img.Layers)-n {
		t.Errorf("%d records were written in the second run, want %d", got, len(img.Layers)-n)
	}
	_, trace = strace(t, []string{"-e", "trace=fsync"}, args...)
	if got := len(calls(trace, "fsync")); got != 0 {
		t.Errorf("%d records were written in the third run, want none", got)
	}
	cmd, _ := strace(t, []string{"-e", "trace=none"}, args...)
	rep := cmd.report(t)
	if rep.Verdict != report.Verified || rep.Coverage.Resumed != len(img.Layers) {
		t.Errorf("got %s with %d objects resumed, want verified with %d", rep.Verdict, rep.Coverage.Resumed, len(img.Layers))
	}
}

// lines counts the whole lines of a file.
func lines(path string) int {
	text, _ := os.ReadFile(path)
	return strings.Count(string(text), "\n")
}

// killWhen runs the command on a slow disk and kills it, without a chance to
// do anything, once a condition holds.
func killWhen(t *testing.T, holds func() bool, args ...string) {
	t.Helper()
	bin, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace: ", err)
	}
	slow := []string{"-f", "-o", os.DevNull, "-e", "trace=fsync", "-e", "inject=fsync:delay_exit=300000", "--"}
	cmd := exec.Command(bin, append(slow, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick, limit := time.NewTicker(5*time.Millisecond), time.After(hang)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-limit:
			cmd.Process.Kill()
			t.Fatal("it hangs")
		case <-tick.C:
		}
		if holds() {
			break
		}
	}
	strace := cmd.Process.Pid
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", strace, strace))
	var child int
	if _, scanErr := fmt.Sscan(string(children), &child); err != nil || scanErr != nil {
		cmd.Process.Kill()
		t.Skipf("the process cannot be found: %v, %v", err, scanErr)
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
}
