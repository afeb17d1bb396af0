package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Everybody really does the work: on a tiny scale, nobody fails.
func TestContests(t *testing.T) {
	opt := options{size: 1, runs: 1, only: regexp.MustCompile(""), scratch: t.TempDir()}
	for _, stage := range []func(options) ([]contest, error){hashContests, decodeContests, imageContests} {
		contests, err := stage(opt)
		if err != nil {
			t.Fatal(err)
		}
		if len(contests) < 2 {
			t.Errorf("got %d contests", len(contests))
		}
		for _, c := range contests {
			table, err := c.hold(1)
			if err != nil {
				t.Errorf("%s: %v", c.title, err)
			}
			for _, row := range table.Rows {
				// A program that is there may still lack its configuration.
				failed := strings.HasPrefix(row[1], "failed") && !strings.Contains(row[1], "exit status")
				if len(row) != len(table.Head) || failed {
					t.Errorf("%s: got %q", c.title, row)
				}
			}
		}
	}
}

func TestHold(t *testing.T) {
	c := contest{title: "t", bytes: 1e6, entrants: []entrant{
		inside("ours", func() error { time.Sleep(time.Millisecond); return nil }),
		inside("fails", func() error { return errors.New("no\nway") }),
		{name: "program", run: func() (usage, error) { return usage{cpu: time.Second, peak: 3 << 20}, nil }},
	}}
	table, err := c.hold(2)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Rows[0]; got[3] != "1.00" || got[4] != "1.00 to 1.00" {
		t.Errorf("got %q, want ours to be its own measure", got)
	}
	if got := table.Rows[1][1]; got != "failed: no" {
		t.Errorf("got %q, want the first line of the error", got)
	}
	if got := table.Rows[2]; got[5] != "1.00" || got[6] != "3.0" {
		t.Errorf("got %q, want a second of CPU and 3 MiB", got)
	}
	c.entrants = c.entrants[1:]
	if _, err := c.hold(1); err == nil {
		t.Error("got no error although ours failed")
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "1": {1}, "100,1000": {100, 1000}, "0": nil, "1,": nil, "x": nil} {
		got, err := parseSizes(text)
		if !slices.Equal(got, want) || (err == nil) != (want != nil || text == "") {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	opt := options{runs: 1, only: regexp.MustCompile("docker-save"), scratch: t.TempDir(), ocisum: "true", sizes: []int{1, 2}}
	contests, err := sizeContests(opt)
	if err != nil || len(contests) != 1 || len(contests[0].entrants) != 2 {
		t.Fatalf("got %v, %v", contests, err)
	}
	if e := contests[0].entrants[1]; e.name != "2 MiB" || e.bytes < 2<<20 {
		t.Errorf("got %s of %d bytes", e.name, e.bytes)
	}
}

func TestHighWater(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t    12 kB\nVmRSS:\t 3 kB\n": 12 << 10,
		"Name:\tx\n": 0,
		"":           0,
	} {
		if got := highWater([]byte(status)); got != want {
			t.Errorf("%q: got %d, want %d", status, got, want)
		}
	}
}
