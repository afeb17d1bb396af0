package corpus

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/report"
)

// Result is what a run over a case came to.
type Result struct {
	Exit   int            // status of the command, or what a library call maps to
	Report *report.Report // nil if there was none
}

// Of turns what a library call returned into a Result. An error is what the
// command exits with 2 for.
func Of(rep *report.Report, err error) Result {
	if err != nil || rep == nil {
		return Result{Exit: 2, Report: rep}
	}
	return Result{Exit: rep.Verdict.ExitCode(), Report: rep}
}

// refusals are the classes of cases in which there is no image to judge, so
// that refusing the input is as good as failing it.
var refusals = []string{"unknown-format", "no-images", "index-missing", "manifest-json-missing", "usage"}

// Verdict maps an exit status to a verdict of the corpus.
func (c Case) Verdict(exit int) string {
	switch exit {
	case 0:
		return "ok"
	case 1, 4:
		return "fail"
	case 3:
		return "incomplete"
	case 2:
		refusal := func(class string) bool {
			return slices.Contains(refusals, class) || class == "digest-syntax" && len(c.Pins()) > 0
		}
		if len(c.Findings) > 0 && !slices.Contains(c.Accept, "error") &&
			!slices.ContainsFunc(c.Findings, func(class string) bool { return !refusal(class) }) {
			return "fail"
		}
	}
	return "error"
}

// Judge compares a result with the case and returns what is wrong with it, one
// sentence each: nothing, if the verifier did right.
func (c Case) Judge(res Result) []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	verdict := c.Verdict(res.Exit)
	if !slices.Contains(c.Accept, verdict) {
		complain("got verdict %s (exit %d), want %s", verdict, res.Exit, strings.Join(c.Accept, " or "))
	}
	if res.Report == nil {
		complain("there is no report")
		return wrong
	}
	if c.Strict != May && verdict != "ok" && len(c.Findings) > 0 && !c.Noticed(res.Report) {
		complain("got findings %s, want one of class %s", Codes(res.Report), strings.Join(c.Findings, " or "))
	}
	if c.Good() {
		for _, f := range res.Report.Findings {
			if f.Severity != report.Note && allowed(c.Name, f) == "" {
				complain("false alarm: %s %s: %s %s (want %q, got %q)", f.Severity, f.Code, f.Object, f.Message, f.Want, f.Got)
			}
		}
	}
	if n := Affected(res.Report); c.Args.ImagesAffected > 0 && n != c.Args.ImagesAffected {
		complain("got %d images hit by errors, want %d", n, c.Args.ImagesAffected)
	}
	return append(wrong, c.absent(res.Report)...)
}

// Noticed reports whether one of the findings is of a class of the case.
func (c Case) Noticed(rep *report.Report) bool {
	return slices.ContainsFunc(rep.Findings, func(f report.Finding) bool {
		entry, _ := report.Lookup(f.Code)
		return entry.Class != "" && slices.Contains(c.Findings, entry.Class)
	})
}

// absent returns the digests of an undamaged image that its report lacks.
func (c Case) absent(rep *report.Report) []string {
	if !c.Good() {
		return nil
	}
	text, err := json.Marshal(rep)
	if err != nil {
		return []string{"the report has no JSON: " + err.Error()}
	}
	var wrong []string
	for _, d := range c.Digests() {
		if !strings.Contains(string(text), d) && !strings.Contains(string(text), strings.Replace(d, ":", "/", 1)) {
			wrong = append(wrong, "the report does not hold "+d)
		}
	}
	if d := c.FileDigest(); d != "" && rep.Source.Digest != "" && string(rep.Source.Digest) != d {
		wrong = append(wrong, fmt.Sprintf("got file digest %s, want %s", rep.Source.Digest, d))
	}
	return wrong
}

// Affected counts the images that errors hit.
func Affected(rep *report.Report) int {
	hit := map[int]bool{}
	for _, f := range rep.Findings {
		for _, i := range f.Images {
			if f.Severity == report.Error {
				hit[i] = true
			}
		}
	}
	return len(hit)
}

// Codes lists the codes of a report's findings, each once.
func Codes(rep *report.Report) string {
	var codes []string
	for _, f := range rep.Findings {
		codes = append(codes, string(f.Code))
	}
	slices.Sort(codes)
	return "[" + strings.Join(slices.Compact(codes), " ") + "]"
}

// An allowance is a warning that is right about an image that is in order.
type allowance struct {
	Case   string // prefix of the case's name
	Code   report.Code
	Reason string
}

// allowances is the reviewed list. An entry that no case needs is an error of
// the tests (see TestAllowancesAreNeeded).
var allowances = []allowance{
	{"d20-harbor-import", report.LayerDevice, "the image holds a device node and a named pipe"},
	{"d28-harbor-import", report.LayerDevice, "the image holds a device node and a named pipe"},
	{"mbc-harbor-import", report.LayerDevice, "the image holds a device node and a named pipe"},
	{"um47-harbor-odd", report.LayerDevice, "the image holds device nodes and a named pipe"},
	{"um47-harbor-", report.LayerTarNoEndMarker, "umoci 0.4.7 writes layers without the two zero blocks"},
	{"bk-harbor-attmin", report.AttestationEmpty, "BuildKit writes no subject when an image is exported without a name"},
	{"sk-harbor-dir-", report.LayerMediaTypeDocker, "skopeo writes plain layers under Docker's gzip type into dir: folders"},
}

// allowed returns the reason why a good image may get this finding.
func allowed(name string, f report.Finding) string {
	for _, a := range allowances {
		if strings.HasPrefix(name, a.Case) && f.Code == a.Code && f.Severity == report.Warning {
			return a.Reason
		}
	}
	return ""
}
