package main

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/verify"
)

// actionOf is an action that stores what verify would be asked.
func actionOf(req *verifyRequest) cli.ActionFunc {
	return func(c *cli.Context) (err error) {
		*req, err = (&world{}).verifyRequestOf(c)
		return err
	}
}

func TestParseAmount(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int64
	}{
		{"1", 1}, {"4194304", 4 << 20}, {"64MiB", 64 << 20}, {"1GiB", 1 << 30}, {"16g", 16 << 30}, {"2K", 2 << 10}, {"3kb", 3000},
		{"5MB", 5e6}, {"1tib", 1 << 40}, {"1TB", 1e12}, {"12B", 12}, {"7m", 7 << 20},
	} {
		if got, err := parseAmount(tt.in, true); err != nil || got != tt.want {
			t.Errorf("%s: got %d, %v, want %d", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "0", "-1", "x", "1x", "1.5g", "MiB", "1 g", "9223372036854775808", "8388608T", "0x10", "+1", "１"} {
		if got, err := parseAmount(in, true); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
	if got, err := parseAmount("1k", false); err == nil {
		t.Errorf("count 1k: got %d, want an error", got)
	}
}

// The default in the help text is the default of package verify, and giving
// it as a flag sets the same limit.
func TestLimitFlags(t *testing.T) {
	defaults := verify.DefaultLimits()
	var given verify.Limits
	for _, l := range limits() {
		a := &amount{n: l.get(defaults), bytes: l.bytes}
		again := &amount{bytes: l.bytes}
		if err := again.Set(a.String()); err != nil || again.n != a.n {
			t.Errorf("--%s: default %s gives %d, %v, want %d", l.name, a, again.n, err, a.n)
		}
		l.set(&given, a.n)
	}
	if given != defaults {
		t.Errorf("got %+v, want %+v: a limit has no flag", given, defaults)
	}
	var lifted verify.Limits
	for _, l := range limits() {
		a := &amount{n: 1, bytes: l.bytes}
		if err := a.Set("none"); err != nil {
			t.Fatal(err)
		}
		if l.set(&lifted, a.n); l.get(lifted) != -1 {
			t.Errorf("--%s=none: got %d, want -1", l.name, l.get(lifted))
		}
	}
}

func TestParseDigests(t *testing.T) {
	good := "sha256:" + strings.Repeat("a", 64)
	got, err := parseDigests("--expect", []string{good, good})
	if err != nil || len(got) != 1 {
		t.Errorf("got %v, %v, want one digest", got, err)
	}
	for in, want := range map[string]error{"sha256:AB": hash.ErrMalformed, "md5:00": hash.ErrWeak, "": hash.ErrMalformed, "blake3:aa": hash.ErrUnsupported} {
		_, err := parseDigests("--expect", []string{good, in})
		var s *status
		if !errors.Is(err, want) || !errors.As(err, &s) || s.code != exitError {
			t.Errorf("%q: got %v, want %v with code 2", in, err, want)
		}
	}
}

func TestClosest(t *testing.T) {
	names := []string{"verify", "ls", "inspect", "digest", "explain"}
	for in, want := range map[string]string{
		"verfy": "verify", "verfiy": "verify", "vreify": "verify", "inspct": "inspect", "l": "ls", "lss": "ls", "digets": "digest",
		"": "", "pull": "", "xxxxxxxx": "", strings.Repeat("verify", 1000): "",
	} {
		if got := closest(in, names); got != want {
			t.Errorf("%.20q: got %q, want %q", in, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"abc", "abd", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// A command line is run with the command that it names alone.
func TestNeeded(t *testing.T) {
	for _, c := range commands {
		if got := c.describe(testWorld()).Name; got != c.name {
			t.Errorf("got a command %s under the name %s", got, c.name)
		}
	}
	for _, tt := range []struct {
		line string
		want int
	}{
		{"ocisum", len(commands)}, {"ocisum nosuch", len(commands)}, {"ocisum --help verify", len(commands)},
		{"ocisum help verify", len(commands)}, {"ocisum completion bash", len(commands)},
		{"ocisum verify a.tar", 2}, {"ocisum lock add a.tar", 2}, {"ocisum verify --help", 2},
	} {
		if got := len(newApp(testWorld(), needed(strings.Fields(tt.line))...).Commands); got != tt.want {
			t.Errorf("%s: got %d commands, want %d", tt.line, got, tt.want)
		}
	}
}

// forgetFlags is right only as long as no flag has an action, must be given, or
// gets its value from elsewhere than the command line.
func TestFlagsAreForgettable(t *testing.T) {
	var check func(commands []*cli.Command)
	check = func(commands []*cli.Command) {
		for _, c := range commands {
			check(c.Subcommands)
			for _, f := range c.Flags {
				for _, name := range []string{"Action", "Required", "EnvVars", "FilePath"} {
					if v := reflect.ValueOf(f).Elem().FieldByName(name); !v.IsValid() || !v.IsZero() {
						t.Errorf("%s --%s: got %s %v, want none", c.Name, f.Names()[0], name, v)
					}
				}
			}
		}
	}
	check(newApp(testWorld()).Commands)
}
