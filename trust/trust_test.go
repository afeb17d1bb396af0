package trust

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/dsse"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// signer is a private key with its public half as this package reads it.
type signer struct {
	crypto.Signer
	key Key
}

func newSigner(t testing.TB, name string, s crypto.Signer, err error) signer {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePublicKey(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return signer{s, key}
}

func p256(t testing.TB, name string) signer {
	s, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return newSigner(t, name, s, err)
}

// sign signs as cosign does.
func (s signer) sign(t testing.TB, message []byte) []byte {
	t.Helper()
	opt := crypto.SignerOpts(crypto.SHA256)
	sum := sha256.Sum256(message)
	in := sum[:]
	if _, ok := s.Signer.(ed25519.PrivateKey); ok {
		in, opt = message, crypto.Hash(0)
	}
	sig, err := s.Signer.Sign(rand.Reader, in, opt)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func blob(data string) testimage.Member {
	return testimage.File("blobs/sha256/"+digest.FromString(data).Encoded(), data)
}

func payload(d digest.Digest) string {
	return `{"critical":{"identity":{"docker-reference":"r.example/app"},"image":{"docker-manifest-digest":"` + string(d) + `"},"type":"cosign container image signature"},"optional":null}`
}

// simple are the objects of simple signing: payload and manifest with one
// layer for each signature.
func simple(payload string, sigs ...[]byte) []testimage.Member {
	var layers []string
	for _, sig := range sigs {
		layers = append(layers, fmt.Sprintf(`{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","digest":%q,"size":%d,"annotations":{"dev.cosignproject.cosign/signature":%q}}`, digest.FromString(payload), len(payload), b64(sig)))
	}
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":2},"layers":[%s]}`, digest.FromString("{}"), strings.Join(layers, ","))
	return []testimage.Member{blob(payload), blob(manifest)}
}

func statement(predicate string, digests ...digest.Digest) string {
	var subjects []string
	for _, d := range digests {
		subjects = append(subjects, `{"digest":{"sha256":"`+d.Encoded()+`"}}`)
	}
	return `{"_type":"https://in-toto.io/Statement/v1","subject":[` + strings.Join(subjects, ",") + `],"predicateType":"` + predicate + `","predicate":{}}`
}

const signPredicate = "https://sigstore.dev/cosign/sign/v1"

// bundle is a bundle by s; change may edit it.
func (s signer) bundle(t testing.TB, statement, hint string) string {
	sig := s.sign(t, dsse.PAE("application/vnd.in-toto+json", []byte(statement)))
	return `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"` + hint + `"}},"dsseEnvelope":{"payload":"` + b64([]byte(statement)) +
		`","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"` + b64(sig) + `"}]}}`
}

func (s signer) hint() string {
	sum := sha256.Sum256(mustDER(s))
	return b64(sum[:])
}

func mustDER(s signer) []byte {
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		panic("trust: " + err.Error())
	}
	return der
}

// app is an image of one layer.
func app(ref, text string) testimage.Image {
	return testimage.Image{Ref: ref, Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("etc/motd", text)}, Compress: "gzip"}}}
}

func judged(t testing.TB, tree testimage.Tree, opt verify.Options) *report.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, tree.Tar(), 0o644); err != nil {
		t.Fatal(err)
	}
	rep, err := verify.Path(context.Background(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func outcome(rep *report.Report) string {
	s := string(rep.Verdict)
	for _, f := range rep.Findings {
		if f.Severity != report.Note {
			s += " " + string(f.Code)
		}
	}
	return s
}

// TestKindsOfKeys: each kind of key, with each format.
func TestKindsOfKeys(t *testing.T) {
	image := app("app:1", "one\n")
	d := image.Descriptor().Digest
	p384, err384 := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, err521 := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, errEd := ed25519.GenerateKey(rand.Reader)
	rsa2048, errRSA := rsa.GenerateKey(rand.Reader, 2048)
	manifest := testimage.Layout{Images: []testimage.Image{image}}.Tree()
	var raw []byte
	for _, e := range manifest {
		if e.Name == "blobs/sha256/"+d.Encoded() {
			raw = e.Body
		}
	}
	for _, s := range []signer{
		p256(t, "p256"), newSigner(t, "p384", p384, err384), newSigner(t, "p521", p521, err521),
		newSigner(t, "ed25519", ed, errEd), newSigner(t, "rsa", rsa2048, errRSA),
	} {
		message := `{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"` + b64(rawDigest(d)) + `"},"signature":"` + b64(s.sign(t, raw)) + `"}}`
		for format, entries := range map[string][]testimage.Member{
			"simple":  simple(payload(d), s.sign(t, []byte(payload(d)))),
			"bundle":  {blob(s.bundle(t, statement(signPredicate, d), s.hint()))},
			"message": {blob(message)},
		} {
			tree := testimage.Layout{Images: []testimage.Image{image}}.Tree().Add(entries...)
			if got := outcome(judged(t, tree, verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}})); got != "verified" {
				t.Errorf("%s, %s: got %s", s.key.Name(), format, got)
			}
			if got := outcome(judged(t, tree, verify.Options{Vouchers: []verify.Voucher{Require([]Key{p256(t, "other").key})}})); got != "denied signature.invalid" {
				t.Errorf("%s, %s, another key: got %s", s.key.Name(), format, got)
			}
		}
	}
}

