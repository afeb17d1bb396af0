package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ocisum/ocisum/report"
)

// last is the line that every report ends with.
func last(r *report.Report) string {
	var s strings.Builder
	s.WriteString(Escape(string(r.Verdict)))
	if !r.Complete {
		s.WriteString(" (interrupted)")
	}
	s.WriteString(": " + pathName(r.Source.Path) + " (" + kind(r.Source) + "): ")
	s.WriteString(plural(len(r.Images), "image") + ", ")
	if n := artifacts(r); n > 0 {
		s.WriteString(plural(n, "artifact") + ", ")
	}
	unreached := "unreached"
	if r.Source.Selected != "" && r.Verdict == report.Verified {
		unreached = "not asked for" // else something would have been reached in vain
	}
	s.WriteString(coverage(r.Coverage, unreached))
	for _, severity := range []report.Severity{report.Error, report.Warning, report.Note} {
		if n := count(r.Findings, severity); n > 0 {
			s.WriteString(", " + plural(n, string(severity)))
		}
	}
	if r.FindingsDropped > 0 {
		s.WriteString(", " + plural(r.FindingsDropped, "finding") + " not kept")
	}
	s.WriteString(", " + Size(r.Bytes.Stored))
	if r.Bytes.Uncompressed > 0 {
		s.WriteString(" stored, " + Size(r.Bytes.Uncompressed) + " uncompressed")
	}
	s.WriteString("; " + vouched(r))
	return s.String()
}

// artifacts counts those that were asked for.
func artifacts(r *report.Report) int {
	n := 0
	for i := range r.Artifacts {
		if asked(r, &r.Artifacts[i]) {
			n++
		}
	}
	return n
}

// asked reports whether an artifact is none that a platform, tag or digest on
// the command line leaves out.
func asked(r *report.Report, a *report.Artifact) bool {
	return r.Source.Selected == "" || a.State != report.Unreached
}

// pathName is an input as sentences name it.
func pathName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return Quote(path)
}

// kind says what the input was found to be.
func kind(s report.Source) string {
	if len(s.Formats) == 0 {
		return "no known format"
	}
	what := strings.Join(s.Formats, " and ")
	if s.Container != "" {
		what += ", " + s.Container
	}
	if s.Compression != "" && s.Compression != "none" {
		what += ", " + s.Compression
	}
	return Escape(what)
}

// coverage counts what documents name, and apart from that what they do not:
// that was read and held against its name, but proves nothing about an image.
func coverage(c report.Coverage, unreached string) string {
	s := strconv.Itoa(c.Checked) + " of " + plural(c.Objects-c.Unreferenced, "object") + " checked"
	if c.Resumed > 0 {
		s += " (" + strconv.Itoa(c.Resumed) + " by an earlier run, not now)"
	}
	for _, part := range []struct {
		n    int
		name string
	}{
		{c.Missing, "missing"}, {c.Unreadable, "unreadable"}, {c.Unreached, unreached}, {c.Unreferenced, "more unreferenced"},
	} {
		if part.n > 0 {
			s += ", " + strconv.Itoa(part.n) + " " + part.name
		}
	}
	return s
}

func count(all []report.Finding, severity report.Severity) int {
	n := 0
	for _, f := range all {
		// What anchor.none says is said in words at the end of the line.
		if f.Severity == severity && f.Code != report.AnchorNone {
			n++
		}
	}
	return n
}

// vouched says who outside the image vouches for it: consistent is not
// authentic, and only a verified image is consistent.
func vouched(r *report.Report) string {
	var held []string
	claims := 0
	for _, a := range r.Anchors {
		if !a.Approves() {
			continue
		}
		claims++
		if a.Holds {
			held = append(held, Escape(a.By)+" "+Quote(string(a.Digest))+" ("+Escape(a.Matched)+")")
		}
	}
	if len(held) == 0 {
		switch {
		case claims > 0 && !slices.ContainsFunc(r.Anchors, func(a report.Anchor) bool { return a.Kind != "pin" }):
			if slices.ContainsFunc(r.Anchors, func(a report.Anchor) bool { return len(a.Chain) > 0 && a.Approves() }) {
				return "the chain of evidence breaks"
			}
			return "nothing has the digest that was asked for"
		case claims > 0:
			return "nothing vouches for it"
		case r.Verdict == report.Verified:
			return "consistent, not authenticated"
		}
		return "not authenticated"
	}
	s := "vouched for by " + few(held, maxHit)
	if r.Verdict != report.Verified {
		// The digest is the right one; what it stands for is not sound.
		s = "matches " + few(held, maxHit)
	}
	if n := claims - len(held); n > 0 {
		s += ", not by " + strconv.Itoa(n) + " more"
	}
	if n := unanchored(r.Images); n > 0 {
		s += "; " + plural(n, "image") + " not authenticated"
	}
	return s
}

func unanchored(images []report.Image) int {
	n := 0
	for i := range images {
		if !images[i].Anchored {
			n++
		}
	}
	return n
}

// total is the last line about several inputs. It begins with the worst
// verdict, or with "error" if that is outweighed by what could not be judged.
func total(r *Result) string {
	n := make(map[report.Verdict]int)
	failed, stored := 0, int64(0)
	for _, in := range r.Inputs {
		if in.Report != nil {
			stored += in.Report.Bytes.Stored
		}
		if in.Err != nil || in.Report == nil {
			failed++
			continue
		}
		n[in.Report.Verdict]++
	}
	word := string(r.Verdict())
	if (failed > 0 || len(r.Inputs) == 0) && badness(r.Verdict()) <= badness(report.Incomplete) {
		word = "error"
	}
	s := Escape(word) + ": " + plural(len(r.Inputs), "input")
	for _, v := range []report.Verdict{report.Failed, report.Denied, report.Incomplete, report.Verified} {
		if n[v] > 0 {
			s += ", " + strconv.Itoa(n[v]) + " " + string(v)
		}
	}
	if failed > 0 {
		s += ", " + strconv.Itoa(failed) + " could not be judged"
	}
	if r.Skipped > 0 {
		s += ", " + plural(r.Skipped, "other file") + " skipped"
	}
	return s + ", " + Size(stored)
}
