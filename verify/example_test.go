package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ocisum/ocisum/archive"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/verify"
)

// motd is a small image for the examples.
var motd = testimage.Image{Ref: "example/motd:1", Layers: []testimage.Layer{
	{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: "gzip"},
}}

// Path judges whatever is at a path.
func ExamplePath() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "motd.tar")
	if err := os.WriteFile(file, testimage.DockerSave{Images: []testimage.Image{motd}}.Tree().Tar(), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	report, err := verify.Path(context.Background(), file, verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, image := range report.Images {
		fmt.Println(image.Refs, image.Platform, image.Verdict)
	}
	// Output: [example/motd:1] linux/amd64 verified
}

// RunStream judges a pipe in one pass. Here one byte of the layer was changed.
func ExampleRunStream() {
	tree := testimage.Layout{Images: []testimage.Image{motd}}.Tree()
	tree = tree.Flip(testimage.BlobPath(motd.Layers[0].Descriptor().Digest), 4)
	report, err := verify.RunStream(context.Background(), bytes.NewReader(tree.Tar()), verify.Options{Path: "-"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict)
	for _, f := range report.Findings {
		if f.Effect != "" {
			fmt.Println(f.Code, f.Claim[len(f.Claim)-len("#/layers/0"):])
		}
	}
	// Output:
	// failed
	// blob.digest-mismatch #/layers/0
}

// Run judges any source that is open already, against a pinned digest.
func ExampleRun() {
	tar := testimage.DockerSave{Images: []testimage.Image{motd}}.Tree().Tar()
	src, err := archive.New(context.Background(), bytes.NewReader(tar), int64(len(tar)), archive.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	report, err := verify.Run(context.Background(), src, verify.Options{Pin: motd.ID()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict, report.Anchors[0].Matched)
	// Output: verified image ID
}