func rawDigest(d digest.Digest) []byte {
	n, _ := new(big.Int).SetString(d.Encoded(), 16)
	return n.FillBytes(make([]byte, 32))
}

// TestWhatCounts: what covers an image, and what is said of the rest.
func TestWhatCounts(t *testing.T) {
	s, other := p256(t, "mine"), p256(t, "other")
	one, two := app("app:1", "one\n"), app("app:2", "two\n")
	d1, d2 := one.Descriptor().Digest, two.Descriptor().Digest
	layout := testimage.Layout{Images: []testimage.Image{one, two}}
	both := layout.Tree()
	slsa := "https://slsa.dev/provenance/v1"
	elsewhere := digest.FromString("elsewhere")
	sign := func(s signer, d digest.Digest) testimage.Member {
		return blob(s.bundle(t, statement(signPredicate, d), ""))
	}
	broken := blob(strings.Replace(s.bundle(t, statement(signPredicate, d1), s.hint()), `"sig":"ME`, `"sig":"MF`, 1))
	indexJSON := digest.Digest("")
	for _, e := range both {
		if e.Name == "index.json" {
			indexJSON = digest.FromBytes(e.Body)
		}
	}
	for _, tt := range []struct {
		name    string
		entries []testimage.Member
		want    string
		message string
	}{
		{"nothing", nil, "denied signature.missing signature.missing", "no signature by any key"},
		{"one of two", []testimage.Member{sign(s, d1)}, "denied signature.missing", "no signature by any key"},
		{"both", []testimage.Member{sign(s, d1), sign(s, d2)}, "verified", ""},
		{"both in one statement", []testimage.Member{blob(s.bundle(t, statement(signPredicate, d1, d2), ""))}, "verified", ""},
		{"index.json", []testimage.Member{sign(s, indexJSON)}, "verified", ""},
		{"image IDs", []testimage.Member{sign(s, one.ID()), sign(s, two.ID())}, "verified", ""},
		{"elsewhere", []testimage.Member{sign(s, elsewhere), sign(s, d1)}, "denied signature.missing", "1 signature over something else, the first over " + string(elsewhere)},
		{"attestations", []testimage.Member{blob(s.bundle(t, statement(slsa, d1, d2), ""))}, "denied signature.missing signature.missing", "not counted: 1 attestation"},
		{"another key", []testimage.Member{sign(other, d1), sign(s, d2)}, "denied signature.invalid", "no key that was given made it"},
		{"another key as well", []testimage.Member{sign(other, d1), sign(s, d1), sign(s, d2)}, "verified", ""},
		{"a wrong one as well", []testimage.Member{broken, sign(s, d1), sign(s, d2)}, "verified signature.wrong", "it names the key mine, which did not make it"},
		{"wrong ones only", []testimage.Member{broken, sign(s, d2)}, "denied signature.invalid signature.wrong", "it names the key mine"},
		{"many by others", append(many(t, other, d1, 5), sign(s, d2)), "denied signature.invalid", "5 signatures, and none that counts"},
	} {
		tree := layout.Tree().Add(tt.entries...)
		rep := judged(t, tree, verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}})
		if got := outcome(rep); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		var all string
		for _, f := range rep.Findings {
			all += f.Message + "\n"
		}
		if !strings.Contains(all, tt.message) {
			t.Errorf("%s: got %s, want %q", tt.name, all, tt.message)
		}
	}
}

func many(t *testing.T, s signer, d digest.Digest, n int) []testimage.Member {
	var sigs [][]byte
	for range n {
		sigs = append(sigs, s.sign(t, []byte(payload(d))))
	}
	return simple(payload(d), sigs...)
}

