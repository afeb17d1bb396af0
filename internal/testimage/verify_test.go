package testimage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// TestVectors runs every vector in every container that can hold it through
// the library.
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for _, form := range v.Forms {
				rep := verifyVector(t, v, form)
				if got := string(rep.Verdict); got != v.Verdict {
					t.Errorf("%s: got verdict %s, want %s\n%s", form, got, v.Verdict, findings(rep))
				}
				if diff := cmp.Diff(v.Expect, told(v, rep), equateEmpty); diff != "" {
					t.Errorf("%s: want (-), got (+):\n%s%s", form, diff, findings(rep))
				}
			}
		})
	}
}

// TestVectorsCommand runs every vector through the command: its exit status
// and JSON report say the same as the library.
func TestVectorsCommand(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "ocisum.exe")
	if out, err := exec.Command("go", "build", "-o", bin, "github.com/ocisum/ocisum/cmd/ocisum").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			operand, stdin := "-", io.Reader(bytes.NewReader(v.Tar()))
			if v.Forms[0] != "stream" {
				operand, stdin = writeVector(t, v, v.Forms[0]), nil
			}
			cmd := exec.Command(bin, append(args(v), operand)...)
			cmd.Stdin = stdin
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.Output()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			var rep report.Report
			if err := json.Unmarshal(stdout, &rep); err != nil {
				t.Fatalf("%v: %q, %s", err, stdout, stderr.Bytes())
			}
			if got, want := cmd.ProcessState.ExitCode(), report.Verdict(v.Verdict).ExitCode(); got != want {
				t.Errorf("got exit %d, want %d: %s", got, want, stderr.Bytes())
			}
			if diff := cmp.Diff(v.Expect, told(v, &rep), equateEmpty); diff != "" {
				t.Errorf("want (-), got (+):\n%s%s", diff, findings(&rep))
			}
		})
	}
}

var equateEmpty = cmp.Transformer("sorted", func(s []string) []string { return append([]string{}, s...) })

func vectors(t *testing.T) []testimage.Vector {
	t.Helper()
	all, err := testimage.LoadVectors(vectorDir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// told returns the codes that the vector's expectation is compared with: of
// all findings but notes, and of the notes that it names.
func told(v testimage.Vector, rep *report.Report) []string {
	var codes []string
	for _, f := range rep.Findings {
		if code := string(f.Code); f.Severity != report.Note || slices.Contains(v.Expect, code) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func verifyVector(t *testing.T, v testimage.Vector, form string) *report.Report {
	t.Helper()
	opt := verify.Options{Strict: v.Strict, Platform: v.Platform, AllPlatforms: v.AllPlatforms}
	if v.Pin != "" {
		opt.Expect = []digest.Digest{digest.Digest(v.Pin)}
	}
	run := func(ctx context.Context) (*report.Report, error) {
		if form == "stream" {
			return verify.RunStream(ctx, bytes.NewReader(v.Tar()), opt)
		}
		return verify.Path(ctx, writeVector(t, v, form), opt)
	}
	rep, err := run(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", form, err)
	}
	return rep
}

// writeVector writes the vector and returns its path.
func writeVector(t *testing.T, v testimage.Vector, form string) string {
	t.Helper()
	dir := t.TempDir()
	if form == "folder" {
		if err := v.Tree.Folder(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	path := filepath.Join(dir, v.Name+".tar")
	if err := os.WriteFile(path, testimage.Compress(strings.TrimPrefix(form, "tar"), v.Tar()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func args(v testimage.Vector) []string {
	args := []string{"verify", "-o", "json"}
	if v.Strict {
		args = append(args, "--strict")
	}
	if v.AllPlatforms {
		args = append(args, "--all-platforms")
	}
	if v.Pin != "" {
		args = append(args, "--expect", v.Pin)
	}
	if v.Platform != "" {
		args = append(args, "--platform", v.Platform)
	}
	return args
}

// findings renders a report for the log.
func findings(rep *report.Report) string {
	var b strings.Builder
	for _, f := range rep.Findings {
		b.WriteString("    " + strings.Join([]string{string(f.Severity), string(f.Code), f.Object, f.Claim, "want=" + f.Want, "got=" + f.Got, f.Message}, " ") + "\n")
	}
	return b.String()
}
