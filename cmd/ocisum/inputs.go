package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/ocisum/ocisum/internal/ref"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/verify"
)

// input is one operand, understood.
type input struct {
	raw   string // the operand
	path  string // "-" is standard input
	stdin bool
	plain bool   // a bare path: neither transport nor tag nor digest
	near  string // what the operand may be meant for, if its path does not exist
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
	for i, arg := range operands {
		if d := strayDigest(arg); d != "" {
			before := "REF"
			if i > 0 {
				before = operands[i-1]
			}
			return nil, usage("write "+render.Quote(before+"@"+d)+", without a blank", "%s is a digest and no image", render.Quote(d))
		}
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
		if !r.Stdin && !exists(r.Path) {
			in.near = sibling(r.Path)
		}
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

// strayDigest returns the digest if an operand is nothing else, and no file: it
// is meant to follow the one before it.
func strayDigest(operand string) string {
	text := strings.TrimPrefix(operand, "@")
	alg, hex, ok := strings.Cut(text, ":")
	if !ok || alg != "sha256" && alg != "sha512" || hex == "" || strings.Trim(hex, "0123456789abcdefABCDEF") != "" {
		return ""
	}
	if exists(operand) || operand[0] != '@' && exists(alg) {
		return ""
	}
	return text
}

// mostSiblings is how many names of a folder are looked at for a likely slip.
const mostSiblings = 4096

// sibling returns the path with the name that is there and most like the one
// that is not, or "". It lists a folder, which confine forbids: call it before.
func sibling(path string) string {
	dir, base := filepath.Split(path)
	name, tag, tagged := strings.Cut(base, ":")
	folder, err := os.Open(filepath.Clean(dir + "."))
	if err != nil {
		return ""
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(mostSiblings)
	near := closest(name, sorted(names))
	if near == "" {
		return ""
	}
	if tagged {
		near += ":" + tag
	}
	return dir + near
}

// misspelt is the error of an input that does not exist while another of
// nearly its name does.
type misspelt struct {
	error
	near string
}

func (m *misspelt) Unwrap() error { return m.error }

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
