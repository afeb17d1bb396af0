package notation

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"
)

// TestAlgorithms wants every algorithm of the specification in both envelopes,
// and no other one in its place.
func TestAlgorithms(t *testing.T) {
	for _, alg := range []string{"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"} {
		m := maker{alg: alg}
		jws, cose := m.makeJWS(t), m.makeCOSE(t)
		for mediaType, data := range map[string][]byte{typeJWS: jws, typeCOSE: cose} {
			sig, err := verified(mediaType, data)
			if err != nil {
				t.Errorf("%s %s: %v", alg, mediaType, err)
				continue
			}
			if got, want := sig.signer(), "CN=leaf,O=Test\\, Inc.,ST=WA,C=US"; got != want {
				t.Errorf("%s %s: signer %s, want %s", alg, mediaType, got, want)
			}
			if sig.target.Size != 555 || !sig.signingTime().Equal(signed) {
				t.Errorf("%s %s: got %+v", alg, mediaType, sig)
			}
		}
		if _, err := verified(typeCOSE, jws); err == nil {
			t.Error("a JWS was taken for COSE")
		}
		if _, err := verified(typeJWS, cose); err == nil {
			t.Error("a COSE envelope was taken for a JWS")
		}
	}
}

// with returns a change of the header.
func with(pairs ...any) func(map[string]any) {
	return func(h map[string]any) {
		for i := 0; i < len(pairs); i += 2 {
			name := pairs[i].(string)
			if pairs[i+1] == nil {
				delete(h, name)
			} else {
				h[name] = pairs[i+1]
			}
		}
	}
}

func critical(names ...string) []string { return append([]string{attrScheme}, names...) }

