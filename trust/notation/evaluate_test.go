package notation

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEvaluate: what levels and overrides make of a signature whose integrity
// holds.
func TestEvaluate(t *testing.T) {
	authority := maker{header: with("crit", critical(attrAuthenticTime), attrScheme, schemeAuthority, attrSigningTime, nil, attrAuthenticTime, "2026-06-01T00:00:00Z")}
	expiring := maker{header: with("crit", critical(attrExpiry), attrExpiry, "2026-07-01T00:00:00Z")}
	revocable := maker{leaf: func(c *x509.Certificate) { c.OCSPServer = []string{"http://ocsp.example"} }}
	stamped := maker{unprotected: map[string]any{attrTimestamp: "AAAA"}}
	strict := `"strict"`
	skipped := `"override":{"revocation":"skip"}`
	unnamed := maker{leaf: func(c *x509.Certificate) {
		c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: []int{1, 2, 3}, Value: "x"}}
	}}
	for _, tt := range []struct {
		name    string
		m       maker
		policy  []string // replacements in document()
		store   string
		now     time.Time
		want    string // in the reason to reject; empty: it counts
		remarks string // in the remark
	}{
		{name: "right"},
		{name: "strict, certificates that cannot be revoked", policy: []string{`,` + skipped, ""}},
		{name: "strict, revocable", m: revocable, policy: []string{`,` + skipped, ""}, want: "revocation of certificate CN=leaf"},
		{name: "revocation skipped", m: revocable},
		{name: "revocation logged", m: revocable, policy: []string{`"skip"`, `"log"`}, remarks: "revocation: "},
		{name: "permissive, revocable", m: revocable, policy: []string{strict + `,` + skipped, `"permissive"`}, remarks: "revocation: "},
		{name: "not in the store", store: "ca:other", want: "in the trust stores ca:test"},
		{name: "store of authorities only", store: "signingAuthority:test", want: "in the trust stores"},
		{name: "audit, not in the store", store: "ca:other", policy: []string{strict + `,` + skipped, `"audit"`}, remarks: "authenticity: "},
		{name: "authority in a store of CAs", m: authority, want: "in the trust stores"},
		{name: "authority", m: authority, policy: []string{"ca:test", "signingAuthority:test"}, store: "signingAuthority:test"},
		{name: "authority, expired since", m: authority, policy: []string{"ca:test", "signingAuthority:test"}, store: "signingAuthority:test", now: end.AddDate(1, 0, 0)},
		{name: "authority, signed before", m: maker{leaf: func(c *x509.Certificate) { c.NotBefore = signed.Add(time.Second) }, header: authority.header},
			policy: []string{"ca:test", "signingAuthority:test"}, store: "signingAuthority:test", want: "not valid when it was signed"},
		{name: "other organization", policy: []string{"O=Test", "O=Other"}, want: "none of the trusted identities"},
		{name: "more than the subject has", policy: []string{"O=Test", `O=Test\\, Inc., OU=a`}, want: "none of the trusted identities"},
		{name: "anybody", policy: []string{"x509.subject: C=US, ST=WA, O=Test", "*"}},
		{name: "attribute without a name", m: unnamed, want: "no short name"},
		{name: "attribute without a name, anybody", m: unnamed, policy: []string{"x509.subject: C=US, ST=WA, O=Test", "*"}},
		{name: "last second", now: end},
		{name: "expired", now: end.Add(time.Second), want: "not valid at the time of verification"},
		{name: "not yet", now: begin.Add(-time.Second), want: "not valid at the time of verification"},
		{name: "expired root", m: maker{root: func(c *x509.Certificate) { c.NotAfter = signed }}, want: "certificate CN=root was not valid"},
		{name: "expired, time stamped", m: stamped, now: end.AddDate(1, 0, 0), want: "its countersignature is not evaluated"},
		{name: "expired, logged", now: end.AddDate(1, 0, 0), policy: []string{`"revocation":"skip"`, `"revocation":"skip","authenticTimestamp":"log"`}, remarks: "authenticTimestamp: "},
		{name: "permissive, expired", now: end.AddDate(1, 0, 0), policy: []string{strict + `,` + skipped, `"permissive"`}, remarks: "authenticTimestamp: "},
		{name: "time stamp wanted", m: stamped, policy: []string{`"ca:test"`, `"ca:test","tsa:test"`}, want: "wants a time stamp"},
		{name: "time stamp wanted once expired", policy: []string{`"ca:test"`, `"ca:test","tsa:test"`, strict, strict + `,"verifyTimestamp":"afterCertExpiry"`}},
		{name: "time stamp wanted, expired", now: end.AddDate(1, 0, 0), policy: []string{`"ca:test"`, `"ca:test","tsa:test"`, strict, strict + `,"verifyTimestamp":"afterCertExpiry"`}, want: "wants a time stamp"},
		{name: "before expiry", m: expiring, now: now.Add(-time.Second)},
		{name: "at expiry", m: expiring, want: "expired at 2026-07-01"},
		{name: "expiry logged", m: expiring, policy: []string{`"revocation":"skip"`, `"revocation":"skip","expiry":"log"`}, remarks: "expiry: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.alg = "ES256"
			sig, err := verified(typeJWS, tt.m.makeJWS(t))
			if err != nil {
				t.Fatal(err)
			}
			p, err := ParsePolicy([]byte(document(append(slices.Clone(tt.policy), "O=Test\"", `O=Test\\, Inc."`)...)))
			if err != nil {
				t.Fatal(err)
			}
			if tt.store == "" {
				tt.store = "ca:test"
			}
			if tt.now.IsZero() {
				tt.now = now
			}
			j := p.Statements[0].evaluate(sig, trusting(t, tt.store, sig.certs[2].Raw), tt.now)
			reject, remark := j.reject, j.remark
			if j.anonymous != strings.Contains(remark, authenticity) {
				t.Errorf("got %+v", j)
			}
			if (reject == "") != (tt.want == "") || !strings.Contains(reject, tt.want) {
				t.Errorf("got %q, want %q", reject, tt.want)
			}
			if (remark == "") != (tt.remarks == "") || !strings.Contains(remark, tt.remarks) {
				t.Errorf("got the remark %q, want %q", remark, tt.remarks)
			}
		})
	}
}
