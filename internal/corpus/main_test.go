package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// testdata is the folder of the repository that holds the archives.
const testdata = "../../testdata"

// A set is one of the archives of cases.
type set struct {
	name    string
	archive string
	below   string // folder of cases.jsonl in the archive
	count   int    // how many cases there have to be
	open    func() (string, error)
}

// scratch is the one folder outside of testing.T.TempDir that the tests write
// to: archives are unpacked there once for all of them.
var scratch string

var sets = []*set{
	{name: "corpus", archive: "corpus.tar.zst", count: 292},
	{name: "matrix", archive: "peers-matrix.tar.zst", below: "peers-matrix", count: 90},
}

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == measureArg {
		measure(os.Args[2:])
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "ocisum-corpus-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(scratch)
	for _, s := range sets {
		s.open = sync.OnceValues(func() (string, error) {
			dir := filepath.Join(scratch, s.name)
			if err := os.Mkdir(dir, 0o755); err != nil {
				return "", err
			}
			return filepath.Join(dir, s.below), Unpack(filepath.Join(testdata, s.archive), dir)
		})
	}
	code := m.Run()
	for _, s := range sets {
		dir := filepath.Join(scratch, s.name)
		if _, err := os.Stat(dir); err != nil {
			continue // no test asked for it
		}
		if err := Same(filepath.Join(testdata, s.archive), dir); err != nil {
			fmt.Fprintln(os.Stderr, "verifying has changed its input:", err)
			code = 1
		}
	}
	return code
}

// load unpacks the set if need be and returns its folder and cases.
func (s *set) load(t *testing.T) (string, []Case) {
	t.Helper()
	root, err := s.open()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return root, cases
}

// eachCase runs f as a parallel sub-test for every case of every set.
func eachCase(t *testing.T, f func(t *testing.T, c Case, path string)) {
	for _, s := range sets {
		root, cases := s.load(t)
		t.Run(s.name, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel()
					if c.Args.Slow && testing.Short() {
						t.Skip("unpacks to many GiB")
					}
					path, err := c.Prepare(root, t.TempDir())
					if err != nil {
						t.Fatal(err)
					}
					f(t, c, path)
				})
			}
		})
	}
}

func TestSetsAreWhole(t *testing.T) {
	for _, s := range sets {
		root, cases := s.load(t)
		if len(cases) != s.count {
			t.Errorf("%s: got %d cases, want %d", s.name, len(cases), s.count)
		}
		for _, c := range cases {
			path := filepath.Join(root, filepath.FromSlash(c.Path))
			if _, err := os.Stat(path); err != nil && len(c.Setup) == 0 {
				t.Errorf("%s: %s: %v", s.name, c.Name, err)
			}
		}
	}
}
