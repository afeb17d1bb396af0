//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
)

// TestResume runs the command twice with a ledger, as if the image had been
// left alone for an hour before.
func TestResume(t *testing.T) {
	big := testimage.Layer{Members: []testimage.Member{testimage.File("data", strings.Repeat("x", 2<<20))}}
	tree := testimage.Layout{Images: []testimage.Image{{Ref: "app:1", Layers: []testimage.Layer{big}}}}.Tree()
	dir := t.TempDir()
	image, book := filepath.Join(dir, "image.tar"), filepath.Join(dir, "ledger")
	if err := os.WriteFile(image, tree.Tar(), 0o644); err != nil {
		t.Fatal(err)
	}
	verify := func(args ...string) (code int, stdout, stderr string) {
		var out, complaints bytes.Buffer
		w := newWorld(nil, &out, &complaints)
		w.now = func() time.Time { return time.Now().Add(time.Hour) }
		code = w.run(t.Context(), append([]string{"ocisum", "verify", "--resume", book, image}, args...))
		return code, out.String(), complaints.String()
	}
	if code, out, complaint := verify(); code != 0 || strings.Contains(out, "earlier run") || complaint != "" {
		t.Errorf("first: got %d, %s%s", code, out, complaint)
	}
	code, out, complaint := verify()
	if code != 0 || !strings.Contains(out, "5 of 5 objects checked (1 by an earlier run, not now)") || complaint != "" {
		t.Errorf("second: got %d, %s%s", code, out, complaint)
	}
	document, event := schemas(t)
	_, out, _ = verify("-o", "json")
	v, err := unmarshal(out)
	if err != nil || document.Validate(v) != nil {
		t.Errorf("the report is not of its schema: %v, %v", err, document.Validate(v))
	}
	for _, want := range []string{`"resumed": true`, `"resumed": 1`, `"resumed": 2098688`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	_, out, _ = verify("-o", "jsonl")
	for text := range strings.Lines(out) {
		v, err := unmarshal(text)
		if err != nil || event.Validate(v) != nil {
			t.Errorf("%s: %v, %v", text, err, event.Validate(v))
		}
	}
	// Another limit on layers may give another report.
	if code, _, complaint := verify("--max-layer-bytes", "1GiB"); code != 2 || !strings.Contains(complaint, "another version, or to a run with other limits") {
		t.Errorf("other limits: got %d, %s", code, complaint)
	}
	// A forged record is believed, and the report says whose word it is.
	text, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	var line struct{ Record json.RawMessage }
	if lines := bytes.Split(text, []byte("\n")); json.Unmarshal(lines[1], &line) != nil || !bytes.Contains(line.Record, []byte(big.DiffID())) {
		t.Errorf("got %s, want a record with %s", text, big.DiffID())
	}
}
