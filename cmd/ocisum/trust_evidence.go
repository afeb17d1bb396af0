package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/evidence"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// evidenceFlags name documents and images that something leads to.
func evidenceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "evidence", Category: trustCategory, Usage: "`FILE` or folder of raw manifests by which an approved digest leads to this image; repeatable"},
		&cli.StringSliceFlag{Name: "base", Category: trustCategory, Usage: "images must be built on `REF@DIGEST`, an approved base; repeatable: on any of them"},
	}
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

// baseVouchers reads the documents of the images that --base names. Each is pinned:
// a base that anybody could replace is not an approved one.
func baseVouchers(c *cli.Context) ([]verify.Voucher, error) {
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
	return []verify.Voucher{&base}, nil
}
