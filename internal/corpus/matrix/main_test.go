package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestMatrix holds the column of this tool to what the README promises.
func TestMatrix(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, "../../../testdata/peers-matrix.tar.zst"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| **ocisum verify** | **48/48** | **27/27** |", "15 valid forms: ocisum 0;"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "Not as the matrix expects") {
		t.Errorf("got\n%s", out.String())
	}
}
