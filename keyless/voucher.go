package keyless

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/opencontainers/go-digest"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/report"
	core "github.com/ocisum/ocisum/verify"
)

// signType is the predicate type of what `cosign sign` writes since version 3.
const signType = "https://sigstore.dev/cosign/sign/v1"

// oldCertificate is the annotation in which cosign before version 3 keeps the
// certificate of a signature.
const oldCertificate = `"dev.sigstore.cosign/certificate"`

// aliases are the short names that cosign has for predicate types.
var aliases = map[string]string{
	"slsaprovenance":   "https://slsa.dev/provenance/v0.2",
	"slsaprovenance02": "https://slsa.dev/provenance/v0.2",
	"slsaprovenance1":  "https://slsa.dev/provenance/v1",
	"spdx":             "https://spdx.dev/Document",
	"spdxjson":         "https://spdx.dev/Document",
	"cyclonedx":        "https://cyclonedx.org/bom",
	"vuln":             "https://cosign.sigstore.dev/attestation/vuln/v1",
	"openvex":          "https://openvex.dev/ns",
	"link":             "https://in-toto.io/Link/v1",
}

// Terms are what is asked for.
type Terms struct {
	Root     []byte // trusted_root.json
	Identity string // subject alternative name of the certificate, exactly
	Issuer   string // who vouched for that identity: the OpenID Connect issuer, exactly
	// Attestation asks for attestations of a predicate type, or cosign's short
	// name for it, instead of signatures.
	Attestation string
}

// Bounds of what one source can make us do: a verification takes a millisecond.
const (
	maxBundles  = 1000
	maxSubjects = 100
)

// voucher is what bundles in the source promise.
type voucher struct {
	name     string
	verifier *verify.Verifier
	policy   verify.CertificateIdentity
	want     string // predicate type of the attestations asked for; empty: signatures
}

// New returns a voucher for bundles that satisfy the terms. Name is what reports
// call it. It is not safe for concurrent use.
func New(name string, terms Terms) (core.Voucher, error) {
	if terms.Identity == "" || terms.Issuer == "" {
		return nil, errors.New("without an identity and its issuer, anybody's signature would do")
	}
	v, err := newVerifier(terms.Root)
	if err != nil {
		return nil, err
	}
	id, err := verify.NewShortCertificateIdentity(terms.Issuer, "", terms.Identity, "")
	if err != nil {
		return nil, err
	}
	want := terms.Attestation
	if full, ok := aliases[want]; ok {
		want = full
	}
	if want == signType {
		want = ""
	}
	return &voucher{name: name, verifier: v, policy: id, want: want}, nil
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.name }

// Vouch implements verify.Voucher: it makes the claims of every bundle in the
// source, and asks that each image is covered.
func (v *voucher) Vouch(found *core.Found) core.Testimony {
	var t core.Testimony
	bundles := 0
	for _, obj := range found.Objects {
		if bytes.Contains(obj.Data, []byte(oldCertificate)) {
			t.Vouches = append(t.Vouches, core.Vouch{Kind: "signature", Object: obj.Name, Format: "cosign simple signing, keyless",
				Reject: "a certificate in annotations, as cosign before version 3 wrote it, cannot be checked: only bundles can"})
		}
		if !looksLikeBundle(obj.Data) {
			continue
		}
		if bundles++; bundles > maxBundles {
			t.Vouches = append(t.Vouches, core.Vouch{Kind: v.kind(), Object: obj.Name, Reject: fmt.Sprintf("more than %d bundles: this one and the rest are not looked at", maxBundles)})
			break
		}
		t.Vouches = append(t.Vouches, v.claims(obj)...)
	}
	need := v.need(t.Vouches)
	for i := range found.Images {
		need.Image = i
		t.Needs = append(t.Needs, need)
	}
	return t
}

// otherType is why an attestation that holds does not count: there may be none
// of the type that was asked for.
const otherType = "it is no attestation of the type that was asked for"

// need is what every image has to have: a signature that counts, or the
// attestation that was asked for.
func (v *voucher) need(claims []core.Vouch) core.Need {
	n := core.Need{Kind: v.kind(), Code: report.SignatureMissing, Reason: "no keyless signature of that identity covers the image"}
	if v.want != "" {
		n.Code, n.Reason = report.AttestationMissing, "no keyless attestation of that type and identity covers the image"
	}
	wrong := ""
	for _, c := range claims {
		switch {
		case c.Kind != n.Kind, c.Reject == otherType:
		case c.Reject == "":
			return n
		case wrong == "":
			wrong = c.Reject
		}
	}
	if wrong != "" {
		n.Code, n.Reason = report.SignatureInvalid, n.Reason+": "+wrong
	}
	return n
}

