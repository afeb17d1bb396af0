package pin

import (
	"errors"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

func dg(s string) digest.Digest { return digest.FromString(s) }

func ptr(s string) *digest.Digest { d := dg(s); return &d }

// asked is a question to a resolver and its answer: a digest, or a part of the
// error.
type asked struct{ name, platform, want string }

func ask(t *testing.T, r Resolver, questions []asked) {
	t.Helper()
	for _, q := range questions {
		d, where, err := r.Resolve(q.name, q.platform)
		switch {
		case err != nil && (strings.HasPrefix(q.want, "sha256:") || !strings.Contains(err.Error(), q.want)):
			t.Errorf("%s %s: got error %q, want %s", q.name, q.platform, err, q.want)
		case err == nil && d.String() != q.want:
			t.Errorf("%s %s: got %s, want %s", q.name, q.platform, d, q.want)
		case err == nil && where == "":
			t.Errorf("%s %s: does not say where", q.name, q.platform)
		}
	}
}

func TestLock(t *testing.T) {
	index := lock.Record{Digest: dg("index"), Kind: lock.Index, Verified: true, Platforms: []lock.Platform{
		{Name: "linux/amd64", Manifest: dg("amd64")}, {Name: "linux/arm64/v8", Manifest: dg("arm64")},
		{Name: "linux/arm/v6", Manifest: dg("v6")}, {Name: "linux/arm/v7", Manifest: dg("v7")},
	}}
	f := &lock.File{Images: []lock.Image{
		{Name: "docker.io/library/multi:1", Current: index, History: []lock.Record{{Digest: dg("old"), Kind: lock.Registry}}},
		{Name: "docker.io/library/one:1", Current: lock.Record{Digest: dg("one"), Kind: lock.Manifest, Platforms: []lock.Platform{{Name: "linux/amd64", Manifest: dg("one")}}}},
		{Name: "docker.io/library/saved:1", Current: lock.Record{Digest: dg("saved"), Kind: lock.ImageID}},
		{Name: "docker.io/library/bare@" + string(dg("bare")), Current: lock.Record{Digest: dg("bare"), Kind: lock.Registry}},
	}}
	const hub = "docker.io/library/"
	ask(t, Lock(f, "--lock x"), []asked{
		{hub + "multi:1", "", string(dg("index"))},
		{hub + "multi:1", "linux/amd64", string(dg("amd64"))},
		{hub + "multi:1", "linux/arm64", string(dg("arm64"))},
		{hub + "multi:1", "linux/arm/v7", string(dg("v7"))},
		{hub + "multi:1", "linux/arm", "has 2 manifests for linux/arm"},
		{hub + "multi:1", "linux/s390x", "has 0 manifests for linux/s390x"},
		{hub + "multi:2", "", "in no source"},
		{hub + "multi@" + string(dg("index")), "", string(dg("index"))},
		{hub + "multi@" + string(dg("arm64")), "", string(dg("arm64"))},
		{hub + "multi@" + string(dg("old")), "", "in no source"},
		{hub + "other@" + string(dg("index")), "", "in no source"},
		{hub + "one:1", "linux/amd64", string(dg("one"))},
		{hub + "one:1", "linux/arm64", "has 0 manifests"},
		{hub + "saved:1", "", "has an image ID only"},
		{hub + "saved@" + string(dg("saved")), "", "in no source"},
		{hub + "bare@" + string(dg("bare")), "", string(dg("bare"))},
	})
}

func TestVerified(t *testing.T) {
	rep := &report.Report{
		Verdict: report.Verified,
		Indexes: []report.Index{
			{Refs: []string{"docker.io/library/multi:1", "latest"}, Digest: dg("index"), State: report.Checked},
			{Refs: []string{"unread:1"}, Digest: dg("unread"), State: report.Unreached},
		},
		Images: []report.Image{
			{Refs: []string{"docker.io/library/multi:1"}, Digest: ptr("amd64"), Platform: "linux/amd64", Indexes: []int{0}},
			{Digest: ptr("arm64"), Platform: "linux/arm64/v8", Indexes: []int{0}},
			{Refs: []string{"r.example/one:1", "no tag?"}, Digest: ptr("one"), Platform: "linux/amd64"},
			{Refs: []string{"saved"}, Platform: "linux/amd64"},
			{Refs: []string{"saved:1"}, Platform: "linux/amd64"},
			{Refs: []string{"two:1"}, Digest: ptr("two-a"), Platform: "linux/amd64"},
			{Refs: []string{"two:1"}, Digest: ptr("two-b"), Platform: "linux/arm64"},
		},
		Artifacts: []report.Artifact{
			{Refs: []string{"model:1"}, Digest: dg("model"), State: report.Checked},
			{Refs: []string{"sig:1"}, Digest: dg("sig"), Subject: dg("x"), State: report.Checked},
		},
	}
	r, err := Verified(rep, "--from x", "")
	if err != nil {
		t.Fatal(err)
	}
	const hub = "docker.io/library/"
	ask(t, r, []asked{
		{hub + "multi:1", "", string(dg("index"))},
		{hub + "multi:1", "linux/amd64", string(dg("amd64"))},
		{hub + "multi:1", "linux/arm64", string(dg("arm64"))},
		{hub + "multi:1", "linux/s390x", "has no linux/s390x"},
		{hub + "multi@" + string(dg("arm64")), "", string(dg("arm64"))},
		{hub + "multi@" + string(dg("one")), "", "in no source"},
		{hub + "latest:latest", "", "in no source"},
		{hub + "unread:1", "", "in no source"},
		{"r.example/one:1", "", string(dg("one"))},
		{"r.example/one:1", "linux/amd64", string(dg("one"))},
		{hub + "saved:latest", "", "in no source"},
		{hub + "saved:1", "", "image ID is not the digest of a registry"},
		{hub + "saved:1", "linux/amd64", "image ID is not the digest of a registry"},
		{hub + "two:1", "", "choose one with --platform"},
		{hub + "two:1", "linux/arm64", string(dg("two-b"))},
		{hub + "model:1", "", string(dg("model"))},
		{hub + "sig:1", "", "in no source"},
	})
	if _, err := Verified(rep, "--from x", "a:1"); err == nil || !strings.Contains(err.Error(), "choose the one") {
		t.Errorf("a name for many images: got %v", err)
	}
	one := &report.Report{Verdict: report.Verified, Images: []report.Image{{Refs: []string{"v1"}, Digest: ptr("one")}}}
	if _, err := Verified(one, "--from x", ""); !errors.Is(err, ErrNameless) || !strings.Contains(err.Error(), `"v1"`) {
		t.Errorf("no name: got %v", err)
	}
	r, err = Verified(one, "--from x", "a")
	if err != nil {
		t.Fatal(err)
	}
	ask(t, r, []asked{{hub + "a:latest", "", string(dg("one"))}, {hub + "v1:latest", "", "in no source"}})
	one.Verdict = report.Incomplete
	if _, err := Verified(one, "--from x", "a"); err == nil {
		t.Error("what is not verified has digests")
	}
}

func TestProven(t *testing.T) {
	rep := func(matched string, holds bool) *report.Report {
		return &report.Report{
			Verdict: report.Verified,
			Images:  []report.Image{{Refs: []string{"a:1"}, Platform: "linux/amd64"}},
			Anchors: []report.Anchor{{Kind: "pin", By: "@digest", Digest: dg("approved"), Matched: matched, Holds: holds, Images: []int{0}}},
		}
	}
	const a = "docker.io/library/a:1"
	for _, tt := range []struct {
		rep       *report.Report
		questions []asked
	}{
		{rep(byManifest, true), []asked{{a, "", string(dg("approved"))}, {a, "linux/amd64", string(dg("approved"))}, {a, "linux/arm64", "has no linux/arm64"}}},
		{rep(byIndex, true), []asked{{a, "", string(dg("approved"))}, {a, "linux/amd64", "has no linux/amd64"}}},
		{rep(byManifest, false), []asked{{a, "", "image ID is not"}}},
		{rep("image ID", true), []asked{{a, "", "image ID is not"}}},
	} {
		r, err := Verified(tt.rep, "--from x", "")
		if err != nil {
			t.Fatal(err)
		}
		ask(t, r, tt.questions)
	}
}

func TestSources(t *testing.T) {
	a := &report.Report{Verdict: report.Verified, Images: []report.Image{{Refs: []string{"a:1"}, Digest: ptr("a")}, {Refs: []string{"b:1"}}}}
	b := &report.Report{Verdict: report.Verified, Images: []report.Image{{Refs: []string{"a:1"}, Digest: ptr("other")}, {Refs: []string{"b:1"}, Digest: ptr("b")}}}
	var s Sources
	for _, rep := range []*report.Report{a, b} {
		r, err := Verified(rep, "--from x", "")
		if err != nil {
			t.Fatal(err)
		}
		s = append(s, r)
	}
	const hub = "docker.io/library/"
	ask(t, s, []asked{{hub + "a:1", "", "sources disagree"}, {hub + "b:1", "", string(dg("b"))}, {hub + "c:1", "", "in no source"}})
	if _, _, err := s.Resolve(hub+"a:1", ""); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestDecide(t *testing.T) {
	repo := func(name string) Resolver {
		r, err := Verified(&report.Report{Verdict: report.Verified, Images: []report.Image{{Refs: []string{name}, Digest: ptr("new")}}}, "--from x", "")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, tt := range []struct {
		name, text, source string
		opt                Options
		state              State
		to                 string
	}{
		{"tag", "a:1", "a:1", Options{}, Unpinned, "a:1@" + string(dg("new"))},
		{"same image, other spelling", "docker.io/a:1", "library/a:1", Options{}, Unpinned, "docker.io/a:1@" + string(dg("new"))},
		{"no tag", "a", "a:latest", Options{}, Unpinned, "a@" + string(dg("new"))},
		{"port", "localhost:5000/a", "localhost:5000/a:latest", Options{}, Unpinned, "localhost:5000/a@" + string(dg("new"))},
		{"right", "a:1@" + string(dg("new")), "a:1", Options{}, Right, ""},
		{"differs", "a:1@" + string(dg("old")), "a:1", Options{}, Differs, "a:1@" + string(dg("new"))},
		{"digest only", "a@" + string(dg("new")), "a:7", Options{}, Right, ""},
		{"other digest only", "a@" + string(dg("old")), "a:latest", Options{}, Unknown, ""},
		{"unknown", "b:1", "a:1", Options{}, Unknown, ""},
		{"upper case", "A:1", "a:1", Options{}, Refused, ""},
		{"empty", "", "a:1", Options{}, Refused, ""},
		{"malformed digest", "a:1@sha256:00", "a:1", Options{}, Refused, ""},
		{"weak digest", "a:1@md5:" + strings.Repeat("0", 32), "a:1", Options{}, Refused, ""},
		{"two digests", "a@" + string(dg("x")) + "@" + string(dg("y")), "a:1", Options{}, Refused, ""},
		{"unpin", "a:1@" + string(dg("old")), "a:1", Options{Unpin: true}, Drop, "a:1"},
		{"unpin what has none", "a:1", "a:1", Options{Unpin: true}, Right, ""},
		{"unpin what is no name", "$A", "a:1", Options{Unpin: true}, Right, ""},
		{"unpin a digest only", "a@" + string(dg("new")), "a:1", Options{Unpin: true}, Keep, ""},
		{"unpin the latest", "a@" + string(dg("new")), "a:latest", Options{Unpin: true}, Drop, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opt.Resolver = repo(tt.source)
			f, err := Find("x", Kubernetes, []byte("{apiVersion: v1, kind: Pod, spec: {containers: [{image: '"+tt.text+"'}]}}"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.text == "" {
				f.Places = []Place{{}}
			}
			results, _, err := Make(f, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if r := results[0]; r.State != tt.state || r.To != tt.to || r.Problem() != (r.Reason != "" && r.State != Keep) {
				t.Errorf("got %+v, want %s %s", r, tt.state, tt.to)
			}
		})
	}
}
