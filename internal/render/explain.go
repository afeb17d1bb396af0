package render

//go:generate go run ./gen ../../docs/findings.md

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/report"
)

// column is the width of running text.
const column = 76

// Explain writes what the catalogue says about a code.
func Explain(w io.Writer, e report.Entry) error {
	return lines(w, func(b *bufio.Writer) {
		b.WriteString(string(e.Code) + ": " + e.Title + "\n\n")
		b.WriteString(wrap(e.Text, column) + "\n\n")
		var g grid
		g.row("severity", string(e.Severity))
		g.row("effect", effect(e))
		if e.Spec != "" {
			g.row("rule", e.Spec)
		}
		g.row("since", e.Since)
		g.write(b, 0)
	})
}

// Codes writes the catalogue, a line for each code.
func Codes(w io.Writer, all []report.Entry) error {
	return lines(w, func(b *bufio.Writer) {
		var g grid
		g.row("CODE", "SEVERITY", "TITLE")
		for _, e := range all {
			g.row(string(e.Code), string(e.Severity), e.Title)
		}
		g.write(b, 0)
	})
}

// effect says in words what a finding does to the verdict.
func effect(e report.Entry) string {
	switch {
	case e.Code == report.FormatUnknown || e.Code == report.ImageNone:
		return "nothing was checked (exit status 2)"
	case e.Effect == report.Failed:
		return "failed (exit status 1)"
	case e.Effect == report.Incomplete:
		return "incomplete (exit status 3)"
	case e.Effect == report.Denied:
		return "denied (exit status 4)"
	}
	return "none"
}

// Markdown writes the catalogue as docs/findings.md has it.
func Markdown(w io.Writer, all []report.Entry) error {
	return lines(w, func(b *bufio.Writer) {
		b.WriteString(markdownHead)
		classes := make(map[string][]string)
		var names []string
		for _, e := range all {
			class := e.Class
			if class == "" {
				class = "-"
			}
			if classes[class] == nil {
				names = append(names, class)
			}
			classes[class] = append(classes[class], "[`"+string(e.Code)+"`](#"+anchor(e.Code)+")")
		}
		b.WriteString("| class | codes |\n|---|---|\n")
		slices.Sort(names)
		for _, n := range names {
			b.WriteString("| " + n + " | " + strings.Join(classes[n], ", ") + " |\n")
		}
		b.WriteString("\n## All codes\n\n| code | severity | effect on the verdict | class | since | title |\n|---|---|---|---|---|---|\n")
		for _, e := range all {
			cells := []string{"[`" + string(e.Code) + "`](#" + anchor(e.Code) + ")", string(e.Severity), effect(e), dash(e.Class), e.Since, e.Title}
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
		for _, e := range all {
			b.WriteString("\n### " + string(e.Code) + "\n\n**" + upper(e.Title) + ".** " + e.Text + "\n\n")
			b.WriteString("Severity " + string(e.Severity) + "; effect: " + effect(e) + "; since " + e.Since + ".")
			if e.Spec != "" {
				b.WriteString(" Rule: " + e.Spec + ".")
			}
			b.WriteByte('\n')
		}
	})
}

const markdownHead = `# Findings

Generated from the catalogue in package report; do not edit. ` + "`ocisum explain CODE`" + `
shows the same text. A code is never renamed and never used for something else.

The severity is the one without ` + "`--strict`" + `, which turns warnings and unreferenced
objects into errors. The effect is what a finding does to the verdict: one that
fails it outweighs one that denies it, and that one what is incomplete.

## Classes of the public test corpus

The corpus of damaged images names defects by class. A case of a class is
answered by one of these codes; codes of class "-" answer to none.

`

// anchor is the link target that hosts of Markdown give a heading.
func anchor(c report.Code) string { return strings.ReplaceAll(string(c), ".", "") }

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// wrap breaks text at spaces so that no line is longer than n, words that are
// longer themselves aside.
func wrap(text string, n int) string {
	var b strings.Builder
	line := 0
	for _, word := range strings.Fields(text) {
		switch {
		case line == 0:
		case line+1+len(word) > n:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += len(word)
	}
	return b.String()
}
