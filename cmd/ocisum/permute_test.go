package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

func testWorld() *world {
	return &world{
		stdin: strings.NewReader(""), stdout: &output{w: new(bytes.Buffer)}, stderr: new(bytes.Buffer),
		getenv: func(string) string { return "" }, now: time.Now,
	}
}

func TestPermute(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "ocisum", "ocisum"},
		{"verb alone", "ocisum verify", "ocisum verify --"},
		{"in order", "ocisum verify -q a", "ocisum verify --quiet -- a"},
		{"flag after operand", "ocisum verify a -q", "ocisum verify --quiet -- a"},
		{"flags between operands", "ocisum verify a -q b --strict c", "ocisum verify --quiet --strict -- a b c"},
		{"value as next word", "ocisum verify a -j 4 b", "ocisum verify --jobs=4 -- a b"},
		{"value at once", "ocisum verify a -j4", "ocisum verify --jobs=4 -- a"},
		{"value after equals sign", "ocisum verify a -j=4", "ocisum verify --jobs=4 -- a"},
		{"long with equals sign", "ocisum verify a --jobs=4", "ocisum verify --jobs=4 -- a"},
		{"long with next word", "ocisum verify a --jobs 4", "ocisum verify --jobs=4 -- a"},
		{"long with one dash", "ocisum verify a -jobs 4", "ocisum verify --jobs=4 -- a"},
		{"empty value", "ocisum verify a --platform=", "ocisum verify --platform= -- a"},
		{"value with equals sign", "ocisum verify a -o json=x=y", "ocisum verify --output=json=x=y -- a"},
		{"value with equals sign at once", "ocisum verify a -ojson=x", "ocisum verify --output=json=x -- a"},
		{"value that looks like a flag", "ocisum verify --platform -q a", "ocisum verify --platform=-q -- a"},
		{"value that is a dash", "ocisum verify -o - a", "ocisum verify --output=- -- a"},
		{"value that is two dashes", "ocisum verify -o -- a", "ocisum verify --output=-- -- a"},
		{"repeated", "ocisum verify -o table a -o json=f", "ocisum verify --output=table --output=json=f -- a"},
		{"cluster", "ocisum verify -qr a", "ocisum verify --quiet --recursive -- a"},
		{"cluster with value", "ocisum verify a -qrj4", "ocisum verify --quiet --recursive --jobs=4 -- a"},
		{"cluster with next word", "ocisum verify -qj 4 a", "ocisum verify --quiet --jobs=4 -- a"},
		{"boolean with value", "ocisum verify a --quiet=false -r=true", "ocisum verify --quiet=false --recursive=true -- a"},
		{"dash is an operand", "ocisum verify - -q", "ocisum verify --quiet -- -"},
		{"dash with a digest is an operand", "ocisum verify -@sha256:0 -q", "ocisum verify --quiet -- -@sha256:0"},
		{"two dashes end flags", "ocisum verify -q -- -j --strict -", "ocisum verify --quiet -- -j --strict -"},
		{"later two dashes are an operand", "ocisum verify -- a -- b", "ocisum verify -- a -- b"},
		{"operands named like verbs", "ocisum verify help ls", "ocisum verify -- help ls"},
		{"operand named like a flag", "ocisum verify strict --strict", "ocisum verify --strict -- strict"},
		{"help", "ocisum verify a -h", "ocisum verify --help"},
		{"help of the command", "ocisum -h", "ocisum --help"},
		{"help before the verb", "ocisum --help verify", "ocisum verify --help"},
		{"version", "ocisum --version", "ocisum --version"},
		{"unknown verb is left alone", "ocisum verfy -x", "ocisum verfy -x"},
		{"other flags of other verbs", "ocisum inspect a --raw manifest", "ocisum inspect --raw=manifest -- a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := strings.Split(tt.in, " ")
			before := strings.Join(in, " ")
			got, err := permute(newApp(testWorld()), in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(tt.want, " "), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Join(in, " ") != before {
				t.Errorf("permute changed its argument to %q", in)
			}
		})
	}
}

