package measure

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the plots, in the units of their viewBox.
const (
	plotWidth  = 760
	labelWidth = 250 // left of the bars
	valueWidth = 118 // right of them
	barWidth   = plotWidth - labelWidth - valueWidth
	barStep    = 30 // from one bar to the next
	barHeight  = 16
	groupGap   = 14
)

// bar is one line of a plot.
type bar struct {
	label, note string // the note is small, beside the label
	value       string // in words
	amount      float64
	samples     []float64 // dots on the bar
	class       string    // of its colour
	gap         bool      // a new group begins here
}

// bars draws a plot of horizontal bars from zero.
func bars(title string, all []bar) string {
	most := 0.0
	for _, b := range all {
		most = max(most, b.amount)
		for _, s := range b.samples {
			most = max(most, s)
		}
	}
	x := func(amount float64) float64 { return labelWidth + barWidth*ratio(amount, most) }
	var s strings.Builder
	y := 4
	for i, b := range all {
		if b.gap && i > 0 {
			y += groupGap
		}
		middle := y + barStep/2
		fmt.Fprintf(&s, `<g><title>%s</title>`, html.EscapeString(strings.TrimSpace(b.label+" "+b.note)+": "+b.value))
		fmt.Fprintf(&s, `<text class="label" x="%d" y="%d" text-anchor="end">%s`, labelWidth-12, middle+4, html.EscapeString(b.label))
		if b.note != "" {
			fmt.Fprintf(&s, `<tspan class="note" dx="7">%s</tspan>`, html.EscapeString(b.note))
		}
		fmt.Fprintf(&s, `</text><path class="%s" d="%s"/>`, b.class, rightRounded(labelWidth, float64(middle-barHeight/2), x(b.amount)-labelWidth))
		for _, dot := range b.samples {
			fmt.Fprintf(&s, `<circle class="dot" cx="%.1f" cy="%d" r="2.2"/>`, x(dot), middle)
		}
		end := x(b.amount)
		for _, dot := range b.samples {
			end = max(end, x(dot)+2)
		}
		fmt.Fprintf(&s, `<text class="value" x="%.1f" y="%d">%s</text></g>`, end+9, middle+4, html.EscapeString(b.value))
		y += barStep
	}
	return figure(title, y+6, fmt.Sprintf(`<line class="axis" x1="%d" x2="%d" y1="2" y2="%d"/>`, labelWidth, labelWidth, y+2)+s.String())
}

// rightRounded is a bar whose right end is round, since only that end means
// something.
func rightRounded(x int, y, width float64) string {
	r := min(4, max(width, 0))
	return fmt.Sprintf("M%d %.1fh%.1fa%.1f %.1f 0 0 1 %.1f %.1fv%.1fa%.1f %.1f 0 0 1 -%.1f %.1fh-%.1fz",
		x, y, max(width-r, 0), r, r, r, r, barHeight-2*r, r, r, r, r, max(width-r, 0))
}

// stack is one line of a plot of shares.
type stack struct {
	label  string
	shares []Stage
}

// stacks draws lines that are divided into shares of 1. Their colours are the
// classes s0, s1 and so on.
func stacks(title string, all []stack) string {
	const width = plotWidth - 130
	const left = 118
	var s strings.Builder
	y := 4
	for _, line := range all {
		middle := y + 18
		fmt.Fprintf(&s, `<text class="label" x="%d" y="%d" text-anchor="end">%s</text>`, left-12, middle+4, html.EscapeString(line.label))
		x := float64(left)
		for i, part := range line.shares {
			w := width * part.Share
			if w < 0.5 {
				continue
			}
			text := fmt.Sprintf("%.0f %%", part.Share*100)
			// The gap of two units keeps neighbours apart without a border.
			fmt.Fprintf(&s, `<g><title>%s</title><rect class="s%d" x="%.1f" y="%d" width="%.1f" height="26" rx="3"/>`,
				html.EscapeString(line.label+", "+part.Name+": "+text), i, x, middle-13, max(w-2, 0.5))
			if w > 44 {
				fmt.Fprintf(&s, `<text class="i%d" x="%.1f" y="%d" text-anchor="middle">%s</text>`, i, x+w/2-1, middle+4, text)
			}
			s.WriteString(`</g>`)
			x += w
		}
		y += 40
	}
	return figure(title, y+2, s.String())
}

// legend names the colours of stacks.
func legend(names []string) string {
	var s strings.Builder
	s.WriteString(`<ul class="legend">`)
	for i, n := range names {
		fmt.Fprintf(&s, `<li><i class="k%d"></i>%s</li>`, i, html.EscapeString(n))
	}
	return s.String() + `</ul>`
}

func figure(title string, height int, body string) string {
	return fmt.Sprintf(`<div class="plot"><svg viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg></div>`, plotWidth, height, html.EscapeString(title), body)
}