// TestNothingToSign: a source without images is not accepted for want of
// anything to refuse, and docker save is told what it lacks.
func TestNothingToSign(t *testing.T) {
	s := p256(t, "mine")
	artifact := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/x","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":%q,"size":2},"layers":[]}`, digest.FromString("{}"))
	index := fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":%q,"size":%d}]}`, digest.FromString(artifact), len(artifact))
	tree := testimage.Tree{testimage.File("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), testimage.File("index.json", index), blob(artifact), blob("{}")}
	opt := verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}}
	if got := outcome(judged(t, tree, opt)); got != "denied signature.missing" {
		t.Errorf("artifact: got %s", got)
	}
	rep := judged(t, testimage.DockerSave{Images: []testimage.Image{app("app:1", "x")}}.Tree(), opt)
	if got := outcome(rep); got != "denied signature.missing" || !strings.Contains(rep.Findings[0].Message, "docker save leaves the manifest out") {
		t.Errorf("docker save: got %s, %s", got, rep.Findings[0].Message)
	}
}

// TestLimits: beyond the limits nothing is accepted, and nothing is called
// wrong; signatures over what is not there cost nothing.
func TestLimits(t *testing.T) {
	s, other := p256(t, "mine"), p256(t, "other")
	image := app("app:1", "one\n")
	d := image.Descriptor().Digest
	tree := func(entries ...testimage.Member) testimage.Tree {
		return testimage.Layout{Images: []testimage.Image{image}}.Tree().Add(entries...)
	}
	limited := func(max budget) verify.Options {
		v := newVoucher([]Key{s.key})
		v.max = max
		return verify.Options{Vouchers: []verify.Voucher{v}}
	}
	good := blob(s.bundle(t, statement(signPredicate, d), ""))
	others := many(t, other, d, 20)
	for _, tt := range []struct {
		name string
		tree testimage.Tree
		max  budget
		want string
	}{
		{"enough", tree(append(others, good)...), budget{21, 1 << 20}, "verified"},
		{"too few verifications", tree(others...), budget{19, 1 << 20}, "incomplete limit.signatures"},
		{"too few bytes", tree(good), budget{10, 100}, "incomplete limit.signatures"},
		{"elsewhere is free", tree(append(many(t, other, digest.FromString("elsewhere"), 20), good)...), budget{1, 1 << 20}, "verified"},
	} {
		if got := outcome(judged(t, tt.tree, limited(tt.max))); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	// What the real limits cost, and that the list of the rejected is bounded.
	sig := other.sign(t, []byte(payload(d)))
	var sigs [][]byte
	for range 9_000 {
		sigs = append(sigs, sig)
	}
	rep := judged(t, tree(simple(payload(d), sigs...)...), verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}})
	if got := outcome(rep); got != "denied signature.invalid" || len(rep.Anchors) != maxRejected {
		t.Errorf("9000 signatures: got %s, %d anchors", got, len(rep.Anchors))
	}
}

