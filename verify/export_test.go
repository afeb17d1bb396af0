package verify

import "github.com/ocisum/ocisum/report"

// Ignoring returns options under which the check that code stands for is
// deleted: the harness then wants some case to turn red.
func (o Options) Ignoring(code report.Code) Options {
	o.ignore = code
	return o
}

// With returns other options under which the same check is deleted.
func (o Options) With(other Options) Options {
	other.ignore = o.ignore
	return other
}
