package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/verify"
)

const trustCategory = "Who vouches for it (nothing is looked for that is not named here):"

// trustFlags name what outside of the source is asked about its images. None
// has a default, and none is looked for in the working directory, the home
// directory or the environment: trust is what the command line says.
func trustFlags() []cli.Flag {
	return slices.Concat(pinFlags(), evidenceFlags(), lockFlags(), []cli.Flag{
		&cli.StringFlag{Name: "as", Category: trustCategory, Usage: "the images are meant to be `NAME`: what the lock has under it, the repository that a policy is asked about", DefaultText: "what the input calls them"},
	}, keyFlags(), policyFlags())
}

// vouchersOf reads what trustFlags name, before any right is given up.
func (w *world) vouchersOf(c *cli.Context) ([]verify.Voucher, error) {
	var list []verify.Voucher
	asked := []string{"keyring", "policy", "lock"}
	if verbOf(c) == "lock add" { // where --lock asks nothing
		asked = asked[:2]
	}
	if c.IsSet("as") && !slices.ContainsFunc(asked, c.IsSet) {
		if verbOf(c) == "lock add" {
			return nil, usage("lock add names an image with --name", "--as is not for the name in the lock, but for --policy or --keyring")
		}
		return nil, usage("", "--as needs --lock, --policy or --keyring")
	}
	for _, read := range []func(*cli.Context) ([]verify.Voucher, error){baseVouchers, lockVouchers, keyVouchers, w.policyVouchers} {
		more, err := read(c)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// pinFlags take digests that the user knows.
func pinFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "expect", Category: trustCategory, Usage: "`DIGEST` must be found, of an index, a manifest, a config or the file; repeatable"},
		&cli.BoolFlag{Name: "require-expect", Category: trustCategory, Usage: "deny images that no given digest covers"},
	}
}
