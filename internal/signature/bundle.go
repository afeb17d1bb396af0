package signature

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/dsse"
	"github.com/ocisum/ocisum/internal/intoto"
	"github.com/ocisum/ocisum/internal/oci"
)

// bundleVersions are the media types that bundles call themselves by.
var bundleVersions = map[string]string{
	typeBundle + "+json;version=0.1": "v0.1",
	typeBundle + "+json;version=0.2": "v0.2",
	typeBundle + "+json;version=0.3": "v0.3",
	typeBundle + ".v0.1+json":        "v0.1",
	typeBundle + ".v0.2+json":        "v0.2",
	typeBundle + ".v0.3+json":        "v0.3",
}

// fields reads a JSON object as the JSON form of protocol buffers demands:
// each member by the name in lower camel case or as in the .proto file, once,
// and null like none.
func fields(data []byte) (map[string]jsontext.Value, error) {
	if p := oci.Check(data, nil, limits); len(p) > 0 {
		return nil, errors.New(p[0].Detail)
	}
	var m map[string]jsontext.Value
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, errors.New("not a JSON object")
	}
	camel := make(map[string]jsontext.Value, len(m))
	for name, v := range m {
		c := camelCase(name)
		if _, twice := camel[c]; twice {
			return nil, fmt.Errorf("member %s under two names", c)
		}
		if v.Kind() == 'n' {
			v = nil
		}
		camel[c] = v
	}
	return camel, nil
}

// camelCase turns a name of a .proto file into that of its JSON.
func camelCase(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	parts := strings.Split(name, "_")
	for i, p := range parts[1:] {
		if p != "" && 'a' <= p[0] && p[0] <= 'z' {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// text is the string that v is, or "".
func text(v jsontext.Value) string {
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// bundle reads a bundle by its members.
func (f *finder) bundle(top map[string]jsontext.Value) (*Material, error) {
	version, ok := bundleVersions[strings.ReplaceAll(text(top["mediaType"]), "; ", ";")]
	if !ok {
		return nil, fmt.Errorf("sigstore bundle of unknown version (%q)", first(text(top["mediaType"]), 100))
	}
	proof, err := fields(top["verificationMaterial"])
	if err != nil {
		return nil, errors.New("sigstore bundle without usable verificationMaterial")
	}
	var m *Material
	switch envelopeJSON, message := top["dsseEnvelope"], top["messageSignature"]; {
	case envelopeJSON != nil && message != nil:
		return nil, errors.New("sigstore bundle with two contents")
	case envelopeJSON != nil:
		members, err := fields(envelopeJSON)
		if err != nil {
			return nil, fmt.Errorf("sigstore bundle with a bad envelope: %w", err)
		}
		data, err := json.Marshal(members)
		if err != nil {
			return nil, errors.New("sigstore bundle with a bad envelope")
		}
		if m, err = envelope(data); err != nil {
			return nil, err
		}
		if len(m.Signatures) != 1 {
			return nil, fmt.Errorf("sigstore bundle with %d signatures, not 1", len(m.Signatures))
		}
	case message != nil:
		if m, err = f.message(message); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("sigstore bundle without a signature")
	}
	m.Format = "sigstore bundle " + version
	m.Certificate = proof["certificate"] != nil || proof["x509CertificateChain"] != nil
	m.Log = given(proof["tlogEntries"]) || given(proof["timestampVerificationData"])
	if key, err := fields(proof["publicKey"]); err == nil {
		m.Hint = text(key["hint"])
	}
	return m, nil
}

// given reports whether a list or object has anything in it.
func given(v jsontext.Value) bool {
	s := strings.TrimSpace(string(v))
	return s != "" && s != "[]" && s != "{}"
}

// message reads a signature over the bytes of a stored object. The digest it
// names is a hint: the signature is over the bytes.
func (f *finder) message(v jsontext.Value) (*Material, error) {
	members, err := fields(v)
	if err != nil {
		return nil, fmt.Errorf("sigstore bundle with a bad messageSignature: %w", err)
	}
	sig, err := decodeBase64(first(text(members["signature"]), 2*maxSignature))
	if err != nil || len(sig) == 0 {
		return nil, errors.New("sigstore bundle with a signature that is not base64, or too long")
	}
	hint, err := fields(members["messageDigest"])
	if err != nil {
		return nil, errors.New("sigstore bundle that does not say which object is signed")
	}
	sum, err := decodeBase64(first(text(hint["digest"]), 256))
	alg := map[string]digest.Algorithm{`"SHA2_256"`: digest.SHA256, `"SHA2_512"`: digest.SHA512, "1": digest.SHA256, "3": digest.SHA512}[string(hint["algorithm"])]
	if err != nil || alg == "" || len(sum) != alg.Size() {
		return nil, errors.New("sigstore bundle that names the signed object by an unknown kind of digest")
	}
	d, err := hash.Parse(digest.NewDigestFromBytes(alg, sum).String())
	if err != nil {
		return nil, errors.New("sigstore bundle with an unusable digest")
	}
	m := &Material{Kind: Signature, Subjects: []digest.Digest{d}, Signatures: [][]byte{sig}}
	data, ok := f.lookup(d)
	switch {
	case ok:
		m.payload = data
	case alg == digest.SHA256:
		m.Sum = (*[sha256.Size]byte)(sum)
	default:
		m.Problem = "the object it is over is not in the source"
	}
	return m, nil
}

// envelope reads a DSSE envelope with an in-toto statement.
func envelope(data []byte) (*Material, error) {
	env, err := dsse.Parse(data)
	if err != nil {
		return nil, errors.New(first(err.Error(), 200))
	}
	m := &Material{Kind: Attestation, Format: "dsse envelope", payloadType: env.PayloadType, payload: env.Payload}
	for _, s := range env.Signatures {
		m.Signatures = append(m.Signatures, s.Sig)
		m.Hint = first(s.KeyID, 200)
	}
	if len(env.Signatures) > 1 {
		m.Hint = ""
	}
	if env.PayloadType != typeStatement {
		m.Problem = fmt.Sprintf("its payload is of type %q, not an in-toto statement", first(env.PayloadType, 100))
		return m, nil
	}
	st, err := intoto.Parse(env.Payload)
	if err != nil {
		m.Problem = err.Error()
		return m, nil
	}
	m.Subjects, m.Predicate = st.Digests(), st.PredicateType
	if st.PredicateType == PredicateSign {
		m.Kind = Signature
	}
	if len(st.Subjects) == 1 {
		m.Ref = st.Subjects[0].Name
	}
	return m, nil
}

// decodeBase64 decodes either alphabet, with padding or without, as the JSON
// form of protocol buffers demands of readers.
func decodeBase64(s string) ([]byte, error) {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if data, err := enc.Strict().DecodeString(s); err == nil {
			return data, nil
		}
	}
	return nil, errors.New("not base64")
}
