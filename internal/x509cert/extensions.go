package x509cert

import (
	"bytes"
	encoding "encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// maxExtensions bounds a certificate's extensions; honest ones have about ten.
const maxExtensions = 64

// KeyUsage is the set of RFC 5280 4.2.1.3.
type KeyUsage uint16

// The usages of a key.
const (
	DigitalSignature KeyUsage = 1 << iota
	ContentCommitment
	KeyEncipherment
	DataEncipherment
	KeyAgreement
	CertSign
	CRLSign
	EncipherOnly
	DecipherOnly
)

// Extended key usages of RFC 5280 4.2.1.12, in digits.
const (
	UsageAny             = "2.5.29.37.0"
	UsageServerAuth      = "1.3.6.1.5.5.7.3.1"
	UsageClientAuth      = "1.3.6.1.5.5.7.3.2"
	UsageCodeSigning     = "1.3.6.1.5.5.7.3.3"
	UsageEmailProtection = "1.3.6.1.5.5.7.3.4"
	UsageTimeStamping    = "1.3.6.1.5.5.7.3.8"
	UsageOCSPSigning     = "1.3.6.1.5.5.7.3.9"
)

// Extensions are those of a certificate that are honoured.
type Extensions struct {
	HasBasicConstraints      bool
	BasicConstraintsCritical bool
	IsCA                     bool
	PathLen                  int // -1: not limited

	HasKeyUsage      bool
	KeyUsageCritical bool
	KeyUsage         KeyUsage

	HasExtKeyUsage bool
	ExtKeyUsage    []string // object identifiers in digits

	// Revocable is set if the certificate names a place where its revocation
	// could be asked for: CRL distribution points, a freshest CRL, or an OCSP
	// responder. Nothing is asked here.
	Revocable bool
}

// Object identifiers of extensions.
const (
	oidBasicConstraints  = "2.5.29.19"
	oidKeyUsage          = "2.5.29.15"
	oidExtKeyUsage       = "2.5.29.37"
	oidNameConstraints   = "2.5.29.30"
	oidPolicyMappings    = "2.5.29.33"
	oidPolicyConstraints = "2.5.29.36"
	oidInhibitAnyPolicy  = "2.5.29.54"
	oidCRLDistribution   = "2.5.29.31"
	oidFreshestCRL       = "2.5.29.46"
	oidAuthorityInfo     = "1.3.6.1.5.5.7.1.1"
	oidSubjectKeyID      = "2.5.29.14"
	oidAuthorityKeyID    = "2.5.29.35"
	maxKeyUsageBits      = 9
	maxExtendedKeyUsages = 32
)

// ocsp is the DER of id-ad-ocsp, by which an OCSP responder is announced in
// authority information access (RFC 5280 4.2.2.1).
var ocsp = []byte{0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01}

// read reads the extensions, which end the signed part of a certificate.
func (x *Extensions) read(tbs *cryptobyte.String) error {
	x.PathLen = -1
	var outer, list cryptobyte.String
	present := false
	if !tbs.ReadOptionalASN1(&outer, &present, asn1.Tag(3).ContextSpecific().Constructed()) || !tbs.Empty() {
		return errors.New("neither extensions nor the end follow the public key")
	}
	if !present {
		return nil
	}
	if !outer.ReadASN1(&list, asn1.SEQUENCE) || !outer.Empty() || list.Empty() {
		return errors.New("not a list of extensions")
	}
	seen := map[string]bool{}
	for !list.Empty() {
		var ext, value cryptobyte.String
		var oid encoding.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&ext, asn1.SEQUENCE) || !ext.ReadASN1ObjectIdentifier(&oid) {
			return errors.New("not an extension")
		}
		// DEFAULT FALSE: X.690 11.5 forbids to write it, but many do.
		if ext.PeekASN1Tag(asn1.BOOLEAN) && !ext.ReadASN1Boolean(&critical) {
			return errors.New("extension " + oid.String() + ": not a boolean")
		}
		if !ext.ReadASN1(&value, asn1.OCTET_STRING) || !ext.Empty() {
			return errors.New("extension " + oid.String() + ": no value")
		}
		name := oid.String()
		if seen[name] {
			return fmt.Errorf("extension %s occurs twice", name)
		}
		if seen[name] = true; len(seen) > maxExtensions {
			return fmt.Errorf("more than %d extensions", maxExtensions)
		}
		if err := x.one(name, critical, value); err != nil {
			return err
		}
	}
	return nil
}

