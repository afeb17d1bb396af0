package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
)

// permute rewrites a command line so that urfave/cli, which takes everything
// after the first operand for operands, finds all flags of the verb in front:
//
//	ocisum verify a.tar -j4 -o json b.tar
//	ocisum verify --jobs=4 --output=json -- a.tar b.tar
//	ocisum lock add --lock=images.lock -- a.tar
//
// Flags may stand anywhere after the verb, and after the second word of those
// that have two. A value follows its flag after an
// equals sign, as the next word, or, with a one-letter flag, at once; several
// one-letter flags may share a dash, the last of them with a value. "--" ends
// the flags, and "-" is an operand, also with a digest: "-@sha256:...". Every flag gets its first name. Unknown flags,
// missing values and a second value for a flag that takes one text are found
// here, where it is known which flags take a value: urfave/cli would let the last
// one win, and of two --policy or --lock the first would be held against nothing.
func permute(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	verb := args[1]
	if strings.HasPrefix(verb, "-") && verb != "-" {
		p := permuter{verb: "ocisum", flags: index(app.Flags), first: true}
		if err := p.take(args[1:]); err != nil {
			return nil, err
		}
		// "ocisum --help verify" asks for the help of verify.
		return append(append(args[:1:1], p.operands...), p.found...), nil
	}
	c := app.Command(verb)
	if c == nil {
		return args, nil
	}
	name, at, second := "ocisum "+c.Name, 2, false
	for len(c.Subcommands) > 0 && len(args) > at {
		sub := c.Command(args[at])
		if second = sub == nil; second {
			// The first word has no flags of its own; those that follow belong
			// to the second word, which is what is wrong.
			if !strings.HasPrefix(args[at], "-") && !asksHelp(args[at:]) {
				return nil, noSecondWord(c, strings.TrimPrefix(name, "ocisum "), args[at])
			}
			break
		}
		c, at = sub, at+1
		name += " " + c.Name
	}
	p := permuter{verb: name, flags: index(c.Flags), first: second}
	if err := p.take(args[at:]); err != nil {
		return nil, err
	}
	if slices.Contains(p.found, "--help") {
		// v2 would take an operand for a topic.
		return append(args[:at:at], "--help"), nil
	}
	out := append(args[:at:at], p.found...)
	return append(append(out, "--"), p.operands...), nil
}

// known is a flag and its first name.
type known struct {
	name  string
	value bool
	once  bool // takes one text
}

// index maps every name of the flags, and of help, to the flag.
func index(flags []cli.Flag) map[string]known {
	m := map[string]known{"help": {name: "help"}, "h": {name: "help"}}
	for _, f := range flags {
		names := f.Names()
		doc, ok := f.(cli.DocGenerationFlag)
		_, once := f.(*cli.StringFlag)
		for _, n := range names {
			m[n] = known{names[0], ok && doc.TakesValue(), once}
		}
	}
	return m
}

// permuter sorts words into flags and operands.
type permuter struct {
	verb            string
	first           bool // another word of the command is to follow
	flags           map[string]known
	found, operands []string
}

func (p *permuter) take(words []string) error {
	for i := 0; i < len(words); i++ {
		word := words[i]
		var used int
		var err error
		switch {
		case word == "--":
			p.operands = append(p.operands, words[i+1:]...)
			return nil
		case word == "-" || strings.HasPrefix(word, "-@") || !strings.HasPrefix(word, "-"):
			p.operands = append(p.operands, word)
		case strings.HasPrefix(word, "--"):
			used, err = p.long(word, words[i+1:])
		default:
			used, err = p.short(word, words[i+1:])
		}
		if err != nil {
			return err
		}
		i += used
	}
	return nil
}

// long takes --name, --name=value or --name value, and says how many of the
// words after it belong to it.
func (p *permuter) long(word string, rest []string) (int, error) {
	name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
	f, ok := p.flags[name]
	if !ok || len(name) == 1 {
		return 0, p.unknown("--" + name)
	}
	switch {
	case given && f.value:
		return 0, p.set(f, value)
	case given:
		p.found = append(p.found, "--"+f.name+"="+value)
	case !f.value:
		p.found = append(p.found, "--"+f.name)
	case len(rest) == 0:
		return 0, p.missing("--" + name)
	default:
		return 1, p.set(f, rest[0])
	}
	return 0, nil
}

// short takes -abc, the last of which may have a value. A long name after one
// dash is taken as such, since urfave/cli would do so.
func (p *permuter) short(word string, rest []string) (int, error) {
	name, _, _ := strings.Cut(word[1:], "=")
	if _, ok := p.flags[name]; ok && len(name) > 1 {
		return p.long("-"+word, rest)
	}
	for cluster := word[1:]; cluster != ""; {
		name, cluster = cluster[:1], cluster[1:]
		f, ok := p.flags[name]
		switch {
		case !ok && len(word) > 2 && name == word[1:2]:
			return 0, p.unknown(word)
		case !ok:
			return 0, p.unknown("-" + name)
		case !f.value && strings.HasPrefix(cluster, "="):
			p.found = append(p.found, "--"+f.name+cluster)
			return 0, nil
		case !f.value:
			p.found = append(p.found, "--"+f.name)
		case cluster != "":
			return 0, p.set(f, strings.TrimPrefix(cluster, "="))
		case len(rest) == 0:
			return 0, p.missing("-" + name)
		default:
			return 1, p.set(f, rest[0])
		}
	}
	return 0, nil
}

// set takes a flag with its value.
func (p *permuter) set(f known, value string) error {
	again := func(s string) bool { return strings.HasPrefix(s, "--"+f.name+"=") }
	if f.once && slices.ContainsFunc(p.found, again) {
		return usage("", "--%s is given twice; it takes one value", f.name)
	}
	p.found = append(p.found, "--"+f.name+"="+value)
	return nil
}

func (p *permuter) unknown(flag string) error {
	var names []string
	for n := range p.flags {
		if len(n) > 1 {
			names = append(names, n)
		}
	}
	hint := "see " + p.verb + " --help"
	switch {
	case p.verb == "ocisum" && (flag == "-v" || flag == "-V"):
		hint = "did you mean --version?"
	case p.first:
		hint = "flags of a command stand after it: " + p.verb + " COMMAND " + flag
	}
	if near := closest(strings.TrimLeft(flag, "-"), sorted(names)); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return usage(hint, "unknown flag %s", render.Quote(flag))
}

// asksHelp reports whether words ask for help, whatever else they say.
func asksHelp(words []string) bool {
	return slices.Contains(words, "--help") || slices.Contains(words, "-h")
}

func (p *permuter) missing(flag string) error {
	return usage("see "+p.verb+" --help", "flag %s needs a value", flag)
}
