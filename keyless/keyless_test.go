package keyless_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/keyless"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const (
	identity = "https://github.com/example/tiny/.github/workflows/release.yml@refs/tags/v1"
	issuer   = "https://token.actions.githubusercontent.com"
	layer    = "blobs/sha256/b6c8fcdbd6ec6894c92f19258b90628c1e16c6af74d44f63b3b84d4c23175122"
	manifest = "blobs/sha256/66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"
	signed   = "blobs/sha256/018dbe5d843e8864ebe6c7c41cb6c2fc4f8ded56b0129d5fca2999219cf1f6bf"
)

func trustedRoot(t testing.TB) []byte {
	t.Helper()
	doc, err := os.ReadFile("testdata/trusted_root.json")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func judge(t *testing.T, path string, terms keyless.Terms) *report.Report {
	t.Helper()
	if terms.Root == nil {
		terms.Root = trustedRoot(t)
	}
	v, err := keyless.New("keyless", terms)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Path(context.Background(), path, verify.Options{Vouchers: []verify.Voucher{v}})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

var right = keyless.Terms{Identity: identity, Issuer: issuer}

func TestLayouts(t *testing.T) {
	slsa, spdx := right, right
	slsa.Attestation, spdx.Attestation = "slsaprovenance1", "spdxjson"
	for _, test := range []struct {
		layout string
		terms  keyless.Terms
		want   report.Verdict
		holds  string // kinds of anchors that hold
	}{
		{"orphan", right, report.Verified, "signature attestation"},
		{"listed", right, report.Verified, "signature attestation"},
		{"reftag", right, report.Verified, "signature attestation"},
		{"slsaonly", right, report.Denied, "attestation"},
		{"slsaonly", slsa, report.Verified, "attestation"},
		{"slsaonly", keyless.Terms{Identity: identity, Issuer: issuer, Attestation: "https://slsa.dev/provenance/v1"}, report.Verified, "attestation"},
		{"orphan", slsa, report.Verified, "signature attestation"},
		{"orphan", spdx, report.Denied, "signature"},
		{"wrongid", right, report.Denied, ""},
		{"wrongid", keyless.Terms{Identity: strings.Replace(identity, "example", "evil", 1), Issuer: issuer}, report.Verified, "signature"},
		{"orphan", keyless.Terms{Identity: identity, Issuer: "https://accounts.example.com"}, report.Denied, ""},
		{"orphan", keyless.Terms{Identity: identity[:len(identity)-1], Issuer: issuer}, report.Denied, ""},
	} {
		name := fmt.Sprintf("%s %+v", test.layout, test.terms)
		rep := judge(t, "testdata/layout-"+test.layout, test.terms)
		var holds []string
		for _, a := range rep.Anchors {
			if a.Holds {
				holds = append(holds, a.Kind)
			}
		}
		if rep.Verdict != test.want || strings.Join(holds, " ") != test.holds {
			t.Errorf("%s: got %s, holding %q; want %s, %q", name, rep.Verdict, holds, test.want, test.holds)
		}
	}
}

// damaged is a copy of a layout with some of its files changed; nil removes one.
func damaged(t *testing.T, change map[string]func([]byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/layout-orphan")); err != nil {
		t.Fatal(err)
	}
	for name, f := range change {
		path := filepath.Join(dir, name)
		if f == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A signature over a manifest is one over the whole image, in the same run.
func TestDamage(t *testing.T) {
	edit := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.Replace(string(b), old, new, 1)) }
	}
	for _, test := range []struct {
		name   string
		change map[string]func([]byte) []byte
		want   report.Verdict
	}{
		{"layer replaced", map[string]func([]byte) []byte{layer: func(b []byte) []byte { return b[:len(b)-1] }}, report.Failed},
		{"manifest edited", map[string]func([]byte) []byte{manifest: edit(`"size":155`, `"size":156`)}, report.Failed},
		{"bundle removed", map[string]func([]byte) []byte{signed: nil}, report.Denied},
		{"layer removed", map[string]func([]byte) []byte{layer: nil}, report.Incomplete},
		// What carries a signature is no part of the image; its name says what it was.
		{"signature edited", map[string]func([]byte) []byte{signed: edit(`"sig":"MEQCIEG3`, `"sig":"MEQCIEG4`)}, report.Failed},
		{"bundle cut", map[string]func([]byte) []byte{signed: func(b []byte) []byte { return b[:len(b)/2] }}, report.Failed},
	} {
		rep := judge(t, damaged(t, test.change), right)
		if rep.Verdict != test.want {
			t.Errorf("%s: got %s, want %s", test.name, rep.Verdict, test.want)
		}
		if signs := slices.ContainsFunc(rep.Anchors, func(a report.Anchor) bool { return a.Holds && a.Kind == "signature" }); signs != strings.HasPrefix(test.name, "layer") {
			t.Errorf("%s: a signature holds: %v", test.name, signs)
		}
	}
}

// An edited bundle that bears the digest of what it is now is found out by the
// signature in it.
func TestForgedBundle(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata/layout-orphan", signed))
	if err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]string{
		"another signature": strings.Replace(string(b), `"sig":"MEQCIEG3`, `"sig":"MEQCIEG4`, 1),
		"no log entry":      strings.Replace(string(b), `"tlogEntries"`, `"tlogEntriez"`, 1),
		"another promise":   strings.Replace(string(b), `"integratedTime":"1795216711"`, `"integratedTime":"1795216712"`, 1),
		"not JSON":          strings.Replace(string(b), `{`, `{{`, 1),
		"name twice":        strings.Replace(string(b), `{"dsseEnvelope"`, `{"mediaType":"x","dsseEnvelope"`, 1),
	} {
		if forge == string(b) {
			t.Fatalf("%s: nothing forged", name)
		}
		dir := damaged(t, map[string]func([]byte) []byte{signed: nil})
		d := digest.FromString(forge)
		if err := os.WriteFile(filepath.Join(dir, "blobs/sha256", d.Encoded()), []byte(forge), 0o644); err != nil {
			t.Fatal(err)
		}
		if rep := judge(t, dir, right); rep.Verdict != report.Denied {
			t.Errorf("%s: got %s, want %s", name, rep.Verdict, report.Denied)
		}
	}
}

