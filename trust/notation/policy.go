package notation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/ocisum/ocisum/internal/lazyregexp"
)

const (
	// maxPolicy bounds a policy file, and maxStatements what is in it.
	maxPolicy     = 1 << 20
	maxStatements = 200
)

// action is what a failed validation leads to.
type action string

const (
	enforce action = "enforce"
	logged  action = "log"
	skipped action = "skip"
)

// The validations that a level orders, apart from integrity.
const (
	authenticity = "authenticity"
	timestamp    = "authenticTimestamp"
	expiry       = "expiry"
	revocation   = "revocation"
)

// levels are the table of trust-store-trust-policy "Signature Verification
// details".
var levels = map[string]map[string]action{
	"strict":     {authenticity: enforce, timestamp: enforce, expiry: enforce, revocation: enforce},
	"permissive": {authenticity: enforce, timestamp: logged, expiry: logged, revocation: logged},
	"audit":      {authenticity: logged, timestamp: logged, expiry: logged, revocation: logged},
	"skip":       {authenticity: skipped, timestamp: skipped, expiry: skipped, revocation: skipped},
}

// everything is the scope of all images, and the identity of all signers.
const everything = "*"

// Policy is a trust policy document that is valid.
type Policy struct{ Statements []*Statement }

// Statement is one of the trustPolicies of a document.
type Statement struct {
	Name   string
	Scopes []string
	Level  string

	actions    map[string]action
	stores     []string // "ca:name"
	identities []subject
	anyone     bool // instead of identities
	afterOnly  bool // verifyTimestamp is afterCertExpiry
}

// The shape of a document. Unknown members are errors: a policy that means
// more than is understood is not applied.
type (
	policyJSON struct {
		Version  string          `json:"version"`
		Policies []statementJSON `json:"trustPolicies"`
	}
	statementJSON struct {
		Name         string   `json:"name"`
		Scopes       []string `json:"registryScopes"`
		Verification struct {
			Level     string            `json:"level"`
			Override  map[string]string `json:"override"`
			Timestamp string            `json:"verifyTimestamp"`
		} `json:"signatureVerification"`
		Stores     []string `json:"trustStores"`
		Identities []string `json:"trustedIdentities"`
	}
)

// ParsePolicy reads a trust policy document of version 1.0.
func ParsePolicy(data []byte) (*Policy, error) {
	if len(data) > maxPolicy {
		return nil, fmt.Errorf("trust policy has more than %d bytes", maxPolicy)
	}
	var doc policyJSON
	if err := json.Unmarshal(data, &doc, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("trust policy: %w", err)
	}
	switch {
	case doc.Version != "1.0":
		return nil, fmt.Errorf("trust policy of version %.20q, not 1.0", doc.Version)
	case len(doc.Policies) == 0:
		return nil, errors.New("trust policy without a statement")
	case len(doc.Policies) > maxStatements:
		return nil, fmt.Errorf("trust policy with more than %d statements", maxStatements)
	}
	p := &Policy{}
	names, scopes := map[string]bool{}, map[string]bool{}
	for _, raw := range doc.Policies {
		s, err := raw.statement()
		if err != nil {
			return nil, fmt.Errorf("trust policy statement %.100q: %w", raw.Name, err)
		}
		if names[s.Name] {
			return nil, fmt.Errorf("two trust policy statements have the name %.100q", s.Name)
		}
		names[s.Name] = true
		for _, scope := range s.Scopes {
			if scopes[scope] {
				return nil, fmt.Errorf("the registry scope %.100q stands in the trust policy twice", scope)
			}
			scopes[scope] = true
		}
		p.Statements = append(p.Statements, s)
	}
	return p, nil
}

func (raw *statementJSON) statement() (*Statement, error) {
	s := &Statement{Name: raw.Name, Scopes: raw.Scopes, Level: raw.Verification.Level, stores: raw.Stores}
	if s.Name == "" {
		return nil, errors.New("it has no name")
	}
	if err := checkScopes(s.Scopes); err != nil {
		return nil, err
	}
	preset, ok := levels[s.Level]
	if !ok {
		return nil, fmt.Errorf("level %.100q is not strict, permissive, audit or skip", s.Level)
	}
	s.actions = map[string]action{}
	for validation, act := range preset {
		s.actions[validation] = act
	}
	if err := s.override(raw.Verification.Override); err != nil {
		return nil, err
	}
	switch raw.Verification.Timestamp {
	case "", "always":
	case "afterCertExpiry":
		s.afterOnly = true
	default:
		return nil, fmt.Errorf("verifyTimestamp %.100q is not always or afterCertExpiry", raw.Verification.Timestamp)
	}
	if s.Skips() {
		switch {
		case len(raw.Stores) > 0 || len(raw.Identities) > 0:
			return nil, errors.New("it skips verification, and names trust stores or identities")
		case slices.Contains(s.Scopes, everything):
			return nil, errors.New("level skip is not for the scope *")
		}
		return s, nil
	}
	if err := checkStores(s.stores); err != nil {
		return nil, err
	}
	return s, s.trust(raw.Identities)
}

