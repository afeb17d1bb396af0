package trust

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/dsse"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// FuzzVouch: of objects that anybody changed, no more is accepted than was
// signed: one image by a signature, another by an attestation alone.
func FuzzVouch(f *testing.F) {
	s := p256(f, "mine")
	signed, attested := digest.FromString("signed"), digest.FromString("attested")
	for _, text := range []string{
		s.bundle(f, statement(signPredicate, signed), s.hint()),
		s.bundle(f, statement("https://slsa.dev/provenance/v1", attested), ""),
	} {
		f.Add([]byte(text), []byte("{}"))
	}
	p := payload(signed)
	members := simple(p, s.sign(f, []byte(p)))
	f.Add(members[1].Body, members[0].Body)
	env := statement(signPredicate, signed)
	f.Add([]byte(`{"payload":"`+b64([]byte(env))+`","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"AA=="},{"sig":"`+b64(s.sign(f, dsse.PAE("application/vnd.in-toto+json", []byte(env))))+`"}]}`), []byte(p))
	voucher := Require([]Key{s.key})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		found := &verify.Found{Images: []report.Image{{Digest: &signed}, {Digest: &attested}}}
		for i, data := range [][]byte{first, second} {
			found.Objects = append(found.Objects, verify.Stored{Name: string(rune('a' + i)), SHA256: digest.FromBytes(data), Data: data})
		}
		got := voucher.Vouch(found)
		for _, v := range got.Vouches {
			if v.Reject != "" {
				if len(v.Reject) > 8<<10 {
					t.Fatalf("long reason: %q", v.Reject)
				}
				continue
			}
			if v.Signer != s.key.ID().String() || v.Kind == "signature" && v.Digest != signed || v.Kind == verify.KindAttestation && v.Digest != attested {
				t.Fatalf("accepted: %+v", v)
			}
		}
		if len(got.Needs) != 2 || strings.Contains(got.Needs[1].Reason, "is right") {
			t.Fatalf("got needs %+v", got.Needs)
		}
	})
}