// Many bundles cost no more than some.
func TestManyBundles(t *testing.T) {
	var found verify.Found
	b, err := os.ReadFile(filepath.Join("testdata/layout-orphan", signed))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3000 {
		data := append([]byte(strings.Replace(string(b), `"sig":"MEQCIEG3`, `"sig":"MEQCIEG4`, 1)), strings.Repeat(" ", i)...)
		found.Objects = append(found.Objects, verify.Stored{Name: fmt.Sprint(i), Data: data})
	}
	v, err := keyless.New("keyless", keyless.Terms{Root: trustedRoot(t), Identity: identity, Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	got := v.Vouch(&found)
	if n := len(got.Vouches); n != 1001 || !strings.Contains(got.Vouches[n-1].Reject, "more than 1000") {
		t.Errorf("got %d claims", n)
	}
	for _, c := range got.Vouches {
		if c.Reject == "" {
			t.Fatalf("%s counts", c.Object)
		}
	}
}

// What cannot be checked is said to be there.
func TestOldForm(t *testing.T) {
	v, err := keyless.New("keyless", keyless.Terms{Root: trustedRoot(t), Identity: identity, Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	doc := `{"layers":[{"annotations":{"dev.sigstore.cosign/certificate":"-----BEGIN"}}]}`
	got := v.Vouch(&verify.Found{Images: []report.Image{{}}, Objects: []verify.Stored{{Name: "x", Data: []byte(doc)}}})
	if len(got.Vouches) != 1 || !strings.Contains(got.Vouches[0].Reject, "only bundles can") || got.Needs[0].Code != report.SignatureInvalid {
		t.Errorf("got %+v", got)
	}
}

// What the trusted root lists is demanded, and no more.
func TestRootDecidesWhatIsDemanded(t *testing.T) {
	change := func(f func(root map[string]any)) []byte {
		var root map[string]any
		if err := json.Unmarshal(trustedRoot(t), &root); err != nil {
			t.Fatal(err)
		}
		f(root)
		doc, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	for _, test := range []struct {
		name string
		root []byte
		want report.Verdict
	}{
		{"as it is", change(func(map[string]any) {}), report.Verified},
		{"certificate transparency, of which the bundle has none", change(func(r map[string]any) { r["ctlogs"] = r["tlogs"] }), report.Denied},
		{"no log: the timestamp says when", change(func(r map[string]any) { delete(r, "tlogs") }), report.Verified},
		{"no timestamp authority: the log says when", change(func(r map[string]any) { delete(r, "timestampAuthorities") }), report.Verified},
		{"another certificate authority", change(func(r map[string]any) { r["certificateAuthorities"] = r["timestampAuthorities"] }), report.Denied},
		{"an authority that had ended", change(func(r map[string]any) {
			ca := r["certificateAuthorities"].([]any)[0].(map[string]any)
			ca["validFor"] = map[string]any{"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
		}), report.Denied},
	} {
		terms := right
		terms.Root = test.root
		if rep := judge(t, "testdata/layout-orphan", terms); rep.Verdict != test.want {
			t.Errorf("%s: got %s, want %s", test.name, rep.Verdict, test.want)
		}
	}
}

func TestTrustedRoot(t *testing.T) {
	root := string(trustedRoot(t))
	for name, doc := range map[string]string{
		"empty":        "",
		"no JSON":      "hello",
		"no type":      "{}",
		"no authority": strings.Replace(root, `"certificateAuthorities"`, `"ctlogs"`, 1),
		"too large":    root + strings.Repeat(" ", keyless.MaxRoot),
		"no clock":     `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`,
	} {
		if _, err := keyless.New("keyless", keyless.Terms{Root: []byte(doc), Identity: identity, Issuer: issuer}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := keyless.New("keyless", keyless.Terms{Root: []byte(root), Identity: identity}); err == nil {
		t.Error("no issuer: no error")
	}
}

// No bytes make a bundle count that was not signed.
func FuzzBundle(f *testing.F) {
	for _, layout := range []string{"orphan", "slsaonly"} {
		files, err := filepath.Glob("testdata/layout-" + layout + "/blobs/sha256/*")
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			if b, err := os.ReadFile(name); err == nil && strings.Contains(string(b), "verificationMaterial") {
				f.Add(b)
			}
		}
	}
	v, err := keyless.New("keyless", keyless.Terms{Root: trustedRoot(f), Identity: identity, Issuer: issuer})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range v.Vouch(&verify.Found{Objects: []verify.Stored{{Name: "x", Data: data}}}).Vouches {
			if c.Reject == "" && c.Digest != "sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1" {
				t.Errorf("%s of %s counts", c.Kind, c.Digest)
			}
		}
	})
}
