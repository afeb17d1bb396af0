package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

func lockHistoryCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "history",
		Usage:     "list what names stand for and what they stood for, newest first",
		UsageText: "ocisum lock history --lock FILE [NAME...]",
		Description: `Without a name it lists all. MARK says whether this tool had verified the image
when it was added, or what it was imported from.

` + examples("ocisum lock history --lock images.lock registry.example/team/app:1"),
		Flags: []cli.Flag{fileFlag()},
		Action: func(c *cli.Context) error {
			f, err := lockOf(c)
			if err != nil {
				return err
			}
			images, files := f.Images, f.Files
			if c.NArg() > 0 {
				images, files = nil, nil
			}
			for _, name := range c.Args().Slice() {
				img, err := found(f, name)
				if err != nil {
					return err
				}
				images = append(images, *img)
			}
			return w.lockHistory(images, files)
		},
	}
}

// lockOf reads the file of --lock.
func lockOf(c *cli.Context) (*lockFile, error) {
	path, err := lockPath(c)
	if err != nil {
		return nil, err
	}
	return openLock("--lock", path)
}

// found finds a name that the user gave.
func found(f *lockFile, name string) (*lock.Image, error) {
	if _, err := lock.ParseName(name); err != nil {
		return nil, usage("", "%w", err)
	}
	img, ok := f.Lookup(name)
	if !ok {
		var names []string
		for _, img := range f.Images {
			names = append(names, img.Name)
		}
		hint := "ocisum lock history --lock FILE lists what it has"
		if near := closest(name, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return nil, usage(hint, "the lock has no image %s", render.Quote(name))
	}
	return img, nil
}

func (w *world) lockHistory(images []lock.Image, files []lock.Source) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSTATE\tDIGEST\tKIND\tMARK\tADDED\tSOURCE")
	for i := range images {
		img := &images[i]
		row(t, img.Name, "current", &img.Current)
		for k := range img.History {
			row(t, img.Name, "earlier", &img.History[k])
		}
	}
	for _, s := range files {
		fmt.Fprintf(t, "%s\tcurrent\t%s\tfile\t-\t-\t-\n", render.Quote(s.Path), s.SHA256)
	}
	return t.Flush()
}

func row(t io.Writer, name, state string, r *lock.Record) {
	mark, added, source := "verified", "-", "-"
	if !r.Verified {
		mark = "imported:" + r.Imported
	}
	if !r.Added.IsZero() {
		added = r.Added.Format(time.RFC3339)
	}
	if n := len(r.Sources); n > 0 {
		source = render.Quote(r.Sources[0].Path)
		if n > 1 {
			source += " and " + strconv.Itoa(n-1) + " more"
		}
	}
	fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, state, r.Digest, r.Kind, mark, added, source)
}

func lockDiffCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "say in what two lock files approve differently",
		UsageText: "ocisum lock diff [--check] OLD NEW",
		Description: `Where images came from, and when they were added, makes no difference.

` + examples("ocisum lock diff --check approved.lock images.lock"),
		Flags: []cli.Flag{&cli.BoolFlag{Name: "check", Usage: "exit with 4 if they differ"}},
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("ocisum lock diff OLD NEW", "lock diff needs two lock files")
			}
			old, err := openLock("OLD", c.Args().Get(0))
			if err != nil {
				return err
			}
			next, err := openLock("NEW", c.Args().Get(1))
			if err != nil {
				return err
			}
			list := lock.Compare(old.File, next.File)
			for _, d := range list {
				w.printDifference(d)
			}
			if len(list) > 0 && c.Bool("check") {
				return &status{code: report.Denied.ExitCode()}
			}
			return nil
		},
	}
}

func (w *world) printDifference(d lock.Difference) {
	digests := "  " + strings.TrimSpace(string(d.Old)+"  "+string(d.New))
	if d.Old == "" && d.New == "" {
		digests = ""
	} else if d.What == lock.Moved {
		digests = fmt.Sprintf("\n  from  %s\n  to    %s", d.Old, d.New)
	}
	fmt.Fprintf(w.stdout, "%-9s  %s%s\n", d.What, d.Name, digests)
	for _, s := range d.Gone {
		fmt.Fprintf(w.stdout, "  -  %s\n", s)
	}
	for _, s := range d.Come {
		fmt.Fprintf(w.stdout, "  +  %s\n", s)
	}
}

func lockRollbackCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "rollback",
		Usage:     "make an earlier digest of a name the current one",
		UsageText: "ocisum lock rollback --lock FILE NAME [DIGEST]",
		Description: `Without a digest it is the latest of the history. It must have been verified by
this tool when it was added. The digest that was current stays in the history,
as the latest: to go further back, name the digest. Without one, those are passed
over that have a later time than the current one.

` + examples("ocisum lock rollback --lock images.lock registry.example/team/app:1"),
		Flags: []cli.Flag{fileFlag()},
		Action: func(c *cli.Context) error {
			const form = "ocisum lock rollback --lock FILE NAME [DIGEST]"
			switch n := c.NArg(); {
			case n == 0:
				return usage(form, "lock rollback needs a name")
			case n > 2:
				return usage(form, "lock rollback takes a name and a digest, not %d operands", n)
			}
			f, err := lockOf(c)
			if err != nil {
				return err
			}
			img, err := found(f, c.Args().Get(0))
			if err != nil {
				return err
			}
			to, err := hash.Parse(c.Args().Get(1))
			if err != nil && c.NArg() == 2 {
				return usage("a digest is sha256: and 64 lower-case hexadecimal digits", "%w", err)
			}
			change, err := f.Rollback(img.Name, to)
			if err != nil {
				return usage("ocisum lock history --lock FILE "+img.Name+" lists what there is; lock add verifies and approves", "%w", err)
			}
			if err := w.saveLock(f, []lock.Change{change}); err != nil {
				return err
			}
			if to == "" {
				w.complain("to go further back, name the digest", "ocisum lock history --lock FILE "+img.Name+" lists them")
			}
			return nil
		},
	}
}
