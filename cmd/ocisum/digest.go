package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
)

func digestCommand(w *world) *cli.Command {
	formats := []string{"table", "json"}
	return &cli.Command{
		Name:      "digest",
		Usage:     "show every digest that can be quoted, and what it stands for",
		UsageText: "ocisum digest [OPTIONS] REF...",
		Description: `The digests are those of the documents as they were read. Only verify says
whether the layers agree with them.

` + examples("ocisum digest alpine.tar", "ocisum digest --file-digest -o json oci-archive:app.tar"),
		Flags: listingFlags(formats...),
		Action: func(c *cli.Context) error {
			l, err := listingOf(c, formats...)
			if err != nil {
				return err
			}
			return w.list(c.Context, l, func(out io.Writer, r *render.Result) error {
				return render.Digests(out, l.format, r)
			})
		},
	}
}
