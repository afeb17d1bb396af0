package pin

import (
	"errors"
	"unicode"
)

// dollar expands a variable.
func (l *lexer) dollar() (out tracked, err error) {
	start := l.i
	l.i++
	if r, _ := l.peek(); r != '{' {
		name := l.name()
		if name == "" || l.raw {
			return l.t.slice(start, l.i), nil
		}
		v, _, err := l.get(name)
		return v.tracked, err
	}
	l.i++
	switch r, _ := l.peek(); r {
	case -1, '{', '}', ':':
		return out, errors.New("bad substitution")
	}
	if l.depth++; l.depth > maxNesting {
		return out, errNesting
	}
	defer func() { l.depth-- }()
	name := l.name()
	r, n := l.peek()
	l.i += n
	empty := false // counts as unset
	if r == ':' {
		empty = true
		r, n = l.peek()
		l.i += n
	}
	switch r {
	case '}':
		if empty {
			return out, errors.New("bad substitution")
		}
		if l.raw {
			return l.t.slice(start, l.i), nil
		}
		v, _, err := l.get(name)
		return v.tracked, err
	case '-', '+', '?':
	case '#', '%', '/':
		if empty {
			return out, errors.New("bad substitution")
		}
		if !l.raw {
			l.odd = true
		}
		if r == '/' {
			if r, _ := l.peek(); r == '/' {
				l.i++
			}
			if _, err := l.until('/'); err != nil {
				return out, err
			}
		}
		_, err := l.until('}')
		if err != nil || l.raw {
			return l.t.slice(start, l.i), err
		}
		return out, nil
	default:
		return out, errors.New("bad substitution")
	}
	// What the word needs counts only if the word is used.
	unknown, unset, odd := l.unknown, l.unset, l.odd
	word, err := l.until('}')
	if err != nil || l.raw {
		return l.t.slice(start, l.i), err
	}
	wordUnknown, wordUnset, wordOdd := l.unknown, l.unset, l.odd
	l.unknown, l.unset, l.odd = unknown, unset, odd
	v, set := l.lookup(name)
	if set && !v.known {
		l.unknown = append(l.unknown, name)
		return out, nil
	}
	has := set && (v.len() > 0 || !empty)
	switch {
	case r == '+' && !has, r == '?' && !has:
		l.unset = append(l.unset, name)
		return out, nil
	case r == '+', !has:
		l.unknown, l.unset, l.odd = wordUnknown, wordUnset, wordOdd
		return word, nil
	}
	v, _, err = l.get(name)
	return v.tracked, err
}

// get looks a variable up, within the budget.
func (l *lexer) get(name string) (value, bool, error) {
	v, ok := l.lookup(name)
	switch {
	case !ok:
		l.unset = append(l.unset, name)
	case !v.known:
		l.unknown = append(l.unknown, name)
	}
	l.hollow = l.hollow || v.hollow
	if *l.budget -= v.len(); *l.budget < 0 {
		return value{}, false, errExpanded
	}
	return v, ok, nil
}

// name reads the name of a variable: letters, digits and _, or digits only, or
// one special character.
func (l *lexer) name() string {
	start := l.i
	for {
		r, n := l.peek()
		switch {
		case r < 0:
			return string(l.t.b[start:l.i])
		case l.i == start && unicode.IsDigit(r):
			for ; unicode.IsDigit(r); r, n = l.peek() {
				l.i += n
			}
			return string(l.t.b[start:l.i])
		case l.i == start && (r == '@' || r == '*' || r == '#' || r == '?' || r == '-' || r == '$' || r == '!'):
			l.i += n
			return string(l.t.b[start:l.i])
		case r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return string(l.t.b[start:l.i])
		}
		l.i += n
	}
}
