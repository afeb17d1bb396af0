package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func image(ref, text, arch string) testimage.Image {
	return testimage.Image{
		Ref: ref, Platform: v1.Platform{OS: "linux", Architecture: arch},
		Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("etc/motd", text)}, Compress: "gzip"}},
	}
}

// judge runs a tree as a seekable tar.
func judge(t *testing.T, tree testimage.Tree, opt verify.Options) (*report.Report, error) {
	t.Helper()
	tar := tree.Tar()
	src, err := archive.New(context.Background(), bytes.NewReader(tar), int64(len(tar)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return verify.Run(context.Background(), src, opt)
}

func codes(r *report.Report) (list []report.Code) {
	for _, f := range r.Findings {
		if f.Severity != report.Note {
			list = append(list, f.Code)
		}
	}
	return list
}

// TestAnchors: what a digest from outside does to the verdict.
func TestAnchors(t *testing.T) {
	a, b := image("app:1", "one\n", "amd64"), image("app:2", "two\n", "amd64")
	both := testimage.Layout{Images: []testimage.Image{a, b}}.Tree()
	nested := testimage.Layout{Images: []testimage.Image{image("app:1", "one\n", "amd64"), image("app:1", "two\n", "arm64")}, Nested: true}.Tree()
	none := digest.FromString("nothing has this digest")
	index := digest.FromBytes(both.Files()["index.json"])
	file := digest.FromBytes(both.Tar())
	tests := []struct {
		name    string
		tree    testimage.Tree
		opt     verify.Options
		want    report.Verdict
		codes   []report.Code
		matched string
	}{
		{"none", both, verify.Options{}, report.Verified, nil, ""},
		{"manifest, one of two", both, verify.Options{Expect: []digest.Digest{a.Descriptor().Digest}}, report.Verified, []report.Code{report.AnchorUncovered}, "manifest"},
		{"manifest, all wanted", both, verify.Options{Expect: []digest.Digest{a.Descriptor().Digest}, ExpectAll: true}, report.Denied, []report.Code{report.AnchorRequired}, "manifest"},
		{"both", both, verify.Options{Expect: []digest.Digest{a.Descriptor().Digest, b.ID()}, ExpectAll: true}, report.Verified, nil, "manifest"},
		{"image ID", both, verify.Options{Pin: b.ID()}, report.Verified, nil, "image ID"},
		{"index.json", both, verify.Options{Expect: []digest.Digest{index}, ExpectAll: true}, report.Verified, nil, "index.json"},
		{"wrong", both, verify.Options{Expect: []digest.Digest{none}}, report.Denied, []report.Code{report.PinMismatch}, ""},
		{"wrong pin", both, verify.Options{Pin: none}, report.Denied, []report.Code{report.PinMismatch}, ""},
		{"required, none given", both, verify.Options{ExpectAll: true}, report.Denied, []report.Code{report.AnchorRequired, report.AnchorRequired}, ""},
		{"of the file, which Run does not know", both, verify.Options{Expect: []digest.Digest{file}}, report.Denied, []report.Code{report.PinMismatch}, ""},
		{"one platform of an index", nested, verify.Options{Expect: []digest.Digest{image("app:1", "one\n", "amd64").Descriptor().Digest}}, report.Verified, []report.Code{report.AnchorUncovered}, "manifest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := judge(t, tt.tree, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.want {
				t.Errorf("got verdict %s, want %s", got.Verdict, tt.want)
			}
			if fmt.Sprint(codes(got)) != fmt.Sprint(tt.codes) {
				t.Errorf("got %v, want %v", codes(got), tt.codes)
			}
			matched := ""
			if len(got.Anchors) > 0 {
				matched = got.Anchors[0].Matched
			}
			if matched != tt.matched {
				t.Errorf("got anchor matched %q, want %q", matched, tt.matched)
			}
		})
	}
}

