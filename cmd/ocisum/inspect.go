package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func inspectCommand(w *world) *cli.Command {
	formats := []string{"table", "json"}
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show manifest, config and layers of images and artifacts",
		UsageText: "ocisum inspect [OPTIONS] REF...",
		Description: `Reads documents only. With --raw the bytes are written exactly as stored, so
that they can be hashed; REF must then name one image.

` + examples(
			"ocisum inspect alpine.tar",
			"ocisum inspect -o json oci:layout:3.20",
			"ocisum inspect --raw manifest oci:layout --platform linux/arm64 | sha256sum"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "raw", Usage: "write the bytes of `DOCUMENT`, manifest or config, and nothing else"},
		}, listingFlags(formats...)...),
		Action: func(c *cli.Context) error {
			l, err := listingOf(c, formats...)
			if err != nil {
				return err
			}
			l.opt.KeepRaw = true
			raw := c.String("raw")
			switch raw {
			case "":
				return w.list(c.Context, l, func(out io.Writer, r *render.Result) error {
					return render.Inspect(out, l.format, r)
				})
			case "manifest", "config":
				return w.list(c.Context, l, func(out io.Writer, r *render.Result) error {
					return w.writeRaw(out, raw, r)
				})
			}
			return usage("", "--raw: %s is neither manifest nor config", render.Quote(raw))
		},
	}
}

// writeRaw writes a document of the only image. What a terminal would act on
// goes to files and pipes only.
func (w *world) writeRaw(out io.Writer, which string, r *render.Result) error {
	var images []*report.Image
	artifacts := 0
	for _, in := range r.Inputs {
		if in.Report != nil {
			artifacts += len(in.Report.Artifacts)
			for i := range in.Report.Images {
				images = append(images, &in.Report.Images[i])
			}
		}
	}
	switch {
	case len(images) == 0 && artifacts > 0:
		return &status{exitError, errors.New("--raw: there is no image, only other manifests"), "without --raw they are shown"}
	case len(images) == 0:
		return nil // said elsewhere
	case len(images) > 1:
		return usage("choose one by REF:TAG, REF@DIGEST or --platform", "--raw: there are %d images", len(images))
	}
	var doc []byte
	if raw := images[0].Raw; raw != nil && which == "manifest" {
		doc = raw.Manifest
	} else if raw != nil {
		doc = raw.Config
	}
	if len(doc) == 0 {
		return &status{code: exitError, err: fmt.Errorf("--raw: the image has no %s", which)}
	}
	if onTerminal(w.stdout.w) && !render.Plain(doc) {
		return usage("redirect it to a file or a pipe", "the %s holds characters that a terminal would act on", which)
	}
	_, err := out.Write(doc)
	return err
}
