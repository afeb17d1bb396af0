package x509cert_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// agree wants that a certificate which is accepted here is accepted by
// crypto/x509 with the same fields, and issued by ca only if it is so there.
func agree(t *testing.T, der []byte, ca *x509.Certificate) {
	t.Helper()
	ours, err := x509cert.Parse(der)
	if err != nil {
		return
	}
	theirs, err := x509.ParseCertificate(der)
	if err != nil && unread(der) {
		return
	}
	if err != nil {
		t.Fatalf("accepted, but crypto/x509 says %v\n%x", err, der)
	}
	if len(theirs.UnhandledCriticalExtensions) > 0 {
		t.Errorf("accepted with critical extensions %v\n%x", theirs.UnhandledCriticalExtensions, der)
	}
	x := ours.Extensions
	if !bytes.Equal(ours.Raw, theirs.Raw) || ours.Serial.Cmp(theirs.SerialNumber) != 0 ||
		!ours.NotBefore.Equal(theirs.NotBefore) || !ours.NotAfter.Equal(theirs.NotAfter) ||
		x.IsCA != theirs.IsCA || x.HasBasicConstraints != theirs.BasicConstraintsValid ||
		int(x.KeyUsage) != int(theirs.KeyUsage) || len(x.ExtKeyUsage) != len(theirs.ExtKeyUsage)+len(theirs.UnknownExtKeyUsage) {
		t.Errorf("read differently:\n%+v\n%+v\n%x", ours, theirs, der)
	}
	if key, ok := theirs.PublicKey.(interface{ Equal(x any) bool }); ok && !key.Equal(ours.PublicKey) {
		t.Errorf("other keys: %v, %v", ours.PublicKey, theirs.PublicKey)
	}
	root, err := x509cert.Parse(ca.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if ours.CheckIssuer(root) == nil {
		if err := theirs.CheckSignatureFrom(ca); err != nil || !bytes.Equal(theirs.RawIssuer, ca.RawSubject) {
			t.Errorf("issued by the root here, but crypto/x509 says %v\n%x", err, der)
		}
	} else if theirs.CheckSignatureFrom(ca) == nil && bytes.Equal(theirs.RawIssuer, ca.RawSubject) {
		t.Errorf("issued by the root according to crypto/x509 only\n%x", der)
	}
}

// samples are certificates without extensions that are not looked into here:
// crypto/x509 does, and refuses some of those that are malformed.
func samples(t testing.TB) (certs [][]byte, ca *x509.Certificate) {
	t.Helper()
	template := authority()
	ca = must(x509.ParseCertificate(issue(t, template, template, "p256", "p256")))
	certs = append(certs, ca.Raw, issue(t, leaf(), ca, "p384", "p256"), issue(t, leaf(), ca, "rsa", "p256"))
	byRSA := leaf()
	byRSA.SignatureAlgorithm = x509.SHA256WithRSAPSS
	return append(certs, issue(t, byRSA, template, "p521", "rsa")), ca
}

// TestMutations damages every byte of certificates in several ways.
func TestMutations(t *testing.T) {
	certs, ca := samples(t)
	for _, der := range certs {
		agree(t, der, ca)
		step := 1
		if testing.Short() {
			step = 3
		}
		for i := 0; i < len(der); i += step {
			for _, change := range []func(byte) byte{
				func(b byte) byte { return b ^ 1 }, func(b byte) byte { return b ^ 0x20 }, func(b byte) byte { return b ^ 0x80 },
				func(b byte) byte { return b + 1 }, func(b byte) byte { return b - 1 }, func(byte) byte { return 0 }, func(byte) byte { return 0xff },
			} {
				damaged := bytes.Clone(der)
				damaged[i] = change(der[i])
				agree(t, damaged, ca)
			}
			agree(t, der[:i], ca)
			agree(t, append(bytes.Clone(der[:i]), der[i+1:]...), ca)
		}
	}
}

// unread reports whether der has one of the extensions that crypto/x509 reads
// and this package does not: subject alternative name, CRL distribution points,
// certificate policies, authority information.
func unread(der []byte) bool {
	for _, id := range []string{"\x06\x03\x55\x1d\x11", "\x06\x03\x55\x1d\x1f", "\x06\x03\x55\x1d\x20", "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01"} {
		if bytes.Contains(der, []byte(id)) {
			return true
		}
	}
	return false
}

// FuzzParse wants agreement with crypto/x509 for anything.
func FuzzParse(f *testing.F) {
	certs, ca := samples(f)
	for _, der := range certs {
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) { agree(t, der, ca) })
}
