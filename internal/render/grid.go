package render

import (
	"bufio"
	"io"
	"strings"
)

// maxCell is the widest a cell of a table gets: the name of a sha256 blob fits.
const maxCell = 80

// gap separates the columns of a table.
const gap = 2

// grid is a table with aligned columns. Cells are quoted by their makers;
// grid cuts them to maxCell columns unless they are digests, which are of no
// use when cut.
type grid struct {
	rows   [][]string
	widths []int
}

func (g *grid) row(cells ...string) {
	for len(g.widths) < len(cells) {
		g.widths = append(g.widths, 0)
	}
	for i, c := range cells {
		if !isDigest(c) {
			cells[i] = Shorten(c, maxCell)
		}
		g.widths[i] = max(g.widths[i], width(cells[i]))
	}
	g.rows = append(g.rows, cells)
}

// isDigest reports whether a cell is a whole digest: no cell that an image
// controls is exempt from cutting by more than the length of one.
func isDigest(c string) bool {
	alg, _, found := strings.Cut(c, ":")
	return found && len(c) <= len("sha512:")+128 && (alg == "sha256" || alg == "sha512")
}

// write writes the rows, each after indent spaces, without spaces at the ends
// of lines.
func (g *grid) write(w *bufio.Writer, indent int) {
	for _, cells := range g.rows {
		pad := indent
		for i, c := range cells {
			if c == "" {
				pad += g.widths[i] + gap
				continue
			}
			spaces(w, pad)
			w.WriteString(c)
			pad = g.widths[i] - width(c) + gap
		}
		w.WriteByte('\n')
	}
}

func spaces(w *bufio.Writer, n int) {
	const blank = "                                                                "
	for ; n > len(blank); n -= len(blank) {
		w.WriteString(blank)
	}
	w.WriteString(blank[:n])
}

// lines writes text through a buffer and returns the first error of w.
func lines(w io.Writer, text func(*bufio.Writer)) error {
	b := bufio.NewWriterSize(w, 32<<10)
	text(b)
	return b.Flush()
}
