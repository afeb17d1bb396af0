package x509cert_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	encoding "encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/x509cert"
)

// TestAlgorithms wants the judgement of crypto/x509 for every way to sign.
func TestAlgorithms(t *testing.T) {
	for _, alg := range []x509.SignatureAlgorithm{
		x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512,
	} {
		t.Run(alg.String(), func(t *testing.T) {
			by, other := "rsa", "p256"
			if alg >= x509.ECDSAWithSHA1 && alg <= x509.ECDSAWithSHA512 {
				by, other = "p384", "p521"
			}
			ca, template := authority(), leaf()
			template.SignatureAlgorithm = alg
			theirs, err := x509.ParseCertificate(issue(t, ca, ca, by, by))
			if err != nil {
				t.Fatal(err)
			}
			der := issue(t, template, theirs, "p256", by)
			cert, root := parse(t, der), parse(t, theirs.Raw)
			if err := cert.CheckIssuer(root); err != nil {
				t.Errorf("its issuer: %v", err)
			}
			if err := cert.CheckIssuer(cert); err == nil {
				t.Error("issued by a leaf")
			}
			stranger := parse(t, issue(t, ca, ca, other, other))
			if err := cert.CheckIssuer(stranger); err == nil {
				t.Error("issued by a key that did not sign it")
			}
			damaged := bytes.Clone(der)
			damaged[len(damaged)-1] ^= 1
			if err := parse(t, damaged).CheckSignedBy(root); err == nil {
				t.Error("a damaged signature verifies")
			}
		})
	}
}

