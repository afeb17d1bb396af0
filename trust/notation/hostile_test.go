package notation

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/verify"
)

func store(found *verify.Found, data []byte) digest.Digest {
	d := digest.FromBytes(data)
	found.Objects = append(found.Objects, verify.Stored{Name: "blobs/sha256/" + d.Encoded(), SHA256: d, Data: data})
	return d
}

const signedDigest = "sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"

// manifest is a signature manifest for an envelope.
func manifest(mediaType string, envelope digest.Digest, size int, extra string) []byte {
	return fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},`+
		`"layers":[{"mediaType":%q,"digest":%q,"size":%d}],"subject":{"mediaType":%q,"digest":%q,"size":555}%s}`,
		oci.MediaTypeManifest, typeSignature, mediaType, envelope, size, oci.MediaTypeManifest, signedDigest, extra)
}

func TestManifests(t *testing.T) {
	env := maker{alg: "ES256"}.makeJWS(t)
	other := maker{alg: "ES256", payload: strings.Replace(goodPayload, "66beeaa4", "00000000", 1)}.makeJWS(t)
	prints := func(list string) string {
		return `,"annotations":{"io.cncf.notary.x509chain.thumbprint#S256":` + fmt.Sprintf("%q", list) + `}`
	}
	for _, tt := range []struct {
		name     string
		manifest func(d digest.Digest) []byte
		envelope []byte
		want     string
	}{
		{"right", func(d digest.Digest) []byte { return manifest(typeJWS, d, 1, "") }, env, ""},
		{"artifact manifest", func(d digest.Digest) []byte {
			return fmt.Appendf(nil, `{"mediaType":%q,"artifactType":%q,"blobs":[{"mediaType":%q,"digest":%q,"size":1}],"subject":{"mediaType":%q,"digest":%q,"size":555}}`,
				oci.MediaTypeArtifactManifest, typeSignature, typeJWS, d, oci.MediaTypeManifest, signedDigest)
		}, env, ""},
		{"other media type", func(d digest.Digest) []byte { return manifest(typeCOSE, d, 1, "") }, env, "COSE_Sign1"},
		{"unknown media type", func(d digest.Digest) []byte { return manifest("text/plain", d, 1, "") }, env, "not supported"},
		{"no envelope", func(digest.Digest) []byte { return manifest(typeJWS, signedDigest, 1, "") }, env, "not here"},
		{"other subject", func(d digest.Digest) []byte { return manifest(typeJWS, d, 1, "") }, other, "not what is signed"},
		{"wrong thumbprints", func(d digest.Digest) []byte { return manifest(typeJWS, d, 1, prints(`["00"]`)) }, env, "thumbprints"},
		{"no list of thumbprints", func(d digest.Digest) []byte { return manifest(typeJWS, d, 1, prints(`x`)) }, env, "thumbprints"},
		{"name twice", func(d digest.Digest) []byte { return manifest(typeJWS, d, 1, `,"layers":[]`) }, env, "signature manifest"},
		{"no subject", func(d digest.Digest) []byte {
			return bytes.Replace(manifest(typeJWS, d, 1, ""), []byte(`"subject"`), []byte(`"object"`), 1)
		}, env, "subject"},
		{"two layers", func(d digest.Digest) []byte {
			return bytes.Replace(manifest(typeJWS, d, 1, ""), []byte(`"layers":[`), fmt.Appendf(nil, `"layers":[{"mediaType":%q,"digest":%q,"size":1},`, typeJWS, d), 1)
		}, env, "2 layers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := &verify.Found{}
			store(found, tt.manifest(store(found, tt.envelope)))
			list := find(found, 100)
			if len(list) != 1 {
				t.Fatalf("got %d signatures", len(list))
			}
			if err := list[0].err; (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestMany: many signatures cost no more than the limit allows, whether they
// share their envelopes or not.
func TestMany(t *testing.T) {
	found := &verify.Found{}
	env := maker{alg: "ES256"}.makeJWS(t)
	d := store(found, env)
	for i := range 5000 {
		store(found, manifest(typeJWS, d, 1, fmt.Sprintf(`,"annotations":{"n":"%d"}`, i)))
	}
	for i := range 200 { // all wrong, with one chain
		bad := bytes.Replace(env, []byte("test"), fmt.Appendf(nil, "test%d", i), 1)
		bad = bytes.Replace(bad, []byte(`"signature":"`), []byte(`"signature":"AAAA`), 1)
		store(found, manifest(typeJWS, store(found, bad), 1, ""))
	}
	list := find(found, 20)
	good, wrong, many := 0, 0, 0
	for _, m := range list {
		switch m.err {
		case nil:
			good++
		case errTooMany:
			many++
		case errSignature:
			wrong++
		default:
			t.Fatal(m.err)
		}
	}
	if good != 5000 || wrong != 20-4 || many != 200-wrong {
		t.Errorf("got %d right, %d wrong, %d not looked at", good, wrong, many)
	}
}

// TestBombs: what is large or deep is refused for what it is.
func TestBombs(t *testing.T) {
	certs := func(n int) func([][]byte) [][]byte {
		return func(c [][]byte) [][]byte {
			for len(c) < n {
				c = append(c, []byte{0x30, 0})
			}
			return c
		}
	}
	for name, tt := range map[string]struct {
		mediaType string
		data      []byte
		want      string
	}{
		"10000 certificates, JWS":  {typeJWS, maker{alg: "ES256", chain: certs(10_000)}.makeJWS(t), "more than 10"},
		"10000 certificates, COSE": {typeCOSE, maker{alg: "ES256", chain: certs(10_000)}.makeCOSE(t), "number of elements"},
		"60 certificates, COSE":    {typeCOSE, maker{alg: "ES256", chain: certs(60)}.makeCOSE(t), "more than 10"},
		"array of 2^32":            {typeCOSE, []byte{0xd2, 0x9a, 0xff, 0xff, 0xff, 0xff}, "number of elements"},
		"array of 2^63":            {typeCOSE, []byte{0xd2, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "COSE"},
		"bytes of 2^62":            {typeCOSE, []byte{0xd2, 0x84, 0x5b, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "COSE"},
		"deep":                     {typeCOSE, append([]byte{0xd2}, bytes.Repeat([]byte{0x81}, 60_000)...), "nested level"},
		"deep tags":                {typeCOSE, bytes.Repeat([]byte{0xd2}, 60_000), "nested level"},
		"indefinite":               {typeCOSE, []byte{0xd2, 0x9f, 0xff}, "indefinite"},
		"a map with a name twice":  {typeCOSE, []byte{0xd2, 0x84, 0x45, 0xa2, 1, 0x26, 1, 0x26, 0xa0, 0x40, 0x40}, "duplicate"},
		"one name in two forms":    {typeCOSE, []byte{0xd2, 0x84, 0x46, 0xa2, 1, 0x26, 0x18, 1, 0x26, 0xa0, 0x40, 0x40}, "duplicate"},
		"text for bytes":           {typeCOSE, []byte{0xd2, 0x84, 0x60, 0xa0, 0x40, 0x40}, "byte strings"},
		"payload elsewhere":        {typeCOSE, []byte{0xd2, 0x84, 0x40, 0xa0, 0xf6, 0x40}, "byte strings"},
		"five parts":               {typeCOSE, []byte{0xd2, 0x85, 0x40, 0xa0, 0x40, 0x40, 0x40}, "not a COSE_Sign1_Tagged"},
		"untagged":                 {typeCOSE, []byte{0x84, 0x40, 0xa0, 0x40, 0x40}, "COSE_Sign1_Tagged"},
		"other tag":                {typeCOSE, []byte{0xd1, 0x84, 0x40, 0xa0, 0x40, 0x40}, "not a COSE_Sign1_Tagged"},
		"tail":                     {typeCOSE, []byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40, 0}, "extraneous"},
		"header of bytes":          {typeCOSE, []byte{0xd2, 0x84, 0x41, 0x40, 0xa0, 0x40, 0x40}, "not a map"},
		"header null":              {typeCOSE, []byte{0xd2, 0x84, 0x41, 0xf6, 0xa0, 0x40, 0x40}, "not a map"},
		"deep JSON":                {typeJWS, []byte(`{"header":` + strings.Repeat("[", 100_000)), "JWS"},
		"empty":                    {typeCOSE, nil, "COSE"},
	} {
		if _, err := verified(tt.mediaType, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

// FuzzEnvelope wants no panic, and that whatever verifies was signed by a key
// of the seeds over a payload of the seeds.
func FuzzEnvelope(f *testing.F) {
	m := maker{alg: "ES256"}
	f.Add(true, m.makeJWS(f))
	f.Add(false, m.makeCOSE(f))
	f.Fuzz(func(t *testing.T, jws bool, data []byte) {
		mediaType := typeCOSE
		if jws {
			mediaType = typeJWS
		}
		sig, err := verified(mediaType, data)
		if err == nil && string(sig.payload) != goodPayload {
			t.Errorf("verified the payload %q", sig.payload)
		}
	})
}

// FuzzPolicy wants no panic, and that a policy which is accepted answers.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(document()))
	f.Add([]byte(document(`"strict","override":{"revocation":"skip"}`, `"permissive"`, `"ca:test"`, `"ca:a","tsa:b"`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy(data)
		if err != nil {
			return
		}
		for _, s := range p.Statements {
			if !s.Skips() && len(s.stores) == 0 || !s.anyone && !s.Skips() && len(s.identities) == 0 {
				t.Errorf("statement %q trusts nobody", s.Name)
			}
			for _, scope := range s.Scopes {
				if scope != everything && p.For(scope) != s {
					t.Errorf("scope %q has another statement", scope)
				}
			}
		}
	})
}

// FuzzSubject wants no panic, and that what is accepted is complete.
func FuzzSubject(f *testing.F) {
	f.Add(` C=US, ST=WA, O=Te\2cst\ , OU=\#a`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSubject(text)
		if err == nil && (s["C"] == "" || s["ST"] == "" || s["O"] == "" || !s.within(s)) {
			t.Errorf("%q: got %v", text, s)
		}
	})
}
