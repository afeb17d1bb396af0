package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
)

func TestReplaceWritesPipesDirectly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, _ := os.ReadFile(path)
		read <- string(b)
	}()
	if err := replace(path, text("through")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through" {
		t.Errorf("got %q, want through", got)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", info.Mode(), err)
	}
}

// A full disk does not cost the reports that can be written.
func TestDeliverGoesOn(t *testing.T) {
	table := render.Formats()[0]
	file := filepath.Join(t.TempDir(), "out")
	r := &render.Result{Inputs: []render.Input{{Report: &report.Report{Verdict: report.Verified, Complete: true}}}}
	var stdout bytes.Buffer
	err := deliver([]sink{{format: table, file: "/dev/full"}, {format: table, file: ""}, {format: table, file: file}}, &stdout, r)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got error %v, want ENOSPC", err)
	}
	if stdout.Len() == 0 || content(t, file) != stdout.String() {
		t.Errorf("got %q and %q, want the same table twice", stdout.String(), content(t, file))
	}
}