func TestPermuteRefuses(t *testing.T) {
	tests := []struct{ in, want, hint string }{
		{"ocisum verify a --jbs 4", "unknown flag --jbs", "did you mean --jobs?"},
		{"ocisum verify a --stricct", "unknown flag --stricct", "did you mean --strict?"},
		{"ocisum verify a --zzzzzz=1", "unknown flag --zzzzzz", "see ocisum verify --help"},
		{"ocisum verify -x a", "unknown flag -x", "see ocisum verify --help"},
		{"ocisum verify -qx a", "unknown flag -x", "see ocisum verify --help"},
		{"ocisum verify -xq a", "unknown flag -xq", "see ocisum verify --help"},
		{"ocisum verify --j 4", "unknown flag --j", "see ocisum verify --help"},
		{"ocisum verify a -j", "flag -j needs a value", "see ocisum verify --help"},
		{"ocisum verify a --jobs", "flag --jobs needs a value", "see ocisum verify --help"},
		{"ocisum ls a --strict", "unknown flag --strict", "see ocisum ls --help"},
		{"ocisum -q verify a", "unknown flag -q", "flags of a command stand after it: ocisum COMMAND -q"},
		{"ocisum -v", "unknown flag -v", "did you mean --version?"},
		{"ocisum lock --lock f", "unknown flag --lock", "flags of a command stand after it: ocisum lock COMMAND --lock"},
		{"ocisum lock ad --lock f", "unknown command lock ad", "did you mean ocisum lock add?"},
		{"ocisum receipt zzzzzz --key k", "unknown command receipt zzzzzz", "there is verify"},
		{"ocisum verify --\x1b[31m", `unknown flag "--\x1b[31m"`, "see ocisum verify --help"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := permute(newApp(testWorld()), strings.Split(tt.in, " "))
			s, ok := err.(*status)
			if !ok {
				t.Fatalf("got error %v, want %q", err, tt.want)
			}
			if s.err.Error() != tt.want || s.hint != tt.hint || s.code != exitError {
				t.Errorf("got %q, hint %q, code %d; want %q, hint %q, code 2", s.err, s.hint, s.code, tt.want, tt.hint)
			}
		})
	}
}

// No flag that takes one text takes two, however they are spelled: the last one
// would win in silence, and of two policies the first be asked nothing.
func TestPermuteRefusesSecondValue(t *testing.T) {
	var check func(c *cli.Command, words []string)
	seen := map[string]bool{}
	check = func(c *cli.Command, words []string) {
		for _, sub := range c.Subcommands {
			check(sub, append(slices.Clip(words), sub.Name))
		}
		for _, f := range c.Flags {
			flag, ok := f.(*cli.StringFlag)
			if !ok {
				continue
			}
			seen[flag.Name] = true
			want := "--" + flag.Name + " is given twice; it takes one value"
			for _, spelling := range optionOf(c.Name, f).dashed() {
				for _, pair := range [][]string{{"--" + flag.Name + "=one", "x", spelling, "two"}, {spelling, "same", spelling + "=same"}} {
					line := append(slices.Clip(words), pair...)
					if _, err := permute(newApp(testWorld()), line); err == nil || err.Error() != want {
						t.Errorf("%q: got error %v, want %q", line, err, want)
					}
				}
			}
		}
	}
	for _, c := range newApp(testWorld()).Commands {
		check(c, []string{"ocisum", c.Name})
	}
	for _, name := range []string{"policy", "lock", "keyring", "as", "receipt", "format"} {
		if !seen[name] {
			t.Errorf("no command has a flag --%s that takes one text", name)
		}
	}
}

// What permute emits is what urfave/cli takes: every flag, wherever it stood,
// reaches the request.
func TestPermuteAndParse(t *testing.T) {
	for _, line := range []string{
		"ocisum verify -q -j4 --expect %d -o json=f a strict --max-window 1g",
		"ocisum verify a -q strict --jobs 4 --expect=%d --output json=f --max-window=1024MiB",
		"ocisum verify --strict=false a strict -qj 4 -ojson=f --expect %d -max-window 1048576k",
	} {
		line = strings.ReplaceAll(line, "%d", "sha256:"+strings.Repeat("0", 64))
		var got verifyRequest
		app := newApp(testWorld())
		app.Command("verify").Action = actionOf(&got)
		args, err := permute(app, strings.Split(line, " "))
		if err != nil {
			t.Fatal(err)
		}
		if err := app.RunContext(context.Background(), args); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "strict"}, got.operands); diff != "" {
			t.Errorf("%s: operands (-want +got):\n%s", line, diff)
		}
		if !got.quiet || got.opt.Strict || got.opt.Jobs != 4 || len(got.opt.Expect) != 1 || got.outputs[0] != "json=f" || got.opt.Limits.Window != 1<<30 {
			t.Errorf("%s: got %+v", line, got)
		}
	}
}

func FuzzPermute(f *testing.F) {
	f.Add("verify\x00a\x00-j\x004")
	f.Add("verify\x00--\x00-q\x00--")
	f.Add("-\x00-q")
	f.Add("ls\x00-o=json\x00-=\x00--=")
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"ocisum"}, strings.Split(line, "\x00")...)
		app := newApp(testWorld())
		got, err := permute(app, args)
		if err != nil || app.Command(args[1]) == nil || slices.Contains(got, "--help") {
			return
		}
		// Flags first, each in one word, then "--", then operands, all of
		// which were words of the line.
		i := 2
		for ; i < len(got) && got[i] != "--"; i++ {
			if !strings.HasPrefix(got[i], "--") {
				t.Fatalf("%q: %q before \"--\" is no flag", line, got[i])
			}
		}
		if i == len(got) {
			t.Fatalf("%q: no \"--\" in %q", line, got)
		}
		left := args[2:]
		for _, operand := range got[i+1:] {
			for len(left) > 0 && left[0] != operand {
				left = left[1:]
			}
			if len(left) == 0 {
				t.Fatalf("%q: operand %q is out of order in %q", line, operand, got)
			}
			left = left[1:]
		}
	})
}
