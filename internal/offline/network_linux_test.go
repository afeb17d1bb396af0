package offline

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/corpus"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// networkCalls is strace's name for everything of the socket family. Where
// strace can filter in the kernel, other calls cost nothing.
var networkCalls = []string{"--seccomp-bpf", "-e", "trace=%network"}

func TestTraceWouldShowSockets(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, trace := strace(t, networkCalls, self, dialArg)
	if len(calls(trace, "socket")) == 0 || len(calls(trace, "connect")) == 0 {
		t.Errorf("a program that dials left this trace:\n%s", trace)
	}
}

// TestNoSocketCalls runs the command over the whole corpus, without a sandbox
// that would deny what is looked for.
func TestNoSocketCalls(t *testing.T) {
	paths := corpusPaths(t)
	bin := ocisum(t)
	for _, args := range [][]string{
		append([]string{"verify", "--no-sandbox", "-o", "json"}, paths...),
		append([]string{"ls", "--no-sandbox", "-o", "json"}, paths...),
		append([]string{"inspect", "--no-sandbox", "-o", "json"}, paths...),
		{"version"}, {"explain"},
	} {
		r, trace := strace(t, networkCalls, append([]string{bin}, args...)...)
		if found := calls(trace, "socket", "socketpair", "connect", "bind", "listen", "sendto", "sendmsg", "recvfrom", "recvmsg", "getsockopt"); len(found) > 0 {
			t.Errorf("%s: got %d calls, first %s", args[0], len(found), found[0])
		}
		// Nothing of the family at all, also what is not named above.
		if bytes.Contains([]byte(trace), []byte("sock")) {
			t.Errorf("%s: the trace is not empty:\n%s", args[0], trace)
		}
		if len(r.stdout) == 0 {
			t.Errorf("%s: exit %d without output: %s", args[0], r.exit, r.stderr)
		}
	}
}

// corpusPaths unpacks the corpus and returns its images: all but the bombs that
// take minutes, and a tenth of them in a short run.
func corpusPaths(t *testing.T) []string {
	t.Helper()
	root := t.TempDir()
	if err := corpus.Unpack("../../testdata/corpus.tar.zst", root); err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for i, c := range cases {
		if c.Args.Slow || testing.Short() && i%10 != 0 {
			continue
		}
		path, err := c.Prepare(root, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if len(paths) < 20 {
		t.Fatalf("only %d images in the corpus", len(paths))
	}
	return paths
}

// foreign is a layout with a layer that has to be fetched from url.
func foreign(url string) []byte {
	img := image(1000)
	img.Layers[0].MediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
	img.Manifest = func(m *v1.Manifest) { m.Layers[0].URLs = []string{url} }
	return testimage.Layout{Images: []testimage.Image{img}}.Tree().
		Remove(testimage.BlobPath(img.Layers[0].Descriptor().Digest)).Tar()
}

// TestURLsAreNotFetched names a listener in the urls of a layer.
func TestURLsAreNotFetched(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	seen := make(chan string, 100)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			seen <- c.RemoteAddr().String()
			c.Close()
		}
	}()
	dir := write(t, map[string][]byte{"foreign.tar": foreign("http://" + listener.Addr().String() + "/layer")})
	path := filepath.Join(dir, "foreign.tar")
	for _, verb := range []string{"verify", "ls", "inspect", "digest"} {
		r := finish(t, exec.Command(ocisum(t), verb, "--no-sandbox", path))
		if verb == "verify" && r.exit != 3 {
			t.Errorf("verify: got exit %d, want 3: the layer is not there\n%s", r.exit, r.stdout)
		}
	}
	rep := finish(t, exec.Command(ocisum(t), "verify", "-o", "json", path)).report(t)
	if len(rep.Findings) == 0 || rep.Findings[0].Code != report.LayerForeignMissing {
		t.Errorf("got findings %+v, want %s", rep.Findings, report.LayerForeignMissing)
	}
	// A connection of our own ends the wait: it comes after any other.
	c, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, want := <-seen, c.LocalAddr().String(); got != want {
		t.Errorf("the listener saw %s, want nobody before %s", got, want)
	}
}

// TestRunsWithoutNetwork takes every interface away, loopback included.
func TestRunsWithoutNetwork(t *testing.T) {
	set := files(1000)
	set["layout"] = set["oci.tar"]
	set["foreign.tar"] = foreign("http://127.0.0.1:1/layer")
	dir := write(t, set)
	for name := range set {
		args := []string{"verify", "-o", "json", filepath.Join(dir, name)}
		with := finish(t, exec.Command(ocisum(t), args...))
		cmd := exec.Command(ocisum(t), args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		if err := cmd.Start(); err != nil {
			t.Skip("no network namespace: ", err)
		}
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != with.exit || !bytes.Equal(stdout.Bytes(), with.stdout) {
			t.Errorf("%s: got exit %d and %s, want %d and what is said with a network, %s", name, got, stdout.Bytes(), with.exit, with.stdout)
		}
	}
}
