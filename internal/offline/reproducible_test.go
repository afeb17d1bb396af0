package offline

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildIsReproducible builds the command from two copies of the source in
// two folders, once with a cache that is empty, and compares the bytes.
func TestBuildIsReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library")
	}
	t.Parallel() // most of it is waiting for the compiler
	var sums []string
	from := "../.."
	for i, cache := range []string{"", "cache"} {
		dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", i), "source")
		copySource(t, from, dir)
		from = dir // the same source, whatever is edited meanwhile
		bin := filepath.Join(dir, "ocisum.exe")
		cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "./cmd/ocisum")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "PWD="+dir)
		if cache != "" {
			cmd.Env = append(cmd.Env, "GOCACHE="+filepath.Join(t.TempDir(), cache))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		body, err := os.ReadFile(bin)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), dir) {
			t.Errorf("the binary names the folder it was built in")
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(body)))
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ: %s and %s", sums[0], sums[1])
	}
}

// copySource copies what a build reads.
func copySource(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch ext := filepath.Ext(path); {
		case e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".git")):
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case ext != ".go" && ext != ".s" && ext != ".mod" && ext != ".sum" && ext != ".md":
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), body, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
