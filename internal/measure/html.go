package measure

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/ocisum/ocisum/internal/render"
)

// HTML writes the result as one page with plots. The page needs nothing but
// itself: no script, no font, no picture from elsewhere, and its policy allows
// none.
func HTML(w io.Writer, r *Result) error {
	var s strings.Builder
	s.WriteString(`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ocisum bench</title>
<style>` + style + `</style></head><body><main>
`)
	s.WriteString(`<header><p class="tool">` + esc(r.Tool.Name+" "+r.Tool.Version) + ` bench</p><h1>How fast this machine verifies images</h1><p class="machine">` + esc(r.Machine.String()) + "</p></header>\n")
	for _, text := range r.Warnings {
		s.WriteString(`<p class="warning"><strong>Careful:</strong> ` + esc(text) + ".</p>\n")
	}
	cards(&s, r)
	if r.Path != nil {
		pathSection(&s, r.Path)
	}
	costSection(&s, r)
	verifySection(&s, r.Rows)
	decodeSection(&s, r.Rows)
	hashSection(&s, r.Rows)
	everything(&s, r)
	fmt.Fprintf(&s, `<footer>%d samples of each measurement, taken by turns; a bar is their median, a dot is one of them. The data are made up and in memory, the same on every machine. Hash engines: %s.</footer>`,
		r.Settings.Runs, esc(r.Machine.Hash))
	s.WriteString("\n</main></body></html>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// esc makes a string harmless: to a page, and to whoever copies from it.
func esc(s string) string { return html.EscapeString(render.Escape(s)) }

// cards are the few numbers that matter.
func cards(s *strings.Builder, r *Result) {
	s.WriteString(`<section class="cards">`)
	card := func(name, value, note string) {
		s.WriteString(`<div><h3>` + esc(name) + `</h3><b>` + esc(value) + `</b><span>` + esc(note) + `</span></div>`)
	}
	for _, e := range r.Estimate {
		if e.Of != streamed {
			card("1 TB, "+e.Of, Duration(e.Seconds), fmt.Sprintf("stored bytes at %s/s", render.Size(int64(e.Rate))))
		}
	}
	s.WriteString("</section>\n")
}

// section is a heading, a text, and plots.
func section(s *strings.Builder, heading, text string, plots ...string) {
	s.WriteString(`<section><h2>` + esc(heading) + `</h2><p>` + esc(text) + `</p>` + strings.Join(plots, "") + "</section>\n")
}

func pathSection(s *strings.Builder, p *Path) {
	rate := func(n int64, took float64) string {
		return fmt.Sprintf("%.3g s, %s/s", took, render.Size(int64(ratio(float64(n), took))))
	}
	all := []bar{{label: "first reading", value: rate(p.Bytes, p.FirstRead), amount: p.FirstRead, class: "off"}}
	if len(p.Read) > 0 {
		all = append(all, bar{label: "reading again", value: rate(p.Bytes, p.ReadMedian), amount: p.ReadMedian, samples: p.Read, class: "off"})
	}
	all = append(all, bar{label: "verifying", value: rate(p.Stored, p.VerifyMedian), amount: p.VerifyMedian, samples: p.Verify, class: "on"})
	text := fmt.Sprintf("%s: %s, %s in %s. It is %s. The first reading is from the disk unless the system had the bytes in memory already.",
		p.Path, p.Verdict, render.Size(p.Bytes), count(p.Files, "file"), p.Bound.sentence())
	section(s, "The path", text, bars("Seconds to read and to verify the path", all))
}

func costSection(s *strings.Builder, r *Result) {
	var lines []stack
	var texts []string
	for _, c := range r.Costs {
		lines = append(lines, stack{c.Format, c.Stages()})
		text := fmt.Sprintf("%s is bound by %s", c.Format, c.Bound)
		if c.Storage > 0 {
			text += fmt.Sprintf(" unless storage gives less than %s/s", render.Size(int64(c.Storage)))
		}
		if c.Saved >= noteworthy {
			text += fmt.Sprintf(" (%.0f %% of the parts is saved by doing them at the same time)", c.Saved*100)
		}
		texts = append(texts, text)
	}
	section(s, "What bounds this machine", strings.Join(texts, "; ")+". Parts of the time of one worker:",
		legend([]string{"hash of stored bytes", "decode", "hash of unpacked bytes", "rest: reading, tar, documents"}), stacks("Where the time of one worker goes, by format of image", lines))
}

func verifySection(s *strings.Builder, rows []Row) {
	var all []bar
	last := ""
	for _, r := range group(rows, Verify) {
		class := "on"
		if r.Jobs < widest(rows, r.Format).Jobs {
			class = "off"
		}
		all = append(all, bar{label: r.Format, note: count(r.Jobs, "job"), value: mega(r.Median*r.Unpacked) + " MB/s",
			amount: r.Median * r.Unpacked, samples: scaled(r.Samples, r.Unpacked), class: class, gap: r.Format != last})
		last = r.Format
	}
	section(s, "Verifying", "Uncompressed bytes of a made-up image a second, with every check on. In colour: with all workers.", bars("Verifying: uncompressed megabytes a second", all))
}

func decodeSection(s *strings.Builder, rows []Row) {
	var all []bar
	last := ""
	for _, r := range group(rows, Decode) {
		all = append(all, bar{label: r.Format + ", " + r.Engine, note: r.Kind, value: mega(r.Median) + " MB/s",
			amount: r.Median, samples: r.Samples, class: class(r), gap: r.Kind != last})
		last = r.Kind
	}
	section(s, "Decoding, one core", "Decoded bytes a second. The reference decoder only judges what the fast one refuses.", bars("Decoding: megabytes a second", all))
}

func hashSection(s *strings.Builder, rows []Row) {
	var all []bar
	last := ""
	for _, r := range group(rows, Hash) {
		all = append(all, bar{label: strings.TrimPrefix(r.Engine, "minio/") + ", " + r.Impl, note: fmt.Sprintf("×%d", r.Streams),
			value: mega(r.Median) + " MB/s", amount: r.Median, samples: r.Samples, class: class(r), gap: r.Algorithm != last})
		last = r.Algorithm
	}
	section(s, "Hashing, one core", "All streams together; ×1 is a single stream. In colour: what verify uses on this machine.", bars("Hashing: megabytes a second", all))
}

func class(r Row) string {
	if r.Chosen {
		return "on"
	}
	return "off"
}

func scaled(samples []float64, by float64) []float64 {
	out := make([]float64, len(samples))
	for i, v := range samples {
		out[i] = v * by
	}
	return out
}

// everything is the table behind the plots.
func everything(s *strings.Builder, r *Result) {
	s.WriteString(`<details><summary>All numbers</summary><div class="scroll"><table><thead><tr><th>measurement</th><th>MB/s</th><th>spread</th></tr></thead><tbody>`)
	for _, row := range r.Rows {
		fmt.Fprintf(s, "<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", esc(row.Name()), mega(row.Median), percent(row.Spread))
	}
	s.WriteString("</tbody></table></div></details>\n")
}
