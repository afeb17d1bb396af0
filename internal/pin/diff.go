package pin

import (
	"bytes"
	"fmt"
)

// context is how many unchanged lines a diff shows around changed ones.
const context = 3

// Diff returns the unified diff between the file and what Make returned, empty
// if they are equal. An edit never changes the number of lines.
func Diff(name string, old, new []byte) []byte {
	a, b := bytes.SplitAfter(old, []byte("\n")), bytes.SplitAfter(new, []byte("\n"))
	if len(a) != len(b) {
		panic("pin: an edit changed the number of lines")
	}
	if n := len(a) - 1; len(a[n]) == 0 {
		a, b = a[:n], b[:n]
	}
	var out bytes.Buffer
	for i := 0; i < len(a); i++ {
		if bytes.Equal(a[i], b[i]) {
			continue
		}
		// The hunk ends where more lines are equal than two contexts hold.
		last := i
		for k := i + 1; k < len(a) && k-last <= 2*context; k++ {
			if !bytes.Equal(a[k], b[k]) {
				last = k
			}
		}
		from, to := max(0, i-context), min(len(a), last+1+context)
		if out.Len() == 0 {
			fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", name, name)
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", span(from, to), span(from, to))
		for k := from; k < to; {
			if bytes.Equal(a[k], b[k]) {
				line(&out, ' ', a[k])
				k++
				continue
			}
			end := k
			for end < to && !bytes.Equal(a[end], b[end]) {
				end++
			}
			for _, l := range a[k:end] {
				line(&out, '-', l)
			}
			for _, l := range b[k:end] {
				line(&out, '+', l)
			}
			k = end
		}
		i = to - 1
	}
	return out.Bytes()
}

func span(from, to int) string {
	if to-from == 1 {
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func line(out *bytes.Buffer, mark byte, text []byte) {
	out.WriteByte(mark)
	out.Write(text)
	if !bytes.HasSuffix(text, []byte("\n")) {
		out.WriteString("\n\\ No newline at end of file\n")
	}
}
