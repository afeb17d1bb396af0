package x509cert

import (
	"bytes"
	encoding "encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxAttributes bounds a name; honest ones have fewer than ten.
const maxAttributes = 64

// Attribute is a type of RFC 4514 and a value: "O" and "Example".
type Attribute struct {
	Type  string // the short name, or the object identifier in digits
	Known bool   // Type is one of the short names
	Value string
}

// Name is a distinguished name: relative names in the order of the
// certificate, each of one attribute or, rarely, several.
type Name struct {
	RDNs [][]Attribute
	raw  []byte
}

// shortNames are the types of RFC 4514 3 that crypto/x509/pkix writes by name,
// too, so that subjects read here as other tools write them.
var shortNames = map[string]string{
	"2.5.4.3":  "CN",
	"2.5.4.5":  "SERIALNUMBER",
	"2.5.4.6":  "C",
	"2.5.4.7":  "L",
	"2.5.4.8":  "ST",
	"2.5.4.9":  "STREET",
	"2.5.4.10": "O",
	"2.5.4.11": "OU",
	"2.5.4.17": "POSTALCODE",
}

func readName(s *cryptobyte.String) (Name, error) {
	var raw, seq cryptobyte.String
	if !s.ReadASN1Element(&raw, asn1.SEQUENCE) {
		return Name{}, errors.New("no name")
	}
	n := Name{raw: raw}
	inner := raw
	inner.ReadASN1(&seq, asn1.SEQUENCE)
	count := 0
	for !seq.Empty() {
		var set cryptobyte.String
		if !seq.ReadASN1(&set, asn1.SET) || set.Empty() {
			return Name{}, errors.New("not a name of RFC 5280 4.1.2.4")
		}
		var rdn []Attribute
		for !set.Empty() {
			if count++; count > maxAttributes {
				return Name{}, fmt.Errorf("more than %d attributes", maxAttributes)
			}
			a, err := readAttribute(&set)
			if err != nil {
				return Name{}, err
			}
			rdn = append(rdn, a)
		}
		n.RDNs = append(n.RDNs, rdn)
	}
	return n, nil
}

func readAttribute(set *cryptobyte.String) (Attribute, error) {
	var pair, value cryptobyte.String
	var oid encoding.ObjectIdentifier
	var tag asn1.Tag
	if !set.ReadASN1(&pair, asn1.SEQUENCE) || !pair.ReadASN1ObjectIdentifier(&oid) ||
		!pair.ReadAnyASN1(&value, &tag) || !pair.Empty() {
		return Attribute{}, errors.New("not an attribute of a name")
	}
	text, ok := string(value), false
	switch tag {
	case asn1.PrintableString:
		ok = printable(value)
	case asn1.UTF8String:
		ok = utf8.Valid(value)
	case asn1.IA5String:
		ok = bytes.IndexFunc(value, func(r rune) bool { return r > 0x7f }) < 0
	}
	if !ok {
		return Attribute{}, fmt.Errorf("value of %s is no PrintableString, UTF8String or IA5String", oid)
	}
	a := Attribute{Type: oid.String(), Value: text}
	if short, known := shortNames[a.Type]; known {
		a.Type, a.Known = short, true
	}
	return a, nil
}

// printable reports whether all characters are of PrintableString (X.680
// 41.4). An asterisk or ampersand, which crypto/x509 allows, is not.
func printable(s []byte) bool {
	for _, c := range s {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			strings.IndexByte(" '()+,-./:=?", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// String writes the name as RFC 4514 does: the last relative name first.
// Values may hold anything that is UTF-8; quote the result before it reaches a
// terminal.
func (n Name) String() string {
	var b strings.Builder
	for i := len(n.RDNs) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, a := range n.RDNs[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			b.WriteString(a.Type)
			b.WriteByte('=')
			b.WriteString(escape(a.Value))
		}
	}
	return b.String()
}

// escape escapes a value as RFC 4514 2.4 demands.
func escape(v string) string {
	var b strings.Builder
	for i, c := range v {
		switch {
		case c == 0:
			b.WriteString(`\00`)
			continue
		case strings.ContainsRune(`"+,;<>\`, c),
			i == 0 && (c == ' ' || c == '#'),
			i == len(v)-1 && c == ' ':
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
