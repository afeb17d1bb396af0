package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/ocisum/ocisum/bench/page"
	"github.com/ocisum/ocisum/internal/measure"
)

// entrant is one way to do the work of a contest.
type entrant struct {
	name  string
	run   func() (usage, error)
	bytes int64 // 0: those of the contest
}

// usage is what a program used; zero for what is not known, as of code that runs
// in this process.
type usage struct {
	cpu  time.Duration
	peak int64 // bytes of memory
}

// contest is work that all entrants do. The first of them is ours: the ratios
// are to its time.
type contest struct {
	title    string
	note     string
	bytes    int64 // that a throughput counts
	entrants []entrant
}

// timing is what the rounds of an entrant showed.
type timing struct {
	entrant
	wall, ratios []float64
	usage
	err error
}

// hold lets the entrants take turns after a round that does not count. An
// entrant that fails is out, and the table says so.
func (c contest) hold(runs int) (page.Table, error) {
	all := make([]*timing, len(c.entrants))
	for i, e := range c.entrants {
		all[i] = &timing{entrant: e}
	}
	for round := -1; round < runs; round++ {
		for _, t := range all {
			if t.err != nil {
				continue
			}
			runtime.GC() // the rubbish of one is not the next one's burden
			start := time.Now()
			u, err := t.run()
			took := time.Since(start).Seconds()
			if err != nil {
				t.err = err
				continue
			}
			t.peak = max(t.peak, u.peak)
			if round >= 0 {
				t.wall = append(t.wall, took)
				t.cpu += u.cpu / time.Duration(runs)
				t.ratios = append(t.ratios, took/all[0].wall[round])
			}
		}
		if all[0].err != nil {
			return page.Table{}, fmt.Errorf("%s: %w", all[0].name, all[0].err)
		}
	}
	return c.table(all), nil
}

func (c contest) table(all []*timing) page.Table {
	t := page.Table{
		Title: c.title, Note: c.note, Numbers: 6,
		Head: []string{"what", "seconds", "MB/s", "time / ours", "in the rounds", "CPU s", "peak MiB"},
	}
	for _, e := range all {
		if e.err != nil {
			t.Rows = append(t.Rows, []string{e.name, "failed: " + firstLine(e.err), "", "", "", "", ""})
			continue
		}
		wall, _ := measure.Summary(e.wall)
		ratio, _ := measure.Summary(e.ratios)
		cpu, peak := "", ""
		if e.cpu > 0 {
			cpu = fmt.Sprintf("%.2f", e.cpu.Seconds())
		}
		if e.peak > 0 {
			peak = fmt.Sprintf("%.1f", float64(e.peak)/(1<<20))
		}
		t.Rows = append(t.Rows, []string{
			e.name, fmt.Sprintf("%.3f", wall), fmt.Sprintf("%.0f", float64(cmp.Or(e.bytes, c.bytes))/wall/1e6), fmt.Sprintf("%.2f", ratio),
			fmt.Sprintf("%.2f to %.2f", slices.Min(e.ratios), slices.Max(e.ratios)), cpu, peak,
		})
	}
	return t
}

func firstLine(err error) string {
	text := err.Error()
	for i, r := range text {
		if r == '\n' || i > 80 {
			return text[:i]
		}
	}
	return text
}

// inside makes an entrant of a function of this process.
func inside(name string, f func() error) entrant {
	return entrant{name: name, run: func() (usage, error) { return usage{}, f() }}
}
