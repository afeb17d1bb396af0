package keyless_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/ocisum/ocisum/receipt"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// key checks a signature with the standard library alone.
type key struct{ public crypto.PublicKey }

func (k key) Verify(_ context.Context, data, sig []byte) error {
	sum := sha256.Sum256(data)
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		if ed25519.Verify(public, data, sig) {
			return nil
		}
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(public, sum[:], sig) {
			return nil
		}
	}
	return errors.New("wrong signature")
}
func (k key) KeyID() (string, error)   { return "", nil }
func (k key) Public() crypto.PublicKey { return k.public }

// A receipt that the core signs is one for the reference implementation of DSSE,
// which the core does not link. The core reads one that it wrote.
func TestOtherImplementationReadsReceipts(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "layout-listed")
	rep, err := verify.Path(context.Background(), path, verify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := receipt.New(rep, receipt.Options{Name: "layout", Time: time.Unix(1795176000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []crypto.Signer{ed, ec} {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := receipt.ParseSigner(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := s.Seal(signer)
		if err != nil {
			t.Fatal(err)
		}
		var env dsse.Envelope
		if err := json.Unmarshal(doc, &env); err != nil {
			t.Fatal(err)
		}
		v, err := dsse.NewEnvelopeVerifier(key{private.Public()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(context.Background(), &env); err != nil {
			t.Errorf("%T: %v", private, err)
		}
		payload, err := env.DecodeB64Payload()
		if want, _ := s.Encode(); err != nil || !bytes.Equal(payload, want) {
			t.Errorf("%T: got payload %s, %v", private, payload, err)
		}

		r, err := receipt.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := verify.Path(context.Background(), path, verify.Options{Vouchers: r.Vouchers(receipt.Terms{Name: "receipt"})})
		if err != nil || rep.Verdict != report.Verified {
			t.Errorf("%T: got %s, %v", private, rep.Verdict, err)
		}
	}
}
