package dsse_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/dsse"
	"github.com/ocisum/ocisum/internal/spki"
)

func keys(t *testing.T) map[string]spki.PrivateKey {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]spki.PrivateKey{}
	for name, key := range map[string]any{"ed25519": ed, "p256": ec} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if list[name], err = spki.ParsePrivatePEM(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// The vector of protocol.md, "Test vectors".
func TestPAE(t *testing.T) {
	got := string(dsse.PAE("http://example.com/HelloWorld", []byte("hello world")))
	if want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSignAndVerify(t *testing.T) {
	all := keys(t)
	for name, key := range all {
		e, err := dsse.Sign("text/plain", []byte("hello"), key)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, _ := dsse.Sign("text/plain", []byte("hello"), key)
		if second, _ := again.Encode(); !bytes.Equal(doc, second) {
			t.Errorf("%s: signed twice, got different bytes", name)
		}
		back, err := dsse.Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := back.Verify(key.Public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for other, k := range all {
			if other != name && !errors.Is(back.Verify(k.Public()), dsse.ErrUnsigned) {
				t.Errorf("%s verifies with %s", name, other)
			}
		}
		back.PayloadType = "text/html"
		if back.Verify(key.Public()) == nil {
			t.Errorf("%s: the type is not signed", name)
		}
		back.PayloadType, back.Payload = "text/plain", []byte("hellp")
		if back.Verify(key.Public()) == nil {
			t.Errorf("%s: the payload is not signed", name)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ name, doc, want string }{
		{"standard alphabet", `{"payloadType":"t","payload":"/+8=","signatures":[{"sig":"AA=="}]}`, ""},
		{"URL-safe alphabet", `{"payloadType":"t","payload":"_-8=","signatures":[{"sig":"AA=="}]}`, ""},
		{"unknown members", `{"x":1,"payloadType":"t","payload":"","signatures":[{"sig":"AA==","y":{}}]}`, ""},
		{"both alphabets", `{"payloadType":"t","payload":"/-8=","signatures":[{"sig":"AA=="}]}`, "payload"},
		{"no padding", `{"payloadType":"t","payload":"/+8","signatures":[{"sig":"AA=="}]}`, "payload"},
		{"loose bits", `{"payloadType":"t","payload":"/+9=","signatures":[{"sig":"AA=="}]}`, "payload"},
		{"line break", `{"payloadType":"t","payload":"/+\n8=","signatures":[{"sig":"AA=="}]}`, "line breaks"},
		{"two payloads", `{"payloadType":"t","payload":"","payload":"","signatures":[{"sig":"AA=="}]}`, "duplicate"},
		{"other case", `{"PayloadType":"t","payload":"","signatures":[{"sig":"AA=="}]}`, "not an envelope"},
		{"no signature", `{"payloadType":"t","payload":"","signatures":[]}`, "no signature"},
		{"null", `null`, "not an envelope"},
		{"array", `[]`, "read envelope"},
		{"something after it", `{"payloadType":"t","payload":"","signatures":[{"sig":"AA=="}]}{}`, "read envelope"},
		{"many signatures", `{"payloadType":"t","payload":"","signatures":[` + strings.Repeat(`{"sig":""},`, dsse.MaxSignatures) + `{"sig":""}]}`, "more than 64"},
	} {
		_, err := dsse.Parse([]byte(test.doc))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// What parses is written so that it parses to the same again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"payloadType":"t","payload":"/+8=","signatures":[{"keyid":"k","sig":"AA=="}]}`))
	f.Add([]byte(`{"payload":"_-8=","signatures":[{"sig":""}],"payloadType":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := dsse.Parse(data)
		if err != nil {
			return
		}
		doc, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := dsse.Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if again.PayloadType != e.PayloadType || !bytes.Equal(again.Payload, e.Payload) || len(again.Signatures) != len(e.Signatures) {
			t.Errorf("got %+v, want %+v", again, e)
		}
	})
}
