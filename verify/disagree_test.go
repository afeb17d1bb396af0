package verify

import (
	"slices"
	"testing"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/report"
)

// TestDecodersDisagree wants every fault of a decoder to have a code of its
// own, and an overruled fast decoder to be told without an accusation.
func TestDecodersDisagree(t *testing.T) {
	for kind, code := range streamCodes {
		out := newCollector(false, 10)
		j := &judge{out: out}
		n := &graph.Node{Object: content.Object{Name: "layer"}}
		j.stream(n, content.Claim{By: "x"}, decompress.Fault{Kind: kind, Offset: 7, Detail: "detail"})
		if len(out.list) != 1 || out.list[0].Code != code || out.list[0].Object != "layer" || *out.list[0].Offset != 7 {
			t.Errorf("%s: got %+v, want %s", kind, out.list, code)
		}
	}
	e, _ := report.Lookup(streamCodes[decompress.Disagreement])
	if e.Code != report.StreamDecodersDisagree || e.Effect != "" {
		t.Errorf("got %s with effect %q, want %s without one", e.Code, e.Effect, report.StreamDecodersDisagree)
	}
	var codes []report.Code
	for _, c := range streamCodes {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	if len(slices.Compact(codes)) != len(streamCodes) {
		t.Error("two faults share a code")
	}
}
