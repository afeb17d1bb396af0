package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/ocisum/ocisum/internal/render"
	"github.com/ocisum/ocisum/verify"
)

const (
	redraw    = 100 * time.Millisecond // of a line on a terminal
	firstDraw = 300 * time.Millisecond // what is over sooner needs no line
	plainLine = 5 * time.Second        // between lines in a log
)

// meter shows on standard error how far a run is. It may vanish without loss:
// errors of writing are ignored.
type meter struct {
	w     io.Writer
	now   func() time.Time
	mode  string // "tty", "plain" or "none"
	width func() int
	start time.Time // of the whole run

	mu    sync.Mutex
	label string
	begun time.Time
	last  time.Time
	drawn bool // a line stands on the terminal
}

// newMeter chooses the mode: auto is tty on a terminal, plain in a CI job,
// none elsewhere.
func newMeter(w *world, mode string) (*meter, error) {
	f, _ := w.stderr.(*os.File)
	terminal := f != nil && term.IsTerminal(int(f.Fd()))
	switch mode {
	case "tty", "plain", "none":
	case "auto":
		switch {
		case terminal && w.getenv("TERM") != "dumb":
			mode = "tty"
		case w.getenv("CI") != "" && w.getenv("CI") != "false":
			mode = "plain"
		default:
			mode = "none"
		}
	default:
		return nil, usage("", "--progress: %s is not auto, tty, plain or none", render.Quote(mode))
	}
	columns := func() int {
		if terminal {
			if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
				return n
			}
		}
		return 80
	}
	return &meter{w: w.stderr, now: w.now, mode: mode, width: columns, start: w.now()}, nil
}

// begin starts an input. The line is taken away by done.
func (m *meter) begin(label string) (update func(verify.Progress), done func()) {
	if m.mode == "none" {
		return nil, func() {}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.label, m.begun = label, m.now()
	m.last = m.begun
	return m.update, m.done
}

func (m *meter) update(p verify.Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.label == "" {
		return // after done: a run that was given up goes on in the background
	}
	now := m.now()
	switch {
	case m.mode == "plain":
		if now.Sub(m.last) >= plainLine {
			m.last = now
			fmt.Fprintf(m.w, "ocisum: %s: %s\n", render.Escape(m.label), m.state(p, now))
		}
	case now.Sub(m.last) >= redraw && now.Sub(m.begun) >= firstDraw:
		m.last, m.drawn = now, true
		fmt.Fprint(m.w, "\r\x1b[K"+render.Shorten(m.state(p, now)+"  "+render.Escape(m.label)+"  "+render.Escape(p.Current), max(20, m.width()-1)))
	}
}

func (m *meter) done() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
	m.label, m.drawn = "", false
}

// state is the progress in words: "42%, 1.2GB of 2.9GB, 812MB/s", and if
// something is decompressed "42%, 1.2GB of 2.9GB, 4.1GB uncompressed, 2GB/s".
// The rate is that of the larger number: the work grows with it.
func (m *meter) state(p verify.Progress, now time.Time) string {
	var s strings.Builder
	if p.Total > 0 {
		// A run that reports has not ended: what was read may still be decoded.
		fmt.Fprintf(&s, "%d%%, %s of %s", min(99, int(float64(p.Done)/float64(p.Total)*100)), render.Size(p.Done), render.Size(p.Total))
	} else {
		s.WriteString(render.Size(p.Done))
	}
	if p.Uncompressed > 0 {
		s.WriteString(", " + render.Size(p.Uncompressed) + " uncompressed")
	}
	s.WriteString(", " + rate(max(p.Done, p.Uncompressed), now.Sub(m.begun)))
	return s.String()
}

// summary says on a terminal how fast it went.
func (m *meter) summary(r *render.Result) {
	if m.mode != "tty" {
		return
	}
	var stored int64
	for _, in := range r.Inputs {
		if in.Report != nil {
			stored += in.Report.Bytes.Stored - in.Report.Bytes.Resumed // the rate is of this run
		}
	}
	took := m.now().Sub(m.start)
	fmt.Fprintf(m.w, "%s in %s, %s\n", render.Size(stored), took.Round(time.Millisecond), rate(stored, took))
}

func rate(n int64, d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	return render.Size(int64(float64(n)/d.Seconds())) + "/s"
}
