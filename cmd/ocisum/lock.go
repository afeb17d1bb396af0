package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/lock"
)

func lockCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "lock",
		Usage:     "keep a file of approved images, and hold archives against it",
		UsageText: "ocisum lock COMMAND --lock FILE [OPTIONS] [OPERANDS]",
		Description: `A lock file is text for a pull request: for each image name the digest that was
approved, one fact a line. It is an allowlist by digest: lock verify denies
everything else, whatever an archive calls it. No lock file is looked for;
--lock names it.

` + examples(
			"ocisum lock add --lock images.lock app.tar",
			"ocisum lock verify --lock images.lock app.tar",
			"ocisum lock rollback --lock images.lock registry.example/team/app:1",
			"ocisum lock export --lock images.lock --format imgpkg >.imgpkg/images.yml"),
		Subcommands: []*cli.Command{
			lockAddCommand(w), lockVerifyCommand(w), lockHistoryCommand(w), lockDiffCommand(w),
			lockRollbackCommand(w), lockExportCommand(w), lockImportCommand(w),
		},
	}
}

// fileFlag names the lock file of the commands that are about one.
func fileFlag() cli.Flag {
	return &cli.StringFlag{Name: "lock", Usage: "the lock `FILE`"}
}

// lockPath is the value of --lock, which has to be there.
func lockPath(c *cli.Context) (string, error) {
	if path := c.String("lock"); path != "" {
		return path, nil
	}
	return "", usage("no lock file is looked for: name it, --lock images.lock", "%s needs --lock FILE", verbOf(c))
}

// printChange says what became of a name, in one line, or three where a digest
// took the place of another one.
func (w *world) printChange(c lock.Change, r *lock.Record) {
	switch c.What {
	case lock.Moved, lock.Completed:
		fmt.Fprintf(w.stdout, "%-9s  %s\n  from  %s\n  to    %s%s\n", c.What, c.Name, c.Old, c.New, about(r))
	default:
		fmt.Fprintf(w.stdout, "%-9s  %s  %s%s\n", c.What, c.Name, c.New, about(r))
	}
}

// about describes a record in a few words.
func about(r *lock.Record) string {
	if r == nil {
		return ""
	}
	words := []string{string(r.Kind)}
	if r.Kind == lock.ImageID {
		words[0] = "image ID, no manifest"
	}
	var names []string
	for _, p := range r.Platforms {
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		words = append(words, strings.Join(slices.Compact(names), " "))
	}
	if !r.Verified {
		words = append(words, "imported from "+r.Imported+", not verified")
	}
	return "  (" + strings.Join(words, ", ") + ")"
}
