package trust_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/trust"
	"github.com/ocisum/ocisum/verify"
)

// fixtures are sources that real tools wrote: cosign 3.1.3 and BuildKit 0.23.2.
const fixtures = "../cmd/ocisum/testdata/trust"

func keyOf(t *testing.T, name string) trust.Key {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(fixtures, "cosign", name))
	if err != nil {
		t.Fatal(err)
	}
	key, err := trust.ParsePublicKey(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// forms reads an archive as a folder, as a file and in one pass.
func forms(t *testing.T, archive []byte, opt verify.Options) map[string]*report.Report {
	t.Helper()
	dir := t.TempDir()
	folder, file := filepath.Join(dir, "folder"), filepath.Join(dir, "file.tar")
	err := os.Mkdir(folder, 0o755)
	if err == nil {
		err = testimage.Untar(archive, folder)
	}
	if err == nil {
		err = os.WriteFile(file, archive, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*report.Report{}
	for form, run := range map[string]func() (*report.Report, error){
		"folder": func() (*report.Report, error) { return verify.Path(context.Background(), folder, opt) },
		"file":   func() (*report.Report, error) { return verify.Path(context.Background(), file, opt) },
		"stream": func() (*report.Report, error) {
			return verify.RunStream(context.Background(), bytes.NewReader(archive), opt)
		},
	} {
		rep, err := run()
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		all[form] = rep
	}
	return all
}

// said is the verdict, the codes of errors and warnings, and the anchors: how
// many signatures and attestations hold, and how many do not.
func said(rep *report.Report) string {
	var codes []string
	for _, f := range rep.Findings {
		if f.Severity != report.Note && !slices.Contains(codes, string(f.Code)) {
			codes = append(codes, string(f.Code))
		}
	}
	slices.Sort(codes)
	counts := map[string]int{}
	for _, a := range rep.Anchors {
		counts[fmt.Sprintf("%s %t", a.Kind, a.Holds)]++
	}
	return fmt.Sprintf("%s [%s] %d+%d %d+%d", rep.Verdict, strings.Join(codes, " "),
		counts["signature true"], counts["attestation true"], counts["signature false"], counts["attestation false"])
}

// TestFixtures: the right answer for each, in every form. The tools that wrote
// the tampered ones accept most of them.
func TestFixtures(t *testing.T) {
	const layer = "blob.digest-mismatch blob.size-mismatch layer.diff-id-mismatch"
	for _, tt := range []struct{ name, good, other string }{
		{"save-v2", "verified [] 1+0 0+0", "denied [signature.invalid] 0+0 1+0"},
		{"save-v3", "verified [] 1+0 0+0", "denied [signature.invalid] 0+0 1+0"},
		{"save-v2att", "verified [] 1+2 0+0", "denied [signature.invalid] 0+0 1+2"},
		{"save-v3att", "verified [] 1+2 0+0", "denied [signature.invalid] 0+0 1+2"},
		{"regctl-reftag-v3", "verified [] 1+0 0+0", "denied [signature.invalid] 0+0 1+0"},
		{"unsigned-plain", "denied [signature.missing] 0+0 0+0", "denied [signature.missing] 0+0 0+0"},
		{"tampered-v2-layer", "failed [" + layer + "] 1+0 0+0", "failed [" + layer + " signature.invalid] 0+0 1+0"},
		{"tampered-v3-layer", "failed [" + layer + "] 1+0 0+0", "failed [" + layer + " signature.invalid] 0+0 1+0"},
		{"tampered-v2-config", "failed [blob.digest-mismatch blob.size-mismatch] 1+0 0+0", "failed [blob.digest-mismatch blob.size-mismatch signature.invalid] 0+0 1+0"},
		{"tampered-v3-missing", "incomplete [blob.missing] 1+0 0+0", "denied [blob.missing signature.invalid] 0+0 1+0"},
		{"tampered-v2-manifest", "failed [blob.digest-mismatch signature.invalid] 0+0 1+0", "failed [blob.digest-mismatch signature.invalid] 0+0 0+0"},
		{"tampered-v3-manifest", "failed [blob.digest-mismatch signature.invalid] 0+0 1+0", "failed [blob.digest-mismatch signature.invalid] 0+0 0+0"},
		{"keyless-layout-orphan", "denied [signature.invalid] 0+0 1+1", "denied [signature.invalid] 0+0 1+1"},
		{"keyless-layout-listed", "denied [signature.invalid] 0+0 1+1", "denied [signature.invalid] 0+0 1+1"},
		{"keyless-layout-reftag", "denied [signature.invalid] 0+0 1+1", "denied [signature.invalid] 0+0 1+1"},
		{"keyless-layout-slsaonly", "denied [signature.missing] 0+0 0+1", "denied [signature.missing] 0+0 0+1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			archive := fixture(t, "cosign/"+tt.name+".tar.gz")
			good, other := keyOf(t, "key-good.pub"), keyOf(t, "key-other.pub")
			for _, c := range []struct {
				keys []trust.Key
				want string
			}{{[]trust.Key{good}, tt.good}, {[]trust.Key{other}, tt.other}, {[]trust.Key{other, good}, tt.good}} {
				for form, rep := range forms(t, archive, verify.Options{Vouchers: []verify.Voucher{trust.Require(c.keys)}}) {
					if got := said(rep); got != c.want {
						t.Errorf("%s, %s: got %s, want %s", c.keys[0].Name(), form, got, c.want)
					}
				}
			}
		})
	}
}

func TestRequireAttestation(t *testing.T) {
	good, other := keyOf(t, "key-good.pub"), keyOf(t, "key-other.pub")
	for _, tt := range []struct {
		name, predicate string
		key             trust.Key
		want            string
	}{
		{"save-v2att", "slsaprovenance1", good, "verified [] 1+2 0+0"},
		{"save-v3att", "https://slsa.dev/provenance/v1", good, "verified [] 1+2 0+0"},
		{"save-v3att", "spdxjson", good, "verified [] 1+2 0+0"},
		{"save-v3att", "cyclonedx", good, "denied [attestation.missing] 1+2 0+0"},
		{"save-v3", "slsaprovenance1", good, "denied [attestation.missing] 1+0 0+0"},
		{"save-v3att", "slsaprovenance1", other, "denied [signature.invalid] 0+0 1+2"},
		{"keyless-layout-slsaonly", "slsaprovenance1", good, "denied [signature.invalid signature.missing] 0+0 0+1"},
	} {
		keys := []trust.Key{tt.key}
		opt := verify.Options{Vouchers: []verify.Voucher{trust.Require(keys, tt.predicate), trust.RequireAttestation(tt.predicate, keys)}}
		for form, rep := range forms(t, fixture(t, "cosign/"+tt.name+".tar.gz"), opt) {
			if got := said(rep); got != tt.want {
				t.Errorf("%s, %s, %s: got %s, want %s", tt.name, tt.predicate, form, got, tt.want)
			}
		}
	}
}

// TestKeylessIsNamed: who needs the other command is told so.
func TestKeylessIsNamed(t *testing.T) {
	rep := forms(t, fixture(t, "cosign/keyless-layout-orphan.tar.gz"), verify.Options{Vouchers: []verify.Voucher{trust.Require([]trust.Key{keyOf(t, "key-good.pub")})}})["folder"]
	for _, f := range rep.Findings {
		if f.Code == report.SignatureInvalid && strings.Contains(f.Message, "certificate") && strings.Contains(f.Message, "ocisum-keyless") {
			return
		}
	}
	t.Errorf("no finding names the certificate and ocisum-keyless: %+v", rep.Findings)
}

// TestSignedAttestation: a signature over the manifest of an attestation is no
// signature over the image.
func TestSignedAttestation(t *testing.T) {
	for form, rep := range forms(t, fixture(t, "buildkit/signed-attestation-oci.tar.gz"), verify.Options{Vouchers: []verify.Voucher{trust.Require([]trust.Key{keyOf(t, "key-good.pub")})}}) {
		if got, want := said(rep), "denied [signature.missing] 0+0 0+0"; got != want {
			t.Errorf("%s: got %s, want %s", form, got, want)
		}
	}
}

// TestBuildKit: no key is needed to see that an attestation is bound to two
// images, and what BuildKit writes is no fault.
func TestBuildKit(t *testing.T) {
	for name, want := range map[string]string{
		"oci-plain":              "verified []",
		"docker-export":          "verified []",
		"prov-named":             "verified []",
		"prov-ociartifact":       "verified []",
		"signed-attestation-oci": "verified []",
		"prov-noname":            "verified [attestation.subject-empty]",
		"bad-reference-digest":   "failed [attestation.subject-mismatch]",
		"bad-statement-subject":  "failed [attestation.subject-mismatch]",
	} {
		for form, rep := range forms(t, fixture(t, "buildkit/"+name+".tar.gz"), verify.Options{}) {
			if got := said(rep); got != want+" 0+0 0+0" {
				t.Errorf("%s, %s: got %s, want %s", name, form, got, want)
			}
		}
	}
}

// TestUncheckedIsSaid: without a key, signatures are counted, also those that
// no document leads to.
func TestUncheckedIsSaid(t *testing.T) {
	for name, want := range map[string]string{
		"save-v2":               "1 signature;",
		"save-v3":               "1 signature;",
		"save-v2att":            "1 signature and 2 attestations;",
		"save-v3att":            "1 signature and 2 attestations;",
		"keyless-layout-orphan": "(2 by certificates",
		"keyless-layout-listed": "(2 by certificates",
		"unsigned-plain":        "",
	} {
		for form, rep := range forms(t, fixture(t, "cosign/"+name+".tar.gz"), verify.Options{}) {
			got := ""
			for _, f := range rep.Findings {
				if f.Code == report.SignatureUnchecked {
					got = f.Message
				}
			}
			if !strings.Contains(got, want) || want == "" && got != "" {
				t.Errorf("%s, %s: got %q, want %q", name, form, got, want)
			}
		}
	}
}
