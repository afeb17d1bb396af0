package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

func TestWrite(t *testing.T) {
	for _, format := range sample.Formats() {
		path := filepath.Join(t.TempDir(), "image")
		if err := write(format, 2, 300<<10, []string{path}); err != nil {
			t.Fatal(err)
		}
		rep, err := verify.Path(context.Background(), path, verify.Options{})
		if err != nil || rep.Verdict != report.Verified {
			t.Errorf("%s: got %v, %v, want it verified", format, rep, err)
		}
	}
	if err := write("oci-gzip", 2, 300<<10, nil); err == nil {
		t.Error("got no error without a path")
	}
	if err := write("tgz", 2, 300<<10, []string{"x"}); err == nil {
		t.Error("got no error for an unknown format")
	}
}
