package report_test

import (
	"encoding/json"
	"fmt"

	"github.com/ocisum/ocisum/report"
)

// A report is plain data: here, the errors of one that was written with
// -o json.
func Example() {
	data := []byte(`{"schema":"ocisum.report/v1","verdict":"failed","findings":[
		{"code":"blob.digest-mismatch","severity":"error","effect":"failed","object":"blobs/sha256/ab12",
		 "claim":"sha256:cd34#/layers/0","images":[0],"message":"the stored bytes have another digest than claimed"}]}`)
	var r report.Report
	if err := json.Unmarshal(data, &r); err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range r.Findings {
		if f.Severity == report.Error {
			fmt.Printf("%s: %s (%s)\n", f.Object, f.Message, f.Claim)
		}
	}
	fmt.Println(r.Verdict, "exits with", r.Verdict.ExitCode())
	// Output:
	// blobs/sha256/ab12: the stored bytes have another digest than claimed (sha256:cd34#/layers/0)
	// failed exits with 1
}

func ExampleLookup() {
	e, _ := report.Lookup(report.LayerDiffIDMismatch)
	fmt.Println(e.Severity, e.Title)
	// Output: error a layer's uncompressed bytes do not have the diff ID of the config
}
