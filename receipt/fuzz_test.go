package receipt_test

import (
	"testing"

	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/verify"
)

// No bytes make a receipt panic, and one that is not an approval never counts.
func FuzzParse(f *testing.F) {
	const subject = `"subject":[{"digest":{"sha256":"66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"}}]`
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1",` + subject + `,"predicateType":"https://in-toto.io/attestation/svr/v0.1",` +
		`"predicate":{"verifier":{"id":"` + receipt.VerifierID + `"},"properties":["A"],"ocisum":{"verdict":"verified"}}}`))
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1",` + subject + `,"predicateType":"https://slsa.dev/verification_summary/v1",` +
		`"predicate":{"verifier":{"id":"` + receipt.VerifierID + `"},"verificationResult":"FAILED"}}`))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := receipt.Parse(data)
		if err != nil {
			return
		}
		signer, reject := r.Check(receipt.Terms{})
		if signer != "" {
			t.Error("a signer without a key")
		}
		p := r.Statement.Predicate
		passed := p.Details != nil && p.Details.Verdict == "verified" && (p.VerificationResult == receipt.Passed || len(p.Properties) > 0)
		if reject == nil && !passed {
			t.Errorf("counts: %s", data)
		}
		for _, v := range r.Vouchers(receipt.Terms{Name: "r"}) {
			for _, c := range v.Vouch(&verify.Found{}).Vouches {
				if (c.Reject == "") != (reject == nil) || c.Digest.Validate() != nil {
					t.Errorf("vouch %+v, reject %v", c, reject)
				}
			}
		}
	})
}
