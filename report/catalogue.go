package report

import (
	"slices"
	"strings"
)

// Code names a kind of finding: "area.defect". A code is never renamed and
// never used for something else.
type Code string

// Entry documents a code.
type Entry struct {
	Code     Code
	Title    string   // one line
	Text     string   // what it means, how to check it by hand, what to do
	Severity Severity // as it is without --strict
	Effect   Verdict  // Failed, Denied, Incomplete, or empty
	Class    string   // the class of the public test corpus that it answers to, or empty
	Since    string   // the release that introduced it
	Spec     string   // the rule: document and section
}

// groups are the entries of each file of codes.
var groups = [][]Entry{
	archiveEntries,
	blobEntries,
	documentEntries,
	evidenceEntries,
	imageEntries,
	limitEntries,
	lockEntries,
	policyEntries,
	receiptEntries,
	runEntries,
	signatureEntries,
}

// Catalogue returns every entry, sorted by code.
func Catalogue() []Entry {
	all := slices.Concat(groups...)
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}

// Lookup finds the entry of a code.
func Lookup(c Code) (Entry, bool) {
	for _, group := range groups {
		for _, e := range group {
			if e.Code == c {
				return e, true
			}
		}
	}
	return Entry{}, false
}

// New returns a finding of code c with the severity and effect that the
// catalogue gives it. It panics if the catalogue has no such code: that is a
// bug of the caller, never a property of the input.
func New(c Code, object, message string) Finding {
	e, ok := Lookup(c)
	if !ok {
		panic("report: no catalogue entry for " + string(c))
	}
	return Finding{Code: c, Severity: e.Severity, Effect: e.Effect, Object: object, Message: message, Images: []int{}}
}

// At returns a copy of f with the byte offset set.
func (f Finding) At(offset int64) Finding {
	if offset >= 0 {
		f.Offset = &offset
	}
	return f
}

// fails, warns, notes and halts abbreviate the tables below.
func fails(c Code, class, spec, title, text string) Entry {
	return Entry{Code: c, Title: title, Text: text, Severity: Error, Effect: Failed, Class: class, Since: "0.1", Spec: spec}
}

func warns(c Code, class, spec, title, text string) Entry {
	return Entry{Code: c, Title: title, Text: text, Severity: Warning, Class: class, Since: "0.1", Spec: spec}
}

func notes(c Code, class, spec, title, text string) Entry {
	return Entry{Code: c, Title: title, Text: text, Severity: Note, Class: class, Since: "0.1", Spec: spec}
}

// halts is something that could not be checked: a warning that makes the
// verdict incomplete.
func halts(c Code, class, spec, title, text string) Entry {
	return Entry{Code: c, Title: title, Text: text, Severity: Warning, Effect: Incomplete, Class: class, Since: "0.1", Spec: spec}
}

func denies(c Code, class, spec, title, text string) Entry {
	return Entry{Code: c, Title: title, Text: text, Severity: Error, Effect: Denied, Class: class, Since: "0.1", Spec: spec}
}
