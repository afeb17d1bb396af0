package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
)

const appUsage = "verify container images in files, folders and pipes, offline"

const appDescription = `ocisum checks that every byte of an image is what its documents say, that the
documents agree with each other, and whether a digest you give vouches for it.
It reads docker save tarballs, OCI layouts and archives and skopeo dir: folders,
compressed or not. It opens no network connection, extracts nothing and never
changes the images it reads.

REF is [TRANSPORT:]PATH[:TAG][@DIGEST], where TRANSPORT is docker-archive, oci,
oci-archive or dir, and found out by content if it is absent. "-" is standard
input, and -@DIGEST an image from there.`

const exitHelp = `Exit status: 0 holds, 1 content is bad, 2 could not run, 3 incomplete, 4 a pin
says no, 130 and 143 interrupted. "ocisum explain CODE" explains a finding.
`

func helpCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "show help, also of a command",
		UsageText: "ocisum help [COMMAND [WORD]]",
		Action: func(c *cli.Context) error {
			text := c.App.CustomAppHelpTemplate
			if name := c.Args().First(); name != "" {
				topic := c.App.Command(name)
				if topic == nil {
					return noCommand(c.App, name)
				}
				if word := c.Args().Get(1); word != "" && len(topic.Subcommands) > 0 {
					parent := topic
					if topic = parent.Command(word); topic == nil {
						return noSecondWord(parent, parent.Name, word)
					}
				}
				text = topic.CustomHelpTemplate
			}
			_, err := io.WriteString(w.stdout, text)
			return err
		},
	}
}

// wantsHelp reports whether a command line, as permute returns it, may ask for
// help: most do not, and the texts of all commands take longer to write than a
// small image takes to verify.
func wantsHelp(args []string) bool {
	return slices.ContainsFunc(args, func(word string) bool { return word == "help" || strings.HasPrefix(word, "--help") })
}

// writeHelp gives commands and their second words their help texts. Before are
// the words before them, with a blank.
func writeHelp(commands []*cli.Command, before string) {
	for _, c := range commands {
		full := before + c.Name
		c.CustomHelpTemplate = commandHelp(c, full)
		writeHelp(c.Subcommands, full+" ")
	}
}

// appHelp and commandHelp write the whole help text, which urfave/cli prints
// as it is: a template without any action in it.
func appHelp(app *cli.App) string {
	var s strings.Builder
	fmt.Fprintf(&s, "ocisum: %s\n\nUsage:\n  %s\n\n%s\n\nCommands:\n", app.Usage, app.UsageText, app.Description)
	var rows [][2]string
	for _, c := range app.Commands {
		rows = append(rows, [2]string{c.Name, c.Usage})
	}
	twoColumns(&s, rows)
	s.WriteString("\nOptions:\n")
	twoColumns(&s, [][2]string{
		{"-h, --help", "show help, also of a command: ocisum COMMAND --help"},
		{"    --version", "print the version"},
	})
	s.WriteString("\n" + exitHelp)
	return s.String()
}

func commandHelp(c *cli.Command, full string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "ocisum %s: %s\n\nUsage:\n  %s\n", full, c.Usage, c.UsageText)
	if c.Description != "" {
		s.WriteString("\n" + c.Description + "\n")
	}
	if len(c.Subcommands) > 0 {
		s.WriteString("\nCommands:\n")
		var words [][2]string
		for _, sub := range c.Subcommands {
			words = append(words, [2]string{full + " " + sub.Name, sub.Usage})
		}
		twoColumns(&s, words)
	}
	var own [][2]string
	groups := map[string][][2]string{}
	var order []string
	for _, f := range c.Flags {
		category := ""
		if doc, ok := f.(cli.CategorizableFlag); ok {
			category = doc.GetCategory()
		}
		if category == "" {
			own = append(own, flagRow(f))
			continue
		}
		if groups[category] == nil {
			order = append(order, category)
		}
		groups[category] = append(groups[category], flagRow(f))
	}
	s.WriteString("\nOptions:\n")
	twoColumns(&s, append(own, [2]string{"-h, --help", "show help"}))
	for _, category := range order {
		s.WriteString("\n" + category + "\n")
		twoColumns(&s, groups[category])
	}
	return s.String()
}

// flagRow is a flag in the POSIX manner: "-j, --jobs N" and what it does.
func flagRow(f cli.Flag) [2]string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return [2]string{"    --" + f.Names()[0], ""}
	}
	placeholder, text := placeholder(doc.GetUsage())
	names := "    --" + f.Names()[0]
	if len(f.Names()) > 1 {
		names = "-" + f.Names()[1] + ", --" + f.Names()[0]
	}
	if placeholder != "" {
		names += " " + placeholder
	}
	if value := strings.Trim(doc.GetDefaultText(), `"`); doc.TakesValue() && value != "" {
		text += " (default " + value + ")"
	}
	return [2]string{names, text}
}

// placeholder finds the word in backquotes that stands for the value.
func placeholder(usage string) (word, text string) {
	if parts := strings.SplitN(usage, "`", 3); len(parts) == 3 {
		word = parts[1]
	}
	return word, strings.ReplaceAll(usage, "`", "")
}

func twoColumns(s *strings.Builder, rows [][2]string) {
	widest := 0
	for _, r := range rows {
		widest = max(widest, len(r[0]))
	}
	for _, r := range rows {
		fmt.Fprintf(s, "  %-*s  %s\n", widest, r[0], r[1])
	}
}

// noSecondWord is the answer to a missing or unknown second word of a command.
func noSecondWord(c *cli.Command, full, name string) error {
	var names []string
	for _, sub := range c.Subcommands {
		names = append(names, sub.Name)
	}
	only := len(names) == 1
	switch {
	case name == "" && only:
		return usage("see ocisum "+full+" --help", "%s needs %s after it", full, names[0])
	case name == "":
		return usage("ocisum "+full+" --help lists them", "%s needs one of %s", full, strings.Join(names, ", "))
	}
	hint := "there are " + strings.Join(names, ", ")
	if only {
		hint = "there is " + names[0]
	}
	if near := closest(name, names); near != "" {
		hint = "did you mean ocisum " + full + " " + near + "?"
	}
	return usage(hint, "unknown command %s %s", full, render.Quote(name))
}

// noCommand is the answer to a missing or unknown command.
func noCommand(app *cli.App, name string) error {
	var names []string
	for _, c := range app.Commands {
		names = append(names, c.Name)
	}
	if name == "" {
		return usage("ocisum --help lists the commands", "no command")
	}
	hint := "the commands are " + strings.Join(names, ", ")
	if near := closest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	} else if exists(name) {
		hint = "ocisum verify " + render.Quote(name)
	}
	return usage(hint, "unknown command %s", render.Quote(name))
}
