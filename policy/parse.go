package policy

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/lazyregexp"
)

const (
	// MaxBytes bounds a policy file.
	MaxBytes = 1 << 20

	maxScopes       = 1000
	maxRequirements = 16
	maxKeyFiles     = 100
)

// Policy is a policy that is valid, with its keys.
type Policy struct {
	fallback   *scope                       // default
	transports map[string]map[string]*scope // by transport and scope
}

// scope is where requirements apply.
type scope struct {
	pointer      string // where it is written: /transports/docker/registry.example
	digest       bool   // it ends in a digest
	requirements []requirement
}

// Read returns the bytes of a key file, for a path as a policy has it.
type Read func(path string) ([]byte, error)

// transports are those of containers-transports(5). Only docker and atomic
// have scopes that are names.
var transports = []string{"atomic", "containers-storage", "dir", "docker", "docker-archive", "docker-daemon", "oci", "oci-archive", "sif", "tarball"}

// Parse reads a policy. The keys that it names are read at once.
func Parse(data []byte, read Read) (*Policy, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("policy has more than %d bytes", MaxBytes)
	}
	var doc struct {
		Default    []jsontext.Value                       `json:"default"`
		Transports map[string]map[string][]jsontext.Value `json:"transports"`
	}
	if err := json.Unmarshal(data, &doc, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	r := &reader{read: read}
	p := &Policy{transports: map[string]map[string]*scope{}}
	var err error
	if p.fallback, err = r.scope("/default", doc.Default); err != nil {
		return nil, err
	}
	for _, transport := range slices.Sorted(maps.Keys(doc.Transports)) {
		if !slices.Contains(transports, transport) {
			return nil, fmt.Errorf("policy: transport %.100q is not known", transport)
		}
		p.transports[transport] = map[string]*scope{}
		for _, name := range slices.Sorted(maps.Keys(doc.Transports[transport])) {
			if err := checkScope(transport, name); err != nil {
				return nil, fmt.Errorf("policy: scope %.200q of transport %s: %w", name, transport, err)
			}
			s, err := r.scope("/transports/"+transport+"/"+escapeReference(name), doc.Transports[transport][name])
			if err != nil {
				return nil, err
			}
			s.digest = strings.Contains(name, "@")
			p.transports[transport][name] = s
		}
	}
	return p, nil
}

// escapeReference is name as a part of a JSON pointer (RFC 6901 3).
func escapeReference(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

var (
	hostPattern   = lazyregexp.New(`^(?:\*\.)?[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$|^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?:[0-9]+$`)
	prefixPattern = lazyregexp.New(`^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$`)
	tagPattern    = lazyregexp.New(`^[\w][\w.-]{0,127}$`)
)

// checkScope refuses scopes that could never match: a requirement that is
// meant and does not apply is worse than an error.
func checkScope(transport, name string) error {
	if name == "" || hostPattern().MatchString(name) && (transport == "docker" || transport == "atomic") {
		return nil
	}
	if transport != "docker" && transport != "atomic" {
		return errors.New("scopes by path are not supported, only \"\"")
	}
	rest, dgst, ok := strings.Cut(name, "@")
	if ok {
		if _, err := hash.Parse(dgst); err != nil {
			return err
		}
	} else if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		if rest = name[:i]; !tagPattern().MatchString(name[i+1:]) {
			return errors.New("not a tag")
		}
	}
	if !prefixPattern().MatchString(rest) {
		return errors.New("not a registry, a repository or a part of one, with its registry in full")
	}
	return nil
}

// reader reads requirements, and counts them.
type reader struct {
	read   Read
	scopes int
}

func (r *reader) scope(pointer string, values []jsontext.Value) (*scope, error) {
	s := &scope{pointer: pointer}
	r.scopes++
	switch {
	case len(values) == 0:
		return nil, fmt.Errorf("policy: %s has no requirements", pointer)
	case len(values) > maxRequirements:
		return nil, fmt.Errorf("policy: %s has more than %d requirements", pointer, maxRequirements)
	case r.scopes > maxScopes:
		return nil, fmt.Errorf("policy has more than %d scopes", maxScopes)
	}
	for i, value := range values {
		q, err := r.requirement(value)
		if err != nil {
			return nil, fmt.Errorf("policy: %s/%d: %w", pointer, i, err)
		}
		s.requirements = append(s.requirements, q)
	}
	return s, nil
}

// requirementJSON has the members of every requirement that is supported.
type requirementJSON struct {
	Type     string         `json:"type"`
	KeyType  *string        `json:"keyType"`
	KeyPath  *string        `json:"keyPath"`
	KeyPaths []string       `json:"keyPaths"`
	KeyData  *string        `json:"keyData"`
	KeyDatas []string       `json:"keyDatas"`
	Identity jsontext.Value `json:"signedIdentity"`
}

// elsewhere are members of sigstoreSigned that need what is not here.
var elsewhere = []string{"fulcio", "pki", "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"}