// Skips reports whether nothing is asked of the images of the statement.
func (s *Statement) Skips() bool { return s.Level == "skip" }

func (s *Statement) override(with map[string]string) error {
	if len(with) > 0 && s.Skips() {
		return errors.New("level skip cannot be overridden")
	}
	for validation, text := range with {
		act := action(text)
		if _, ok := s.actions[validation]; !ok {
			return fmt.Errorf("there is no validation %.100q to override", validation)
		}
		if act != enforce && act != logged && (act != skipped || validation != revocation) {
			return fmt.Errorf("%s cannot be %.100q", validation, text)
		}
		s.actions[validation] = act
	}
	return nil
}

// scopePattern is a repository with its registry, without tag and digest
// (distribution reference grammar).
var scopePattern = lazyregexp.New(`^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$`)

func checkScopes(scopes []string) error {
	if len(scopes) == 0 {
		return errors.New("it has no registry scope")
	}
	for _, scope := range scopes {
		if scope == everything && len(scopes) > 1 {
			return errors.New("the scope * stands beside others")
		}
		if scope != everything && !scopePattern().MatchString(scope) {
			return fmt.Errorf("registry scope %.100q is no repository with its registry, such as registry.example/team/app", scope)
		}
	}
	return nil
}

// storeName is what names a named store: no part of a path that leads away.
var storeName = lazyregexp.New(`^[a-zA-Z0-9_.-]+$`)

func checkStores(stores []string) error {
	if len(stores) == 0 {
		return errors.New("it names no trust store")
	}
	for _, store := range stores {
		kind, name, _ := strings.Cut(store, ":")
		if kind != storeCA && kind != storeAuthority && kind != storeTSA || !storeName().MatchString(name) || strings.Trim(name, ".") == "" {
			return fmt.Errorf("trust store %.100q is not ca:NAME, signingAuthority:NAME or tsa:NAME", store)
		}
	}
	return nil
}

// identityPrefix begins an identity that is a subject.
const identityPrefix = "x509.subject:"

// trust reads the trusted identities.
func (s *Statement) trust(identities []string) error {
	if len(identities) == 0 {
		return errors.New("it trusts no identity")
	}
	if slices.Contains(identities, everything) {
		if len(identities) > 1 {
			return errors.New("the identity * stands beside others")
		}
		s.anyone = true
		return nil
	}
	for _, text := range identities {
		dn, ok := strings.CutPrefix(text, identityPrefix)
		if !ok {
			return fmt.Errorf("identity %.100q is not x509.subject: or *", text)
		}
		subject, err := parseSubject(dn)
		if err != nil {
			return fmt.Errorf("identity %.100q: %w", text, err)
		}
		for i, other := range s.identities {
			if subject.within(other) || other.within(subject) {
				return fmt.Errorf("identities %.100q and %.100q overlap", identities[i], text)
			}
		}
		s.identities = append(s.identities, subject)
	}
	return nil
}

// Stores are the trust stores that the policy names, sorted, each once.
func (p *Policy) Stores() []string {
	var all []string
	for _, s := range p.Statements {
		all = append(all, s.stores...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// For returns the statement that applies to a repository: the one with that
// scope, else the one of all images, else nil. Without a name, only a policy
// whose one statement is for all images has an answer: a name could be taken
// away to escape from a stricter statement.
func (p *Policy) For(repository string) *Statement {
	var global *Statement
	for _, s := range p.Statements {
		switch {
		case slices.Contains(s.Scopes, everything):
			global = s
		case repository != "" && slices.Contains(s.Scopes, repository):
			return s
		}
	}
	if repository == "" && len(p.Statements) > 1 {
		return nil
	}
	return global
}
