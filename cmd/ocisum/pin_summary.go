package main

import (
	"fmt"

	"github.com/ocisum/ocisum/internal/pin"
)

// pinSummary sorts what was found into lines of output.
type pinSummary struct {
	req      pinRequest
	files    int
	failed   int // files that could not be read
	images   int
	right    int
	changes  []string // what is written
	problems []string // what --check denies, and what keeps anything from being written
	left     []string // left alone, and said so
	hint     string
}

func (s *pinSummary) add(f *pinFile, r pin.Result) {
	s.images++
	at := fmt.Sprintf("%s:%d: %s", f.name(), r.Line, r.Text)
	switch {
	case r.State == pin.Right:
		s.right++
	case r.State == pin.Keep:
		s.left = append(s.left, at+": "+r.Reason)
	case r.Problem() && s.req.unpin:
		// What cannot be understood has no digest that could be removed.
		s.left = append(s.left, at+": "+r.Reason)
	case r.Problem() && s.req.missing && !r.Conflict:
		s.left = append(s.left, at+": left alone: "+r.Reason)
	case r.Problem():
		s.problems = append(s.problems, at+": "+r.Reason)
		if !r.Conflict {
			s.hint = "--allow-missing leaves such names as they are"
		}
	case s.req.check && r.State == pin.Unpinned && r.New == "":
		s.problems = append(s.problems, at+": has no digest")
	case s.req.check && r.State == pin.Unpinned:
		s.problems = append(s.problems, fmt.Sprintf("%s: has no digest, %s has %s", at, r.Where, r.New))
	case s.req.check:
		s.problems = append(s.problems, fmt.Sprintf("%s: has another digest, %s has %s", at, r.Where, r.New))
	}
	if r.Changed() {
		s.changes = append(s.changes, at+" -> "+r.To)
	}
}

// denied reports whether the exit status is 4.
func (s *pinSummary) denied() bool { return len(s.problems) > 0 }

// last is the last line of output.
func (s *pinSummary) last() string {
	in := fmt.Sprintf(" in %d files", s.files)
	if s.files == 1 {
		in = " in 1 file"
	}
	of := fmt.Sprintf("%d of %d images", s.right, s.images)
	left := ""
	if len(s.left) > 0 {
		left = fmt.Sprintf(", %d left alone", len(s.left))
	}
	if s.failed > 0 {
		left += fmt.Sprintf("; %d of the files given could not be read", s.failed)
	}
	switch {
	case s.req.check && len(s.problems) > 0:
		return fmt.Sprintf("denied: %d of %d images%s are not pinned as they should be%s", len(s.problems), s.images, in, left)
	case s.req.check && s.failed > 0:
		return "error: " + of + in + " are pinned" + left
	case s.req.check && len(s.req.locks)+len(s.req.from) == 0:
		return "pinned: " + of + in + left + "; compared with nothing"
	case s.req.check:
		return "pinned: " + of + in + left
	}
	verb, rest := "pinned", fmt.Sprintf(", %d were so already", s.right)
	if s.req.unpin {
		verb, rest = "unpinned", fmt.Sprintf(", %d had no digest", s.right)
	}
	if s.req.diff {
		verb = "would be " + verb
	}
	return fmt.Sprintf("%s: %d of %d images%s%s%s", verb, len(s.changes), s.images, in, rest, left)
}