// one reads one extension.
func (x *Extensions) one(oid string, critical bool, value cryptobyte.String) error {
	switch oid {
	case oidBasicConstraints:
		x.HasBasicConstraints, x.BasicConstraintsCritical = true, critical
		return x.basicConstraints(value)
	case oidKeyUsage:
		x.HasKeyUsage, x.KeyUsageCritical = true, critical
		return x.keyUsage(value)
	case oidExtKeyUsage:
		x.HasExtKeyUsage = true
		return x.extKeyUsage(value)
	case oidNameConstraints:
		return errors.New("name constraints are not supported")
	case oidPolicyMappings, oidPolicyConstraints, oidInhibitAnyPolicy:
		return fmt.Errorf("constraints of certificate policies (extension %s) are not supported", oid)
	}
	if critical {
		return fmt.Errorf("critical extension %s is not supported", oid)
	}
	switch oid {
	case oidCRLDistribution, oidFreshestCRL:
		x.Revocable = true
	case oidAuthorityInfo:
		x.Revocable = x.Revocable || bytes.Contains(value, ocsp)
	case oidSubjectKeyID:
		var id cryptobyte.String
		if !value.ReadASN1(&id, asn1.OCTET_STRING) || !value.Empty() {
			return errors.New("subject key identifier is no octet string")
		}
	case oidAuthorityKeyID:
		return authorityKeyID(value)
	}
	return nil
}

func (x *Extensions) basicConstraints(value cryptobyte.String) error {
	bad := errors.New("not basic constraints of RFC 5280 4.2.1.9")
	var seq cryptobyte.String
	if !value.ReadASN1(&seq, asn1.SEQUENCE) || !value.Empty() {
		return bad
	}
	if seq.PeekASN1Tag(asn1.BOOLEAN) && !seq.ReadASN1Boolean(&x.IsCA) {
		return bad
	}
	if seq.PeekASN1Tag(asn1.INTEGER) {
		// The RFC forbids a path length without cA.
		if !seq.ReadASN1Integer(&x.PathLen) || x.PathLen < 0 || !x.IsCA {
			return bad
		}
	}
	if !seq.Empty() {
		return bad
	}
	return nil
}

func (x *Extensions) keyUsage(value cryptobyte.String) error {
	var bits encoding.BitString
	if !value.ReadASN1BitString(&bits) || !value.Empty() || bits.BitLength > maxKeyUsageBits {
		return errors.New("not a key usage of RFC 5280 4.2.1.3")
	}
	for i := range bits.BitLength {
		x.KeyUsage |= KeyUsage(bits.At(i)) << i
	}
	if x.KeyUsage == 0 {
		return errors.New("key usage allows nothing")
	}
	return nil
}

func (x *Extensions) extKeyUsage(value cryptobyte.String) error {
	var seq cryptobyte.String
	if !value.ReadASN1(&seq, asn1.SEQUENCE) || !value.Empty() || seq.Empty() {
		return errors.New("not an extended key usage of RFC 5280 4.2.1.12")
	}
	for !seq.Empty() {
		var oid encoding.ObjectIdentifier
		if !seq.ReadASN1ObjectIdentifier(&oid) || len(x.ExtKeyUsage) == maxExtendedKeyUsages {
			return errors.New("extended key usage holds something else than usages, or too many")
		}
		x.ExtKeyUsage = append(x.ExtKeyUsage, oid.String())
	}
	return nil
}

// authorityKeyID checks the form of RFC 5280 4.2.1.1. The value serves to find
// issuers, and here they are given.
func authorityKeyID(value cryptobyte.String) error {
	var seq, id cryptobyte.String
	var present bool
	if !value.ReadASN1(&seq, asn1.SEQUENCE) || !value.Empty() ||
		!seq.ReadOptionalASN1(&id, &present, asn1.Tag(0).ContextSpecific()) {
		return errors.New("not an authority key identifier of RFC 5280 4.2.1.1")
	}
	return nil
}
