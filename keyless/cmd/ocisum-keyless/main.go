// Command ocisum-keyless verifies container images as ocisum does, and that
// they were signed with a certificate of a Sigstore deployment for an identity:
//
//	ocisum-keyless verify --trusted-root trusted_root.json \
//		--certificate-identity https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1 \
//		--certificate-oidc-issuer https://token.actions.githubusercontent.com app.tar
//
// It opens no connection. Exit status: as ocisum's, see docs/exit-codes.md; 4 if
// the content holds and no signature of that identity covers it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/ocisum/ocisum/internal/ref"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/sandbox"
	"github.com/ocisum/ocisum/keyless"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// exitError is the status of a run that could not judge anything, or whose
// report was lost.
const exitError = 2

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A closed pipe has to be reported as a lost report, not end the process.
	signal.Ignore(syscall.SIGPIPE)
	code := (&command{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, restrict: sandbox.Restrict}).run(ctx, os.Args[1:])
	stop()
	if err := os.Stdout.Close(); err != nil {
		code = exitError
	}
	os.Exit(code)
}

// command is what the program may touch.
type command struct {
	stdin          *os.File
	stdout, stderr io.Writer
	restrict       func(sandbox.Policy) sandbox.Level // nil in tests, which need their rights
}

const help = `ocisum-keyless: verify container images and their keyless signatures, offline

Usage:
  ocisum-keyless --version
  ocisum-keyless verify --trusted-root FILE --certificate-identity ID --certificate-oidc-issuer URL [OPTIONS] REF

The whole content is checked as by "ocisum verify", in the same run. Bundles are
found wherever they are in the image's archive or folder. REF is
[TRANSPORT:]PATH[:TAG][@DIGEST]; "-" is standard input.

Options:
`

// options are the flags.
type options struct {
	root, identity, issuer, attestation string
	format, platform                    string
	quiet, notes, strict, allPlatforms  bool
	free                                bool
	jobs                                int
}

func flags(o *options, out io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("ocisum-keyless", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.Usage = func() {
		fmt.Fprint(out, help)
		fs.PrintDefaults()
	}
	fs.StringVar(&o.root, "trusted-root", "", "`FILE` with the certificates and logs of the Sigstore deployment (trusted_root.json)")
	fs.StringVar(&o.identity, "certificate-identity", "", "`ID` that the certificate must be for, exactly")
	fs.StringVar(&o.issuer, "certificate-oidc-issuer", "", "`URL` of who vouched for that identity, exactly")
	fs.StringVar(&o.attestation, "attestation-type", "", "demand an attestation of this predicate `TYPE`, such as slsaprovenance1, instead of a signature")
	fs.StringVar(&o.format, "output", "table", "write `FORMAT`: table, json or jsonl")
	fs.StringVar(&o.format, "o", "table", "short for --output")
	fs.StringVar(&o.platform, "platform", "", "only images for `OS/ARCH[/VARIANT]`, which must be there")
	fs.BoolVar(&o.quiet, "quiet", false, "write no table; the exit status is the answer")
	fs.BoolVar(&o.notes, "notes", false, "list notes in the table, not only their number")
	fs.BoolVar(&o.strict, "strict", false, "warnings and objects that no document names are errors")
	fs.BoolVar(&o.allPlatforms, "all-platforms", false, "every platform that an index lists must be there")
	fs.BoolVar(&o.free, "no-sandbox", false, "give up no rights before reading; the report says so")
	fs.IntVar(&o.jobs, "jobs", 0, "`N` layers at a time; 0 is one for each CPU")
	return fs
}

// run is the whole command: it returns the exit status.
func (c *command) run(ctx context.Context, args []string) int {
	var o options
	fs := flags(&o, io.Discard)
	if len(args) > 0 && slices.Contains([]string{"help", "--help", "-h"}, args[0]) {
		flags(&o, c.stdout).Usage()
		return 0
	}
	if len(args) > 0 && slices.Contains([]string{"version", "--version"}, args[0]) {
		if _, err := fmt.Fprintln(c.stdout, "ocisum-keyless "+version); err != nil {
			return c.complain("write version: " + err.Error())
		}
		return 0
	}
	if len(args) == 0 || args[0] != "verify" {
		return c.usage("the command is verify: ocisum-keyless verify --help")
	}
	operands, err := parse(fs, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags(&o, c.stdout).Usage()
		return 0
	case err != nil:
		return c.usage(err.Error())
	case len(operands) != 1:
		return c.usage(fmt.Sprintf("verify needs one image, not %d", len(operands)))
	case o.root == "" || o.identity == "" || o.issuer == "":
		return c.usage("--trusted-root, --certificate-identity and --certificate-oidc-issuer are all needed: nothing is trusted by default")
	case o.jobs < 0 || o.jobs > 1024:
		return c.usage(fmt.Sprintf("--jobs: %d is not between 0 and 1024", o.jobs))
	}
	format, ok := render.Lookup(o.format)
	if !ok {
		return c.usage("unknown output format " + render.Quote(o.format))
	}
	rf, err := ref.Parse(operands[0], exists)
	if err != nil {
		return c.usage(err.Error())
	}
	doc, err := read(o.root, keyless.MaxRoot)
	if err != nil {
		return c.usage("--trusted-root: " + err.Error())
	}
	name := "keyless " + o.identity + " (" + o.issuer + ")"
	v, err := keyless.New(name, keyless.Terms{Root: doc, Identity: o.identity, Issuer: o.issuer, Attestation: o.attestation})
	if err != nil {
		return c.usage(err.Error())
	}
	return c.verify(ctx, o, format, rf, v)
}

// parse takes flags before and after operands.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var operands []string
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		rest := fs.Args()
		if n := len(args) - len(rest); n > 0 && args[n-1] == "--" {
			return append(operands, rest...), nil
		}
		if len(rest) == 0 {
			break
		}
		operands, args = append(operands, rest[0]), rest[1:]
	}
	return operands, nil
}

