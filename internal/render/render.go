// Package render writes reports for people and for programs.
//
// A [Format] turns a [Result], the reports of one run of the command, into
// bytes. The formats are rows of a table ([Formats]); a further one is a
// further row. All of them obey the same rules:
//
// # Nothing from an image reaches a terminal as it is
//
// Names, tags, media types and messages come from whoever made the image. A
// character that a terminal does not print as one visible glyph is written as
// an escape: control characters, DEL and C1, line breaks other than the
// renderer's own, bidirectional controls, zero-width and invisible characters,
// spaces other than U+0020, private use, and bytes that are no UTF-8. Text
// formats use the escapes of Go (`\x1b`, `\u202e`) and put a string in quotes
// where its end would otherwise be in doubt. JSON uses \uXXXX, which is the
// same string to a parser; a byte that is no UTF-8 cannot be written in JSON
// and becomes the four characters `\xNN`.
//
// A string is cut after 4 KiB, and says so.
//
// # Same report, same bytes
//
// There is no clock, no map, no terminal width and no locale here.
//
// # Memory
//
// JSON is written as it is produced. A table needs the width of its columns
// first and holds its cells, none wider than 80 columns, digests aside.
package render

import (
	"io"

	"github.com/ocisum/ocisum/report"
)

// SetSchema names the shape of the JSON document about several inputs.
const SetSchema = "ocisum.report-set/v1"

// Input is one thing the user asked about, and what came of it.
type Input struct {
	Path   string         // as the user gave it
	Report *report.Report // nil if the input could not be judged at all
	Err    error          // why it could not be judged; a report may come with it
}

// nothing reports whether there is nothing to say about an input but its
// error: it is no image, or an image of nothing. That is no verdict.
func (in *Input) nothing() bool {
	return in.Err != nil && (in.Report == nil || in.Report.Verdict == report.Incomplete)
}

// Result is what a run has to say.
type Result struct {
	Tool    report.Tool
	Inputs  []Input  // in the order of the command line
	Several bool     // more than one input could have been meant: JSON is a report set
	Skipped int      // files passed over because they are no images
	Passed  []string // the first of them
	Notes   bool     // the table lists notes, which otherwise are counted only
}

// maxPassed bounds the names of files that are no images.
const maxPassed = 1000

// Skip counts a file that is no image, and keeps its name.
func (r *Result) Skip(path string) {
	r.Skipped++
	if len(r.Passed) < maxPassed {
		r.Passed = append(r.Passed, path)
	}
}

// Verdict is the judgement over all inputs: the worst of failed, denied,
// incomplete, verified, in this order. An input that gave no report, and a
// result without any input, make it at best incomplete.
func (r *Result) Verdict() report.Verdict {
	worst := report.Verified
	if len(r.Inputs) == 0 {
		worst = report.Incomplete
	}
	for _, in := range r.Inputs {
		v := report.Incomplete
		if in.Report != nil {
			v = in.Report.Verdict
		}
		if in.Err != nil && v == report.Verified {
			v = report.Incomplete
		}
		worst = Worse(worst, v)
	}
	return worst
}

// Worse returns the worse of two verdicts: failed, denied, incomplete,
// verified, in this order.
func Worse(a, b report.Verdict) report.Verdict {
	if badness(b) > badness(a) {
		return b
	}
	return a
}

func badness(v report.Verdict) int {
	switch v {
	case report.Verified:
		return 0
	case report.Denied:
		return 2
	case report.Failed:
		return 3
	}
	return 1
}

// Complete reports whether every input was judged and no run was interrupted.
func (r *Result) Complete() bool {
	for _, in := range r.Inputs {
		if in.Report == nil || !in.Report.Complete {
			return false
		}
	}
	return true
}

// Format is a way to write a result.
type Format struct {
	Name   string
	About  string // one line, for help texts
	Render func(io.Writer, *Result) error
}

// Formats returns the formats, the default first.
func Formats() []Format {
	return []Format{
		{"table", "a line for each image, details where something is wrong", table},
		{"json", "one document, see docs/report.schema.json", document},
		{"jsonl", "one event a line", events},
	}
}

// Lookup finds a format by its name.
func Lookup(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
