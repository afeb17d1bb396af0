package offline

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// level is what the command says it can give up on this machine.
func level(t *testing.T) string {
	t.Helper()
	var v struct{ Sandbox string }
	r := finish(t, exec.Command(ocisum(t), "version", "-o", "json"))
	if err := json.Unmarshal(r.stdout, &v); err != nil || v.Sandbox == "" {
		t.Fatalf("got %s, %v, want a sandbox", r.stdout, err)
	}
	return v.Sandbox
}

// TestSandboxIsOn looks at a run from outside while it reads: every thread of
// it has a filter and may gain no privileges.
func TestSandboxIsOn(t *testing.T) {
	if l := level(t); !strings.Contains(l, "seccomp (") {
		t.Skip(l)
	}
	for want, args := range map[string][]string{
		"restricted": {"verify", "-"},
		"free":       {"verify", "--no-sandbox", "-"},
	} {
		cmd := exec.Command(ocisum(t), args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdin = r
		started := make(chan bool, 1)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		r.Close()
		go feeds["plain"](w, started)
		<-started
		threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "task", "*", "status"))
		if err != nil || len(threads) < 2 {
			t.Fatalf("got threads %q, %v, want several", threads, err)
		}
		for _, path := range threads {
			status, err := os.ReadFile(path)
			if err != nil {
				continue // it has ended
			}
			got := "free"
			if strings.Contains(string(status), "\nSeccomp:\t2\n") && strings.Contains(string(status), "\nNoNewPrivs:\t1\n") {
				got = "restricted"
			}
			if got != want {
				t.Errorf("%v: thread %s is %s, want %s", args, path, got, want)
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		w.Close()
	}
}

// TestSandboxChangesNoReport compares what is said with and without.
func TestSandboxChangesNoReport(t *testing.T) {
	set := files(1000)
	set["layout"] = set["oci.tar"]
	dir := write(t, set)
	want := level(t)
	for name := range set {
		path := filepath.Join(dir, name)
		with := finish(t, exec.Command(ocisum(t), "verify", "-o", "json", path))
		without := finish(t, exec.Command(ocisum(t), "verify", "-o", "json", "--no-sandbox", path))
		a, b := with.report(t), without.report(t)
		if a.Tool.Sandbox != want || b.Tool.Sandbox != "off" {
			t.Errorf("%s: got sandbox %q and %q, want %q and off", name, a.Tool.Sandbox, b.Tool.Sandbox, want)
		}
		got := strings.Replace(string(with.stdout), a.Tool.Sandbox, "off", 1)
		if got != string(without.stdout) || with.exit != without.exit {
			t.Errorf("%s: the sandbox changes the report: exit %d, %s, want %d, %s", name, with.exit, got, without.exit, without.stdout)
		}
	}
}
