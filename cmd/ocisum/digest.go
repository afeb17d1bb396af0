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

What docker save writes often lacks the manifest, and with it the digest that a
registry knows the image by. With --predict the archive is verified, and its
layers are compressed as docker, crane, skopeo, podman, containerd and BuildKit
do it: the digests that each of them would give the image, with what is assumed
for that. A prediction is no proof; see verify --evidence.

` + examples("ocisum digest alpine.tar", "ocisum digest --file-digest -o json oci-archive:app.tar", "ocisum digest --predict alpine.tar"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "predict", Usage: "compute the digests that tools would push docker save archives under"},
		}, listingFlags(formats...)...),
		Action: func(c *cli.Context) error {
			l, err := listingOf(c, formats...)
			if err != nil {
				return err
			}
			if c.Bool("predict") {
				return w.predict(c.Context, l)
			}
			return w.list(c.Context, l, func(out io.Writer, r *render.Result) error {
				return render.Digests(out, l.format, r)
			})
		},
	}
}
