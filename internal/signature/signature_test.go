package signature

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

const image = digest.Digest("sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1")

func object(name, data string) Object {
	return Object{name, digest.FromString(data), []byte(data)}
}

func descriptor(mediaType string, o Object, annotations string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"annotations":{%s}}`, mediaType, o.SHA256, len(o.Data), annotations)
}

func manifest(subject digest.Digest, layers ...string) string {
	s := `{"schemaVersion":2,"config":` + descriptor("application/vnd.oci.empty.v1+json", object("", "{}"), "") + `,"layers":[` + strings.Join(layers, ",") + `]`
	if subject != "" {
		s += `,"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":555,"digest":"` + string(subject) + `"}`
	}
	return s + "}"
}

func payload(d digest.Digest) string {
	return `{"critical":{"identity":{"docker-reference":"r.example/app"},"image":{"docker-manifest-digest":"` + string(d) + `"},"type":"cosign container image signature"},"optional":null}`
}

func statement(predicate string, d digest.Digest) string {
	return `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"r.example/app","digest":{"sha256":"` + d.Encoded() + `"}}],"predicateType":"` + predicate + `","predicate":{}}`
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func enveloped(payload string) string {
	return `{"payload":"` + b64(payload) + `","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"` + b64("sig") + `"}]}`
}

// kept is a signature as skopeo stores it in dir: folders.
func kept(payload, sig string) string {
	return "\x00sigstore-json\n" + `{"mimeType":"` + typeSimple + `","payload":"` + b64(payload) + `","annotations":{"dev.cosignproject.cosign/signature":"` + sig + `"}}`
}

const key = `"verificationMaterial":{"publicKey":{"hint":"h"}}`

func bundle(mediaType, members string) string {
	return `{"mediaType":"` + mediaType + `",` + members + `}`
}

const v3 = "application/vnd.dev.sigstore.bundle.v0.3+json"

// text is what a test wants of material.
func (m *Material) String() string {
	s := fmt.Sprintf("%s %s %v", m.Kind, m.Format, m.Subjects)
	for _, f := range []struct {
		is   bool
		text string
	}{{m.Certificate, "certificate"}, {m.Log, "log"}, {m.Hint != "", "hint=" + m.Hint}, {m.Ref != "", "ref=" + m.Ref}, {m.Problem != "", "PROBLEM " + m.Problem}} {
		if f.is {
			s += " " + f.text
		}
	}
	if m.Problem == "" {
		s += fmt.Sprintf(" %q over %d", m.Signatures, len(m.Message()))
	}
	return s
}

func find(objects ...Object) []string {
	slices.SortFunc(objects, func(a, b Object) int { return strings.Compare(a.Name, b.Name) })
	var list []string
	for m := range Find(objects) {
		list = append(list, m.String())
	}
	return list
}

