package main

import (
	"errors"
	"io/fs"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/report"
)

func receiptCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:        "receipt",
		Usage:       "hold the receipt of an earlier run against an image",
		UsageText:   "ocisum receipt verify [OPTIONS] RECEIPT REF",
		Description: "verify --receipt FILE writes receipts; docs/receipts.md says what they prove.",
		Subcommands: []*cli.Command{receiptVerifyCommand(w)},
	}
}

func receiptVerifyCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check an image, and that it is the one the receipt is for",
		UsageText: "ocisum receipt verify [OPTIONS] RECEIPT REF",
		Description: `The image is checked whole, as verify does. Then the receipt has to say that it
passed, and to be for this file and for every image in it; otherwise the exit
status is 4. Without --key anybody could have written the receipt.

` + examples(
			"ocisum receipt verify --key desk.pub alpine.receipt.json alpine.tar",
			"ocisum receipt verify --images --key desk.pub alpine.receipt.json unpacked-layout/"),
		Flags: append([]cli.Flag{
			outputFlag(),
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "write no table; the exit status is the answer"},
			&cli.BoolFlag{Name: "notes", Usage: "list notes in the table, not only their number"},
			&cli.StringFlag{Name: "key", Usage: "the receipt must be signed by the public key in `FILE` (PEM)"},
			&cli.StringFlag{Name: "verifier", Usage: "`URI` of the verifier that wrote it", DefaultText: receipt.VerifierID},
			&cli.BoolFlag{Name: "images", Usage: "compare the images only, not the file: for a copy in another container"},
			&cli.BoolFlag{Name: "all-platforms", Usage: "every platform that an index lists must be there"},
			&cli.BoolFlag{Name: "strict", Usage: "warnings and objects that no document names are errors"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "`N` layers at a time; 0 is one for each CPU"},
			&cli.StringFlag{Name: "progress", Value: "auto", Usage: "show progress as `MODE` on standard error: auto, tty, plain or none"},
		}, sourceFlags()...),
		Action: func(c *cli.Context) error {
			req, err := w.receiptVerifyOf(c)
			if err != nil {
				return err
			}
			return w.verify(c.Context, req)
		},
	}
}

// receiptVerifyOf reads the command line, the receipt and the key.
func (w *world) receiptVerifyOf(c *cli.Context) (verifyRequest, error) {
	req := verifyRequest{
		outputs: c.StringSlice("output"), quiet: c.Bool("quiet"), notes: c.Bool("notes"),
		free: c.Bool("no-sandbox"), progress: c.String("progress"), opt: sourceOptions(c), images: true,
	}
	if c.NArg() != 2 {
		return req, usage("ocisum receipt verify RECEIPT REF", "receipt verify needs a receipt and one image, not %d operands", c.NArg())
	}
	path := c.Args().First()
	req.operands = c.Args().Tail()
	const order = "the receipt comes first: ocisum receipt verify RECEIPT REF"
	text, _, err := readBounded(path, receipt.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return req, usage("", "receipt: %w", err)
	case err != nil: // a folder, or as large as images are
		return req, usage(order, "receipt: %w", err)
	case !looksLikeJSON(text):
		return req, usage(order, "%s is no receipt: not an in-toto statement", render.Quote(path))
	}
	r, err := receipt.Parse(text)
	if err != nil {
		return req, usage("ocisum verify --receipt FILE writes one", "receipt %s: %w", render.Quote(path), err)
	}
	terms := receipt.Terms{Name: path, Verifier: c.String("verifier"), ImagesOnly: c.Bool("images")}
	if file := c.String("key"); file != "" {
		key, _, err := readBounded(file, maxKeyFile)
		if err != nil {
			return req, usage(publicKeyHint, "--key: %w", err)
		}
		if terms.Key, err = receipt.ParseKey(key); err != nil {
			return req, usage(keyHint(file, key), "--key %s: %w", render.Quote(file), err)
		}
	} else {
		w.complain("anybody could have written the receipt: no key was given to check its signature with", "--key FILE")
	}
	workers, err := jobs(c)
	if err != nil {
		return req, err
	}
	req.opt.FileDigest = true // which the receipt names
	req.opt.AllPlatforms, req.opt.Strict, req.opt.Jobs = c.Bool("all-platforms"), c.Bool("strict"), workers
	req.opt.Vouchers = r.Vouchers(terms)
	return req, nil
}

// imageless is the end of a run that asked for images and found none: no
// receipt is for that.
func imageless(result *render.Result) error {
	for _, in := range result.Inputs {
		if in.Report != nil && len(in.Report.Images) == 0 {
			return &status{code: report.Denied.ExitCode(), err: errors.New("there is no image that the receipt could be for")}
		}
	}
	return nil
}
