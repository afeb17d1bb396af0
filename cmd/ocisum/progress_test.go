package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// clock is a time that stands still until it is moved.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func (c *clock) move(d time.Duration) { c.t = c.t.Add(d) }

func testMeter(t *testing.T, mode string, env map[string]string) (*meter, *clock, *bytes.Buffer) {
	t.Helper()
	c := &clock{time.Unix(0, 0)}
	var out bytes.Buffer
	m, err := newMeter(&world{stderr: &out, now: c.now, getenv: func(k string) string { return env[k] }}, mode)
	if err != nil {
		t.Fatal(err)
	}
	return m, c, &out
}

func TestMeterPlain(t *testing.T) {
	m, c, out := testMeter(t, "plain", nil)
	update, done := m.begin("a\x1b.tar")
	for i := range 120 {
		c.move(100 * time.Millisecond)
		update(verify.Progress{Done: int64(i+1) * 1e6, Total: 200e6, Current: "blob"})
	}
	done()
	update(verify.Progress{Done: 1, Total: 1})
	want := "ocisum: a\\x1b.tar: 25%, 50MB of 200MB, 10MB/s\nocisum: a\\x1b.tar: 50%, 100MB of 200MB, 10MB/s\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// What is read at once may take long to decompress: that is what moves.
func TestMeterShowsDecompression(t *testing.T) {
	m, c, out := testMeter(t, "plain", nil)
	update, done := m.begin("bomb.tar")
	for i := range 100 {
		c.move(100 * time.Millisecond)
		update(verify.Progress{Done: 15_400, Total: 15_400, Uncompressed: int64(i+1) * 50e6})
	}
	done()
	want := "ocisum: bomb.tar: 99%, 15.4kB of 15.4kB, 2.5GB uncompressed, 500MB/s\nocisum: bomb.tar: 99%, 15.4kB of 15.4kB, 5GB uncompressed, 500MB/s\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestMeterTTY(t *testing.T) {
	m, c, out := testMeter(t, "tty", nil)
	update, done := m.begin("a.tar")
	for range 1000 {
		c.move(time.Millisecond)
		update(verify.Progress{Done: 1e6, Total: -1, Current: "x\x1b" + strings.Repeat("y", 200)})
	}
	done()
	drawn := strings.Count(out.String(), "\r\x1b[K")
	// At 300 ms, then every 100 ms, and once to clean up.
	if drawn != 9 {
		t.Errorf("got %d draws, want 9", drawn)
	}
	for _, line := range strings.Split(out.String(), "\r\x1b[K") {
		if len(line) > 79 || strings.ContainsAny(line, "\x1b\n") {
			t.Errorf("got line %q", line)
		}
	}
	if !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("the line stays: %q", out)
	}
	out.Reset()
	m.summary(&render.Result{Inputs: []render.Input{{Report: &report.Report{Bytes: report.Bytes{Stored: 5e6}}}}})
	if got, want := out.String(), "5MB in 1s, 5MB/s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMeterShortRunsDrawNothing(t *testing.T) {
	m, c, out := testMeter(t, "tty", nil)
	update, done := m.begin("a.tar")
	c.move(200 * time.Millisecond)
	update(verify.Progress{Done: 1, Total: 1})
	done()
	if out.Len() > 0 {
		t.Errorf("got %q, want nothing", out)
	}
}

func TestMeterModes(t *testing.T) {
	for _, tt := range []struct {
		mode string
		env  map[string]string
		want string
	}{
		{"auto", nil, "none"}, {"auto", map[string]string{"CI": "true"}, "plain"}, {"auto", map[string]string{"CI": "false"}, "none"},
		{"tty", nil, "tty"}, {"none", map[string]string{"CI": "1"}, "none"},
	} {
		if m, _, _ := testMeter(t, tt.mode, tt.env); m.mode != tt.want {
			t.Errorf("%s with %v: got %s, want %s", tt.mode, tt.env, m.mode, tt.want)
		}
	}
	if _, err := newMeter(testWorld(), "fancy"); err == nil {
		t.Error("got no error for an unknown mode")
	}
}
