package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func explainCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "explain finding codes; without one, list them all",
		UsageText:   "ocisum explain [CODE...|AREA]",
		Description: examples("ocisum explain", "ocisum explain blob", "ocisum explain blob.digest-mismatch"),
		Action: func(c *cli.Context) error {
			return w.explain(c.Args().Slice())
		},
	}
}

func (w *world) explain(codes []string) error {
	switch len(codes) {
	case 0:
		return render.Codes(w.stdout, report.Catalogue())
	case 1:
		if area := areaOf(codes[0]); len(area) > 0 {
			return render.Codes(w.stdout, area)
		}
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

// areaOf returns the codes of an area, written "blob", "blob." or "blob.*".
func areaOf(name string) []report.Entry {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "*"), ".")
	return slices.DeleteFunc(slices.Clone(report.Catalogue()), func(e report.Entry) bool {
		area, _, _ := strings.Cut(string(e.Code), ".")
		return area != name
	})
}

// unknownCode names the codes that were probably meant: those that end so in
// any area, or one that is spelled almost so.
func unknownCode(code string) error {
	var names, ends []string
	for _, e := range report.Catalogue() {
		name := string(e.Code)
		names = append(names, name)
		if strings.HasSuffix(name, "."+code) {
			ends = append(ends, name)
		}
	}
	hint := "ocisum explain lists the codes"
	if len(ends) > 0 {
		hint = "did you mean " + strings.Join(ends, " or ") + "?"
	} else if near := closest(code, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return &status{exitError, errors.New("unknown finding code " + render.Quote(code)), hint}
}
