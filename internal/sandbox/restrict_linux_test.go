package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The tests restrict child processes, which are this test binary again. A
// child tries everything in attempts and says what came of it.
const childVar = "OCISUM_SANDBOX_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childVar); how != "" {
		beChild(how, os.Args[1], os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// outcome is what a child writes.
type outcome struct {
	Level   Level
	Text    string
	Results map[string]string // "ok" or the error
}

// beChild restricts the process: by Restrict, or by one mechanism alone. in
// and out are what the policy names.
func beChild(how, in, out string) {
	policy := Policy{
		Read:  []string{in, filepath.Join(out, "..", "lone.tar"), "/nowhere/at/all"},
		Write: []string{out, "/dev/null", "/dev/fd/1"},
		Made:  []string{filepath.Join(out, "..", "made")},
	}
	// Threads that exist before must be restricted as well.
	const threads = 4
	old := make(chan func() error)
	results := make(chan error)
	var ready sync.WaitGroup
	for range threads {
		ready.Add(1)
		go func() {
			runtime.LockOSThread()
			ready.Done()
			for f := range old {
				results <- f()
			}
		}()
	}
	ready.Wait()
	onOldThreads := func(f func() error) string {
		var words []string
		for range threads {
			old <- f
			words = append(words, word(<-results))
		}
		return strings.Join(slices.Compact(words), " or ")
	}

	o := outcome{Results: map[string]string{}}
	switch how {
	case "restrict":
		o.Level = Restrict(policy)
	case "landlock":
		abi, err := landlockABI()
		if err == nil {
			err = restrictFiles(policy, abi)
		}
		o.Level.landlock(abi, err)
	case "seccomp":
		runtime.LockOSThread()
		o.Level.seccomp(installFilter())
		runtime.UnlockOSThread()
	case "nothing":
	}
	o.Text = o.Level.String()
	for _, a := range attempts(in, out) {
		o.Results[a.what] = word(a.do())
	}
	if o.Level.Landlock > 0 || o.Level.Seccomp { // else it would succeed
		o.Results["execve"] = word(unix.Exec(os.Args[0], []string{os.Args[0], "-test.run=^$"}, nil))
	}
	o.Results["old threads: socket"] = onOldThreads(socket)
	o.Results["old threads: open"] = onOldThreads(func() error { return open("/etc/passwd") })
	json.NewEncoder(os.Stdout).Encode(o)
}

func word(err error) string {
	var errno syscall.Errno
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &errno):
		return unix.ErrnoName(errno)
	}
	return err.Error()
}

func open(path string) error {
	f, err := os.Open(path)
	if err == nil {
		f.Close()
	}
	return err
}

func socket() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

func listenTCP() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
}

// attempt is something that a restricted process may try.
type attempt struct {
	what string
	do   func() error
}

