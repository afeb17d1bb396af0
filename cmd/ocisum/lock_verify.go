package main

import (
	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/verify"
)

func lockVerifyCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "verify images, and deny what the lock does not list",
		UsageText: "ocisum lock verify --lock FILE [--as NAME] [OPTIONS] REF...",
		Description: `What ocisum verify --lock FILE does. An image is allowed if the lock has, as the
current entry of a name, the digest of its manifest or of an index above it; a
docker save archive has no manifest and is known by its image ID. A name that
an archive claims allows nothing; one that the lock gives another digest is
denied. Denied images make the exit status 4.

` + examples(
			"ocisum lock verify --lock images.lock app.tar",
			"ocisum lock verify --lock images.lock --as registry.example/team/app:1 app.tar",
			"ocisum lock verify --lock images.lock -r mirror/ -o json=report.json"),
		Flags: verifyFlags(),
		Action: func(c *cli.Context) error {
			if _, err := lockPath(c); err != nil {
				return err
			}
			req, err := w.verifyRequestOf(c)
			if err != nil {
				return err
			}
			return w.verify(c.Context, req)
		},
	}
}

// lockFlags hold images against a lock.
func lockFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "lock", Category: trustCategory, Usage: "deny images that the lock `FILE` does not list"},
	}
}

// lockVouchers reads what lockFlags name.
func lockVouchers(c *cli.Context) ([]verify.Voucher, error) {
	path, as := c.String("lock"), c.String("as")
	if !c.IsSet("lock") || verbOf(c) == "lock add" { // which is about the file itself
		return nil, nil
	}
	f, err := openLock("--lock", path)
	if err != nil {
		return nil, err
	}
	v, err := f.Voucher("--lock "+path, as)
	if err != nil {
		return nil, usage("ocisum lock history --lock FILE lists what it has", "--as: %w", err)
	}
	return []verify.Voucher{evaluate(v, path, f.was)}, nil
}
