package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestContainers verifies the same image as folder, tar, compressed tar and
// stream: verdict and findings must not depend on the container.
func TestContainers(t *testing.T) {
	var mu sync.Mutex
	left := map[string][]string{} // reason: what was left out
	t.Run("all", func(t *testing.T) {
		eachCase(t, func(t *testing.T, c Case, path string) {
			if c.Args.MaxMemoryMiB > 0 {
				t.Skip("a bomb: TestLibrary and TestCommand run it")
			}
			forms, excluded := containers(t, path)
			mu.Lock()
			for form, reason := range excluded {
				left[reason] = append(left[reason], c.Name+" "+form)
			}
			mu.Unlock()
			first := ""
			var want []string
			for _, f := range forms {
				got := judgement(f.run(bounded(t, c), options(c)))
				if first == "" {
					first, want = f.name, got
				} else if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-) and %s (+) are judged differently:\n%s", first, f.name, diff)
				}
			}
		})
	})
	for reason, names := range left {
		slices.Sort(names)
		t.Logf("left out, %d: %s: %s", len(names), reason, strings.Join(names, ", "))
	}
}

// A form is an image in one container.
type form struct {
	name string
	run  func(context.Context, verify.Options) (*report.Report, error)
}

// judgement is what has to be the same in every container.
func judgement(rep *report.Report, err error) []string {
	lines := []string{"no report"}
	if rep != nil {
		lines[0] = "verdict " + string(rep.Verdict)
		for _, f := range rep.Findings {
			lines = append(lines, fmt.Sprintf("%s %s claim=%s want=%s got=%s", f.Code, f.Object, f.Claim, f.Want, f.Got))
		}
	}
	if err != nil {
		lines = append(lines, "error")
	}
	slices.Sort(lines[1:])
	return lines
}

// containers returns the image at path in every container that can carry it
// one to one, itself first, and why the others cannot.
func containers(t *testing.T, path string) (forms []form, excluded map[string]string) {
	t.Helper()
	excluded = map[string]string{}
	atPath := func(name, path string) {
		forms = append(forms, form{name, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			return verifyPath(ctx, path, opt)
		}})
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	var plain []byte
	if info.IsDir() {
		atPath("folder", path)
		plain, err = testimage.TarFolder(path)
	} else {
		atPath("file", path)
		plain, err = decompressed(path)
	}
	if errors.Is(err, testimage.ErrNotPlain) {
		excluded["as tar"] = reason(err)
		return forms, excluded
	} else if err != nil {
		t.Fatal(err)
	}
	if !info.IsDir() {
		dir := t.TempDir()
		if err := testimage.Untar(plain, dir); errors.Is(err, testimage.ErrNotPlain) {
			excluded["as folder"] = reason(err)
		} else if err != nil {
			t.Fatal(err)
		} else {
			atPath("folder", dir)
		}
	}
	dir := t.TempDir()
	for _, f := range []struct {
		name string
		body []byte
	}{{"image.tar", plain}, {"image.tar.gz", testimage.Gzip(plain)}, {"image.tar.zst", testimage.Zstd(plain)}} {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.body, 0o644); err != nil {
			t.Fatal(err)
		}
		atPath(f.name, filepath.Join(dir, f.name))
	}
	for name, body := range map[string][]byte{"stream": plain, "gzip stream": testimage.Gzip(plain)} {
		forms = append(forms, form{name, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			return verifyStream(ctx, bytes.NewReader(body), opt)
		}})
	}
	return forms, excluded
}

func decompressed(path string) ([]byte, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return testimage.Decompress(file)
}

// reason is the part of an ErrNotPlain that does not name one member.
func reason(err error) string {
	_, text, _ := strings.Cut(err.Error(), ": ")
	kind, _, _ := strings.Cut(text, ": ")
	return kind
}
