package render

import (
	"bufio"
	"io"
	"reflect"

	"github.com/ocisum/ocisum/report"
)

// set is the JSON document about several inputs.
type set struct {
	Schema   string           `json:"schema"`
	Tool     report.Tool      `json:"tool"`
	Verdict  report.Verdict   `json:"verdict"`
	Complete bool             `json:"complete"`
	Reports  []*report.Report `json:"reports"`
	Errors   []failure        `json:"errors"`                 // inputs that could not be judged
	Skipped  int              `json:"skipped,omitempty"`      // files passed over because they are no images
	Passed   []string         `json:"skippedFiles,omitempty"` // the first 1000 of them
}

// failure is an input that could not be judged.
type failure struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// document writes the report of the only input, or a report set if several
// inputs could have been meant or the only one gave no report.
func document(w io.Writer, r *Result) error {
	if !r.Several && len(r.Inputs) == 1 && r.Inputs[0].Report != nil {
		return encode(w, r.Inputs[0].Report, true)
	}
	s := set{Schema: SetSchema, Tool: r.Tool, Verdict: r.Verdict(), Complete: r.Complete(), Skipped: r.Skipped, Passed: r.Passed}
	for _, in := range r.Inputs {
		if in.Report != nil {
			s.Reports = append(s.Reports, in.Report)
		}
		if in.Err != nil {
			s.Errors = append(s.Errors, failure{in.Path, in.Err.Error()})
		}
	}
	return encode(w, s, true)
}

// The events of the jsonl format. An event carries the fields of the value it
// is about, after its type and the number of its input.
type (
	head struct {
		Type  string `json:"type"`
		Input int    `json:"input"` // number of the input, from 0
	}
	sourceEvent struct {
		head
		Schema string      `json:"schema"`
		Tool   report.Tool `json:"tool"`
		report.Source
	}
	anchorEvent struct {
		head
		report.Anchor
	}
	imageEvent struct {
		head
		Position int `json:"index"` // among the images; findings refer to it
		report.Image
	}
	indexEvent struct {
		head
		Position int `json:"index"`
		report.Index
	}
	artifactEvent struct {
		head
		Position int `json:"index"`
		report.Artifact
	}
	findingEvent struct {
		head
		report.Finding
	}
	coverageEvent struct {
		head
		report.Coverage
	}
	errorEvent struct {
		head
		failure
	}
	verdictEvent struct {
		head
		Verdict         report.Verdict `json:"verdict"`
		Complete        bool           `json:"complete"`
		FindingsDropped int            `json:"findingsDropped,omitempty"`
		Bytes           report.Bytes   `json:"bytes"`
	}
	summaryEvent struct {
		Type     string         `json:"type"`
		Verdict  report.Verdict `json:"verdict"`
		Complete bool           `json:"complete"`
		Inputs   int            `json:"inputs"`
		Skipped  int            `json:"skipped,omitempty"`
	}
)

// events writes one event a line. The events of an input begin with "source"
// and end with "verdict"; an input without a report is one "error". The last
// line is always "summary": a file without it was cut.
func events(w io.Writer, r *Result) error {
	return lines(w, func(b *bufio.Writer) {
		put := func(v any) {
			e := encoder{w: b}
			e.value(reflect.ValueOf(v))
			b.WriteByte('\n')
		}
		for i, in := range r.Inputs {
			if in.Report != nil {
				reportEvents(put, i, in.Report)
			}
			if in.Err != nil {
				put(errorEvent{head{"error", i}, failure{in.Path, in.Err.Error()}})
			}
		}
		put(summaryEvent{"summary", r.Verdict(), r.Complete(), len(r.Inputs), r.Skipped})
	})
}

func reportEvents(put func(any), i int, rep *report.Report) {
	put(sourceEvent{head{"source", i}, rep.Schema, rep.Tool, rep.Source})
	for _, a := range rep.Anchors {
		put(anchorEvent{head{"anchor", i}, a})
	}
	for n, img := range rep.Images {
		put(imageEvent{head{"image", i}, n, img})
	}
	for n, idx := range rep.Indexes {
		put(indexEvent{head{"index", i}, n, idx})
	}
	for n, art := range rep.Artifacts {
		put(artifactEvent{head{"artifact", i}, n, art})
	}
	for _, f := range rep.Findings {
		put(findingEvent{head{"finding", i}, f})
	}
	put(coverageEvent{head{"coverage", i}, rep.Coverage})
	put(verdictEvent{head{"verdict", i}, rep.Verdict, rep.Complete, rep.FindingsDropped, rep.Bytes})
}