// attempts are made in this order: what destroys comes last.
func attempts(in, out string) []attempt {
	mode := func(path string, flags int) func() error {
		return func() error {
			f, err := os.OpenFile(path, flags, 0o600)
			if err == nil {
				f.Close()
			}
			return err
		}
	}
	blob := filepath.Join(in, "blobs", "blob")
	lone := filepath.Join(out, "..", "lone.tar")
	made := filepath.Join(out, "..", "made")
	return []attempt{
		{"read the input", func() error { _, err := os.ReadFile(blob); return err }},
		{"list the input", func() error { _, err := os.ReadDir(in); return err }},
		{"read the input by a root", func() error { return readRoot(in, "blobs/blob") }},
		{"read an input file", func() error { _, err := os.ReadFile(lone); return err }},
		{"write the input", mode(blob, os.O_WRONLY)},
		{"truncate the input", func() error { return os.Truncate(blob, 1) }},
		{"make a file beside it", mode(filepath.Join(in, "new"), os.O_WRONLY|os.O_CREATE)},
		{"chmod the input", func() error { return os.Chmod(blob, 0o600) }},
		{"touch the input", func() error { return os.Chtimes(blob, time.Unix(1, 0), time.Unix(1, 0)) }},
		{"link the input", func() error { return os.Link(blob, filepath.Join(out, "link")) }},

		{"make a report", func() error { return report(filepath.Join(out, "report")) }},
		{"replace a report", func() error { return report(filepath.Join(out, "report")) }},
		{"make a folder", func() error { return os.Mkdir(filepath.Join(out, "folder"), 0o700) }},
		{"make a link", func() error { return os.Symlink("/etc/passwd", filepath.Join(out, "symlink")) }},
		{"write a device", mode("/dev/null", os.O_WRONLY)},
		{"write another device", mode("/dev/zero", os.O_WRONLY)},
		{"write standard output", mode("/dev/fd/1", os.O_WRONLY)},

		{"write what is made", func() error { return report(filepath.Join(made, "blobs", "blob")) }},
		{"read it again", func() error { return readRoot(made, "blobs/blob") }},
		{"make a folder in it", func() error {
			err := os.Mkdir(filepath.Join(made, "folder"), 0o700)
			os.Remove(filepath.Join(made, "folder"))
			return err
		}},
		{"make a file next to it", mode(made+".new", os.O_WRONLY|os.O_CREATE)},
		{"take it back", func() error {
			return errors.Join(os.Remove(filepath.Join(made, "blobs", "blob")), os.Remove(filepath.Join(made, "blobs")), os.Remove(made))
		}},

		{"open /etc/passwd", func() error { return open("/etc/passwd") }},
		{"list /etc", func() error { _, err := os.ReadDir("/etc"); return err }},
		{"stat /etc/passwd", func() error { _, err := os.Stat("/etc/passwd"); return err }},

		{"socket", socket},
		{"listen", listenTCP},
		{"socketpair", func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
		{"start", func() error { _, err := syscall.ForkExec("/nowhere/at/all", nil, nil); return err }},
		{"ptrace", func() error { return unix.PtraceCont(1<<30, 0) }}, // nobody
		{"signal", func() error { return unix.Kill(os.Getppid(), 0) }},
		{"inspect", func() error { _, err := unix.FanotifyInit(0, 0); return err }},
		{"executable memory", func() error {
			_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
			return err
		}},

		{"the runtime goes on", churn},
		{"remove the input", func() error { return os.Remove(blob) }},
	}
}

func readRoot(dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	_, err = root.ReadFile(name)
	return err
}

// report writes a file as reports are written.
func report(path string) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString("report")
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close(), os.Rename(path+".tmp", path))
	dir, dirErr := os.Open(filepath.Dir(path))
	if dirErr != nil {
		return errors.Join(err, dirErr)
	}
	return errors.Join(err, dir.Sync(), dir.Close())
}

// churn needs new threads, new memory, garbage collection and the signals by
// which the runtime takes a thread away from a loop that does not end.
func churn() error {
	stop := make(chan bool)
	var spin sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		spin.Go(func() {
			for i := 0; ; i++ {
				if i&0xffffff == 0 {
					select {
					case <-stop:
						return
					default:
					}
				}
			}
		})
	}
	var locked sync.WaitGroup
	for range 8 {
		locked.Go(func() {
			runtime.LockOSThread()
			if len(bytes.Repeat([]byte("x"), 4<<20)) == 0 {
				panic("sandbox: no memory")
			}
		})
	}
	locked.Wait()
	runtime.GC()
	close(stop)
	spin.Wait()
	return nil
}

// run starts a child and returns what it says.
func run(t *testing.T, how string) outcome {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(in, "blobs"), 0o755), os.Mkdir(out, 0o755),
		os.MkdirAll(filepath.Join(dir, "made", "blobs"), 0o755),
		os.WriteFile(filepath.Join(in, "blobs", "blob"), []byte("blob"), 0o644),
		os.WriteFile(filepath.Join(dir, "lone.tar"), []byte("tar"), 0o644),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], in, out)
	cmd.Env = append(os.Environ(), childVar+"="+how)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", how, err, stderr.String())
	}
	var o outcome
	if err := json.Unmarshal(stdout, &o); err != nil {
		t.Fatalf("%s: %v in %q", how, err, stdout)
	}
	return o
}

