package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
)

func lsCommand(w *world) *cli.Command {
	formats := []string{"table", "json", "jsonl"}
	return &cli.Command{
		Name:      "ls",
		Usage:     "list the images of files and folders, as docker images --digests does",
		UsageText: "ocisum ls [OPTIONS] REF...",
		Description: `Reads documents only. SIZE is what the config and the layers take as stored.

` + examples("ocisum ls alpine.tar", "ocisum ls -o json oci:layout", "ocisum ls --no-trunc *.tar"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "no-trunc", Usage: "show image IDs in full"},
		}, listingFlags(formats...)...),
		Action: func(c *cli.Context) error {
			l, err := listingOf(c, formats...)
			if err != nil {
				return err
			}
			return w.list(c.Context, l, func(out io.Writer, r *render.Result) error {
				return render.List(out, l.format, r, c.Bool("no-trunc"))
			})
		},
	}
}
