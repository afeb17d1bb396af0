package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/ledger"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/verify"
)

func resumeFlag() cli.Flag {
	return &cli.StringFlag{Name: "resume", Usage: "keep in `FILE` what was read of large objects, and do not read again what it has"}
}

// writer is what the records of a ledger depend on besides the objects.
type writer struct {
	Version    string `json:"version"`
	Revision   string `json:"revision,omitempty"`
	Window     int64  `json:"maxWindow"`
	LayerBytes int64  `json:"maxLayerBytes"`
	LayerRatio int64  `json:"maxLayerRatio"`
}

// openLedger opens the ledger that was asked for and gives it to the inputs. It
// has to be open before rights are given up. The function that it returns
// closes it, and says what went wrong with it.
func (w *world) openLedger(path string, inputs []input, sinks []sink) (done func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	for _, in := range inputs {
		if in.stdin {
			return nil, usage("give the folder or the plain tar by its name", "--resume: standard input is read in one pass")
		}
	}
	if err := apart(path, inputs, sinks); err != nil {
		return nil, err
	}
	build, limits := thisBuild(), inputs[0].opt.Limits.Effective()
	file, err := ledger.Open(path, writer{build.Version, build.Revision, limits.Window, limits.LayerBytes, limits.LayerRatio}, verify.CheckRecord, w.now())
	if err != nil {
		return nil, usage(ledgerHint(err), "--resume %s: %w", render.Quote(path), bare(err))
	}
	for i := range inputs {
		inputs[i].opt.Ledger = file
	}
	return func() {
		if err := file.Close(); err != nil {
			w.complain("--resume "+render.Quote(path)+": "+bare(err).Error(), "a later run reads again what is not in the ledger")
		}
	}, nil
}

func ledgerHint(err error) string {
	var damaged *ledger.DamagedError
	var other *ledger.OtherError
	switch {
	case errors.As(err, &damaged), errors.As(err, &other):
		return "remove it, or name another file: everything is then read again"
	case errors.Is(err, ledger.ErrShared):
		return "chmod go-w, or a file of your own"
	}
	return ""
}

// apart refuses a ledger that is an input or output, or lies inside of an
// input: the maker of an image must not write it, and nothing is written next
// to what is verified.
func apart(path string, inputs []input, sinks []sink) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	same := func(a, b string) bool {
		x, err := os.Stat(a)
		if err != nil {
			return false
		}
		y, err := os.Stat(b)
		return err == nil && os.SameFile(x, y)
	}
	for _, s := range sinks {
		if s.file != "" && (same(path, s.file) || filepath.Clean(path) == filepath.Clean(s.file)) {
			return usage("", "--resume: %s is an output", render.Quote(path))
		}
	}
	for _, in := range inputs {
		if same(path, in.path) {
			return usage("", "--resume: %s is an input", render.Quote(path))
		}
		dir, err := filepath.Abs(filepath.Dir(path))
		if err != nil || !isFolder(in.path) {
			continue
		}
		for {
			if same(dir, in.path) {
				return usage("keep it where the makers of images cannot write", "--resume: %s lies inside of the input %s", render.Quote(path), render.Quote(in.path))
			}
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	return nil
}