// TestSelection: what a name or a platform leaves out is not judged, and not
// called checked either.
func TestSelection(t *testing.T) {
	a, b := image("app:1", "one\n", "amd64"), image("app:2", "two\n", "arm64")
	docker := testimage.DockerSave{Images: []testimage.Image{a, b}}.Tree()
	broken := docker.Flip(testimage.DockerSave{}.LayerPath(b.Layers[0]), 40)
	tests := []struct {
		name   string
		tree   testimage.Tree
		opt    verify.Options
		want   report.Verdict
		images int
	}{
		{"all", broken, verify.Options{}, report.Failed, 2},
		{"by name", broken, verify.Options{Tag: "app:1"}, report.Verified, 1},
		{"by full name", broken, verify.Options{Tag: "docker.io/library/app:1"}, report.Verified, 1},
		{"by tag", broken, verify.Options{Tag: "1"}, report.Verified, 1},
		{"the broken one", broken, verify.Options{Tag: "app:2"}, report.Failed, 1},
		{"by platform", broken, verify.Options{Platform: "linux/amd64"}, report.Verified, 1},
		{"by architecture", broken, verify.Options{Platform: "amd64"}, report.Verified, 1},
		{"platform that is not there", docker, verify.Options{Platform: "linux/s390x"}, report.Incomplete, 0},
		{"pinned", broken, verify.Options{Pin: a.ID()}, report.Verified, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := judge(t, tt.tree, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.want || len(got.Images) != tt.images {
				t.Errorf("got %s with %d images, want %s with %d", got.Verdict, len(got.Images), tt.want, tt.images)
			}
			if c := got.Coverage; c.Checked+c.Missing+c.Unreadable+c.Unreached+c.Unreferenced != c.Objects {
				t.Errorf("got %+v, which does not add up", c)
			}
		})
	}
	var missing *verify.NameError
	if _, err := judge(t, docker, verify.Options{Tag: "latest"}); !errors.As(err, &missing) || len(missing.Names) != 2 {
		t.Errorf("got %v, want a NameError with two names", err)
	}
}

// TestAbsent: a manifest that an index lists and the source does not carry.
func TestAbsent(t *testing.T) {
	amd, arm := image("app:1", "one\n", "amd64"), image("app:1", "two\n", "arm64")
	whole := testimage.Layout{Images: []testimage.Image{amd, arm}, Nested: true}.Tree()
	sparse := whole.Remove(testimage.BlobPath(arm.Descriptor().Digest))
	partial := sparse.Remove(testimage.BlobPath(amd.Layers[0].Descriptor().Digest))
	tests := []struct {
		name string
		tree testimage.Tree
		opt  verify.Options
		want report.Verdict
	}{
		{"whole", whole, verify.Options{AllPlatforms: true}, report.Verified},
		{"a sibling is whole", sparse, verify.Options{}, report.Verified},
		{"all platforms are asked for", sparse, verify.Options{AllPlatforms: true}, report.Incomplete},
		{"it is asked for", sparse, verify.Options{Platform: "linux/arm64"}, report.Incomplete},
		{"the other is asked for", sparse, verify.Options{Platform: "linux/amd64"}, report.Verified},
		{"no sibling is whole", partial, verify.Options{}, report.Incomplete},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := judge(t, tt.tree, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != tt.want {
				t.Errorf("got %s (%v), want %s", got.Verdict, codes(got), tt.want)
			}
		})
	}
}

// TestStrict: warnings and unreferenced objects become errors, limits do not.
func TestStrict(t *testing.T) {
	tree := testimage.Layout{Images: []testimage.Image{image("app:1", "one\n", "amd64")}}.Tree()
	extra := []byte("left over")
	tree = tree.Add(testimage.File(testimage.BlobPath(digest.FromBytes(extra)), string(extra)))
	for strict, want := range map[bool]report.Verdict{false: report.Verified, true: report.Failed} {
		got, err := judge(t, tree, verify.Options{Strict: strict})
		if err != nil {
			t.Fatal(err)
		}
		if got.Verdict != want {
			t.Errorf("strict %v: got %s, want %s", strict, got.Verdict, want)
		}
	}
}

// TestDocuments: a listing reads no layer and calls nothing verified.
func TestDocuments(t *testing.T) {
	img := image("app:1", "one\n", "amd64")
	got, err := judge(t, testimage.Layout{Images: []testimage.Image{img}}.Tree(), verify.Options{Documents: true, KeepRaw: true})
	if err != nil {
		t.Fatal(err)
	}
	l := got.Images[0].Layers[0]
	if got.Verdict != report.Incomplete || l.State != report.Unreached || l.DiffID != img.Layers[0].DiffID() {
		t.Errorf("got %s with layer %s, diff ID %s", got.Verdict, l.State, l.DiffID)
	}
	if !json.Valid(got.Images[0].Raw.Config) || !json.Valid(got.Images[0].Raw.Manifest) {
		t.Error("got no documents")
	}
}

// TestStreamEndsWithItsContext: a pipe that says nothing does not hold a run.
func TestStreamEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		rep, err := verify.RunStream(ctx, r, verify.Options{})
		if rep == nil || rep.Complete || rep.Verdict != report.Incomplete {
			err = fmt.Errorf("got report %+v with %w", rep, err)
		}
		done <- err
	}()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) || !verify.IsContext(err) {
			t.Errorf("got %v, want the context's error", err)
		}
	case <-time.After(10 * time.Second): // a hang guard, nothing is timed
		t.Fatal("the run did not end")
	}
}
