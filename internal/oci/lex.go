package oci

// The tokens of JSON, as RFC 8259 spells them. Each method reads one from the
// scanner's position, or stops the scan at the byte that is wrong.

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) literal(want string, t nodeType) {
	if len(s.data)-s.pos < len(want) || string(s.data[s.pos:s.pos+len(want)]) != want {
		s.stop(Invalid, "expected "+want)
		return
	}
	s.pos += len(want)
	s.add(s.pos-len(want), t, 0)
}

// number reads a number as RFC 8259 6 spells it.
func (s *scanner) number() bool {
	start, t := s.pos, integerNode
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		t = numberNode
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		t = numberNode
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return false
		}
	}
	s.add(start, t, 0)
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == start {
		s.stop(Invalid, "expected a digit")
		return false
	}
	return true
}

// str reads a string and adds its node. Whether its text is valid is left to
// the tree's readers; here only its syntax is.
func (s *scanner) str() bool {
	start, data := s.pos, s.data
	i := start + 1
	var flags uint8
	for i < len(data) {
		c := data[i]
		switch {
		case c == '"':
			s.pos = i + 1
			s.add(start, stringNode, flags)
			return true
		case c == '\\':
			flags |= hasEscape
			n := escapeLen(data[i:])
			if n == 0 {
				s.pos = i
				s.stop(Invalid, "unknown or incomplete escape in a string")
				return false
			}
			if n > 2 {
				flags |= hasUnicode
			}
			i += n
		case c < 0x20:
			s.pos = i
			s.stop(Invalid, "unescaped control character in a string")
			return false
		default:
			flags |= c >> 7 * hasHigh
			i++
		}
	}
	s.pos = i
	s.stop(Invalid, "string does not end")
	return false
}

// escapeLen is the length of the escape at the start of b, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

// hex4 is the value of the four hex digits at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