var formats = map[string]verify.Format{
	"oci": verify.OCILayout, "oci-archive": verify.OCILayout, "docker-archive": verify.DockerArchive, "dir": verify.Dir,
}

// verify judges the image and writes the report.
func (c *command) verify(ctx context.Context, o options, format render.Format, r ref.Ref, v verify.Voucher) int {
	path := r.Path
	if r.Stdin {
		path = "-"
	}
	opt := verify.Options{
		Path: path, Format: formats[r.Transport], Tag: r.Tag, Pin: r.Digest, Platform: o.platform, AllPlatforms: o.allPlatforms,
		Strict: o.strict, Jobs: o.jobs, Vouchers: []verify.Voucher{v}, Tool: verify.Tool{Version: version, Sandbox: "off"},
	}
	if c.restrict != nil && !o.free {
		reads := path
		if r.Stdin {
			reads = "/dev/stdin"
		}
		opt.Tool.Sandbox = c.restrict(sandbox.Policy{Read: []string{reads}}).String()
	}
	var rep *report.Report
	var err error
	if r.Stdin {
		rep, err = verify.File(ctx, c.stdin, opt)
	} else {
		rep, err = verify.Path(ctx, path, opt)
	}
	in := render.Input{Path: path, Report: rep, Err: err}
	result := &render.Result{Inputs: []render.Input{in}, Notes: o.notes}
	if rep != nil {
		rep.Tool.Name = "ocisum-keyless"
		result.Tool = rep.Tool
	}
	if !o.quiet {
		if err := format.Render(c.stdout, result); err != nil {
			return c.complain("write report: " + err.Error())
		}
	}
	switch verdict := result.Verdict(); {
	case ctx.Err() != nil:
		c.complain("interrupted")
		return 130
	case err != nil && verdict != report.Failed && verdict != report.Denied:
		return c.complain(path + ": " + err.Error())
	default:
		return verdict.ExitCode()
	}
}

// complain says what is wrong and returns the status of a run that could not
// judge.
func (c *command) complain(text string) int {
	fmt.Fprintf(c.stderr, "ocisum-keyless: %s\n", render.Escape(text))
	return exitError
}

func (c *command) usage(text string) int {
	c.complain(strings.ReplaceAll(text, "flag provided but not defined: -", "unknown flag --"))
	fmt.Fprintln(c.stderr, "ocisum-keyless: hint: see ocisum-keyless verify --help")
	return exitError
}

// read reads a file of at most limit bytes whole.
func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", render.Quote(path), limit)
	}
	return data, err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
