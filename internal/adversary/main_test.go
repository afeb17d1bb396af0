package adversary

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ocisum/ocisum/internal/corpus"
	"github.com/ocisum/ocisum/internal/testimage"
)

// scratch is the one folder outside of testing.T.TempDir that the tests write
// to: the corpus is unpacked there once.
var scratch string

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == peakArg {
		runPeak(os.Args[2], os.Args[3:])
		return
	}
	os.Exit(runTests(m))
}

// peakArg makes the test binary run the command given after a file name, and
// write the command's peak memory into the file. The detour is needed because
// Linux counts the parent's memory to a child's peak until exec.
const peakArg = "-adversary-peak"

func runTests(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "ocisum-adversary-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	return m.Run()
}

var unpacked = sync.OnceValues(func() ([]corpus.Case, error) {
	if err := corpus.Unpack("../../testdata/corpus.tar.zst", scratch); err != nil {
		return nil, err
	}
	return corpus.Load(scratch)
})

// fixture is an undamaged image of the corpus as a plain tar.
type fixture struct {
	name string
	tar  []byte
}

// fixtures returns the undamaged images of at most size bytes that a tar can
// carry one to one.
func fixtures(t *testing.T, size int) []fixture {
	t.Helper()
	cases, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	var all []fixture
	for _, c := range cases {
		if !c.Good() || len(c.Setup) > 0 {
			continue
		}
		path := filepath.Join(scratch, filepath.FromSlash(c.Path))
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		var plain []byte
		if info.IsDir() {
			plain, err = testimage.TarFolder(path)
		} else if plain, err = os.ReadFile(path); err == nil {
			plain, err = testimage.Decompress(plain)
		}
		if errors.Is(err, testimage.ErrNotPlain) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if len(plain) <= size {
			all = append(all, fixture{c.Name, plain})
		}
	}
	if len(all) < 20 {
		t.Fatalf("got %d images only", len(all))
	}
	return all
}