// faults are wrong in both envelopes alike.
var faults = []struct {
	name string
	m    maker
	want string // in the error; empty: it is right
}{
	{"right", maker{}, ""},
	{"another algorithm of the key", maker{header: with("alg", "ES384")}, "not that of the signing key"},
	{"no algorithm", maker{header: with("alg", nil)}, "not that of the signing key"},
	{"symmetric", maker{header: with("alg", "HS256")}, ""},
	{"other content type", maker{header: with("cty", "application/json")}, "content type"},
	{"no content type", maker{header: with("cty", nil)}, "content type"},
	{"no scheme", maker{header: with(attrScheme, nil)}, "signing scheme"},
	{"unknown scheme", maker{header: with(attrScheme, "notary.pgp")}, "signing scheme"},
	{"no critical", maker{header: with("crit", nil)}, "not marked critical"},
	{"scheme not critical", maker{header: with("crit", []string{"x"}, "x", "y")}, "not marked critical"},
	{"unknown critical", maker{header: with("crit", critical("x"), "x", "y")}, `"x" is not known`},
	{"critical twice", maker{header: with("crit", critical(attrScheme))}, "twice"},
	{"unknown, not critical", maker{header: with("x", "y")}, ""},
	{"plugin", maker{header: with("crit", critical(attrPlugin), attrPlugin, "p")}, "plugin"},
	{"plugin, not critical", maker{header: with(attrPlugin, "p")}, "plugin"},
	{"no signing time", maker{header: with(attrSigningTime, nil)}, attrSigningTime},
	{"expiry", maker{header: with("crit", critical(attrExpiry), attrExpiry, "2027-01-01T00:00:00Z")}, ""},
	{"expiry not critical", maker{header: with(attrExpiry, "2027-01-01T00:00:00Z")}, "not marked critical"},
	{"expires first", maker{header: with("crit", critical(attrExpiry), attrExpiry, "2026-06-01T00:00:00Z")}, "expires before"},
	{"authority", maker{header: with("crit", critical(attrAuthenticTime), attrScheme, schemeAuthority, attrSigningTime, nil, attrAuthenticTime, "2026-06-01T00:00:00Z")}, ""},
	{"authority with both times", maker{header: with("crit", critical(attrAuthenticTime), attrScheme, schemeAuthority, attrAuthenticTime, "2026-06-01T00:00:00Z")}, "and no"},
	{"authentic time not critical", maker{header: with(attrScheme, schemeAuthority, attrSigningTime, nil, attrAuthenticTime, "2026-06-01T00:00:00Z")}, "not marked critical"},
	{"authentic time without authority", maker{header: with("crit", critical(attrAuthenticTime), attrAuthenticTime, "2026-06-01T00:00:00Z")}, "and no"},

	{"no payload", maker{payload: " "}, "payload"},
	{"payload of two members", maker{payload: strings.Replace(goodPayload, "{", `{"x":1,`, 1)}, "payload"},
	{"name twice", maker{payload: strings.Replace(goodPayload, `"size"`, `"size":1,"size"`, 1)}, "payload"},
	{"other case", maker{payload: strings.Replace(goodPayload, `"digest"`, `"Digest"`, 1)}, "payload"},
	{"weak digest", maker{payload: strings.Replace(goodPayload, "sha256:66", "md5:66", 1)}, "payload"},
	{"no size", maker{payload: strings.Replace(goodPayload, `,"size":555`, "", 1)}, "payload"},
	{"annotations", maker{payload: strings.Replace(goodPayload, `"size"`, `"annotations":{"a":"b"},"size"`, 1)}, ""},
	{"trailing data", maker{payload: goodPayload + "{}"}, "payload"},

	{"key of another certificate", maker{chain: func(c [][]byte) [][]byte {
		return append([][]byte{maker{alg: "ES256", key: "root"}.certificates(&testing.T{})[0]}, c[1:]...)
	}}, "does not verify"},
	{"no chain", maker{chain: func(c [][]byte) [][]byte { return nil }}, "c"},
	{"no root", maker{chain: func(c [][]byte) [][]byte { return c[:2] }}, "self-signed root"},
	{"no intermediate", maker{chain: func(c [][]byte) [][]byte { return [][]byte{c[0], c[2]} }}, "issuer"},
	{"wrong order", maker{chain: func(c [][]byte) [][]byte { return [][]byte{c[0], c[2], c[1]} }}, "self-signed root"},
	{"leaf alone", maker{chain: func(c [][]byte) [][]byte { return c[:1] }}, "self-signed root"},
	{"root twice", maker{chain: func(c [][]byte) [][]byte { return append(c, c[2]) }}, "self-signed root"},
	{"no certificate", maker{chain: func(c [][]byte) [][]byte { c[1] = []byte{1}; return c }}, "certificate 1"},
	{"eleven", maker{chain: func(c [][]byte) [][]byte {
		for len(c) < 11 {
			c = append(c, c[1])
		}
		return c
	}}, "more than 10"},
	{"another root of the same name", maker{chain: func(c [][]byte) [][]byte {
		other, root := &x509.Certificate{}, ca("root", 1)
		*other = *root
		der, _ := x509.CreateCertificate(rand.Reader, other, root, key("ES384").Public(), key("ES384"))
		c[2] = der
		return c
	}}, "certificate 1"},
	{"self-signed", maker{alone: true}, ""},
	{"self-signed, self-signature wrong", maker{alone: true, chain: func(c [][]byte) [][]byte {
		c[0] = bytes.Clone(c[0])
		c[0][len(c[0])-1] ^= 1
		return c
	}}, "does not verify"},

	{"leaf is a CA", maker{leaf: func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = true, true }}, "is a CA"},
	{"leaf without key usage", maker{leaf: func(c *x509.Certificate) { c.KeyUsage = 0 }}, "no critical key usage"},
	{"leaf key usage not critical", maker{leaf: func(c *x509.Certificate) {
		c.KeyUsage = 0
		c.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 15}, Value: []byte{3, 2, 7, 0x80}}}
	}}, "no critical key usage"},
	{"leaf for encryption", maker{leaf: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }}, "not for digital signatures"},
	{"leaf for both", maker{leaf: func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }}, "other things"},
	{"leaf for commitment, too", maker{leaf: func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment }}, ""},
	{"leaf for servers", maker{leaf: func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) }}, "extended key usage"},
	{"leaf for anything", maker{leaf: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }}, "extended key usage"},
	{"leaf for nothing said", maker{leaf: func(c *x509.Certificate) { c.ExtKeyUsage = nil }}, ""},
	{"intermediate no CA", maker{middle: func(c *x509.Certificate) { c.IsCA = false; c.MaxPathLen = 0 }}, "no CA"},
	{"intermediate may not sign", maker{middle: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }}, "may not sign"},
	{"path too long", maker{root: func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }}, "allows 0 CAs"},
	{"path just right", maker{root: func(c *x509.Certificate) { c.MaxPathLen = 1 }, middle: func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }}, ""},
	{"name constraints", maker{root: func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"a"} }}, "name constraints"},
}

