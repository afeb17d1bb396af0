package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/lock"
)

func put(t *testing.T, f *lockFile, name, digit string) {
	t.Helper()
	r := lock.Record{Digest: digest.Digest("sha256:" + strings.Repeat(digit, 64)), Kind: lock.Registry, Imported: "test"}
	if _, err := f.Put(name, r); err != nil {
		t.Fatal(err)
	}
}

// TestSaveNoticesAnotherWriter: what was written since the file was read is not
// overwritten, whether the file was there or not.
func TestSaveNoticesAnotherWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "images.lock")
	for _, round := range []string{"new", "old"} {
		first, err := openOrBegin(path)
		if err != nil {
			t.Fatal(err)
		}
		second, err := openOrBegin(path)
		if err != nil {
			t.Fatal(err)
		}
		put(t, first, "first-"+round, "1")
		put(t, second, "second-"+round, "2")
		if changed, err := first.save(); !changed || err != nil {
			t.Fatalf("%s: got %v, %v", round, changed, err)
		}
		if _, err := second.save(); !errors.Is(err, errLockChanged) {
			t.Errorf("%s: got %v, want %v", round, err, errLockChanged)
		}
	}
	f, err := openLock("--lock", path)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Images) != 2 {
		t.Errorf("got %d images, want those of the first writer", len(f.Images))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	put(t, f, "third", "3")
	if _, err := f.save(); !errors.Is(err, errLockChanged) {
		t.Errorf("removed: got %v, want %v", err, errLockChanged)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left behind", left, err)
	}
}

// TestSaveLosesNothing has many writers add one image each: whoever is told
// that it is written finds it there.
func TestSaveLosesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders cannot be locked")
	}
	path := filepath.Join(t.TempDir(), "images.lock")
	var mu sync.Mutex
	var wg sync.WaitGroup
	written := map[string]bool{}
	for i := range 16 {
		wg.Go(func() {
			f, err := openOrBegin(path)
			if err != nil {
				t.Error(err)
				return
			}
			name := fmt.Sprintf("docker.io/library/app:%d", i)
			put(t, f, name, "1")
			switch _, err := f.save(); {
			case err == nil:
				mu.Lock()
				written[name] = true
				mu.Unlock()
			case !errors.Is(err, errLockChanged):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f, err := openLock("--lock", path)
	if err != nil {
		t.Fatal(err)
	}
	for name := range written {
		if _, ok := f.Lookup(name); !ok {
			t.Errorf("%s was written, and is not there", name)
		}
	}
	if len(written) == 0 || len(f.Images) != len(written) {
		t.Errorf("got %d images, want %d, and not none", len(f.Images), len(written))
	}
}
