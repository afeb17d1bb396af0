package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func evidenceCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "evidence",
		Usage:     "take manifests and signatures from an image, or put them into a tarball",
		UsageText: "ocisum evidence COMMAND [OPTIONS] [OPERANDS]",
		Description: `docker save drops the manifest, and with it the digest that was approved. The
manifest has a few kilobytes: carried beside the tarball, or in it, it proves
that the tarball is the image with that digest.

` + examples(
			"ocisum evidence collect oci:layout -d approved",
			"ocisum evidence embed app.tar --evidence approved -o app-proven.tar",
			"ocisum verify app-proven.tar@sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"),
		Subcommands: []*cli.Command{evidenceCollectCommand(w), evidenceEmbedCommand(w)},
	}
}

func evidenceCollectCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "collect",
		Usage:     "write the indexes, manifests and signatures of images to a folder",
		UsageText: "ocisum evidence collect [OPTIONS] REF... -d FOLDER",
		Description: `The documents are written as they are, named by their digests. No layer is
read. The digests that they stand for are printed: those of the images are what
somebody has to approve.

` + examples("ocisum evidence collect oci-archive:app.tar -d approved"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "dir", Aliases: []string{"d"}, Usage: "write to `FOLDER`, which is made if it is not there"},
		}, documentFlags()...),
		Action: func(c *cli.Context) error {
			if err := atLeastOne(c); err != nil {
				return err
			}
			dir := c.String("dir")
			if dir == "" {
				return usage("ocisum evidence collect REF -d FOLDER", "collect needs a folder to write to")
			}
			opt := sourceOptions(c)
			opt.Documents = true
			return w.collectEvidence(c.Context, c.Args().Slice(), dir, opt, c.Bool("no-sandbox"))
		},
	}
}

// collectEvidence reads the documents of the operands and writes those that
// are evidence.
func (w *world) collectEvidence(ctx context.Context, operands []string, dir string, opt verify.Options, free bool) error {
	inputs, err := parseInputs(operands, opt)
	if err == nil {
		err = w.piped(inputs, "evidence collect")
	}
	if err != nil {
		return err
	}
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o777); err != nil {
		return usage("", "%w", err)
	}
	w.confine(free, inputs, []sink{{file: filepath.Join(blobs, "new")}})
	result := &render.Result{Tool: fullTool(reportTool())}
	j := &judge{world: w, progress: noProgress, result: result}
	var found []evidence.Document
	for i := range inputs {
		take := &evidence.Collector{}
		inputs[i].opt.Vouchers = []verify.Voucher{take}
		in := j.one(ctx, inputs[i])
		j.add(in)
		found = append(found, take.Documents...)
	}
	w.complaints(result, "evidence collect")
	code := w.documentFaults(result)
	if failures(result) {
		code = exitError
	}
	if code != exitOK {
		return &status{code: code}
	}
	if !slices.ContainsFunc(found, func(d evidence.Document) bool { return d.Kind == "manifest" || d.Kind == "index" }) {
		return &status{code: report.Incomplete.ExitCode(), err: errors.New("no index and no manifest of an image is there: docker save left them out, or the images are elsewhere"),
			hint: "collect the evidence where the image came from: an OCI layout, an OCI archive, a copy of the registry"}
	}
	for _, d := range found {
		err := replace(filepath.Join(dir, filepath.FromSlash(d.Path())), func(f io.Writer) error {
			_, err := f.Write(d.Data)
			return err
		})
		if err != nil {
			return &status{code: exitError, err: fmt.Errorf("write evidence: %w", err)}
		}
		fmt.Fprintf(w.stdout, "%s  %s, %d bytes\n", d.Digest, d.Kind, len(d.Data))
	}
	return nil
}

func evidenceEmbedCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "embed",
		Usage:     "copy a tarball and put evidence into the copy",
		UsageText: "ocisum evidence embed [OPTIONS] TARBALL --evidence FILE|FOLDER -o FILE",
		Description: `The documents go below ` + verify.EvidenceFolder + ` at the end of the archive, where docker, podman,
skopeo, crane and ctr pass over them and ocisum verify finds them. What is in
the archive stays as it is.

` + examples("ocisum evidence embed app.tar --evidence approved -o app-proven.tar"),
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "evidence", Usage: "`FILE` or folder of documents to put in; repeatable"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the copy to `FILE`"},
			sandboxFlag(),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("see ocisum evidence embed --help", "embed takes one tarball")
			}
			out := c.String("output")
			if out == "" {
				return usage("ocisum evidence embed TARBALL --evidence FOLDER -o FILE", "embed needs a file to write to")
			}
			documents, err := evidenceOf(c)
			if err != nil {
				return err
			}
			if len(documents) == 0 {
				return usage("ocisum evidence collect makes some", "embed needs evidence")
			}
			return w.embedEvidence(c.Context, c.Args().First(), out, evidence.Sort(documents), c.Bool("no-sandbox"))
		},
	}
}

// embedEvidence writes a copy of a tarball that carries documents.
func (w *world) embedEvidence(ctx context.Context, path, out string, documents []evidence.Document, free bool) error {
	sinks := []sink{{file: out}}
	if err := ready(sinks, []string{path}); err != nil {
		return err
	}
	w.confine(free, []input{{path: path}}, sinks)
	f, err := archive.OpenFile(path)
	if err != nil {
		return usage("", "%w", err)
	}
	defer f.Close()
	added := 0
	err = replace(out, func(to io.Writer) error {
		if !f.Regular() {
			return evidence.ErrNotTar
		}
		added, err = evidence.Embed(ctx, to, f, f.Size(), documents)
		if what, yes := f.Changed(); yes && err == nil {
			err = fmt.Errorf("it changed while it was read: %s", what)
		}
		return err
	})
	if errors.Is(err, evidence.ErrNotTar) {
		return usage("evidence goes into a plain tar: decompress it first", "%s: %w", path, err)
	}
	if err != nil {
		return &status{code: exitError, err: fmt.Errorf("%s: %w", path, err)}
	}
	fmt.Fprintf(w.stdout, "%s: %d of %d documents put in\n", render.Quote(out), added, len(documents))
	return nil
}
