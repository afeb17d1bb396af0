package pin

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// command is an instruction taken apart.
type command struct {
	name  string
	flags []tracked // "--from=alpine", without quotes and escapes
	args  tracked
}

func (c command) is(name string) bool { return strings.EqualFold(c.name, name) }

// json reports whether the arguments are a JSON array of strings, the exec
// form. BuildKit decides with encoding/json, so this does too.
func (c command) json() bool {
	if c.args.len() == 0 || c.args.b[0] != '[' {
		return false
	}
	var words []any
	if json.Unmarshal(c.args.b, &words) != nil {
		return false
	}
	for _, w := range words {
		if _, ok := w.(string); !ok {
			return false
		}
	}
	return true
}

// blank is what separates words in most instructions.
func blank(r rune) bool {
	return r == ' ' || r == '\t' || r == '\v' || r == '\f' || r == '\r'
}

// splitCommand takes an instruction apart.
func splitCommand(t tracked, escape byte) command {
	t = t.trim(unicode.IsSpace)
	i := 0
	for i < t.len() && !blank(rune(t.b[i])) {
		i++
	}
	c := command{name: string(t.b[:i])}
	for i < t.len() && blank(rune(t.b[i])) {
		i++
	}
	c.flags, c.args = splitFlags(t.from(i), escape)
	c.args = c.args.trim(unicode.IsSpace)
	return c
}

// splitFlags takes the words that begin with -- from the front, up to a word
// that is -- alone. Quotes and escapes are resolved.
func splitFlags(t tracked, escape byte) (flags []tracked, rest tracked) {
	i, n := 0, t.len()
	for {
		for i < n && unicode.IsSpace(rune(t.b[i])) {
			i++
		}
		if i+1 >= n || t.b[i] != '-' || t.b[i+1] != '-' {
			return flags, t.from(i)
		}
		var word tracked
		quote := byte(0)
		for ; i < n; i++ {
			ch := t.b[i]
			switch {
			case quote == 0 && unicode.IsSpace(rune(ch)):
			case quote == 0 && (ch == '"' || ch == '\''):
				quote = ch
				continue
			case quote != 0 && ch == quote:
				quote = 0
				continue
			case ch == escape && i+1 == n:
				continue
			case ch == escape:
				i++
				word.add(t, i, i+1)
				continue
			default:
				word.add(t, i, i+1)
				continue
			}
			break
		}
		if string(word.b) == "--" {
			return flags, t.from(i)
		}
		flags = append(flags, word)
	}
}

// flag returns the value of the last flag of a name.
func (c command) flag(name string) (value tracked, ok bool) {
	for _, f := range c.flags {
		if v, is := cutFlag(f, name); is {
			value, ok = v, true
		}
	}
	return value, ok
}

// cutFlag returns the value of a flag, if it has that name.
func cutFlag(f tracked, name string) (tracked, bool) {
	prefix := "--" + name + "="
	if !strings.HasPrefix(string(f.b), prefix) {
		return tracked{}, false
	}
	return f.from(len(prefix)), true
}

// fields splits at blanks.
func fields(t tracked) []tracked {
	var all []tracked
	for i := 0; i < t.len(); {
		for i < t.len() && blank(rune(t.b[i])) {
			i++
		}
		j := i
		for j < t.len() && !blank(rune(t.b[j])) {
			j++
		}
		if j > i {
			all = append(all, t.slice(i, j))
		}
		i = j
	}
	return all
}

// quotedFields splits at white space outside of quotes, and keeps the quotes:
// the words of ARG.
func quotedFields(t tracked, escape byte) []tracked {
	var all []tracked
	var word tracked
	quote := rune(0)
	for i := 0; i < t.len(); {
		r, n := utf8.DecodeRune(t.b[i:])
		switch {
		case quote == 0 && unicode.IsSpace(r):
			if word.len() > 0 {
				all = append(all, word)
			}
			word = tracked{}
			i += n
			continue
		case r == rune(escape) && quote != '\'':
			if i+n == t.len() {
				i += n
				continue // an escape character at the end of the line is dropped
			}
			word.add(t, i, i+n)
			i += n
			_, n = utf8.DecodeRune(t.b[i:])
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		}
		word.add(t, i, i+n)
		i += n
	}
	if word.len() > 0 {
		all = append(all, word)
	}
	return all
}

// csv splits the value of --mount at commas; a field may be in double quotes.
func csv(t tracked) []tracked {
	var all []tracked
	for i := 0; ; i++ {
		var field tracked
		if i < t.len() && t.b[i] == '"' {
			for i++; i < t.len(); i++ {
				if t.b[i] == '"' {
					if i+1 == t.len() || t.b[i+1] != '"' {
						i++
						break
					}
					i++
				}
				field.add(t, i, i+1)
			}
		}
		for ; i < t.len() && t.b[i] != ','; i++ {
			field.add(t, i, i+1)
		}
		all = append(all, field)
		if i >= t.len() {
			return all
		}
	}
}
