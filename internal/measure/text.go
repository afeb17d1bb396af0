package measure

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ocisum/ocisum/internal/measure/sample"
	"github.com/ocisum/ocisum/internal/render"
)

// JSON writes the result as one document.
func JSON(w io.Writer, r *Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Benchstat writes every sample as a line of Go's benchmark format, for
// golang.org/x/perf/cmd/benchstat.
func Benchstat(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "goos: %s\ngoarch: %s\npkg: ocisum\n", r.Machine.OS, r.Machine.Arch)
	if r.Machine.CPU != "" {
		fmt.Fprintf(b, "cpu: %s\n", render.Escape(r.Machine.CPU))
	}
	for _, row := range r.Rows {
		for _, s := range row.Samples {
			fmt.Fprintf(b, "Benchmark%s-%d\t1\t%.2f MB/s\n", row.Name(), r.Machine.Cores, s/1e6)
		}
	}
	if p := r.Path; p != nil {
		line := func(name string, took float64, bytes int64) {
			fmt.Fprintf(b, "Benchmark%s-%d\t1\t%.0f ns/op\t%.2f MB/s\n", name, r.Machine.Cores, took*1e9, ratio(float64(bytes), took)/1e6)
		}
		line("Path/do=first-read", p.FirstRead, p.Bytes)
		for _, s := range p.Read {
			line("Path/do=read", s, p.Bytes)
		}
		for _, s := range p.Verify {
			line("Path/do=verify", s, p.Stored)
		}
	}
	return b.Flush()
}

// Table writes the result for people.
func Table(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s\n\n", render.Escape(r.Machine.String()))
	row := func(cells ...string) {
		fmt.Fprintf(b, "%-44s", cells[0])
		for _, c := range cells[1:] {
			fmt.Fprintf(b, "%10s", c)
		}
		b.WriteByte('\n')
	}
	row("HASH, one core", "STREAMS", "MB/s", "SPREAD")
	for _, x := range group(r.Rows, Hash) {
		row(mark(x)+x.Algorithm+" "+x.Engine+", "+x.Impl, fmt.Sprint(x.Streams), mega(x.Median), percent(x.Spread))
	}
	b.WriteByte('\n')
	row("DECODE, one core", "DATA", "MB/s", "SPREAD")
	for _, x := range group(r.Rows, Decode) {
		name := x.Format + " " + x.Engine
		if x.Impl != "" {
			name += ", " + x.Impl
		}
		row(mark(x)+name, x.Kind, mega(x.Median), percent(x.Spread))
	}
	b.WriteByte('\n')
	row("VERIFY, in memory", "JOBS", "MB/s", "SPREAD", "UNPACKED")
	for _, x := range group(r.Rows, Verify) {
		row("  "+x.Format, fmt.Sprint(x.Jobs), mega(x.Median), percent(x.Spread), mega(x.Median*x.Unpacked))
	}
	b.WriteString("\n* is what verify uses here. MB/s are of decoded bytes for DECODE, of stored bytes for VERIFY.\n")
	if r.Path != nil {
		pathLines(b, r.Path)
	}
	b.WriteByte('\n')
	for _, c := range r.Costs {
		fmt.Fprintf(b, "%-22s %s\n", c.Format, c.sentence())
	}
	b.WriteByte('\n')
	for _, e := range r.Estimate {
		of := e.Of
		if r.Path != nil && of == r.Path.Path {
			of = "PATH"
		}
		fmt.Fprintf(b, "%-22s a terabyte in %s, if storage gives %s/s\n", of, Duration(e.Seconds), render.Size(int64(e.Rate)))
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(b, "\nwarning: %s\n", render.Escape(w))
	}
	return b.Flush()
}

func pathLines(b *bufio.Writer, p *Path) {
	fmt.Fprintf(b, "\nPATH  %s: %s, %s in %s\n", render.Escape(p.Path), p.Verdict, render.Size(p.Bytes), count(p.Files, "file"))
	rate := func(n int64, s float64) string {
		return fmt.Sprintf("%.3f s, %s/s", s, render.Size(int64(ratio(float64(n), s))))
	}
	fmt.Fprintf(b, "  first reading  %s (from disk, unless the system had it in memory)\n", rate(p.Bytes, p.FirstRead))
	if len(p.Read) > 0 {
		fmt.Fprintf(b, "  reading again  %s\n", rate(p.Bytes, p.ReadMedian))
	}
	fmt.Fprintf(b, "  verifying      %s\n  %s\n", rate(p.Stored, p.VerifyMedian), p.Bound.sentence())
}

// sentence says what a bound means.
func (b Bound) sentence() string {
	switch b {
	case BoundStorage:
		return "bound by storage: reading alone takes almost as long as verifying"
	case BoundCold:
		return "bound by storage where it was not read before: the first reading took longer than verifying"
	}
	return "bound by the CPU: reading alone is faster than verifying"
}

// noteworthy is what Cost.Saved must be to be told: less may be noise.
const noteworthy = 0.05

// sentence says where the time goes.
func (c Cost) sentence() string {
	var parts []string
	for _, s := range c.Stages() {
		if s.Share >= 0.005 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", s.Name, s.Share*100))
		}
	}
	s := "bound by " + c.Bound + ": " + strings.Join(parts, ", ")
	if c.Saved >= noteworthy {
		s += fmt.Sprintf("; %.0f %% is saved by doing them at the same time", c.Saved*100)
	}
	if c.Jobs > 1 {
		s += fmt.Sprintf("; %.2f times as fast with %d jobs", c.Scaling, c.Jobs)
	}
	return s
}

// Stage is a part of a Cost.
type Stage struct {
	Name  string
	Share float64
}

// Stages lists the parts of a cost in the order of the work.
func (c Cost) Stages() []Stage {
	hash := "hash"
	if c.Format != string(sample.DockerSave) {
		hash = "hash stored"
	}
	return []Stage{{hash, c.Hash}, {"decode", c.Decode}, {"hash unpacked", c.DiffID}, {"rest", c.Rest}}
}

func group(rows []Row, g Group) []Row {
	var all []Row
	for _, r := range rows {
		if r.Group == g {
			all = append(all, r)
		}
	}
	return all
}

func mark(r Row) string {
	if r.Chosen {
		return "* "
	}
	return "  "
}

func mega(rate float64) string { return fmt.Sprintf("%.0f", rate/1e6) }

func percent(f float64) string { return fmt.Sprintf("±%.0f %%", f*100) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Duration is a time in words, as precise as an estimate deserves.
func Duration(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case s >= 48*3600:
		return fmt.Sprintf("%.1f days", s/86400)
	case s >= 3600:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	case s >= 100:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%.1f s", s)
}
