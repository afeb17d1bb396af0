package notation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-json-experiment/json"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// Times of the test certificates and signatures.
var (
	begin  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	end    = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	signed = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	now    = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
)

var (
	keysMu sync.Mutex
	keys   = map[string]crypto.Signer{}
)

// key returns the key of a name: an algorithm, or the part in a chain. It is
// made once, when somebody wants it: RSA keys are dear.
func key(name string) crypto.Signer {
	keysMu.Lock()
	defer keysMu.Unlock()
	if keys[name] == nil {
		switch name {
		case "PS256":
			keys[name], _ = rsa.GenerateKey(rand.Reader, 2048)
		case "PS384":
			keys[name], _ = rsa.GenerateKey(rand.Reader, 3072)
		case "PS512":
			keys[name], _ = rsa.GenerateKey(rand.Reader, 4096)
		case "ES384":
			keys[name], _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		case "ES512":
			keys[name], _ = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
		default:
			keys[name], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
	}
	return keys[name]
}

// maker makes an envelope that is right, but for what a test changes in it.
type maker struct {
	alg                string // of the header, and the key of the leaf
	key                string // else the key of the leaf
	leaf, middle, root func(*x509.Certificate)
	chain              func([][]byte) [][]byte
	header             func(map[string]any)
	unprotected        map[string]any
	payload            string
	jws                func(map[string]any)
	alone              bool // the leaf is self-signed, and the chain
}

const goodPayload = `{"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1","size":555}}`

func ca(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: begin, NotAfter: end,
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true, MaxPathLen: -1,
	}
}

// certificates returns a chain of leaf, intermediate and root.
func (m maker) certificates(t testing.TB) [][]byte {
	t.Helper()
	root, middle := ca("root", 1), ca("middle", 2)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(3), NotBefore: begin, NotAfter: end, KeyUsage: x509.KeyUsageDigitalSignature,
		Subject:     pkix.Name{Country: []string{"US"}, Province: []string{"WA"}, Organization: []string{"Test, Inc."}, CommonName: "leaf"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	for _, change := range []struct {
		cert *x509.Certificate
		f    func(*x509.Certificate)
	}{{root, m.root}, {middle, m.middle}, {leaf, m.leaf}} {
		if change.f != nil {
			change.f(change.cert)
		}
	}
	issue := func(c, parent *x509.Certificate, of, by string) []byte {
		der, err := x509.CreateCertificate(rand.Reader, c, parent, key(of).Public(), key(by))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	own := m.leafKey()
	chain := [][]byte{issue(leaf, middle, own, "middle"), issue(middle, root, "middle", "root"), issue(root, root, "root", "root")}
	if m.alone {
		chain = [][]byte{issue(leaf, leaf, own, own)}
	}
	if m.chain != nil {
		chain = m.chain(chain)
	}
	return chain
}

func (m maker) leafKey() string {
	if m.key != "" {
		return m.key
	}
	return m.alg
}

// sign signs as JWS and COSE want it.
func sign(t testing.TB, name string, message []byte) []byte {
	t.Helper()
	signer := key(name)
	alg, err := algorithmOf(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	h := alg.hash.New()
	h.Write(message)
	sum := h.Sum(nil)
	switch key := signer.(type) {
	case *rsa.PrivateKey:
		sig, err := rsa.SignPSS(rand.Reader, key, alg.hash, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		if err != nil {
			t.Fatal(err)
		}
		return sig
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			t.Fatal(err)
		}
		half := (key.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, half)), s.FillBytes(make([]byte, half))...)
	}
	panic("notation: a key of no kind")
}

func (m maker) body() []byte {
	if m.payload != "" {
		return []byte(m.payload)
	}
	return []byte(goodPayload)
}

// makeJWS makes a JWS envelope.
func (m maker) makeJWS(t testing.TB) []byte {
	t.Helper()
	header := map[string]any{
		"alg": m.alg, "cty": payloadType, "crit": []string{attrScheme},
		attrScheme: schemeX509, attrSigningTime: signed.Format(time.RFC3339),
	}
	if m.header != nil {
		m.header(header)
	}
	text, err := json.Marshal(header, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	protected, payload := b64(text), b64(m.body())
	unprotected := map[string]any{"x5c": m.certificates(t), "io.cncf.notary.signingAgent": "test"}
	for name, value := range m.unprotected {
		unprotected[name] = value
	}
	envelope := map[string]any{
		"payload": payload, "protected": protected, "header": unprotected,
		"signature": b64(sign(t, m.leafKey(), []byte(protected+"."+payload))),
	}
	if m.jws != nil {
		m.jws(envelope)
	}
	data, err := json.Marshal(envelope, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// makeCOSE makes a COSE envelope. Header changes are by the names of JWS.
func (m maker) makeCOSE(t testing.TB) []byte {
	t.Helper()
	names := map[string]any{
		"alg": m.alg, "cty": payloadType, "crit": []string{attrScheme},
		attrScheme: schemeX509, attrSigningTime: signed.Format(time.RFC3339),
	}
	if m.header != nil {
		m.header(names)
	}
	header := map[any]any{}
	for name, value := range names {
		switch name {
		case "alg":
			header[1] = value
			for id, alg := range coseAlgorithms {
				if alg == value {
					header[1] = id
				}
			}
		case "cty":
			header[3] = value
		case "crit":
			header[2] = value
		case attrSigningTime, attrAuthenticTime, attrExpiry:
			at, err := time.Parse(time.RFC3339, fmt.Sprint(value))
			if err != nil {
				t.Fatal(err)
			}
			header[name] = cbor.Tag{Number: 1, Content: at.Unix()}
		default:
			header[name] = value
		}
	}
	encode := func(v any) []byte {
		data, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	protected := encode(header)
	unprotected := map[any]any{33: m.certificates(t), "io.cncf.notary.signingAgent": "test"}
	for name, value := range m.unprotected {
		unprotected[name] = value
	}
	message := encode([]any{"Signature1", protected, []byte{}, m.body()})
	return encode(cbor.Tag{Number: 18, Content: []any{protected, unprotected, m.body(), sign(t, m.leafKey(), message)}})
}

// verified runs an envelope through everything that integrity means.
func verified(mediaType string, data []byte) (*signature, error) {
	e, err := parseEnvelope(mediaType, data)
	if err != nil {
		return nil, err
	}
	f := finder{chains: map[[32]byte]error{}, left: 100}
	return f.verify(e)
}

// trusting is a store that trusts a certificate.
func trusting(t testing.TB, name string, der []byte) Store {
	t.Helper()
	c, err := x509cert.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return Store{name: {c}}
}
