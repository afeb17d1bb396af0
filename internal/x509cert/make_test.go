package x509cert_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"testing"
	"time"
)

var (
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	end   = time.Date(2076, 1, 2, 3, 4, 5, 0, time.UTC)
)

// keys are made once: RSA keys are dear.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	m := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{"p224": elliptic.P224(), "p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		m[name], _ = ecdsa.GenerateKey(curve, rand.Reader)
	}
	m["rsa"], _ = rsa.GenerateKey(rand.Reader, 2048)
	_, m["ed25519"], _ = ed25519.GenerateKey(rand.Reader)
	return m
})

func authority() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{Country: []string{"US"}, Organization: []string{"Test, Inc."}, CommonName: "root"},
		NotBefore: start, NotAfter: end, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 1,
	}
}

func leaf() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(8), Subject: pkix.Name{Country: []string{"US"}, Province: []string{"WA"}, Organization: []string{"Test"}, CommonName: "leaf"},
		NotBefore: start, NotAfter: end, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, BasicConstraintsValid: true,
	}
}

// issue makes a certificate for the key called pub, signed with the one called
// by.
func issue(t testing.TB, template, parent *x509.Certificate, pub, by string) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, keys()[pub].Public(), keys()[by])
	if err != nil {
		t.Fatal(err)
	}
	return der
}