func (r *reader) requirement(value jsontext.Value) (requirement, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(value, &members); err != nil {
		return requirement{}, err
	}
	for _, name := range elsewhere {
		if _, ok := members[name]; ok {
			return requirement{}, fmt.Errorf("%s is not supported: keyless signatures and transparency logs are not verified here, only keys", name)
		}
	}
	var raw requirementJSON
	if err := json.Unmarshal(value, &raw, json.RejectUnknownMembers(true)); err != nil {
		return requirement{}, err
	}
	q := requirement{kind: raw.Type}
	switch raw.Type {
	case acceptAnything, reject:
		if len(members) > 1 {
			return q, fmt.Errorf("%s has other members", raw.Type)
		}
		return q, nil
	case signedBy:
		if raw.KeyType == nil || *raw.KeyType != "GPGKeys" || raw.KeyDatas != nil {
			return q, errors.New("signedBy is supported with keyType GPGKeys, and without keyDatas")
		}
	case sigstoreSigned:
		if raw.KeyType != nil {
			return q, errors.New("sigstoreSigned has no keyType")
		}
	default:
		return q, fmt.Errorf("requirement %.100q is not supported", raw.Type)
	}
	files, err := r.keys(&raw)
	if err != nil {
		return q, err
	}
	if q.identity, err = readIdentity(raw.Identity); err != nil {
		return q, fmt.Errorf("signedIdentity: %w", err)
	}
	return q, q.setKeys(files)
}

// keyFile is a key and what to call it.
type keyFile struct {
	name string
	data []byte
}

// keys reads the keys of a requirement, which it names in exactly one way.
func (r *reader) keys(raw *requirementJSON) ([]keyFile, error) {
	var paths, datas []string
	ways := 0
	for _, way := range []struct {
		one  *string
		many []string
		to   *[]string
	}{{raw.KeyPath, raw.KeyPaths, &paths}, {raw.KeyData, raw.KeyDatas, &datas}} {
		if way.one != nil {
			ways++
			*way.to = []string{*way.one}
		}
		if way.many != nil {
			ways++
			*way.to = way.many
		}
	}
	if n := len(paths) + len(datas); ways != 1 || n == 0 || n > maxKeyFiles {
		return nil, fmt.Errorf("exactly one of keyPath, keyPaths, keyData and keyDatas names keys, at most %d", maxKeyFiles)
	}
	var files []keyFile
	for _, path := range paths {
		data, err := r.read(path)
		if err != nil {
			return nil, fmt.Errorf("keyPath: %w", err)
		}
		files = append(files, keyFile{path, data})
	}
	for _, text := range datas {
		data, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			return nil, errors.New("keyData is not base64")
		}
		files = append(files, keyFile{"keyData", data})
	}
	return files, nil
}

// identityJSON has the members of every identity.
type identityJSON struct {
	Type         string  `json:"type"`
	Reference    *string `json:"dockerReference"`
	Repository   *string `json:"dockerRepository"`
	Prefix       *string `json:"prefix"`
	SignedPrefix *string `json:"signedPrefix"`
}

// readIdentity reads a signedIdentity; absent, it is matchRepoDigestOrExact.
func readIdentity(value jsontext.Value) (identity, error) {
	if len(value) == 0 {
		return matchRepoDigestOrExact, nil
	}
	var raw identityJSON
	if err := json.Unmarshal(value, &raw, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	given := func(list ...*string) (n int) {
		for _, p := range list {
			if p != nil {
				n++
			}
		}
		return n
	}
	all := given(raw.Reference, raw.Repository, raw.Prefix, raw.SignedPrefix)
	plain := map[string]identity{"matchExact": matchExact, "matchRepoDigestOrExact": matchRepoDigestOrExact, "matchRepository": matchRepository}
	switch id := plain[raw.Type]; {
	case id != nil && all == 0:
		return id, nil
	case raw.Type == "exactReference" && all == 1 && raw.Reference != nil:
		named, err := reference.ParseNormalizedNamed(*raw.Reference)
		if err != nil || reference.IsNameOnly(named) {
			return nil, errors.New("dockerReference is no reference with a tag or a digest")
		}
		return exactReference(named), nil
	case raw.Type == "exactRepository" && all == 1 && raw.Repository != nil:
		named, err := reference.ParseNormalizedNamed(*raw.Repository)
		if err != nil || !reference.IsNameOnly(named) {
			return nil, errors.New("dockerRepository is no repository")
		}
		return exactRepository(named), nil
	case raw.Type == "remapIdentity" && all == 2 && raw.Prefix != nil && raw.SignedPrefix != nil:
		for _, prefix := range []string{*raw.Prefix, *raw.SignedPrefix} {
			if !hostPattern().MatchString(prefix) && !prefixPattern().MatchString(prefix) || strings.HasPrefix(prefix, "*") {
				return nil, fmt.Errorf("%.200q is no part of a name that ends where a part does", prefix)
			}
		}
		return remapIdentity(*raw.Prefix, *raw.SignedPrefix), nil
	}
	return nil, fmt.Errorf("%.100q is not known, or has other members than it should", raw.Type)
}

// IsContainers reports whether a document looks like a containers policy, and
// not like a trust policy of Notation.
func IsContainers(data []byte) bool {
	var members map[string]jsontext.Value
	if json.Unmarshal(data, &members) != nil {
		return !bytes.Contains(data, []byte(`"trustPolicies"`))
	}
	_, trust := members["trustPolicies"]
	_, version := members["version"]
	return !trust && !version
}
