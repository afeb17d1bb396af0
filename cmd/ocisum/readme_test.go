package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// TestTranscripts runs the commands of every "console" block of the documents
// and compares what they print. A line "[...]" stands for any number of lines.
// Pipes need a shell and what is in them: they run where that is installed.
func TestTranscripts(t *testing.T) {
	for _, c := range []struct {
		name     string
		commands int // that the document has at least
	}{{"README.md", 3}, {"docs/report.md", 7}, {"docs/lost-digest.md", 2}, {"docs/receipts.md", 2}, {"docs/signatures.md", 3}, {"docs/policies.md", 3}} {
		t.Run(c.name, func(t *testing.T) {
			got := 0
			for _, block := range blocks(t, c.name, "console") {
				status := 0
				for _, s := range transcript(block) {
					got++
					var out string
					if s.command == "echo $?" {
						out = strconv.Itoa(status) + "\n"
					} else if out, status = shell(t, root, s.command); status < 0 {
						continue
					}
					if !matches(s.output, out) {
						t.Errorf("%s\ngot\n%s\nwant\n%s", s.command, out, s.output)
					}
				}
			}
			if got < c.commands {
				t.Errorf("got %d commands, want %d: were the blocks found?", got, c.commands)
			}
		})
	}
}

// TestReadmeProgram builds and runs the Go program of the README.
func TestReadmeProgram(t *testing.T) {
	programs := blocks(t, "README.md", "go")
	if len(programs) != 1 {
		t.Fatalf("got %d programs, want 1", len(programs))
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(programs[0]), 0o666); err != nil {
		t.Fatal(err)
	}
	got := printed(t, "go", "run", file)
	if want := "failed\nerror archive.trailing-data\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q first", got, want)
	}
}

// TestReadmeMatrix measures again what the README says of the matrix.
func TestReadmeMatrix(t *testing.T) {
	table := printed(t, "go", "run", "./internal/corpus/matrix")
	if !strings.Contains(document(t, "README.md"), strings.TrimSpace(table)) {
		t.Errorf("the README does not have the table of make matrix:\n%s", table)
	}
}

// TestDocumentLinks follows the relative links of the documents, and looks up
// the targets of make that they name.
func TestDocumentLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	target := regexp.MustCompile("(?m)(?:^    |`)make ([a-z]+)")
	makefile := document(t, "Makefile")
	links, targets := 0, 0
	var names []string
	for _, dir := range []string{"", "docs/"} {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			names = append(names, dir+filepath.Base(file))
		}
	}
	for _, name := range names {
		text := document(t, name)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			targets++
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s: make %s: the Makefile has no such target", name, m[1])
			}
		}
	}
	if links < 5 || targets < 4 {
		t.Errorf("got %d links and %d targets: were they found?", links, targets)
	}
}

// step is a command of a transcript and what it prints.
type step struct{ command, output string }

func transcript(block string) []step {
	var steps []step
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			steps = append(steps, step{command: strings.TrimSpace(command)})
		} else if n := len(steps); n > 0 {
			steps[n-1].output += line
		}
	}
	return steps
}

// matches compares line by line; "[...]" is what may be anything.
func matches(want, got string) bool {
	parts := strings.Split(want, "[...]\n")
	got, ok := strings.CutPrefix(got, parts[0])
	if len(parts) == 1 {
		return ok && got == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index("\n"+got, "\n"+part)
		if i < 0 {
			return false
		}
		got = got[i+len(part):]
	}
	return ok && strings.HasSuffix("\n"+got, "\n"+parts[len(parts)-1])
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		match     bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "a\nb\n", false},
		{"a\nb\n", "a\n", false},
		{"a\n[...]\n", "a\nb\nc\n", true},
		{"a\n[...]\nc\n", "a\nb\nc\n", true},
		{"a\n[...]\nc\n", "a\nb\nxc\n", false},
		{"a\n[...]\nb\n[...]\nd\n", "a\n1\nb\n2\nd\n", true},
		{"a\n[...]\nb\n[...]\nd\n", "a\n1\n2\nd\n", false},
	} {
		if got := matches(c.want, c.got); got != c.match {
			t.Errorf("matches(%q, %q): got %v, want %v", c.want, c.got, got, c.match)
		}
	}
}

// shell runs a command in a folder and returns what it writes and its exit
// status; -1 if a program in it is not installed.
func shell(t *testing.T, dir, command string) (string, int) {
	t.Helper()
	cmd := exec.Command("ocisum", strings.Fields(command)[1:]...)
	if stages := strings.Split(command, " | "); len(stages) > 1 || !strings.HasPrefix(command, "ocisum ") {
		programs := []string{"sh", strings.Fields(stages[0])[0], strings.Fields(stages[1])[0]}
		for _, p := range programs {
			if _, err := exec.LookPath(p); err != nil {
				t.Logf("%s is not installed: not run: %s", p, command)
				return "", -1
			}
		}
		cmd = exec.Command("sh", "-c", command)
	}
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func printed(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return string(out)
}

func document(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// blocks returns the fenced blocks of a language.
func blocks(t *testing.T, name, language string) []string {
	t.Helper()
	var found []string
	for _, after := range strings.Split(document(t, name), "\n```"+language+"\n")[1:] {
		block, _, closed := strings.Cut(after, "\n```\n")
		if !closed {
			t.Fatalf("%s: a %s block does not end", name, language)
		}
		found = append(found, block+"\n")
	}
	return found
}
