package policy_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/policy"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const fixtures = "../cmd/ocisum/testdata/trust/"

var now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

// read reads the keys of policies from the fixtures.
func read(path string) ([]byte, error) { return os.ReadFile(filepath.Join(fixtures, path)) }

// judge verifies an image under a policy.
func judge(t *testing.T, text, as, image string) *report.Report {
	t.Helper()
	p, err := policy.Parse([]byte(text), read)
	if err != nil {
		t.Fatal(err)
	}
	var names policy.Names
	if as != "" {
		if names, err = policy.ParseNames(as); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := verify.Path(context.Background(), image, verify.Options{Vouchers: p.Vouchers("--policy policy.json", names, now, nil)})
	if err != nil && rep == nil {
		t.Fatal(err)
	}
	return rep
}

func TestPolicies(t *testing.T) {
	const (
		accept  = `{"type":"insecureAcceptAnything"}`
		signed  = `{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg/signer.pub.asc"}`
		evil    = `{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg/evil.pub.asc"}`
		either  = `{"type":"signedBy","keyType":"GPGKeys","keyPaths":["gpg/signer.pub.asc","gpg/evil.pub.asc"]}`
		cosign  = `{"type":"sigstoreSigned","keyPath":"cosign/key-good.pub","signedIdentity":{"type":"exactRepository","dockerRepository":"127.0.0.1:5911/v2"}}`
		other   = `{"type":"sigstoreSigned","keyPath":"cosign/key-other.pub","signedIdentity":{"type":"exactRepository","dockerRepository":"127.0.0.1:5911/v2"}}`
		strict  = `{"type":"sigstoreSigned","keyPath":"cosign/key-good.pub"}`
		rejects = `{"type":"reject"}`
		tiny    = "registry.example/team/tiny"
		listed  = tiny + "@sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"
	)
	only := func(requirements string) string { return `{"default":[` + requirements + `]}` }
	docker := func(scope, requirements string) string {
		return `{"default":[` + rejects + `],"transports":{"docker":{"` + scope + `":[` + requirements + `]}}}`
	}
	for _, tt := range []struct {
		name, policy, as, image string
		want                    report.Verdict
		code                    report.Code
		reason                  string
	}{
		{"accept anything", only(accept), "", "gpg/dir-wrongkey", report.Verified, report.AnchorNone, ""},
		{"reject", only(rejects), tiny, "gpg/dir-signed", report.Denied, report.PolicyRejected, "the policy rejects " + tiny},
		{"reject without a name", only(rejects), "", "gpg/dir-signed", report.Denied, report.PolicyRejected, "--as"},
		{"accept and reject", only(accept + "," + rejects), "", "gpg/dir-signed", report.Denied, report.PolicyRejected, ""},
		{"signed", docker(tiny, signed), tiny + ":v1", "gpg/dir-signed", report.Verified, "", ""},
		{"signed for another tag", docker(tiny, signed), tiny + ":v2", "gpg/dir-signed", report.Denied, report.SignatureInvalid, "not for " + tiny + ":v2"},
		{"signed, any tag", docker(tiny, signed), tiny, "gpg/dir-signed", report.Verified, "", ""},
		{"signed by another", docker(tiny, signed), tiny, "gpg/dir-wrongkey", report.Denied, report.SignatureInvalid, "not in the keyring"},
		{"signed by either", docker(tiny, either), tiny, "gpg/dir-wrongkey", report.Verified, "", ""},
		{"signed by both", docker(tiny, signed+","+evil), tiny, "gpg/dir-signed", report.Denied, report.SignatureInvalid, ""},
		{"not signed", docker(tiny, signed), tiny, "cosign/unsigned-plain.tar.gz", report.Denied, report.SignatureMissing, ""},
		{"default", docker(tiny, signed), "registry.example/team/other", "gpg/dir-signed", report.Denied, report.PolicyRejected, "registry.example/team/other"},
		{"no name to compare", only(signed), "", "gpg/dir-signed", report.Denied, report.SignatureInvalid, "--as"},
		{"listed by digest", docker(listed, accept), tiny, "cosign/unsigned-plain.tar.gz", report.Verified, "", ""},
		{"listed by digest, another name", docker(listed, accept), "registry.example/team/other", "cosign/unsigned-plain.tar.gz", report.Denied, report.PolicyRejected, ""},
		{"listed by digest, tampered", docker(listed, accept), tiny, "cosign/tampered-v2-layer.tar.gz", report.Failed, report.BlobDigestMismatch, ""},
		{"listed another digest", docker(strings.Replace(listed, "66bee", "00000", 1), accept), tiny, "cosign/unsigned-plain.tar.gz", report.Denied, report.PolicyRejected, ""},
		{"of the transport", `{"default":[` + rejects + `],"transports":{"dir":{"":[` + accept + `]}}}`, "", "gpg/dir-signed", report.Verified, report.AnchorNone, ""},
		{"of another transport", `{"default":[` + rejects + `],"transports":{"oci":{"":[` + accept + `]}}}`, "", "gpg/dir-signed", report.Denied, report.PolicyRejected, ""},
		{"of the transport, too", `{"default":[` + rejects + `],"transports":{"dir":{"":[` + rejects + `]},"docker":{"":[` + accept + `]}}}`, tiny, "gpg/dir-signed", report.Denied, report.PolicyRejected, ""},
		{"cosign", docker(tiny, cosign), tiny, "cosign/save-v2.tar.gz", report.Verified, "", ""},
		{"cosign, another key", docker(tiny, other), tiny, "cosign/save-v2.tar.gz", report.Denied, report.SignatureInvalid, "no key"},
		{"cosign, another name", docker(tiny, strict), tiny, "cosign/save-v2.tar.gz", report.Denied, report.SignatureInvalid, "it is for 127.0.0.1:5911/v2"},
		{"cosign, a bundle gives no name", docker(tiny, cosign), tiny, "cosign/save-v3.tar.gz", report.Denied, report.SignatureInvalid, "gives the image no name"},
		{"cosign, attested only", docker(tiny, cosign), tiny, "cosign/unsigned-plain.tar.gz", report.Denied, report.SignatureMissing, ""},
		{"cosign and GPG", docker(tiny, cosign+","+signed), tiny, "cosign/save-v2.tar.gz", report.Denied, report.SignatureMissing, "no GPG signature"},
		{"cosign, tampered", docker(tiny, cosign), tiny, "cosign/tampered-v2-layer.tar.gz", report.Failed, report.BlobDigestMismatch, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rep := judge(t, tt.policy, tt.as, fixtures+tt.image)
			if rep.Verdict != tt.want {
				t.Errorf("got %s, want %s: %+v", rep.Verdict, tt.want, rep.Findings)
			}
			if tt.code != "" && !slices.ContainsFunc(rep.Findings, func(f report.Finding) bool { return f.Code == tt.code && strings.Contains(f.Message, tt.reason) }) {
				t.Errorf("got %+v, want %s with %q", rep.Findings, tt.code, tt.reason)
			}
			if tt.code == "" && !slices.ContainsFunc(rep.Anchors, func(a report.Anchor) bool { return a.Holds && strings.HasPrefix(a.By, "--policy policy.json#/") }) {
				t.Errorf("got anchors %+v", rep.Anchors)
			}
		})
	}
}

