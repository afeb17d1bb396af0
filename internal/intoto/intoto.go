// Package intoto reads in-toto statements: which artifacts, by digest, a
// predicate of which type is about (in-toto attestation spec, statement.md,
// versions 0.1 and 1). Predicates are not looked into.
//
// JSON is read strictly: no name twice anywhere, valid UTF-8, no bytes after
// the statement.
package intoto

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Types of statements.
const (
	StatementV01 = "https://in-toto.io/Statement/v0.1"
	StatementV1  = "https://in-toto.io/Statement/v1"
)

// MaxSubjects bounds those of a statement: a release of many files has some
// hundreds.
const MaxSubjects = 10_000

// Statement is a statement without its predicate.
type Statement struct {
	PredicateType string
	Subjects      []Subject
}

// Subject is an artifact that a statement is about.
type Subject struct {
	Name    string
	Digests []digest.Digest // SHA-256 and SHA-512, where it gives them; sorted
}

// Digests lists the digests of all subjects, each once, in order.
func (s *Statement) Digests() []digest.Digest {
	var list []digest.Digest
	seen := map[digest.Digest]bool{}
	for _, sub := range s.Subjects {
		for _, d := range sub.Digests {
			if !seen[d] {
				seen[d] = true
				list = append(list, d)
			}
		}
	}
	return list
}

// Parse reads a statement. A statement without subjects is returned: who needs
// one must look.
func Parse(data []byte) (*Statement, error) {
	s := &Statement{}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("not an in-toto statement: it is no object")
	}
	typ := ""
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, invalid(err, "")
		}
		switch t.String() {
		case "_type":
			err = json.UnmarshalDecode(dec, &typ)
		case "predicateType":
			err = json.UnmarshalDecode(dec, &s.PredicateType)
		case "subject":
			err = s.subjects(dec)
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return nil, invalid(err, "")
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, invalid(err, "")
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, errors.New("not an in-toto statement: bytes after it")
	}
	if typ != StatementV01 && typ != StatementV1 {
		return nil, fmt.Errorf("not an in-toto statement of version 0.1 or 1: its _type is %q", cut(typ))
	}
	if s.PredicateType == "" {
		return nil, errors.New("in-toto statement without predicateType")
	}
	return s, nil
}

// subjects reads the list of subjects.
func (s *Statement) subjects(dec *jsontext.Decoder) error {
	t, err := dec.ReadToken()
	switch {
	case err != nil:
		return err
	case t.Kind() == 'n':
		return nil
	case t.Kind() != '[':
		return errors.New("subject is no list")
	}
	for dec.PeekKind() != ']' {
		if len(s.Subjects) == MaxSubjects {
			return fmt.Errorf("more than %d subjects", MaxSubjects)
		}
		var w struct {
			Name   string            `json:"name"`
			Digest map[string]string `json:"digest"`
		}
		if err := json.UnmarshalDecode(dec, &w); err != nil {
			return err
		}
		sub := Subject{Name: w.Name}
		for _, alg := range []digest.Algorithm{digest.SHA256, digest.SHA512} {
			text, ok := w.Digest[alg.String()]
			if !ok {
				continue
			}
			d, err := hash.Parse(alg.String() + ":" + text)
			if err != nil {
				return fmt.Errorf("the %s of a subject is no digest", alg)
			}
			sub.Digests = append(sub.Digests, d)
		}
		slices.Sort(sub.Digests)
		s.Subjects = append(s.Subjects, sub)
	}
	_, err = dec.ReadToken()
	return err
}

// invalid says what is wrong in a few words, without the text of the document.
func invalid(err error, detail string) error {
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntax):
		detail = fmt.Sprintf("%v at offset %d", syntax.Err, syntax.ByteOffset)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			detail = fmt.Sprintf("a name stands twice in one object, at offset %d", syntax.ByteOffset)
		}
	case errors.As(err, &semantic):
		detail = fmt.Sprintf("a member of the wrong type at offset %d", semantic.ByteOffset)
	case err != nil:
		detail = err.Error()
	}
	return fmt.Errorf("not an in-toto statement: %s", cut(detail))
}

// cut is s for an error message.
func cut(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}