func TestPredicate(t *testing.T) {
	for name, want := range map[string]string{"slsaprovenance": "https://slsa.dev/provenance/v0.2", "SPDX": "https://spdx.dev/Document", "https://x.example/v1": "https://x.example/v1"} {
		if got := Predicate(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestDir: skopeo keeps cosign's signatures in files of their own.
func TestDir(t *testing.T) {
	s := p256(t, "mine")
	image := app("", "one\n")
	d := image.Descriptor().Digest
	tree := testimage.Tree{testimage.File("version", "Directory Transport Version: 1.1\n")}
	for _, e := range (testimage.Layout{Images: []testimage.Image{image}}).Tree() {
		switch hex, blob := strings.CutPrefix(e.Name, "blobs/sha256/"); {
		case blob && hex == d.Encoded():
			tree = append(tree, testimage.Member{Name: "manifest.json", Body: e.Body})
		case blob:
			tree = append(tree, testimage.Member{Name: hex, Body: e.Body})
		}
	}
	stored := func(s signer) string {
		p := payload(d)
		return "\x00sigstore-json\n" + `{"mimeType":"application/vnd.dev.cosign.simplesigning.v1+json","payload":"` + b64([]byte(p)) + `","annotations":{"dev.cosignproject.cosign/signature":"` + b64(s.sign(t, []byte(p))) + `"}}`
	}
	for want, by := range map[string]signer{"verified": s, "denied signature.invalid": p256(t, "other")} {
		dir := t.TempDir()
		if err := tree.Add(testimage.File("signature-1", stored(by))).Folder(dir); err != nil {
			t.Fatal(err)
		}
		rep, err := verify.Path(context.Background(), dir, verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}})
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(rep); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestPlatforms: an index that is signed covers what it lists; a manifest that
// is signed covers itself.
func TestPlatforms(t *testing.T) {
	s := p256(t, "mine")
	amd, arm := app("", "amd\n"), app("", "arm\n")
	amd.Platform.OS, amd.Platform.Architecture = "linux", "amd64"
	arm.Platform.OS, arm.Platform.Architecture = "linux", "arm64"
	layout := testimage.Layout{Images: []testimage.Image{amd, arm}, Nested: true}
	index := digest.Digest("")
	for _, e := range layout.Tree() {
		if strings.Contains(string(e.Body), `"manifests"`) && e.Name != "index.json" {
			index = digest.FromBytes(e.Body)
		}
	}
	for _, tt := range []struct {
		name, platform string
		over           digest.Digest
		want           string
	}{
		{"index", "", index, "verified"},
		{"index, one platform asked for", "linux/arm64", index, "verified"},
		{"one manifest", "", amd.Descriptor().Digest, "denied signature.missing"},
		{"one manifest, asked for", "linux/amd64", amd.Descriptor().Digest, "verified"},
		{"one manifest, the other asked for", "linux/arm64", amd.Descriptor().Digest, "denied signature.missing"},
	} {
		tree := layout.Tree().Add(blob(s.bundle(t, statement(signPredicate, tt.over), "")))
		rep := judged(t, tree, verify.Options{Platform: tt.platform, Vouchers: []verify.Voucher{Require([]Key{s.key})}})
		if got := outcome(rep); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestManyAttestations: what approves of nothing does not crowd out what does.
func TestManyAttestations(t *testing.T) {
	s := p256(t, "mine")
	image := app("app:1", "one\n")
	d := image.Descriptor().Digest
	entries := []testimage.Member{blob(s.bundle(t, statement(signPredicate, d), ""))}
	for i := range 12 {
		large := strings.Replace(statement("https://spdx.dev/Document", d), `"predicate":{}`, fmt.Sprintf(`"predicate":{"%d":%q}`, i, strings.Repeat("x", 100_000)), 1)
		entries = append(entries, blob(s.bundle(t, large, "")))
	}
	tree := testimage.Layout{Images: []testimage.Image{image}}.Tree().Add(entries...)
	opt := verify.Options{Vouchers: []verify.Voucher{Require([]Key{s.key})}, Limits: verify.Limits{StreamDocuments: 1 << 20}}
	rep := judged(t, tree, opt)
	if got := outcome(rep); got != "verified" {
		t.Errorf("got %s", got)
	}
	looked, said := 0, false
	for _, a := range rep.Anchors {
		if a.Kind == verify.KindAttestation {
			looked++
		}
	}
	for _, f := range rep.Findings {
		said = said || f.Code == report.AttestationUnchecked
	}
	if looked == 0 || looked == 12 || !said {
		t.Errorf("got %d of 12 attestations, said %t", looked, said)
	}
}

// TestFileSignature: cosign sign-blob over the archive itself, beside it.
func TestFileSignature(t *testing.T) {
	s, other := p256(t, "mine"), p256(t, "other")
	archive := testimage.DockerSave{Images: []testimage.Image{app("app:1", "one\n")}}.Tree().Tar()
	bundle := func(s signer, data []byte) []verify.Evidence {
		sum := sha256.Sum256(data)
		return []verify.Evidence{{By: "--evidence app.bundle", Data: []byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"` + b64(sum[:]) + `"},"signature":"` + b64(s.sign(t, data)) + `"}}`)}}
	}
	path := filepath.Join(t.TempDir(), "app.tar")
	if err := os.WriteFile(path, archive, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		evidence []verify.Evidence
		want     string
	}{
		{"right", bundle(s, archive), "verified"},
		{"another key", bundle(other, archive), "denied signature.invalid"},
		{"another file", bundle(s, archive[1:]), "denied signature.missing"},
		{"none", nil, "denied signature.missing"},
	} {
		opt := verify.Options{Evidence: tt.evidence, Vouchers: []verify.Voucher{Require([]Key{s.key})}}
		file, err := verify.Path(context.Background(), path, opt)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := verify.RunStream(context.Background(), bytes.NewReader(archive), opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcome(file); got != tt.want {
			t.Errorf("%s, file: got %s, want %s", tt.name, got, tt.want)
		}
		if got := outcome(stream); got != tt.want {
			t.Errorf("%s, stream: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
