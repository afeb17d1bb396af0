package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func explainCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "explain a finding code; without one, list them all",
		UsageText:   "ocisum explain [CODE...]",
		Description: examples("ocisum explain", "ocisum explain blob.digest-mismatch"),
		Action: func(c *cli.Context) error {
			return w.explain(c.Args().Slice())
		},
	}
}

func (w *world) explain(codes []string) error {
	if len(codes) == 0 {
		return render.Codes(w.stdout, report.Catalogue())
	}
	entries := make([]report.Entry, 0, len(codes))
	for _, code := range codes {
		e, ok := report.Lookup(report.Code(code))
		if !ok {
			return unknownCode(code)
		}
		entries = append(entries, e)
	}
	for i, e := range entries {
		if i > 0 {
			if _, err := w.stdout.Write([]byte("\n")); err != nil {
				return err
			}
		}
		if err := render.Explain(w.stdout, e); err != nil {
			return err
		}
	}
	return nil
}

func unknownCode(code string) error {
	var names []string
	for _, e := range report.Catalogue() {
		names = append(names, string(e.Code))
	}
	hint := "ocisum explain lists the codes"
	if near := closest(code, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return &status{exitError, errors.New("unknown finding code " + render.Quote(code)), hint}
}
