package notation

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// subject is a distinguished name as trusted identities have it: attributes,
// each once, in no order ("Trusted Identities Constraints").
type subject map[string]string

// maxSubject bounds an identity's text.
const maxSubject = 4 << 10

// required are the attributes that every identity has.
var required = []string{"C", "ST", "O"}

// add adds an attribute. S is another name of ST, as in notation.
func (s subject) add(name, value string) error {
	if name == "S" {
		name = "ST"
	}
	if _, twice := s[name]; twice {
		return fmt.Errorf("attribute %.100s stands in it twice", name)
	}
	s[name] = value
	return nil
}

// complete reports what is missing.
func (s subject) complete() error {
	for _, name := range required {
		if s[name] == "" {
			return fmt.Errorf("it has no %s (C, ST and O are required)", name)
		}
	}
	return nil
}

// within reports whether whole has every attribute of s.
func (s subject) within(whole subject) bool {
	for name, value := range s {
		if got, ok := whole[name]; !ok || got != value {
			return false
		}
	}
	return true
}

// subjectOf returns the name of a certificate. Names with attributes that have
// no short name are refused, as notation does: they cannot be written.
func subjectOf(n x509cert.Name) (subject, error) {
	s := subject{}
	for _, rdn := range n.RDNs {
		if len(rdn) != 1 {
			return nil, errors.New("a relative name has several attributes")
		}
		if !rdn[0].Known {
			return nil, fmt.Errorf("attribute %s has no short name", rdn[0].Type)
		}
		if err := s.add(rdn[0].Type, rdn[0].Value); err != nil {
			return nil, err
		}
	}
	return s, s.complete()
}

// parseSubject reads a distinguished name in the form of RFC 4514, with white
// space around names and values.
func parseSubject(text string) (subject, error) {
	if len(text) > maxSubject {
		return nil, fmt.Errorf("longer than %d bytes", maxSubject)
	}
	s := subject{}
	for rest, more := text, true; more; {
		var name, value string
		var ok bool
		if name, rest, ok = strings.Cut(rest, "="); !ok {
			return nil, errors.New("an attribute without = and value")
		}
		if name = strings.TrimSpace(name); !isName(name) {
			return nil, fmt.Errorf("%.100q is no name of an attribute", name)
		}
		var err error
		if value, rest, more, err = readValue(rest); err != nil {
			return nil, err
		}
		if err := s.add(name, value); err != nil {
			return nil, err
		}
	}
	return s, s.complete()
}

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-')) {
			return false
		}
	}
	return s != ""
}

// readValue reads a value up to a comma, and reports whether there is one.
func readValue(text string) (value, rest string, more bool, err error) {
	text = strings.TrimLeft(text, " ")
	if strings.HasPrefix(text, "#") {
		return "", "", false, errors.New("values in hexadecimal are not supported")
	}
	var b strings.Builder
	keep := 0 // spaces at the end go, unless escaped
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ',':
			return finish(b.String()[:keep], text[i+1:], true)
		case '\\':
			n, err := unescape(&b, text[i+1:])
			if err != nil {
				return "", "", false, err
			}
			i += n
			keep = b.Len()
		case '"', '+', ';', '<', '>', 0:
			return "", "", false, fmt.Errorf("%q has to be escaped (or stands for what is not supported)", c)
		default:
			b.WriteByte(c)
			if c != ' ' {
				keep = b.Len()
			}
		}
	}
	return finish(b.String()[:keep], "", false)
}

func finish(value, rest string, more bool) (string, string, bool, error) {
	if value == "" || !utf8.ValidString(value) {
		return "", "", false, errors.New("a value is empty or not UTF-8")
	}
	return value, rest, more, nil
}

// unescape decodes what follows a backslash, and returns its length.
func unescape(b *strings.Builder, rest string) (int, error) {
	if rest != "" && strings.IndexByte(` "#+,;<=>\`, rest[0]) >= 0 {
		b.WriteByte(rest[0])
		return 1, nil
	}
	if len(rest) >= 2 {
		if pair, err := hex.DecodeString(rest[:2]); err == nil {
			b.Write(pair)
			return 2, nil
		}
	}
	return 0, errors.New("a backslash that escapes nothing")
}
