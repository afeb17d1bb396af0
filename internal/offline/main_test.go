package offline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// scratch holds the command, once it is built.
var scratch string

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == dialArg {
		dial()
		return
	}
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "ocisum-offline-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// dialArg makes the test binary use the network once: it shows that a trace or
// a namespace would have told.
const dialArg = "-offline-dial"

func dial() {
	c, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Second)
	if err == nil {
		c.Close()
	}
}

// command builds the command once, as it is released, and returns its path.
var command = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "ocisum.exe")
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "github.com/ocisum/ocisum/cmd/ocisum")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out) + err.Error())
	}
	return bin, nil
})

func ocisum(t *testing.T) string {
	t.Helper()
	bin, err := command()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// result is what a run left behind.
type result struct {
	exit           int
	stdout, stderr []byte
}

func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes()}
}

// report reads a JSON report of one input.
func (r result) report(t *testing.T) *report.Report {
	t.Helper()
	rep := new(report.Report)
	if err := json.Unmarshal(r.stdout, rep); err != nil {
		t.Fatalf("exit %d, no report: %v\n%s%s", r.exit, err, r.stdout, r.stderr)
	}
	return rep
}

// noise returns n bytes that no compressor shortens.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	for i := range b {
		seed = seed*6364136223846793005 + 1442695040888963407
		b[i] = byte(seed >> 56)
	}
	return b
}

// image has two layers, a gzip one of about n bytes and a small plain one.
func image(n int) testimage.Image {
	big := testimage.File("data", string(noise(n, 1)))
	return testimage.Image{Ref: "app:1", Layers: []testimage.Layer{
		{Members: []testimage.Member{big}, Compress: "gzip"},
		{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}},
	}}
}

// files are images in every container, by file name.
func files(n int) map[string][]byte {
	imgs := []testimage.Image{image(n)}
	layout := testimage.Layout{Images: imgs}.Tree().Tar()
	return map[string][]byte{
		"oci.tar": layout, "oci.tar.gz": testimage.Gzip(layout), "oci.tar.zst": testimage.Zstd(layout),
		"docker.tar": testimage.DockerSave{Images: imgs}.Tree().Tar(),
		"hybrid.tar": testimage.Hybrid{Images: imgs}.Tree().Tar(),
		"flipped.tar": testimage.Layout{Images: imgs}.Tree().
			Flip(testimage.BlobPath(imgs[0].Layers[1].Descriptor().Digest), 512).Tar(),
	}
}

// write makes files in a new folder and returns it. A name without an
// extension is a layout that is unpacked.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		path := filepath.Join(dir, name)
		var err error
		if filepath.Ext(name) != "" {
			err = os.WriteFile(path, body, 0o644)
		} else if err = os.Mkdir(path, 0o755); err == nil {
			err = testimage.Untar(body, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
