package report

// Codes of the run itself.
const (
	FormatUnknown Code = "format.unknown"
	ImageNone     Code = "image.none"
	InternalError Code = "internal.error"
	Interrupted   Code = "run.interrupted"
)

var runEntries = []Entry{
	{Code: FormatUnknown, Title: "the input is no image of any known kind", Severity: Error, Effect: Incomplete, Class: "unknown-format", Since: "0.1",
		Text: "No index.json, no manifest.json, no oci-layout was found. The command exits with status 2. A root file system made by `docker export` is no image."},
	{Code: ImageNone, Title: "there is nothing to check", Severity: Error, Effect: Incomplete, Class: "no-images", Since: "0.1",
		Text: "No document of the input names any object: an empty index.json or manifest.json. The command exits with status 2: nothing checked is never a success."},
	halts(InternalError, "", "", "a fault of this tool",
		"A check ended with an internal error. What it covered was not checked. Please report it with the input if you can."),
	halts(Interrupted, "", "", "the run was interrupted",
		"The report holds what was established before. The command exits with 130 or 143."),
}