// kind of vouch that is asked for.
func (v *voucher) kind() string {
	if v.want != "" {
		return core.KindAttestation
	}
	return "signature"
}

// looksLikeBundle is true of every JSON object with the media type of a bundle,
// and of few others.
func looksLikeBundle(data []byte) bool {
	data = bytes.TrimSpace(data)
	return bytes.HasPrefix(data, []byte("{")) && bytes.Contains(data, []byte(`"verificationMaterial"`)) &&
		bytes.Contains(data, []byte("application/vnd.dev.sigstore.bundle"))
}

// claims are what one bundle says, one for each subject of its statement. A
// bundle that does not hold makes the same claims, rejected.
func (v *voucher) claims(obj core.Stored) []core.Vouch {
	c := core.Vouch{Kind: v.kind(), Object: obj.Name, Format: "sigstore bundle, keyless"}
	var b bundle.Bundle
	if err := b.UnmarshalJSON(obj.Data); err != nil {
		c.Reject = "the bundle cannot be read: " + short(err)
		return []core.Vouch{c}
	}
	result, err := v.verifier.Verify(&b, verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithCertificateIdentity(v.policy)))
	st := statement(&b)
	switch {
	case err != nil && byKey(&b):
		c.Reject = "signed with a key, not a certificate: ocisum verify --key checks it"
	case err != nil:
		c.Reject = short(err)
		c.Signer = signer(&b)
	case result.Statement == nil:
		c.Reject = "the bundle signs something else than a statement about images"
	default:
		st = result.Statement
		c.Signer = identity(result)
	}
	if st == nil {
		return []core.Vouch{c}
	}
	return v.subjects(c, st)
}

// subjects makes a claim for each subject. WithoutArtifactUnsafe is safe here:
// the digests are not compared by the library because the judge does, with what
// it computed itself.
func (v *voucher) subjects(c core.Vouch, st *intoto.Statement) []core.Vouch {
	switch typ := st.GetPredicateType(); {
	case typ == signType:
		c.Kind = "signature"
	default:
		c.Kind = core.KindAttestation
		c.Format += ", " + typ
		c.Quiet = true
		if v.want != "" && typ != v.want && c.Reject == "" {
			c.Reject = otherType
		}
	}
	if n := len(st.GetSubject()); n > maxSubjects {
		c.Reject = fmt.Sprintf("the statement has %d subjects, more than %d", n, maxSubjects)
		return []core.Vouch{c}
	}
	var list []core.Vouch
	for _, s := range st.GetSubject() {
		one := c
		one.Ref = s.GetName()
		d, err := hash.Parse(string(digest.SHA256) + ":" + s.GetDigest()["sha256"])
		if err != nil {
			one.Reject = "a subject of the statement has no sha256 digest"
		}
		one.Digest = d
		list = append(list, one)
	}
	if len(list) == 0 {
		c.Reject = "the statement has no subject"
		list = append(list, c)
	}
	return list
}

// statement is what a bundle claims although it may not hold.
func statement(b *bundle.Bundle) *intoto.Statement {
	content, err := b.SignatureContent()
	if err != nil || content.EnvelopeContent() == nil {
		return nil
	}
	st, err := content.EnvelopeContent().Statement()
	if err != nil {
		return nil
	}
	return st
}

// identity is who signed: what the certificate says. Who vouched for that is in
// the voucher's name.
func identity(r *verify.VerificationResult) string {
	if r.Signature == nil || r.Signature.Certificate == nil {
		return ""
	}
	return r.Signature.Certificate.SubjectAlternativeName
}

// byKey reports whether a bundle says that it was signed with a key that has no
// certificate.
func byKey(b *bundle.Bundle) bool {
	content, err := b.VerificationContent()
	return err == nil && content.Certificate() == nil
}

// signer is the name in the certificate of a bundle that does not hold: nobody
// vouches for it.
func signer(b *bundle.Bundle) string {
	content, err := b.VerificationContent()
	if err != nil || content.Certificate() == nil {
		return ""
	}
	cert := content.Certificate()
	for _, u := range cert.URIs {
		return u.String()
	}
	return strings.Join(cert.EmailAddresses, " ")
}

// short is an error of a library in one line.
func short(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 300 {
		text = text[:300] + "..."
	}
	return text
}
