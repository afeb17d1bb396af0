// Package page lays out measurements as tables, for a terminal and for
// docs/performance.md, whose generated parts stand between
//
//	<!-- begin NAME -->
//	<!-- end NAME -->
//
// so that the commands which measure can write them anew.
package page

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/ocisum/ocisum/internal/measure"
)

// Facts says where and how numbers were measured. Call it before measuring:
// the load is that of the minute before.
func Facts(command string) string {
	return fmt.Sprintf("%s. Command: `%s`.", measure.ThisMachine(), command)
}

// Table is a table with a heading. Its first columns are words, the last
// Numbers ones are aligned to the right.
type Table struct {
	Title   string
	Note    string
	Head    []string
	Rows    [][]string
	Numbers int
}

// Markdown is the table in GitHub's notation.
func (t Table) Markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "### %s\n\n", t.Title)
	if t.Note != "" {
		s.WriteString(t.Note + "\n\n")
	}
	s.WriteString("| " + strings.Join(t.Head, " | ") + " |\n|")
	for i := range t.Head {
		if t.number(i) {
			s.WriteString("---:|")
		} else {
			s.WriteString("---|")
		}
	}
	s.WriteByte('\n')
	for _, r := range t.Rows {
		s.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	return s.String()
}

// Text is the table for a terminal.
func (t Table) Text() string {
	width := make([]int, len(t.Head))
	for _, r := range append([][]string{t.Head}, t.Rows...) {
		for i, c := range r {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var s strings.Builder
	s.WriteString(t.Title + "\n")
	for _, r := range append([][]string{t.Head}, t.Rows...) {
		for i, c := range r {
			fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if t.number(i) {
				s.WriteString("  " + fill + c)
			} else {
				s.WriteString("  " + c + fill)
			}
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func (t Table) number(column int) bool { return column >= len(t.Head)-t.Numbers }

// Join is several tables below what they have in common.
func Join(facts string, tables []Table, format func(Table) string) string {
	parts := []string{facts + "\n"}
	for _, t := range tables {
		parts = append(parts, format(t))
	}
	return strings.Join(parts, "\n")
}

// Replace writes body into the part of that name of a file.
func Replace(file, name, body string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := replace(string(old), name, body)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(text), 0o666)
}

func replace(text, name, body string) (string, error) {
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("no part %s", name)
	}
	return before + begin + "\n" + body + "\n" + end + after, nil
}