func TestFind(t *testing.T) {
	sig := `"dev.cosignproject.cosign/signature":"` + b64("sig") + `"`
	good := payload(image)
	simple := func(payload, annotations string) []string {
		p := object("p", payload)
		return find(p, object("m", manifest("", descriptor(typeSimple, p, annotations))))
	}
	sign, slsa := statement(PredicateSign, image), statement("https://slsa.dev/provenance/v1", image)
	one := func(data string) []string { return find(object("o", data)) }
	const over = "[sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1]"
	message := func(data, alg, sum string) string {
		return bundle(v3, key+`,"messageSignature":{"messageDigest":{"algorithm":`+alg+`,"digest":"`+sum+`"},"signature":"`+b64("sig")+`"}`)
	}
	blob := object("blob", "signed bytes")
	raw := func(d digest.Digest) string { return b64(string(mustHex(d))) }
	for _, tt := range []struct {
		name string
		got  []string
		want string // of the only one; empty: nothing is found
	}{
		{"simple", simple(good, sig), `signature cosign simple signing ` + over + ` ref=r.example/app ["sig"] over ` + fmt.Sprint(len(good))},
		{"simple, keyless", simple(good, sig+`,"dev.sigstore.cosign/certificate":"x","dev.sigstore.cosign/bundle":"y"`), `signature cosign simple signing ` + over + ` certificate log ref=r.example/app ["sig"] over ` + fmt.Sprint(len(good))},
		{"simple, no annotation", simple(good, ""), `PROBLEM there is no annotation`},
		{"simple, no base64", simple(good, `"dev.cosignproject.cosign/signature":"%%%"`), `PROBLEM its annotation`},
		{"simple, long", simple(good, `"dev.cosignproject.cosign/signature":"`+strings.Repeat("AAAA", 1<<20)+`"`), `too long`},
		{"simple, another type", simple(strings.Replace(good, "cosign container image signature", "atomic container signature", 1), sig), `PROBLEM its payload is of type "atomic container signature"`},
		{"simple, member unknown", simple(strings.Replace(good, `"image":`, `"more":1,"image":`, 1), sig), `PROBLEM its payload is not the JSON`},
		{"simple, digest twice", simple(strings.Replace(good, `"image":{`, `"image":{"docker-manifest-digest":"x",`, 1), sig), `PROBLEM its payload is not the JSON`},
		{"simple, a name twice in optional", simple(strings.Replace(good, `null`, `{"a":1,"a":2}`, 1), sig), `PROBLEM its payload is not the JSON`},
		{"simple, bytes after it", simple(good+"x", sig), `PROBLEM its payload is not the JSON`},
		{"simple, no digest", simple(payload("sha256:beef"), sig), `[] ref=r.example/app PROBLEM its payload names no usable digest`},
		{"simple, large", simple(good+strings.Repeat(" ", maxPayload), sig), `PROBLEM its payload has`},
		{"simple, payload absent", find(object("m", manifest(image, descriptor(typeSimple, object("", good), sig)))), over + ` PROBLEM its payload sha256:`},
		{"simple, payload changed", find(object("p", strings.Replace(good, "app", "bpp", 1)), object("m", manifest("", descriptor(typeSimple, object("", good), sig)))), `PROBLEM its payload sha256:`},
		{"stored", one(kept(good, b64("sig"))), `signature cosign simple signing ` + over + ` ref=r.example/app ["sig"] over ` + fmt.Sprint(len(good))},
		{"stored, no signature", one(kept(good, "")), over + ` ref=r.example/app PROBLEM there is no annotation`},
		{"stored, garbage", one("\x00sigstore-json\n{simplesigning"), `PROBLEM it is not the JSON of a stored signature`},
		{"stored, of GPG", one("\x00simple-signing\n{}"), ``},
		{"envelope, signature", one(enveloped(sign)), `signature dsse envelope ` + over + ` ref=r.example/app ["sig"] over `},
		{"envelope, attestation", one(enveloped(slsa)), `attestation dsse envelope ` + over},
		{"envelope, other payload", one(strings.Replace(enveloped(sign), "in-toto+json", "other", 1)), `PROBLEM its payload is of type "application/vnd.other"`},
		{"envelope, no statement", one(enveloped("{}")), `PROBLEM not an in-toto statement`},
		{"envelope, no signature", one(strings.Replace(enveloped(sign), `{"sig":"`+b64("sig")+`"}`, "", 1)), `PROBLEM the envelope has no signature`},
		{"envelope, a name twice", one(strings.Replace(enveloped(sign), `{`, `{"payload":"",`, 1)), ``},
		{"bundle", one(bundle(v3, key+`,"dsseEnvelope":`+enveloped(sign))), `signature sigstore bundle v0.3 ` + over + ` hint=h ref=r.example/app ["sig"] over `},
		{"bundle 0.1", one(bundle("application/vnd.dev.sigstore.bundle+json;version=0.1", key+`,"dsseEnvelope":`+enveloped(sign))), `signature sigstore bundle v0.1 ` + over},
		{"bundle 0.2", one(bundle("application/vnd.dev.sigstore.bundle+json;version=0.2", key+`,"dsseEnvelope":`+enveloped(sign))), `signature sigstore bundle v0.2 ` + over},
		{"bundle 0.4", one(bundle("application/vnd.dev.sigstore.bundle.v0.4+json", key+`,"dsseEnvelope":`+enveloped(sign))), `PROBLEM sigstore bundle of unknown version`},
		{"bundle, proto names", one(`{"media_type":"` + v3 + `","verification_material":{"public_key":{"hint":"h"}},"dsse_envelope":` + strings.Replace(enveloped(sign), "payloadType", "payload_type", 1) + `,"x":"payloadType"}`), `signature sigstore bundle v0.3 ` + over + ` hint=h`},
		{"bundle, both names", one(bundle(v3, key+`,"dsse_envelope":{},"dsseEnvelope":`+enveloped(sign))), ``},
		{"bundle, attestation", one(bundle(v3, key+`,"dsseEnvelope":`+enveloped(slsa))), `attestation sigstore bundle v0.3 ` + over},
		{"bundle, certificate and log", one(bundle(v3, `"verificationMaterial":{"certificate":{"rawBytes":"AA=="},"tlogEntries":[{}]},"dsseEnvelope":`+enveloped(sign))), `signature sigstore bundle v0.3 ` + over + ` certificate log`},
		{"bundle, chain", one(bundle(v3, `"verificationMaterial":{"x509CertificateChain":{"certificates":[]},"tlogEntries":[]},"dsseEnvelope":`+enveloped(sign))), `signature sigstore bundle v0.3 ` + over + ` certificate ref`},
		{"bundle, no material", one(bundle(v3, `"dsseEnvelope":`+enveloped(sign))), `PROBLEM sigstore bundle without usable verificationMaterial`},
		{"bundle, two contents", one(bundle(v3, key+`,"messageSignature":{},"dsseEnvelope":`+enveloped(sign))), `PROBLEM sigstore bundle with two contents`},
		{"bundle, no content", one(bundle(v3, key)), `PROBLEM sigstore bundle without a signature`},
		{"bundle, two signatures", one(bundle(v3, key+`,"dsseEnvelope":`+strings.Replace(enveloped(sign), `[{`, `[{"sig":"AA=="},{`, 1))), `PROBLEM sigstore bundle with 2 signatures`},
		{"bundle, deep", one(bundle(v3, key+`,"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`,"dsseEnvelope":`+enveloped(sign))), ``},
		{"message", find(blob, object("o", message("", `"SHA2_256"`, raw(blob.SHA256)))), `signature sigstore bundle v0.3 [` + string(blob.SHA256) + `] hint=h ["sig"] over 12`},
		{"message, enum by number", find(blob, object("o", message("", `1`, raw(blob.SHA256)))), `signature sigstore bundle v0.3 [` + string(blob.SHA256) + `]`},
		{"message, SHA-512", find(blob, object("o", message("", `"SHA2_512"`, raw(digest.SHA512.FromString("signed bytes"))))), `["sig"] over 12`},
		{"message, SHA3", find(blob, object("o", message("", `"SHA3_256"`, raw(blob.SHA256)))), `PROBLEM sigstore bundle that names the signed object by an unknown kind`},
		{"message, absent", one(message("", `"SHA2_256"`, raw(image))), over + ` hint=h ["sig"] over 0`},
		{"message, absent, SHA-512", one(message("", `"SHA2_512"`, raw(digest.SHA512.FromString("x")))), `PROBLEM the object it is over is not in the source`},
		{"linked and garbage", func() []string {
			g := object("g", "sigstore.bundle garbage")
			return find(g, object("m", manifest(image, descriptor(v3, g, ""))))
		}(), `signature sigstore bundle ` + over + ` PROBLEM what it is in, sha256:`},
		{"linked and absent", find(object("m", manifest(image, descriptor(typeEnvelope, object("", "x"), "")))), `signature dsse envelope ` + over + ` PROBLEM what it is in`},
		{"linked and broken", func() []string {
			g := object("g", bundle(v3, key))
			return find(g, object("m", manifest(image, descriptor(v3, g, ""))))
		}(), over + ` PROBLEM sigstore bundle without a signature`},
		{"other JSON", one(`{"payloadType":"x"}`), ``},
		{"not JSON", one(`sigstore.bundle payloadType simplesigning`), ``},
	} {
		switch {
		case tt.want == "" && len(tt.got) == 0:
		case len(tt.got) != 1 || tt.want == "" || !strings.Contains(tt.got[0], tt.want):
			t.Errorf("%s: got %q, want one with %q", tt.name, tt.got, tt.want)
		}
	}
}

func mustHex(d digest.Digest) []byte {
	b := make([]byte, d.Algorithm().Size())
	if _, err := fmt.Sscanf(d.Encoded(), "%x", &b); err != nil {
		panic("signature: " + err.Error())
	}
	return b
}

// FuzzFind: whatever the objects, what is found can be verified or says why
// not, twice the same.
func FuzzFind(f *testing.F) {
	p := object("p", payload(image))
	f.Add([]byte(manifest("", descriptor(typeSimple, p, `"dev.cosignproject.cosign/signature":"c2ln"`))), p.Data)
	f.Add([]byte(bundle(v3, key+`,"dsseEnvelope":`+enveloped(statement(PredicateSign, image)))), []byte("{}"))
	f.Add([]byte(bundle(v3, key+`,"messageSignature":{"messageDigest":{"algorithm":1,"digest":"`+b64(string(mustHex(p.SHA256)))+`"},"signature":"AA=="}`)), p.Data)
	f.Add([]byte(kept(payload(image), "c2ln")), []byte("{}"))
	f.Add([]byte(enveloped(statement("x", image))), []byte(manifest(image, descriptor(typeEnvelope, p, ""))))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		objects := []Object{object("a", string(first)), object("b", string(second)), p}
		n := 0
		for m := range Find(objects) {
			n++
			if m.Kind != Signature && m.Kind != Attestation || m.Format == "" || m.Object == "" {
				t.Fatalf("incomplete: %+v", m)
			}
			if m.Problem == "" && (len(m.Signatures) == 0 || len(m.Message()) == 0 && m.payloadType != "") {
				t.Fatalf("neither a signature nor a problem: %+v", m)
			}
			if len(m.Problem) > 500 || len(m.Hint) > 5<<20 {
				t.Fatalf("long problem: %q", m.Problem)
			}
			if m.Kind == Signature && m.Predicate != "" && m.Predicate != PredicateSign {
				t.Fatalf("an attestation of %q as a signature", m.Predicate)
			}
		}
		again := 0
		for range Find(objects) {
			again++
		}
		if n != again {
			t.Fatalf("found %d, then %d", n, again)
		}
		for range Find(objects) {
			break // early end
		}
	})
}
