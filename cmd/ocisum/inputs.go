package main

import (
	"errors"
	"os"

	"golang.org/x/term"

	"github.com/ocisum/ocisum/internal/ref"
	"github.com/ocisum/ocisum/verify"
)

// input is one operand, understood.
type input struct {
	raw   string // the operand
	path  string // "-" is standard input
	stdin bool
	plain bool // a bare path: neither transport nor tag nor digest
	opt   verify.Options
}

// formats maps the transports of a reference to the format they stand for.
var formats = map[string]verify.Format{
	"oci":            verify.OCILayout,
	"oci-archive":    verify.OCILayout,
	"docker-archive": verify.DockerArchive,
	"dir":            verify.Dir,
}

// parseInputs understands the operands. Standard input can be read once.
func parseInputs(operands []string, opt verify.Options) ([]input, error) {
	var inputs []input
	stdin := false
	for _, arg := range operands {
		r, err := ref.Parse(arg, exists)
		if err != nil {
			hint := "a reference is [TRANSPORT:]PATH[:TAG][@DIGEST]"
			if remote := (*ref.RemoteError)(nil); errors.As(err, &remote) {
				hint = remote.Hint()
			}
			return nil, usage(hint, "%w", err)
		}
		in := input{raw: arg, path: r.Path, stdin: r.Stdin, opt: opt}
		in.plain = r.Transport == "" && r.Tag == "" && r.Digest == "" && !r.Stdin
		if r.Stdin {
			if stdin {
				return nil, usage("", "standard input is named twice")
			}
			stdin, in.path = true, "-"
		}
		in.opt.Path, in.opt.Format, in.opt.Tag, in.opt.Pin = in.path, formats[r.Transport], r.Tag, r.Digest
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// piped refuses a terminal as standard input: no image comes from a keyboard,
// and a command that waits in silence seems to hang.
func (w *world) piped(inputs []input, verb string) error {
	for _, in := range inputs {
		if in.stdin && onTerminal(w.stdin) {
			return usage("docker save IMAGE | ocisum "+verb+" -", "standard input is a terminal, not an image")
		}
	}
	return nil
}

// onTerminal reports whether a stream is a terminal.
func onTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
