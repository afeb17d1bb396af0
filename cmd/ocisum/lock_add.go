package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

func lockAddCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "verify images and approve what they are",
		UsageText: "ocisum lock add --lock FILE [OPTIONS] REF...",
		Description: `Every image is verified first, as ocisum verify does, and nothing is added
unless all are verified; signatures, policies and digests can be asked for as
well. A name that had another digest moves; the old digest goes into its
history. An image without a full name needs --name. An index is approved with
all its platforms; --all-platforms wants them all to be there.

` + examples(
			"ocisum lock add --lock images.lock app.tar db.tar",
			"ocisum lock add --lock images.lock --name registry.example/team/app:1 oci:layout:v1",
			"ocisum lock add --lock images.lock --key cosign.pub app.tar",
			"SOURCE_DATE_EPOCH=$(date +%s) ocisum lock add --lock images.lock app.tar"),
		Flags: slices.Concat([]cli.Flag{
			fileFlag(),
			&cli.StringFlag{Name: "name", Usage: "add the only image of REF under `NAME`"},
			timeFlag(),
			&cli.BoolFlag{Name: "all-platforms", Usage: "every platform that an index lists must be there"},
			&cli.BoolFlag{Name: "strict", Usage: "warnings and objects that no document names are errors"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "`N` layers at a time; 0 is one for each CPU"},
			&cli.StringFlag{Name: "progress", Value: "auto", Usage: "show progress as `MODE` on standard error: auto, tty, plain or none"},
		}, slices.DeleteFunc(trustFlags(), func(f cli.Flag) bool { return f.Names()[0] == "lock" }), sourceFlags()),
		Action: func(c *cli.Context) error { return w.lockAdd(c.Context, c) },
	}
}

func timeFlag() cli.Flag {
	return &cli.StringFlag{Name: "time", Usage: "write down `TIME`, such as 2026-11-20T10:00:00Z, as that of the change; else SOURCE_DATE_EPOCH, else none"}
}

func (w *world) lockAdd(ctx context.Context, c *cli.Context) error {
	path, err := lockPath(c)
	if err != nil {
		return err
	}
	when, err := w.timeOf(c)
	if err != nil {
		return err
	}
	req, err := w.verifyRequestOf(c)
	if err != nil {
		return err
	}
	req.opt.Tool, req.opt.FileDigest = reportTool(), true
	inputs, err := parseInputs(req.operands, req.opt)
	if err == nil {
		err = w.piped(inputs, "lock add")
	}
	if err != nil {
		return err
	}
	if c.IsSet("name") && len(inputs) != 1 {
		return usage("", "--name is for one image, and %d are given", len(inputs))
	}
	f, err := openOrBegin(path)
	if err != nil {
		return err
	}
	m, err := newMeter(w, req.progress)
	if err != nil {
		return err
	}
	w.confineFor(req.free, inputs, path)
	result := &render.Result{Tool: fullTool(inputs[0].opt.Tool), Several: len(inputs) > 1}
	j := &judge{world: w, progress: m.begin, result: result}
	j.all(ctx, inputs, false)
	m.summary(result)
	if exitCode(ctx, result) != exitOK {
		err := w.finish(ctx, "lock add --lock FILE", []sink{{format: render.Formats()[0]}}, result, false)
		w.complain("nothing was added to "+path, "")
		return err
	}
	return w.approve(f, result, c.String("name"), when)
}

// confineFor gives up what is not needed to read the inputs and to replace the
// file at path.
func (w *world) confineFor(free bool, inputs []input, path string) {
	real, _ := target(path)
	all := append(slices.Clone(inputs), input{path: filepath.Dir(real)})
	w.confine(free, all, []sink{{file: path}})
	for i := range inputs {
		inputs[i].opt.Tool = all[i].opt.Tool
	}
}

// approve puts what was verified into the lock, all of it or nothing.
func (w *world) approve(f *lockFile, result *render.Result, name string, when time.Time) error {
	var changes []lock.Change
	at := map[string]int{} // the change of a name
	for _, in := range result.Inputs {
		if in.Report.Verdict != report.Verified {
			return &status{code: exitError, err: fmt.Errorf("%s: %s", in.Path, in.Report.Verdict)}
		}
		list, err := lock.Approve(in.Report, name, when)
		if err != nil {
			hint := ""
			if bad := (*lock.NameError)(nil); errors.As(err, &bad) {
				hint = "give one image, as PATH:TAG or with --platform, and its --name"
			}
			return usage(hint, "%s: %w", in.Path, err)
		}
		more, err := f.PutAll(list)
		if err != nil {
			return usage("", "%s: %w", in.Path, err)
		}
		for _, c := range more {
			i, again := at[c.Name]
			switch {
			case !again:
				at[c.Name] = len(changes)
				changes = append(changes, c)
			case c.What == lock.Moved:
				return usage("add them under names of their own, with --name", "%s stands for two images: %s and %s", c.Name, c.Old, c.New)
			default:
				changes[i] = joined(changes[i], c)
			}
		}
	}
	if err := w.saveLock(f, changes); err != nil {
		return err
	}
	for _, c := range changes {
		w.stepBack(f, c)
	}
	return nil
}

// stepBack says that a name was moved to an image that it had before.
func (w *world) stepBack(f *lockFile, c lock.Change) {
	if c.What != lock.Moved || c.Earlier == "" {
		return
	}
	if c.Earlier == c.New {
		w.complain(c.Name+": this is a step back: "+string(c.New)+" was approved before "+string(c.Old), "")
		return
	}
	message := c.Name + ": this is a step back: the history has the image as " + string(c.Earlier)
	hint := ""
	if img, ok := f.Lookup(c.Name); ok && img.Pinned() == "" {
		message += ", and an image ID cannot be pinned or exported"
		hint = "ocisum lock rollback --lock FILE " + c.Name + " " + string(c.Earlier) + " makes that the current one"
	}
	w.complain(message, hint)
}

// joined is what two changes of one name come to.
func joined(a, b lock.Change) lock.Change {
	a.New = b.New
	if a.What == lock.Same {
		a.What = b.What
	}
	return a
}

// saveLock writes the lock file and says what became of the names.
func (w *world) saveLock(f *lockFile, changes []lock.Change) error {
	slices.SortFunc(changes, func(a, b lock.Change) int { return strings.Compare(a.Name, b.Name) })
	changed, err := f.save()
	if err != nil {
		return err
	}
	if changed && f.was == nil {
		w.complain(render.Quote(f.path)+": new lock file", "")
	}
	for _, c := range changes {
		img, ok := f.Lookup(c.Name)
		if !ok {
			panic("main: a name that was changed is not in the lock")
		}
		w.printChange(c, &img.Current)
	}
	return nil
}
