package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/lazyregexp"
	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/internal/sandbox"
)

// The exit codes that are not verdicts; see docs/exit-codes.md.
const (
	exitOK     = 0
	exitBroken = 1
	exitError  = 2
)

// world is what a verb may touch.
type world struct {
	stdin  io.Reader
	stdout *output
	stderr io.Writer
	getenv func(string) string
	now    func() time.Time
	// restrict gives up rights of the process for good; nil in tests, which
	// need them. See confine.
	restrict func(sandbox.Policy) sandbox.Level
}

// status is an error that knows the exit code. With a nil err it says nothing:
// the report has said it.
type status struct {
	code int
	err  error
	hint string
}

func (s *status) Error() string {
	if s.err == nil {
		return fmt.Sprintf("exit status %d", s.code)
	}
	return s.err.Error()
}

func (s *status) Unwrap() error { return s.err }

// usage is a mistake on the command line.
func usage(hint, format string, args ...any) error {
	return &status{exitError, fmt.Errorf(format, args...), hint}
}

func newWorld(stdin io.Reader, stdout, stderr io.Writer) *world {
	return &world{stdin: stdin, stdout: &output{w: stdout}, stderr: stderr, getenv: os.Getenv, now: time.Now}
}

// run is the whole command: it returns the exit code.
func (w *world) run(ctx context.Context, args []string) int {
	app := newApp(w, needed(args)...)
	args, err := permute(app, args)
	if err == nil {
		if wantsHelp(args) {
			writeHelp(app.Commands, "")
		}
		err = app.RunContext(ctx, args)
	}
	if w.stdout.err != nil {
		err = &status{code: exitError, err: fmt.Errorf("write standard output: %w", reason(w.stdout.err))}
	}
	return w.conclude(err)
}

// conclude says what went wrong and returns the exit code.
func (w *world) conclude(err error) int {
	if err == nil {
		return exitOK
	}
	var s *status
	if !errors.As(err, &s) {
		s = &status{code: exitError, err: err}
	}
	if s.err != nil {
		w.complain(err.Error(), s.hint)
	}
	return s.code
}

// complain writes an error, and how to cure it if that is known. File names
// in it may be anybody's choice.
func (w *world) complain(message, hint string) {
	fmt.Fprintf(w.stderr, "ocisum: %s\n", render.Escape(message))
	if hint != "" {
		fmt.Fprintf(w.stderr, "ocisum: hint: %s\n", render.Escape(hint))
	}
}

// output remembers the first error of a writer, for those who print without
// looking.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// reason drops the name that the system gives standard output.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// commands describes the commands, in the order in which help lists them.
var commands = []struct {
	name     string
	describe func(*world) *cli.Command
}{
	{"verify", verifyCommand}, {"ls", lsCommand}, {"inspect", inspectCommand}, {"digest", digestCommand}, {"restore", restoreCommand},
	{"lock", lockCommand}, {"pin", pinCommand}, {"evidence", evidenceCommand}, {"receipt", receiptCommand},
	{"explain", explainCommand}, {"bench", benchCommand}, {"version", versionCommand}, {"completion", completionCommand}, {"help", helpCommand},
}

// needed returns the names of the commands without which a command line cannot
// be run, none for all: to describe and prepare them all takes longer than to
// verify a small image.
func needed(args []string) []string {
	if len(args) < 2 || args[1] == "completion" || args[1] == "help" {
		return nil
	}
	for _, c := range commands {
		if c.name == args[1] {
			return []string{c.name, "help"} // v2 would add its own help
		}
	}
	return nil
}

// newApp describes the command line, or only some of its commands.
func newApp(w *world, only ...string) *cli.App {
	app := &cli.App{
		Name:        "ocisum",
		HelpName:    "ocisum",
		Usage:       appUsage,
		UsageText:   "ocisum COMMAND [OPTIONS] [OPERANDS]",
		Description: appDescription,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "version"},
			// v2 adds its own only together with its help command.
			&cli.BoolFlag{Name: "help", Aliases: []string{"h"}},
		},
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    w.stdout,
		ErrWriter:                 w.stderr,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              usageError,
		// v2 would take an operand named "help" for its own command.
		HideHelpCommand: true,
	}
	app.Action = func(c *cli.Context) error {
		if c.Bool("version") {
			return printVersion(w, "table")
		}
		return noCommand(app, c.Args().First())
	}
	for _, c := range commands {
		if len(only) == 0 || slices.Contains(only, c.name) {
			described := c.describe(w)
			finishCommand(described, c.name)
			app.Commands = append(app.Commands, described)
		}
	}
	app.CustomAppHelpTemplate = appHelp(app)
	return app
}

// finishCommand gives a command what all have except help, and its second words
// too. Full is its name with the words before it.
func finishCommand(c *cli.Command, full string) {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	if len(c.Flags) > 0 {
		c.Before = forgetFlags
	}
	if len(c.Subcommands) == 0 {
		return
	}
	for _, sub := range c.Subcommands {
		finishCommand(sub, full+" "+sub.Name)
	}
	c.Action = func(ctx *cli.Context) error {
		return noSecondWord(c, full, ctx.Args().First())
	}
}

// forgetFlags is for after the flags were parsed, when their values are kept
// elsewhere. To find out that no flag has an action, v2 would compare each name
// with all others, each time by way of a regular expression.
func forgetFlags(c *cli.Context) error {
	c.Command.Flags = nil
	return nil
}

// verbOf is the name of a command with the words before it: "lock add".
func verbOf(c *cli.Context) string { return strings.TrimPrefix(c.Command.HelpName, "ocisum ") }

var valueError = lazyregexp.New(` for (?:flag )?-+([a-z])`)

// usageError turns the flag package's complaints into ours. Names and missing
// values were checked by permute, so that what remains is a malformed value.
func usageError(c *cli.Context, err error, _ bool) error {
	// `invalid value "x" for flag -jobs: parse error`, and for a boolean
	// `invalid boolean value "x" for -strict: parse error`
	text := valueError().ReplaceAllString(err.Error(), " for --$1")
	text = strings.TrimSuffix(text, ": parse error")
	return usage("see ocisum "+verbOf(c)+" --help", "%s", text)
}