// expect compares results by name.
func expect(t *testing.T, o outcome, want map[string]string) {
	t.Helper()
	for name, w := range want {
		if got, ok := o.Results[name]; !ok || !slices.Contains(strings.Split(w, "|"), got) {
			t.Errorf("%s: got %q, want %s (%s)", name, got, w, o.Text)
		}
	}
}

// What a run needs works at every level.
var needed = map[string]string{
	"read the input": "ok", "list the input": "ok", "read the input by a root": "ok", "read an input file": "ok",
	"make a report": "ok", "replace a report": "ok", "write what is made": "ok", "read it again": "ok", "take it back": "ok", "write a device": "ok", "write standard output": "ok",
	"stat /etc/passwd": "ok", "the runtime goes on": "ok",
}

func TestLandlockLeavesThePolicy(t *testing.T) {
	o := run(t, "landlock")
	expect(t, o, needed)
	if o.Level.Landlock == 0 {
		t.Skip(o.Text)
	}
	expect(t, o, map[string]string{
		"write the input": "EACCES", "make a file beside it": "EACCES", "remove the input": "EACCES",
		"make a folder": "EACCES", "make a link": "EACCES", "write another device": "EACCES",
		"make a folder in it": "EACCES", "make a file next to it": "EACCES",
		"open /etc/passwd": "EACCES", "list /etc": "EACCES", "execve": "EACCES",
		"old threads: open": "EACCES", "link the input": "EACCES|EXDEV",
	})
	if o.Level.Landlock >= 3 {
		expect(t, o, map[string]string{"truncate the input": "EACCES"})
	}
	if o.Level.Net {
		expect(t, o, map[string]string{"listen": "EACCES"})
	}
	if o.Level.Scope && Describe().Landlock >= 7 {
		expect(t, o, map[string]string{"signal": "EPERM"})
	}
}

func TestSeccompDeniesCalls(t *testing.T) {
	o := run(t, "seccomp")
	expect(t, o, needed)
	if !o.Level.Seccomp {
		t.Skip(o.Text)
	}
	expect(t, o, map[string]string{
		"socket": "EPERM", "listen": "EPERM", "socketpair": "EPERM", "old threads: socket": "EPERM",
		"execve": "EPERM", "start": "EPERM", "ptrace": "EPERM", "signal": "EPERM", "inspect": "EPERM",
		"executable memory": "EPERM", "chmod the input": "EPERM", "touch the input": "EPERM",
		"truncate the input": "EPERM", "link the input": "EPERM", "make a folder": "EPERM", "make a link": "EPERM",
		"open /etc/passwd": "ok",
	})
}

func TestRestrictIsBoth(t *testing.T) {
	o := run(t, "restrict")
	expect(t, o, needed)
	want := Describe()
	if o.Text != want.String() {
		t.Errorf("got level %q, while Describe says %q", o.Text, want)
	}
	if want.Landlock > 0 {
		expect(t, o, map[string]string{"open /etc/passwd": "EACCES", "old threads: open": "EACCES"})
	}
	if want.Seccomp {
		expect(t, o, map[string]string{"socket": "EPERM", "old threads: socket": "EPERM", "start": "EPERM"})
	}
}

// Without restrictions the attempts succeed: they are real.
func TestAttemptsAreReal(t *testing.T) {
	o := run(t, "nothing")
	expect(t, o, needed)
	expect(t, o, map[string]string{
		"write the input": "ok", "make a file beside it": "ok", "make a folder": "ok", "make a link": "ok",
		"chmod the input": "ok", "touch the input": "ok", "open /etc/passwd": "ok", "list /etc": "ok",
		"write another device": "ok", "socketpair": "ok", "start": "ENOENT", "signal": "ok", "executable memory": "ok",
		"ptrace": "ESRCH", "remove the input": "ok",
	})
}