// TestEveryName: an image with two names has to satisfy what is asked of each.
func TestEveryName(t *testing.T) {
	image := testimage.Image{Ref: "a.example/app:1", Layers: []testimage.Layer{{}}}
	second := image
	second.Ref = "b.example/app:1"
	const text = `{"default":[{"type":"reject"}],"transports":{"docker":{"a.example":[{"type":"insecureAcceptAnything"}]}}}`
	for name, images := range map[string][]testimage.Image{"one": {image}, "two": {image, second}} {
		path := filepath.Join(t.TempDir(), "app.tar")
		if err := os.WriteFile(path, testimage.DockerSave{Images: images}.Tree().Tar(), 0o644); err != nil {
			t.Fatal(err)
		}
		want := report.Verified
		if len(images) > 1 {
			want = report.Denied
		}
		if rep := judge(t, text, "", path); rep.Verdict != want {
			t.Errorf("%s: got %s, want %s: %+v", name, rep.Verdict, want, rep.Findings)
		}
	}
}

// TestNothing: a policy that is about nothing does not pass.
func TestNothing(t *testing.T) {
	p, err := policy.Parse([]byte(`{"default":[{"type":"insecureAcceptAnything"}]}`), read)
	if err != nil {
		t.Fatal(err)
	}
	needs := 0
	for _, v := range p.Vouchers("--policy p", policy.Names{}, now, nil) {
		needs += len(v.Vouch(&verify.Found{}).Needs)
	}
	if needs != 1 {
		t.Errorf("got %d needs, want one", needs)
	}
}

func TestIsContainers(t *testing.T) {
	for text, want := range map[string]bool{
		`{"default":[]}`:                       true,
		`{}`:                                   true,
		`{"version":"1.0","trustPolicies":[]}`: false,
		`{"trustPolicies":[],"default":[]}`:    false,
		`not JSON`:                             true,
		`{"trustPolicies":`:                    false,
	} {
		if got := policy.IsContainers([]byte(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
