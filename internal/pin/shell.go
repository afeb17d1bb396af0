package pin

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of the expansion of variables, which could otherwise double with every
// ARG. BuildKit has none.
const (
	maxExpanded = 1 << 20 // bytes that variables put into all words of a file
	maxNesting  = 32      // of ${A:-${B:-...}}
)

var (
	errNesting  = errors.New("variables nested too deeply")
	errExpanded = errors.New("variables expand to too much")
)

// value is what a variable stands for.
type value struct {
	tracked
	known  bool // false: only the build knows
	hollow bool // as in lexer
}

// lexer expands words as BuildKit's shell.Lex does: quotes, escapes, $NAME and
// ${NAME:-word}.
type lexer struct {
	t      tracked
	i      int
	escape rune
	// raw keeps quotes, escapes and variables as they are, to find where words
	// begin and end.
	raw    bool
	lookup func(name string) (value, bool)
	budget *int
	depth  int

	word  tracked // being collected
	in    bool
	words []tracked

	unknown []string // variables whose value only the build knows
	unset   []string
	odd     bool // ${NAME%...} and the like, which are not followed
	hollow  bool // a variable that is empty stands after something
}

func (l *lexer) peek() (r rune, size int) {
	if l.i >= l.t.len() {
		return -1, 0
	}
	return utf8.DecodeRune(l.t.b[l.i:])
}

// run expands the whole text.
func (l *lexer) run() (tracked, error) {
	out, err := l.until(-1)
	if l.word.len() > 0 {
		l.words = append(l.words, l.word)
		l.word = tracked{}
	}
	return out, err
}

// push adds text to the current word; split says that blanks in it end the word.
func (l *lexer) push(t tracked, split bool) {
	if !split {
		l.word.add(t, 0, t.len())
		l.in = true
		return
	}
	for i := 0; i < t.len(); {
		r, n := utf8.DecodeRune(t.b[i:])
		switch {
		case !unicode.IsSpace(r):
			l.word.add(t, i, i+n)
			l.in = true
		case l.in && l.word.len() > 0:
			l.words = append(l.words, l.word)
			l.word, l.in = tracked{}, false
		}
		i += n
	}
}

// take returns the next n bytes.
func (l *lexer) take(n int) tracked {
	t := l.t.slice(l.i, l.i+n)
	l.i += n
	return t
}

// until expands up to stop, which is passed over; -1 is the end of the text.
func (l *lexer) until(stop rune) (out tracked, err error) {
	for {
		r, n := l.peek()
		var t tracked
		split := false
		switch {
		case r < 0 && stop < 0:
			return out, nil
		case r < 0:
			return out, fmt.Errorf("%q is missing", stop)
		case r == stop:
			l.i += n
			return out, nil
		case r == '\'':
			t, err = l.single()
		case r == '"':
			t, err = l.double()
		case r == '$':
			t, err = l.dollar()
			split = true
		case r == '<':
			t = l.arrows()
		case r == l.escape:
			t = l.take(n)
			if !l.raw {
				t = tracked{}
			}
			if r, n := l.peek(); r >= 0 {
				next := l.take(n)
				t = tracked{append(t.b, next.b...), append(t.at, next.at...)}
			}
		default:
			t, split = l.take(n), true
		}
		if err != nil {
			return out, err
		}
		if (r == '$' || r == '"') && t.len() == 0 && out.len() > 0 {
			l.hollow = true
		}
		out.add(t, 0, t.len())
		if l.depth == 0 {
			l.push(t, split)
		}
	}
}

func (l *lexer) single() (out tracked, err error) {
	start := l.i
	for l.i++; ; l.i++ {
		if l.i >= l.t.len() {
			return out, errors.New("a ' is missing")
		}
		if l.t.b[l.i] == '\'' {
			break
		}
	}
	l.i++
	if l.raw {
		return l.t.slice(start, l.i), nil
	}
	return l.t.slice(start+1, l.i-1), nil
}

func (l *lexer) double() (out tracked, err error) {
	quote := l.take(1)
	if l.raw {
		out.add(quote, 0, 1)
	}
	for {
		r, n := l.peek()
		switch {
		case r < 0:
			return out, errors.New(`a " is missing`)
		case r == '"':
			quote := l.take(1)
			if l.raw {
				out.add(quote, 0, 1)
			}
			return out, nil
		case r == '$':
			t, err := l.dollar()
			if err != nil {
				return out, err
			}
			if t.len() == 0 && out.len() > 0 {
				l.hollow = true
			}
			out.add(t, 0, t.len())
		case r == l.escape:
			t := l.take(n)
			next, m := l.peek()
			if next == '"' || next == '$' || next == l.escape {
				if l.raw {
					out.add(t, 0, n)
				}
				t, n = l.take(m), m
			} else if next < 0 {
				continue
			}
			out.add(t, 0, n)
		default:
			out.add(l.take(n), 0, n)
		}
	}
}

// arrows takes < or <<, and the blanks between << and the name of a
// here-document.
func (l *lexer) arrows() tracked {
	start := l.i
	l.i++
	if r, _ := l.peek(); r == '<' {
		l.i++
		for l.i < l.t.len() && strings.IndexByte(" \t\r", l.t.b[l.i]) >= 0 {
			l.i++
		}
	}
	return l.t.slice(start, l.i)
}
