package render

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/report"
)

// details writes findings as the table does.
func details(images []report.Image, findings ...report.Finding) string {
	var s strings.Builder
	b := bufio.NewWriter(&s)
	findingRows(b, &report.Report{Images: images, Findings: findings}, true)
	b.Flush()
	return s.String()
}

func TestFindingLines(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 8)
	one := sample().Images[:1]
	for _, tt := range []struct {
		name    string
		finding report.Finding
		images  []report.Image
		want    string
	}{
		{"nothing but a sentence", report.Finding{Message: "it is so"}, nil, "note[x.y] it is so\n"},
		{"of the file", report.Finding{Offset: new(int64)}, nil, "note[x.y] \n  at     byte 0 of the file\n"},
		{
			"bytes that are what the name says", report.Finding{Object: "blobs/sha256/ab", Got: "sha256:ab"}, nil,
			"note[x.y] \n  object blobs/sha256/ab\n",
		},
		{
			"a long digest once in full", report.Finding{Object: "blobs/sha512/" + long, Want: "sha512:" + long}, nil,
			"note[x.y] \n  object blobs/sha512/0123456789ab..cdef\n  want   sha512:" + long + "\n",
		},
		{
			"the only place of a digest", report.Finding{Claim: "sha512:" + long + "#/layers/0"}, nil,
			"note[x.y] \n  claim  sha512:" + long + "#/layers/0\n",
		},
		{
			"a deep pointer", report.Finding{Claim: "index.json#" + strings.Repeat("/0", 60) + "/end"}, nil,
			"note[x.y] \n  claim  index.json#/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/.../0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/end\n",
		},
		{"a config", report.Finding{Object: "blobs/sha256/bb", Images: []int{0}}, one, "note[x.y] \n  object blobs/sha256/bb\n  part   config\n"},
		{
			"one part of several images", report.Finding{Object: "l", Images: []int{0, 1}}, []report.Image{layered("a:1", "l", "m"), layered("b:1", "l", "n")},
			"note[x.y] \n  object l\n  part   layer 1 of 2\n  images a:1, b:1\n",
		},
		{
			"other parts of several images", report.Finding{Object: "l", Images: []int{0, 1}}, []report.Image{layered("a:1", "l", "m"), layered("b:1", "n", "l", "l")},
			"note[x.y] \n  object l\n  images a:1, layer 1 of 2\n         b:1, layers 2, 3 of 3\n",
		},
		{
			"all images", report.Finding{Images: []int{0, 1, 2}}, []report.Image{layered("a:1"), layered("b:1"), layered("c:1")},
			"note[x.y] \n  images all 3\n",
		},
		{
			"seven of eight images", report.Finding{Images: []int{0, 1, 2, 3, 4, 5, 6}}, []report.Image{
				layered("a"), layered("b"), layered("c"), layered("d"), layered("e"), layered("f"), layered("g"), layered("h"),
			},
			"note[x.y] \n  images a, b, c, d, e and 2 more\n",
		},
	} {
		tt.finding.Code, tt.finding.Severity = "x.y", report.Note
		if got := details(tt.images, tt.finding); got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}

// layered is an image with a name and the objects of its layers.
func layered(ref string, objects ...string) report.Image {
	img := report.Image{Refs: []string{ref}}
	for _, o := range objects {
		img.Layers = append(img.Layers, report.Layer{Blob: report.Blob{Object: o}})
	}
	return img
}

// What anchor.none says stands in the last line.
func TestAnchorNoneIsNotListed(t *testing.T) {
	if got := details(nil, report.Finding{Code: report.AnchorNone, Severity: report.Note, Message: "nobody"}); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

// An input that could not be judged has no verdict; one that is bad has.
func TestTableOfWhatCouldNotBeJudged(t *testing.T) {
	unknown := &report.Report{Verdict: report.Incomplete, Source: report.Source{Path: "a"}}
	bad := &report.Report{Verdict: report.Failed, Complete: true, Source: report.Source{Path: "a"}}
	err := errors.New("no image")
	for _, tt := range []struct {
		name   string
		result Result
		want   string
	}{
		{"unknown", Result{Inputs: []Input{{Path: "a", Report: unknown, Err: err}}}, ""},
		{"several", Result{Several: true, Inputs: []Input{{Path: "a", Report: unknown, Err: err}}}, "error: 1 input, 1 could not be judged, 0B\n"},
		{"none", Result{Several: true}, "error: 0 inputs, 0B\n"},
		{
			"bad", Result{Inputs: []Input{{Path: "a", Report: bad, Err: err}}},
			"failed: a (no known format): 0 images, 0 of 0 objects checked, 0B; not authenticated\n",
		},
		{
			"bad and unknown", Result{Several: true, Inputs: []Input{{Report: bad}, {Err: err}}},
			"failed: a (no known format): 0 images, 0 of 0 objects checked, 0B; not authenticated\n\nfailed: 2 inputs, 1 failed, 1 could not be judged, 0B\n",
		},
	} {
		if got := render(t, table, &tt.result); got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}

// Artifacts that were not asked for are in no list and no count.
func TestArtifactsOutsideOfTheSelection(t *testing.T) {
	r := sample()
	r.Verdict, r.Source.Selected = report.Verified, "linux/amd64"
	r.Artifacts[0].State, r.Coverage.Unreached = report.Unreached, 2
	for name, write := range writers() {
		if name == "json" || name == "jsonl" {
			continue // they say so: "state": "unreached"
		}
		if got := render(t, write, single(r)); strings.Contains(got, "spdx") || strings.Contains(got, "artifact,") || strings.Contains(got, string(d("6"))) {
			t.Errorf("%s: got the artifact in\n%s", name, got)
		}
	}
	if got := render(t, table, single(r)); !strings.Contains(got, " 2 not asked for, ") {
		t.Errorf("got\n%swant 2 not asked for", got)
	}
	r.Verdict = report.Failed
	if got := render(t, table, single(r)); !strings.Contains(got, " 2 unreached, ") {
		t.Errorf("got\n%swant 2 unreached", got)
	}
}