func parse(t testing.TB, der []byte) *x509cert.Certificate {
	t.Helper()
	c, err := x509cert.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFields(t *testing.T) {
	template := leaf()
	template.Subject.Organization = []string{"Test, Inc. "}
	der := issue(t, template, authority(), "p256", "p384")
	c, theirs := parse(t, der), must(x509.ParseCertificate(der))
	if got, want := c.Subject.String(), theirs.Subject.String(); got != want {
		t.Errorf("subject %s, want %s", got, want)
	}
	if got, want := c.Issuer.String(), theirs.Issuer.String(); got != want {
		t.Errorf("issuer %s, want %s", got, want)
	}
	if c.Serial.Cmp(theirs.SerialNumber) != 0 || !c.NotBefore.Equal(start) || !c.NotAfter.Equal(end) {
		t.Errorf("got %v, %v, %v", c.Serial, c.NotBefore, c.NotAfter)
	}
	if !c.ValidAt(start) || !c.ValidAt(end) || c.ValidAt(start.Add(-1)) || c.ValidAt(end.Add(1)) {
		t.Error("validity includes both its ends, and nothing beyond")
	}
	x := c.Extensions
	if x.IsCA || !x.HasBasicConstraints || x.PathLen != -1 || x.KeyUsage != x509cert.DigitalSignature || !x.KeyUsageCritical ||
		len(x.ExtKeyUsage) != 1 || x.ExtKeyUsage[0] != x509cert.UsageCodeSigning || x.Revocable {
		t.Errorf("got %+v", x)
	}
	root := parse(t, issue(t, authority(), authority(), "p384", "p384"))
	if x := root.Extensions; !x.IsCA || x.PathLen != 1 || x.KeyUsage != x509cert.CertSign|x509cert.CRLSign || !root.SelfIssued() {
		t.Errorf("got %+v", x)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("x509cert: " + err.Error())
	}
	return v
}

func TestRevocable(t *testing.T) {
	for name, change := range map[string]func(*x509.Certificate){
		"crl":  func(c *x509.Certificate) { c.CRLDistributionPoints = []string{"http://crl.example/x"} },
		"ocsp": func(c *x509.Certificate) { c.OCSPServer = []string{"http://ocsp.example"} },
	} {
		c := leaf()
		change(c)
		if !parse(t, issue(t, c, authority(), "p256", "p256")).Extensions.Revocable {
			t.Errorf("%s: not revocable", name)
		}
	}
	c := leaf()
	c.IssuingCertificateURL = []string{"http://ca.example/ca.crt"}
	if parse(t, issue(t, c, authority(), "p256", "p256")).Extensions.Revocable {
		t.Error("the URL of an issuer is no place to ask for revocation")
	}
}

// TestRefused lists what crypto/x509 reads or writes, and this package refuses.
func TestRefused(t *testing.T) {
	ext := func(oid encoding.ObjectIdentifier, critical bool, value []byte) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: value})
		}
	}
	for _, tt := range []struct {
		name, key, want string
		change          func(*x509.Certificate)
	}{
		{"name constraints", "p256", "name constraints", func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"a.example"} }},
		{"critical name constraints", "p256", "name constraints", func(c *x509.Certificate) {
			c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"a.example"}, true
		}},
		{"unknown critical", "p256", "critical extension 1.2.3.4", ext(encoding.ObjectIdentifier{1, 2, 3, 4}, true, []byte{5, 0})},
		{"critical alternative name", "p256", "critical extension 2.5.29.17", func(c *x509.Certificate) {
			c.Subject, c.DNSNames = pkix.Name{}, []string{"a.example"}
		}},
		{"twice", "p256", "twice", func(c *x509.Certificate) {
			ext(encoding.ObjectIdentifier{1, 2, 3}, false, []byte{5, 0})(c)
			ext(encoding.ObjectIdentifier{1, 2, 3}, false, []byte{5, 0})(c)
		}},
		{"too many extensions", "p256", "more than 64 extensions", func(c *x509.Certificate) {
			for i := range 100 {
				ext(encoding.ObjectIdentifier{1, 2, 3, i}, false, nil)(c)
			}
		}},
		{"too many names", "p256", "more than 64 attributes", func(c *x509.Certificate) {
			c.Subject.OrganizationalUnit = strings.Split(strings.Repeat("x", 100), "")
		}},
		{"too large", "p256", "more than 16384", ext(encoding.ObjectIdentifier{1, 2, 3}, false, make([]byte, 20000))},
		{"long serial", "p256", "serial", func(c *x509.Certificate) {
			c.SerialNumber = new(big.Int).Lsh(big.NewInt(1), 8*20)
		}},
		{"ed25519 signature", "ed25519", "1.3.101.112", nil},
		{"p224 key", "p224", "P-224", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			template := leaf()
			if tt.change != nil {
				tt.change(template)
			}
			c, err := x509cert.Parse(issue(t, template, authority(), tt.key, tt.key))
			if c != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestIgnoredExtensions(t *testing.T) {
	template := leaf()
	template.DNSNames, template.IPAddresses = []string{"a.example"}, []net.IP{net.IPv4(1, 2, 3, 4)}
	template.URIs = []*url.URL{{Scheme: "https", Host: "a.example"}}
	template.PolicyIdentifiers = []encoding.ObjectIdentifier{{1, 2, 3}}
	template.SubjectKeyId, template.AuthorityKeyId = []byte{1, 2}, []byte{3, 4}
	parse(t, issue(t, template, authority(), "p256", "p256"))
}

func TestFile(t *testing.T) {
	der := issue(t, authority(), authority(), "p256", "p256")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for _, tt := range []struct {
		name  string
		data  []byte
		count int
	}{
		{"der", der, 1},
		{"pem", block, 1},
		{"two, and text", append([]byte("# roots\n"), append(block, block...)...), 2},
		{"none", []byte("no certificate"), 0},
		{"empty", nil, 0},
		{"key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), 0},
		{"damaged after a good one", append(bytes.Clone(block), strings.Replace(string(block), "END", "ENDE", 1)...), 0},
		{"cut", block[:len(block)-40], 0},
		{"too many", bytes.Repeat(block, 1001), 0},
		{"der with a tail", append(bytes.Clone(der), 0), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			certs, err := x509cert.ParseFile(tt.data)
			if len(certs) != tt.count || (err == nil) != (tt.count > 0) {
				t.Errorf("got %d certificates, %v, want %d", len(certs), err, tt.count)
			}
		})
	}
}

// TestFixture reads a root that notation made.
func TestFixture(t *testing.T) {
	data, err := os.ReadFile("testdata/testca.root.crt")
	if err != nil {
		t.Fatal(err)
	}
	certs, err := x509cert.ParseFile(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := certs[0].Subject.String(), "CN=testca root CA,O=Test,L=Seattle,ST=WA,C=US"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := certs[0].CheckIssuer(certs[0]); err != nil {
		t.Error(err)
	}
}
