package pin

import (
	"bytes"
	"fmt"
)

// tracked is text that knows where in the file each of its bytes stands. Text
// that stands nowhere has the offset -1.
type tracked struct {
	b  []byte
	at []int32 // files are bounded by MaxBytes
}

func (t tracked) len() int               { return len(t.b) }
func (t tracked) String() string         { return string(t.b) }
func (t tracked) slice(i, j int) tracked { return tracked{t.b[i:j:j], t.at[i:j:j]} }
func (t tracked) from(i int) tracked     { return t.slice(i, t.len()) }

// add appends the bytes of s from i to j.
func (t *tracked) add(s tracked, i, j int) {
	t.b = append(t.b, s.b[i:j]...)
	t.at = append(t.at, s.at[i:j]...)
}

// span appends the bytes of the file from i to j.
func (t *tracked) span(data []byte, i, j int) {
	t.b = append(t.b, data[i:j]...)
	for ; i < j; i++ {
		t.at = append(t.at, int32(i))
	}
}

// trim drops what cut drops at both ends.
func (t tracked) trim(drop func(rune) bool) tracked {
	n := t.len() - len(bytes.TrimLeftFunc(t.b, drop))
	t = t.from(n)
	return t.slice(0, len(bytes.TrimRightFunc(t.b, drop)))
}

// place makes a place of the text. No reference is that long that offsets of
// its bytes as int would matter, and what is longer is none.
func (t tracked) place(what string, line int) Place {
	p := Place{Line: line, What: what}
	if t.len() > maxReference {
		p.Obstacle = fmt.Sprintf("longer than %d bytes", maxReference)
		t = t.slice(0, maxReference)
	}
	p.Text, p.at = string(t.b), make([]int, t.len())
	for i, at := range t.at {
		p.at[i] = int(at)
	}
	return p
}
