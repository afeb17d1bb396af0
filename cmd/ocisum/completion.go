package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

func completionCommand(w *world) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		UsageText: "ocisum completion bash|zsh|fish",
		Description: `The script is made from the same table as the command line, and runs nothing
but the shell's own functions.

` + examples(
			"source <(ocisum completion bash)",
			"ocisum completion zsh >~/.zfunc/_ocisum",
			"ocisum completion fish >~/.config/fish/completions/ocisum.fish"),
		Action: func(c *cli.Context) error {
			return w.completion(c.App, c.Args().Slice())
		},
	}
}

// shells maps a shell to the maker of its script.
var shells = map[string]func([]verb) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}

func (w *world) completion(app *cli.App, operands []string) error {
	if len(operands) != 1 {
		return usage("", "completion needs the name of a shell: bash, zsh or fish")
	}
	script, ok := shells[operands[0]]
	if !ok {
		return usage("", "no completion for %s: bash, zsh or fish", render.Quote(operands[0]))
	}
	_, err := io.WriteString(w.stdout, script(verbs(app)))
	return err
}

// verb is a command as a completion script needs it.
type verb struct {
	name, usage string
	flags       []option
	words       []string // operands; none: files, unless bare
	bare        bool     // its operands are neither files nor known words
	second      bool     // name is two words, and those of the first are second words
}

// label is the name as one word.
func (v verb) label() string { return strings.ReplaceAll(v.name, " ", "-") }

// first is the first word, last the last one.
func (v verb) first() string { w, _, _ := strings.Cut(v.name, " "); return w }
func (v verb) last() string  { return v.name[strings.LastIndexByte(v.name, ' ')+1:] }

// option is a flag with its values, if they are known words.
type option struct {
	names  []string // without dashes, the long one first
	usage  string
	value  bool
	values []string
	files  bool // the value names a file or a folder
}

// verbs describes the command line for completion scripts.
func verbs(app *cli.App) []verb {
	var all []verb
	for _, c := range app.Commands {
		v := verb{name: c.Name, usage: c.Usage, bare: fileless[c.Name]}
		for _, sub := range c.Subcommands {
			v.words = append(v.words, sub.Name)
		}
		switch c.Name {
		case "explain":
			for _, e := range report.Catalogue() {
				v.words = append(v.words, string(e.Code))
			}
		case "help":
			for _, topic := range app.Commands {
				v.words = append(v.words, topic.Name)
			}
		case "completion":
			v.words = []string{"bash", "zsh", "fish"}
		}
		v.flags = optionsOf(c)
		all = append(all, v)
		for _, sub := range c.Subcommands {
			name := c.Name + " " + sub.Name
			all = append(all, verb{name: name, usage: sub.Usage, flags: optionsOf(sub), second: true, bare: fileless[name]})
		}
		if c.Name == "help" {
			all = append(all, helpOf(app)...)
		}
	}
	return all
}

// fileless are the commands whose operands, if they have any, are names.
var fileless = map[string]bool{"version": true, "lock history": true, "lock rollback": true, "lock export": true}

// helpOf makes a command of help with each command that has second words.
func helpOf(app *cli.App) []verb {
	var all []verb
	for _, c := range app.Commands {
		v := verb{name: "help " + c.Name, usage: "show help of " + c.Name, second: true}
		for _, sub := range c.Subcommands {
			v.words = append(v.words, sub.Name)
		}
		if len(v.words) > 0 {
			all = append(all, v)
		}
	}
	return all
}

func optionsOf(c *cli.Command) []option {
	var all []option
	for _, f := range c.Flags {
		if f.Names()[0] != "help" {
			all = append(all, optionOf(c.Name, f))
		}
	}
	return append(all, option{names: []string{"help", "h"}, usage: "show help"})
}

func optionOf(verb string, f cli.Flag) option {
	o := option{names: f.Names()}
	if doc, ok := f.(cli.DocGenerationFlag); ok {
		var word string
		word, o.usage = placeholder(doc.GetUsage())
		switch word {
		case "FILE", "FOLDER", "DIR", "REF", "[NAME=]REF", "REF@DIGEST":
			o.files = true
		}
		o.value = doc.TakesValue()
	}
	switch o.names[0] {
	case "output":
		switch verb {
		case "verify", "ls":
			o.values = []string{"table", "json", "jsonl"}
		case "bench":
			o.values = []string{"table", "json", "benchstat", "html"}
		case "export":
		default:
			o.values = []string{"table", "json"}
		}
	case "format":
		o.values = map[string][]string{"export": exportFormats(), "import": lock.ImportFormats()}[verb]
	case "progress":
		o.values = []string{"auto", "tty", "plain", "none"}
	case "type":
		o.values = []string{"dockerfile", "compose", "kubernetes"}
	case "raw":
		o.values = []string{"manifest", "config"}
	}
	return o
}

// dashed returns the spellings of a flag.
func (o option) dashed() []string {
	var all []string
	for _, n := range o.names {
		if len(n) == 1 {
			all = append(all, "-"+n)
		} else {
			all = append(all, "--"+n)
		}
	}
	return all
}

