package adversary

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// unprintable returns where text holds something that a terminal would act on
// instead of print, or that is no text.
func unprintable(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r != '\n' && !unicode.IsPrint(r) || r == utf8.RuneError && n == 1 {
			return i // IsPrint has no controls, formats (bidirectional ones), separators but the space, or surrogates
		}
		i += n
	}
	return -1
}

// everything is a report to be had, with its name.
type everything struct {
	name string
	run  func(context.Context, verify.Options) (*report.Report, error)
}

// all returns the vectors, the cases of this package and images whose every
// string is hostile.
func all(t *testing.T) []everything {
	t.Helper()
	var list []everything
	vectors, err := testimage.LoadVectors("../../testdata/vectors")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		list = append(list, everything{"vector " + v.Name, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			opt.Strict, opt.Platform, opt.AllPlatforms = v.Strict, v.Platform, v.AllPlatforms
			if v.Pin != "" {
				opt.Expect = []digest.Digest{digest.Digest(v.Pin)}
			}
			return verify.RunStream(ctx, bytes.NewReader(v.Tar()), opt)
		}})
	}
	for _, c := range append(All(), screaming()...) {
		list = append(list, everything{"case " + c.Name, func(ctx context.Context, opt verify.Options) (*report.Report, error) {
			jobs := opt.Jobs
			opt = c.Options
			opt.Jobs = jobs
			if c.Containers()[0] != "tar" {
				return verify.RunStream(ctx, bytes.NewReader(c.Tar), opt)
			}
			a, err := openArchive(ctx, c.Tar, opt.Limits)
			if err != nil {
				return verify.RunStream(ctx, bytes.NewReader(c.Tar), opt)
			}
			return verify.Run(ctx, a, opt)
		}})
	}
	return list
}

// TestNothingReachesTheTerminal renders every report in every format.
func TestNothingReachesTheTerminal(t *testing.T) {
	for _, e := range all(t) {
		rep, err := e.run(t.Context(), verify.Options{})
		for _, f := range render.Formats() {
			var out bytes.Buffer
			res := &render.Result{Inputs: []render.Input{{Path: "x", Report: rep, Err: err}}, Notes: true}
			if err := f.Render(&out, res); err != nil {
				t.Fatalf("%s, %s: %v", e.name, f.Name, err)
			}
			if i := unprintable(out.Bytes()); i >= 0 {
				t.Errorf("%s, %s: byte %d of the output: %q", e.name, f.Name, i, out.Bytes()[max(0, i-40):min(i+20, out.Len())])
			}
			if bytes.Contains(out.Bytes(), []byte("\nverified: forged")) {
				t.Errorf("%s, %s: a line of the output is forged:\n%s", e.name, f.Name, out.Bytes())
			}
		}
	}
}

// TestReportsAreEqual verifies everything a hundred times, with one to sixteen
// workers, and compares the bytes of the reports.
func TestReportsAreEqual(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 4
	}
	for _, e := range all(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			var first []byte
			for i := range rounds {
				jobs := []int{1, 2, 8, 16}[i%4]
				rep, err := e.run(t.Context(), verify.Options{Jobs: jobs})
				text, jsonErr := json.Marshal(rep)
				if jsonErr != nil {
					t.Fatal(jsonErr)
				}
				if err != nil {
					text = append(text, err.Error()...)
				}
				if first == nil {
					first = text
				} else if !bytes.Equal(first, text) {
					t.Fatalf("round %d, %d jobs:\n%s\nwas before\n%s", i, jobs, text, first)
				}
			}
		})
	}
}

// command builds the command once and returns its path.
var command = sync.OnceValues(func() (string, error) {
	bin := filepath.Join(scratch, "ocisum.exe")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/ocisum/ocisum/cmd/ocisum").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out) + err.Error())
	}
	return bin, nil
})

// TestCommand runs every case through the command, with the flags that stand
// for its options, and looks at both outputs.
func TestCommand(t *testing.T) {
	bin, err := command()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, c := range append(All(), screaming()...) {
		if testing.Short() && i%8 != 0 && c.Flags == nil {
			continue
		}
		form := c.Containers()[0]
		path, err := c.Write(dir, form)
		if err != nil {
			t.Fatal(err)
		}
		operand := path
		if form == "stream" {
			operand = "-"
		}
		formats := []string{"json"}
		if strings.HasPrefix(c.Name, "screaming") {
			formats = []string{"json", "jsonl", "table"}
		}
		for _, format := range formats {
			cmd := exec.Command(bin, append(append([]string{"verify", "--notes", "-o", format}, c.Flags...), operand)...)
			if operand == "-" {
				cmd.Stdin = bytes.NewReader(c.Tar)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.Output()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			want := c.Verdict.ExitCode()
			if c.Nothing {
				want = 2
			}
			if got := cmd.ProcessState.ExitCode(); got != want {
				t.Errorf("%s, %s: got exit %d, want %d: %s", c.Name, format, got, want, stderr.Bytes())
			}
			for name, text := range map[string][]byte{"stdout": stdout, "stderr": stderr.Bytes()} {
				if i := unprintable(text); i >= 0 {
					t.Errorf("%s, %s: byte %d of %s: %q", c.Name, format, i, name, text[max(0, i-40):min(i+20, len(text))])
				}
			}
			if format != "json" {
				continue
			}
			var rep report.Report
			if err := json.Unmarshal(stdout, &rep); err != nil {
				t.Errorf("%s: %v: %q", c.Name, err, stdout)
			} else if c.Expect != nil {
				for _, wrong := range c.Judge(&rep, func() error {
					if c.Nothing {
						return verify.ErrNothing // told by the exit status
					}
					return nil
				}()) {
					t.Errorf("%s: %s\n%s", c.Name, wrong, Describe(&rep))
				}
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
