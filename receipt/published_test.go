package receipt_test

import (
	"strings"
	"testing"

	svr "github.com/in-toto/attestation/go/predicates/svr/v01"
	vsa "github.com/in-toto/attestation/go/predicates/vsa/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/verify"
)

func digestOf(c byte) digest.Digest { return digest.Digest("sha256:" + strings.Repeat(string(c), 64)) }
func ptr(d digest.Digest) *digest.Digest {
	return &d
}
func list(all ...byte) []digest.Digest {
	var l []digest.Digest
	for _, c := range all {
		l = append(l, digestOf(c))
	}
	return l
}

// published reads a receipt with the types that in-toto publishes: strictly,
// but for the one extension of the predicate.
func published(t *testing.T, s *receipt.Statement, predicate proto.Message) *intoto.Statement {
	t.Helper()
	doc := seal(t, s, nil)
	var st intoto.Statement
	if err := protojson.Unmarshal(doc, &st); err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	if err := st.Validate(); err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	if st.Predicate.Fields["ocisum"] == nil {
		t.Error("no extension")
	}
	delete(st.Predicate.Fields, "ocisum")
	b, err := protojson.Marshal(st.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	if err := protojson.Unmarshal(b, predicate); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return &st
}

func TestPublishedTypes(t *testing.T) {
	path := write(t, "app.tar", testimage.Layout{Images: []testimage.Image{image("app:1", "hello\n")}}.Tree())

	var simple svr.SimpleVerificationResult
	st := published(t, issue(t, path, verify.Options{}, receipt.Options{Time: noon}), &simple)
	if st.PredicateType != "https://in-toto.io/attestation/svr/v0.1" || simple.Verifier.GetId() != receipt.VerifierID ||
		!simple.TimeCreated.AsTime().Equal(noon) || len(simple.Properties) == 0 {
		t.Errorf("got %v", &simple)
	}

	var summary vsa.VerificationSummary
	sum := digestOf('5')
	st = published(t, issue(t, path, verify.Options{}, receipt.Options{Time: noon, Policies: []receipt.Resource{
		{URI: "file:images.lock", Digest: map[string]string{"sha256": sum.Encoded()}},
	}}), &summary)
	if st.PredicateType != "https://slsa.dev/verification_summary/v1" || summary.VerificationResult != "PASSED" ||
		summary.Policy.GetDigest()["sha256"] != sum.Encoded() || summary.ResourceUri != "file:app.tar" || !summary.TimeVerified.AsTime().Equal(noon) {
		t.Errorf("got %v", &summary)
	}
	// "custom values ... MUST NOT" begin with SLSA_, says the specification.
	for _, level := range summary.VerifiedLevels {
		if strings.HasPrefix(level, "SLSA_") {
			t.Errorf("level %s", level)
		}
	}
}