func bashScript(all []verb) string {
	var s strings.Builder
	var names []string
	var pairs string
	for _, v := range all {
		if v.second {
			pairs += "    '" + v.name + "') [[ $COMP_CWORD -gt 2 ]] && verb=" + v.label() + " ;;\n"
			continue
		}
		names = append(names, v.name)
	}
	s.WriteString(`# bash completion for ocisum
_ocisum() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
    local flags='' words='' values='' what='' given='' before=''
    COMPREPLY=()
    # bash divides words at equals signs, unless COMP_WORDBREAKS has none.
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = && $COMP_CWORD -gt 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == --*=* ]]; then
        prev=${cur%%=*} before=${cur%%=*}= cur=${cur#*=}
    fi
    if [[ $COMP_CWORD -eq 1 ]]; then
        COMPREPLY=($(compgen -W '` + strings.Join(names, " ") + ` --help --version' -- "$cur"))
        return
    fi
    case "$verb ${COMP_WORDS[2]}" in
` + pairs + `    esac
    case $verb in
`)
	for _, v := range all {
		var flags []string
		s.WriteString("    " + v.label() + ")\n        case $prev in\n")
		for _, o := range v.flags {
			flags = append(flags, o.dashed()...)
			if o.value {
				what := "what=none"
				switch {
				case len(o.values) > 0:
					what = "what=words values='" + strings.Join(o.values, " ") + "'"
				case o.files:
					what = "what=files"
				}
				s.WriteString("        " + strings.Join(o.dashed(), "|") + ") " + what + " ;;\n")
			}
		}
		s.WriteString("        esac\n        given=$what flags='" + strings.Join(flags, " ") + "'\n")
		rest := "what=${what:-files}"
		if v.bare {
			rest = "what=${what:-none}"
		}
		s.WriteString("        words='" + strings.Join(v.words, " ") + "' " + rest + " ;;\n")
	}
	s.WriteString(`    esac
    if [[ -n $values ]]; then
        COMPREPLY=($(compgen -P "$before" -W "$values" -- "$cur"))
    elif [[ -n $given && $what != files ]]; then
        return
    elif [[ -z $given && $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    elif [[ -z $given && -n $words ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$cur"))
    elif [[ $what == files ]]; then
        local IFS=$'\n'
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -P "$before" -f -- "$cur"))
    fi
}
complete -F _ocisum ocisum
`)
	return s.String()
}

func zshScript(all []verb) string {
	var s strings.Builder
	s.WriteString("#compdef ocisum\n# zsh completion for ocisum\n_ocisum() {\n    local -a verbs\n    verbs=(\n")
	var pairs string
	for _, v := range all {
		if v.second {
			pairs += "    '" + v.name + "') (( CURRENT > 2 )) && { verb=" + v.label() + "; shift words; (( CURRENT-- )); } ;;\n"
			continue
		}
		s.WriteString("        " + single(v.name+":"+v.usage) + "\n")
	}
	s.WriteString(`    )
    if (( CURRENT == 2 )); then
        _describe 'command' verbs
        return
    fi
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case "$verb $words[2]" in
` + pairs + `    esac
    case $verb in
`)
	for _, v := range all {
		s.WriteString("    " + v.label() + ")\n        _arguments")
		for _, o := range v.flags {
			for _, d := range o.dashed() {
				spec := "*" + d + "[" + strings.NewReplacer("[", "(", "]", ")", ":", ",").Replace(o.usage) + "]"
				switch {
				case len(o.values) > 0:
					spec += ":value:(" + strings.Join(o.values, " ") + ")"
				case o.files:
					spec += ":file:_files"
				case o.value:
					spec += ":value: "
				}
				s.WriteString(" \\\n            " + single(spec))
			}
		}
		operand := "*:image:_files"
		if len(v.words) > 0 {
			operand = "*:word:(" + strings.Join(v.words, " ") + ")"
		} else if v.bare {
			operand = "*:name: "
		}
		s.WriteString(" \\\n            " + single(operand) + " ;;\n")
	}
	s.WriteString("    esac\n}\nif [[ $funcstack[1] == _ocisum ]]; then\n    _ocisum \"$@\"\nelse\n    compdef _ocisum ocisum\nfi\n")
	return s.String()
}

func fishScript(all []verb) string {
	var s strings.Builder
	s.WriteString("# fish completion for ocisum\n")
	for _, v := range all {
		if v.second {
			continue
		}
		s.WriteString("complete -c ocisum -n __fish_use_subcommand -f -a " + v.name + " -d " + single(v.usage) + "\n")
	}
	for _, v := range all {
		when := "complete -c ocisum -n '__fish_seen_subcommand_from " + v.first() + "'"
		if v.second {
			when = "complete -c ocisum -n '__fish_seen_subcommand_from " + v.first() + "; and __fish_seen_subcommand_from " + v.last() + "'"
		}
		for _, o := range v.flags {
			s.WriteString(when)
			for _, n := range o.names {
				if len(n) == 1 {
					s.WriteString(" -s " + n)
				} else {
					s.WriteString(" -l " + n)
				}
			}
			switch {
			case o.files:
				s.WriteString(" -r -F")
			case o.value:
				s.WriteString(" -x")
			}
			if len(o.values) > 0 {
				s.WriteString(" -a " + single(strings.Join(o.values, " ")))
			}
			s.WriteString(" -d " + single(o.usage) + "\n")
		}
		if len(v.words) > 0 {
			s.WriteString(when + " -f -a " + single(strings.Join(v.words, " ")) + "\n")
		} else if v.bare {
			s.WriteString(when + " -f\n")
		}
	}
	return s.String()
}

// single puts text in single quotes for all three shells: it holds none.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", "") + "'" }
