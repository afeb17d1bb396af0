package measure

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocisum/ocisum/report"
)

func TestReadFiles(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "a")
	if err := os.WriteFile(big, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	// Sparse, and three extents long.
	if err := os.Truncate(big, 2*extentSize+5); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "b"), make([]byte, 7), 0o666); err != nil {
		t.Fatal(err)
	}
	files, err := filesOf(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("got %v, %v, want 2 files", files, err)
	}
	for _, jobs := range []int{0, 1, 3} {
		if n, err := readFiles(context.Background(), files, jobs); err != nil || n != 2*extentSize+12 {
			t.Errorf("%d jobs: got %d, %v, want %d bytes", jobs, n, err, 2*extentSize+12)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := readFiles(ctx, files, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	if err := os.Remove(big); err != nil {
		t.Fatal(err)
	}
	if _, err := readFiles(context.Background(), files, 2); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that a file is gone", err)
	}
}

func TestFilesOf(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real")
	if err := os.Mkdir(real, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(real, "x"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("x", filepath.Join(real, "link")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if files, err := filesOf(link); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v, want the one regular file behind the link", files, err)
	}
	if _, err := filesOf(os.DevNull); !errors.Is(err, errSpecial) {
		t.Errorf("got %v for a device, want it refused", err)
	}
}

func TestBrokenPathIsMeasuredAndSaidToBeBroken(t *testing.T) {
	cfg := small()
	cfg.Path = image(t, "oci-gzip")
	blobs, err := filepath.Glob(filepath.Join(cfg.Path, "blobs", "sha256", "*"))
	if err != nil || len(blobs) == 0 {
		t.Fatal(blobs, err)
	}
	for _, b := range blobs {
		if info, err := os.Stat(b); err != nil || info.Size() < 10000 {
			continue
		}
		if err := os.Truncate(b, 9000); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filesOf(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := measurePath(context.Background(), cfg, files)
	if err != nil {
		t.Fatal(err)
	}
	if p.Verdict != report.Failed {
		t.Errorf("got %s, want failed", p.Verdict)
	}
}
