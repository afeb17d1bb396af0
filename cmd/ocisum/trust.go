package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const trustCategory = "Who vouches for it (nothing is looked for that is not named here):"

// trustFlags name what outside of the source is asked about its images. None
// has a default, and none is looked for in the working directory, the home
// directory or the environment: trust is what the command line says.
func trustFlags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		&cli.StringSliceFlag{Name: "evidence", Category: trustCategory, Usage: "`FILE` or folder with raw manifests and indexes by which an approved digest leads to this image; repeatable"},
		&cli.StringSliceFlag{Name: "base", Category: trustCategory, Usage: "images must be built on `REF@DIGEST`, an approved base; repeatable: on any of them"},
		&cli.StringFlag{Name: "as", Category: trustCategory, Usage: "the images are meant to be `NAME`: what the lock has under it, the repository that a policy is asked about", DefaultText: "what the input calls them"},
	}, lockFlags(), keyFlags(), policyFlags())
}

// vouchersOf reads what trustFlags name, before any right is given up.
func (w *world) vouchersOf(c *cli.Context) ([]verify.Voucher, error) {
	var list []verify.Voucher
	if c.IsSet("as") && !slices.ContainsFunc([]string{"lock", "policy", "cert-store"}, c.IsSet) {
		return nil, usage("", "--as needs --lock FILE or --policy FILE")
	}
	base, err := baseOf(c)
	if err != nil {
		return nil, err
	}
	if base != nil {
		list = append(list, base)
	}
	for _, read := range []func(*cli.Context) ([]verify.Voucher, error){lockVouchers, keyVouchers, w.policyVouchers} {
		more, err := read(c)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// evidenceOf reads the documents of --evidence.
func evidenceOf(c *cli.Context) ([]verify.Evidence, error) {
	var list []verify.Evidence
	for _, path := range c.StringSlice("evidence") {
		more, err := evidence.Read(c.Context, "--evidence", path)
		if err != nil {
			return nil, usage("", "--evidence: %w", err)
		}
		list = append(list, more...)
	}
	return list, nil
}

// baseOf reads the documents of the images that --base names. Each is pinned:
// a base that anybody could replace is not an approved one.
func baseOf(c *cli.Context) (verify.Voucher, error) {
	var base evidence.Base
	operands := c.StringSlice("base")
	if len(operands) == 0 {
		return nil, nil
	}
	opt := sourceOptions(c)
	opt.Documents, opt.Platform = true, ""
	inputs, err := parseInputs(operands, opt)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		name := "--base " + in.raw
		switch {
		case in.stdin:
			return nil, usage("", "--base: standard input holds the image, not its base")
		case in.opt.Pin == "":
			return nil, usage("give the approved digest: --base "+in.raw+"@sha256:...", "--base %s has no digest, so anything could be the base", in.raw)
		}
		rep, err := verify.Path(c.Context, in.path, in.opt)
		if err != nil {
			return nil, usage("", "--base %s: %w", in.raw, err)
		}
		for _, f := range rep.Findings {
			if f.Effect == report.Failed || f.Effect == report.Denied {
				return nil, &status{code: f.Effect.ExitCode(), err: fmt.Errorf("%s: %s: %s", name, f.Code, f.Message)}
			}
		}
		base.Add(name, rep)
	}
	if base.Empty() {
		return nil, usage("", "--base: no image with layers is there")
	}
	return &base, nil
}
