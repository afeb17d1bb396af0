package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// testimony is a voucher that says what a test wants.
type testimony func(*verify.Found) verify.Testimony

func (testimony) Name() string                                 { return "--test" }
func (f testimony) Vouch(found *verify.Found) verify.Testimony { return f(found) }

// TestVouchers: what a claim from outside does to the verdict, read at random
// and in one pass.
func TestVouchers(t *testing.T) {
	a, b := image("app:1", "one\n", "amd64"), image("app:2", "two\n", "amd64")
	both := testimage.Layout{Images: []testimage.Image{a, b}}.Tree().Add(testimage.File("signature-1", "\x90not JSON"), testimage.File("note.json", "{}"))
	one, two := a.Descriptor().Digest, b.Descriptor().Digest
	elsewhere := digest.FromString("elsewhere")
	all := []verify.Need{{Image: 0, Code: report.AnchorRequired, Reason: "not approved"}, {Image: 1, Code: report.AnchorRequired, Reason: "not approved"}}
	say := func(needs []verify.Need, vouches ...verify.Vouch) verify.Voucher {
		return testimony(func(*verify.Found) verify.Testimony { return verify.Testimony{Vouches: vouches, Needs: needs} })
	}
	sign := func(d digest.Digest) verify.Vouch { return verify.Vouch{Kind: "signature", Digest: d} }
	with := func(v verify.Vouch, f func(*verify.Vouch)) verify.Vouch { f(&v); return v }
	tests := []struct {
		name     string
		vouchers []verify.Voucher
		limits   verify.Limits
		want     report.Verdict
		codes    []report.Code
		anchors  string // kind:holds:images of each
	}{
		{"both vouched for", []verify.Voucher{say(all, sign(one), sign(b.ID()))}, verify.Limits{}, report.Verified, nil, "signature:true:[0] signature:true:[1]"},
		{"one of two", []verify.Voucher{say(all, sign(one))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "signature:true:[0]"},
		{"one of two, nothing asked", []verify.Voucher{say(nil, sign(one))}, verify.Limits{}, report.Verified, []report.Code{report.AnchorUncovered}, "signature:true:[0]"},
		{"by two vouchers, each asks for all", []verify.Voucher{say(all, sign(one)), say(all, sign(two))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired, report.AnchorRequired}, "signature:true:[0] signature:true:[1]"},
		{"of another image", []verify.Voucher{say(all[:1], sign(elsewhere))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "signature:false:[]"},
		{"of another image, quiet", []verify.Voucher{say(nil, with(sign(elsewhere), func(v *verify.Vouch) { v.Quiet = true }))}, verify.Limits{}, report.Verified, nil, ""},
		{"of nothing", []verify.Voucher{say(all[:1], verify.Vouch{Kind: "signature"})}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "signature:false:[]"},
		{"a wrong signature", []verify.Voucher{say(all[:1], with(sign(one), func(v *verify.Vouch) { v.Reject = "another key" }))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "signature:false:[0]"},
		{"a wrong size", []verify.Voucher{say(all[:1], with(sign(one), func(v *verify.Vouch) { v.Size = 3 }))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "signature:false:[0]"},
		{"an attestation approves of nothing", []verify.Voucher{say(all[:1], with(sign(one), func(v *verify.Vouch) { v.Kind = verify.KindAttestation }))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired}, "attestation:true:[0]"},
		{"an attestation is asked for", []verify.Voucher{say([]verify.Need{{Image: 0, Kind: verify.KindAttestation, Code: report.AnchorRequired}}, with(sign(one), func(v *verify.Vouch) { v.Kind = verify.KindAttestation }))}, verify.Limits{}, report.Verified, nil, "attestation:true:[0]"},
		{"refused whatever is said", []verify.Voucher{say([]verify.Need{{Image: 0, Refused: true, Code: report.AnchorRequired}}, sign(one))}, verify.Limits{}, report.Denied, []report.Code{report.AnchorRequired, report.AnchorUncovered}, "signature:true:[0]"},
		{"more claims than the limit", []verify.Voucher{say(nil, sign(one), sign(two), sign(one))}, verify.Limits{Findings: 2}, report.Incomplete, []report.Code{report.LimitAnchors}, "signature:true:[0] signature:true:[1]"},
		{"more objects than are kept", []verify.Voucher{say(nil)}, verify.Limits{StreamDocuments: 8}, report.Incomplete, []report.Code{report.LimitStreamDocuments}, ""},
		{"sees what nothing names", []verify.Voucher{testimony(func(f *verify.Found) verify.Testimony {
			var seen []string
			for _, o := range f.Objects {
				if !strings.HasPrefix(o.Name, "blobs/") {
					seen = append(seen, o.Name)
				}
				if got := digest.FromBytes(o.Data); got != o.SHA256 {
					t.Errorf("%s: got %s, want %s", o.Name, o.SHA256, got)
				}
			}
			return verify.Testimony{Vouches: []verify.Vouch{{Kind: strings.Join(seen, " ")}}}
		})}, verify.Limits{}, report.Verified, nil, "index.json note.json oci-layout signature-1:false:[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := verify.Options{Vouchers: tt.vouchers, Limits: tt.limits}
			random, err := judge(t, both, opt)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := verify.RunStream(context.Background(), bytes.NewReader(both.Tar()), opt)
			if err != nil {
				t.Fatal(err)
			}
			for form, got := range map[string]*report.Report{"random": random, "stream": stream} {
				if tt.limits.StreamDocuments > 0 && form == "stream" {
					continue // there, the documents themselves are not kept
				}
				if got.Verdict != tt.want {
					t.Errorf("%s: got verdict %s, want %s", form, got.Verdict, tt.want)
				}
				var found []report.Code
				for _, c := range codes(got) {
					if len(found) == 0 || c != report.LimitStreamDocuments {
						found = append(found, c)
					}
				}
				if tt.limits.Findings == 0 && fmt.Sprint(found) != fmt.Sprint(tt.codes) {
					t.Errorf("%s: got %v, want %v", form, found, tt.codes)
				}
				var anchors []string
				for _, a := range got.Anchors {
					anchors = append(anchors, fmt.Sprintf("%s:%t:%v", a.Kind, a.Holds, a.Images))
				}
				if s := strings.Join(anchors, " "); s != tt.anchors {
					t.Errorf("%s: got anchors %s, want %s", form, s, tt.anchors)
				}
			}
		})
	}
}
