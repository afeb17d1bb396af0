package x509cert

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	encoding "encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ocisum/ocisum/internal/spki"
)

const (
	// MaxBytes bounds a certificate: one with an RSA key of 8192 bits and long
	// names stays below 8 KiB.
	MaxBytes = 16 << 10

	// maxSerial is the length that RFC 5280 4.1.2.2 demands to be supported,
	// and beyond which no conforming CA goes.
	maxSerial = 20
)

// Certificate is a certificate whose signature nobody has checked yet. Its
// fields share memory with nothing.
type Certificate struct {
	Raw        []byte // all of it
	SHA256     [sha256.Size]byte
	Subject    Name
	Issuer     Name
	Serial     *big.Int
	NotBefore  time.Time
	NotAfter   time.Time
	PublicKey  crypto.PublicKey // *ecdsa.PublicKey, *rsa.PublicKey or ed25519.PublicKey
	Extensions Extensions

	signed    []byte // the part that is signed
	algorithm algorithm
	signature []byte
}

// Parse reads one certificate, and nothing after it.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > MaxBytes {
		return nil, fmt.Errorf("certificate has %d bytes, more than %d", len(der), MaxBytes)
	}
	der = bytes.Clone(der)
	in := cryptobyte.String(der)
	var outer, tbs, alg, bits cryptobyte.String
	if !in.ReadASN1(&outer, asn1.SEQUENCE) {
		return nil, errors.New("not the DER of a certificate")
	}
	if !in.Empty() {
		return nil, fmt.Errorf("%d bytes after the certificate", len(in))
	}
	if !outer.ReadASN1Element(&tbs, asn1.SEQUENCE) || !outer.ReadASN1Element(&alg, asn1.SEQUENCE) ||
		!outer.ReadASN1(&bits, asn1.BIT_STRING) || !outer.Empty() {
		return nil, errors.New("not a Certificate (RFC 5280 4.1)")
	}
	var unused uint8
	if !bits.ReadUint8(&unused) || unused != 0 || bits.Empty() {
		return nil, errors.New("signature is empty or does not end at a byte")
	}
	c := &Certificate{Raw: der, SHA256: sha256.Sum256(der), signed: tbs, signature: bits}
	var err error
	if c.algorithm, err = parseAlgorithm(alg); err != nil {
		return nil, err
	}
	if err := c.parseTBS(tbs, alg); err != nil {
		return nil, err
	}
	return c, nil
}

// version3 is the value of the version field of a certificate with extensions.
const version3 = 2

// parseTBS reads the signed part, TBSCertificate of RFC 5280 4.1.
func (c *Certificate) parseTBS(tbs, outerAlg cryptobyte.String) error {
	var version int64
	var explicit, alg, validity, key cryptobyte.String
	if !tbs.ReadASN1(&tbs, asn1.SEQUENCE) ||
		!tbs.ReadASN1(&explicit, asn1.Tag(0).ContextSpecific().Constructed()) ||
		!explicit.ReadASN1Integer(&version) || !explicit.Empty() || version != version3 {
		return errors.New("not an X.509 certificate of version 3")
	}
	c.Serial = new(big.Int)
	if !tbs.ReadASN1Integer(c.Serial) {
		return errors.New("no serial number")
	}
	if c.Serial.Sign() <= 0 || len(c.Serial.Bytes()) > maxSerial {
		return errors.New("serial number is not positive or has more than 20 bytes (RFC 5280 4.1.2.2)")
	}
	if !tbs.ReadASN1Element(&alg, asn1.SEQUENCE) || !bytes.Equal(alg, outerAlg) {
		return errors.New("signature algorithms inside and outside of the signed part differ (RFC 5280 4.1.1.2)")
	}
	var err error
	if c.Issuer, err = readName(&tbs); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if !tbs.ReadASN1(&validity, asn1.SEQUENCE) {
		return errors.New("no validity")
	}
	if c.NotBefore, err = readTime(&validity); err != nil {
		return fmt.Errorf("not before: %w", err)
	}
	if c.NotAfter, err = readTime(&validity); err != nil || !validity.Empty() {
		return fmt.Errorf("not after: %w", errors.Join(err))
	}
	if c.Subject, err = readName(&tbs); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if !tbs.ReadASN1Element(&key, asn1.SEQUENCE) {
		return errors.New("no public key")
	}
	if c.PublicKey, err = spki.Parse(key); err != nil {
		return err
	}
	// Between the key and the extensions are the unique identifiers, which
	// RFC 5280 4.1.2.8 forbids to use: they are refused as what they are not.
	return c.Extensions.read(&tbs)
}

// Lengths of the only two forms that RFC 5280 4.1.2.5 allows for a time.
const (
	utcTime         = "YYMMDDHHMMSSZ"
	generalizedTime = "YYYYMMDDHHMMSSZ"
)

func readTime(s *cryptobyte.String) (time.Time, error) {
	var t time.Time
	var element cryptobyte.String
	rest := *s
	var tag asn1.Tag
	if !rest.ReadAnyASN1(&element, &tag) {
		return t, errors.New("no time")
	}
	ok := false
	switch {
	case len(element) == 0 || element[len(element)-1] != 'Z': // a zone other than UTC
	case tag == asn1.UTCTime && len(element) == len(utcTime):
		ok = s.ReadASN1UTCTime(&t)
	case tag == asn1.GeneralizedTime && len(element) == len(generalizedTime):
		ok = s.ReadASN1GeneralizedTime(&t)
	}
	if !ok {
		return t, errors.New("not a time of RFC 5280 4.1.2.5")
	}
	return t.UTC(), nil
}

// ValidAt reports whether t is within the certificate's validity, both ends
// included.
func (c *Certificate) ValidAt(t time.Time) bool {
	return !t.Before(c.NotBefore) && !t.After(c.NotAfter)
}

// Equal reports whether two certificates are the same bytes.
func (c *Certificate) Equal(other *Certificate) bool { return bytes.Equal(c.Raw, other.Raw) }

// CheckSignedBy returns nil if the certificate's signature verifies with the
// key of parent. Whether parent may issue certificates is not looked at.
func (c *Certificate) CheckSignedBy(parent *Certificate) error {
	return c.algorithm.verify(parent.PublicKey, c.signed, c.signature)
}

// CheckIssuer returns nil if parent issued the certificate: its name is the
// issuer's, byte by byte, it is a CA that may sign certificates, and the
// signature verifies with its key.
func (c *Certificate) CheckIssuer(parent *Certificate) error {
	switch x := parent.Extensions; {
	case !bytes.Equal(c.Issuer.raw, parent.Subject.raw):
		return errors.New("the issuer's name is another")
	case !x.IsCA:
		return errors.New("the issuer is no CA")
	case x.HasKeyUsage && x.KeyUsage&CertSign == 0:
		return errors.New("the issuer's key may not sign certificates")
	}
	return c.CheckSignedBy(parent)
}

// SelfIssued reports whether subject and issuer are the same name.
func (c *Certificate) SelfIssued() bool { return bytes.Equal(c.Subject.raw, c.Issuer.raw) }

// is reports whether oid is the one that dotted stands for.
func is(oid encoding.ObjectIdentifier, dotted string) bool { return oid.String() == dotted }