func TestFaults(t *testing.T) {
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			m := tt.m
			m.alg = "ES256"
			want := tt.want
			if tt.name == "symmetric" {
				want = "not that of the signing key"
				if _, err := verified(typeJWS, m.makeJWS(t)); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return // COSE has no name for it
			}
			for mediaType, data := range map[string][]byte{typeJWS: m.makeJWS(t), typeCOSE: m.makeCOSE(t)} {
				_, err := verified(mediaType, data)
				switch {
				case want == "" && err != nil:
					t.Errorf("%s: %v", mediaType, err)
				case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
					t.Errorf("%s: got %v, want %q", mediaType, err, want)
				}
			}
		})
	}
}

// TestJWSFaults are wrong in a way that COSE has no counterpart of.
func TestJWSFaults(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(e map[string]any) { e[name] = value }
	}
	for name, change := range map[string]func(map[string]any){
		"another member":     set("x", 1),
		"general form":       set("signatures", []any{}),
		"payload padded":     func(e map[string]any) { e["payload"] = e["payload"].(string) + "=" },
		"line break":         func(e map[string]any) { e["payload"] = e["payload"].(string) + "\n" },
		"signature of bytes": set("signature", "AAAA"),
		"no signature":       set("signature", ""),
		"no protected":       set("protected", ""),
		"protected no JSON":  set("protected", "AAAA"),
		"header no object":   set("header", []any{}),
		"chain no array":     set("header", map[string]any{"x5c": "AAAA"}),
		"null":               set("header", nil),
	} {
		if _, err := verified(typeJWS, maker{alg: "ES256", jws: change}.makeJWS(t)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	good := maker{alg: "ES256"}.makeJWS(t)
	for name, data := range map[string][]byte{
		"tail":     append(bytes.Clone(good), "{}"...),
		"twice":    bytes.Replace(good, []byte(`"payload":`), []byte(`"payload":"AAAA","payload":`), 1),
		"case":     bytes.Replace(good, []byte(`"payload":`), []byte(`"Payload":`), 1),
		"not UTF8": bytes.Replace(good, []byte(`test`), []byte("te\xff"), 1),
		"compact":  []byte("e30.e30.AAAA"),
		"empty":    nil,
	} {
		if _, err := verified(typeJWS, data); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestEveryByte damages every byte of an envelope: none may still verify but
// for what nobody signs and nobody reads, or what is equivalent.
func TestEveryByte(t *testing.T) {
	m := maker{alg: "ES256"}
	for mediaType, data := range map[string][]byte{typeJWS: m.makeJWS(t), typeCOSE: m.makeCOSE(t)} {
		good, err := verified(mediaType, data)
		if err != nil {
			t.Fatal(err)
		}
		step := 1
		if testing.Short() {
			step = 7
		}
		for i := 0; i < len(data); i += step {
			damaged := bytes.Clone(data)
			damaged[i] ^= 0x04
			sig, err := verified(mediaType, damaged)
			if err == nil && (sig.target != good.target || !sig.certs[0].Equal(good.certs[0]) || !sig.certs[2].Equal(good.certs[2])) {
				t.Errorf("%s: byte %d: another thing is signed", mediaType, i)
			}
			if agent := bytes.Index(data, []byte("io.cncf.notary.signingAgent")); err == nil && (i < agent || i > agent+40) {
				t.Errorf("%s: byte %d: still verifies", mediaType, i)
			}
		}
	}
}

func TestTime(t *testing.T) {
	for name, m := range map[string]maker{
		"no zone":   {header: with(attrSigningTime, "2026-06-01T00:00:00")},
		"a number":  {header: with(attrSigningTime, 17)},
		"a boolean": {header: with("alg", true)},
	} {
		m.alg = "ES256"
		if _, err := verified(typeJWS, m.makeJWS(t)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	m := maker{alg: "ES256", header: with(attrSigningTime, "2026-06-01T02:00:00+02:00")}
	if sig, err := verified(typeJWS, m.makeJWS(t)); err != nil || !sig.signingTime().Equal(signed) {
		t.Errorf("got %v, %v", sig, err)
	}
}
