package main

import (
	"regexp"
	"strings"
	"testing"
)

// Every script knows every verb, every spelling of every flag and the known
// values.
func TestCompletionIsComplete(t *testing.T) {
	all := verbs(newApp(testWorld()))
	if len(all) < 8 {
		t.Fatalf("got %d verbs, want at least 8", len(all))
	}
	for shell, script := range shells {
		text := script(all)
		for _, v := range all {
			if !strings.Contains(text, v.last()) {
				t.Errorf("%s lacks the verb %s", shell, v.name)
			}
			for _, o := range v.flags {
				for _, spelling := range o.dashed() {
					if shell == "fish" {
						spelling = fishSpelling(spelling)
					}
					if !strings.Contains(section(shell, text, v), spelling) {
						t.Errorf("%s: %s lacks the flag %q", shell, v.name, spelling)
					}
				}
				if values := strings.Join(o.values, " "); !strings.Contains(text, values) {
					t.Errorf("%s: %s lacks the values %s", shell, v.name, values)
				}
			}
			if words := strings.Join(v.words, " "); !strings.Contains(text, words) {
				t.Errorf("%s: %s lacks its operands", shell, v.name)
			}
		}
	}
}

// section is the part of a script that is about a verb.
func section(shell, text string, v verb) string {
	pattern := `(?s)\n    ` + v.label() + `\)\n(.*?);;\n    [a-z]`
	if shell == "fish" {
		pattern = `(?m)__fish_seen_subcommand_from ` + v.last() + `'(.*)$`
	}
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, "\n")
}

// fishSpelling is how a flag is declared to fish.
func fishSpelling(dashed string) string {
	if name, long := strings.CutPrefix(dashed, "--"); long {
		return "-l " + name
	}
	return "-s " + strings.TrimPrefix(dashed, "-")
}
