package oci

import (
	"fmt"
	"unicode"
)

// unsafeRune is the first character of s that can change how the text around
// it is shown, or lead a terminal: control characters, line and paragraph
// separators, and the controls of the bidirectional algorithm (UAX #9 2).
func unsafeRune(s string) (rune, bool) {
	for _, r := range s {
		switch {
		case unicode.IsControl(r), // C0, DEL, C1
			r == 0x2028, r == 0x2029,
			r == 0x061c, r == 0x200e, r == 0x200f,
			0x202a <= r && r <= 0x202e,
			0x2066 <= r && r <= 0x2069:
			return r, true
		}
	}
	return 0, false
}

// describe names what unsafeRune found.
func describe(r rune) string {
	switch {
	case r == 0x1b:
		return "escape character U+001B"
	case unicode.IsControl(r):
		return fmt.Sprintf("control character %U", r)
	case r == 0x2028 || r == 0x2029:
		return fmt.Sprintf("line break %U", r)
	}
	return fmt.Sprintf("bidirectional control %U", r)
}
