// Package x509cert reads X.509 certificates and checks who issued whom, as far
// as the Notary Project signature specification needs it, and no further.
//
// # Why there is no crypto/x509
//
// crypto/x509 links package net (for the addresses in name constraints), and
// the ocisum command promises not to link net. The promise is worth more here
// than the generality: of a certificate, Notation's specification honours basic
// constraints, key usage and extended key usage, and forbids to evaluate any
// other extension. That is a small part of X.509, and this package is that
// part. It fails closed: what it does not know, it refuses. The tests compare
// it with crypto/x509, also over damaged certificates; whatever is accepted
// here is accepted there.
//
// # What is accepted
//
// A certificate is DER (X.690), version 3, at most [MaxBytes] long:
//
//   - its public key is of a kind that package spki reads;
//   - it is signed with RSA PKCS #1 v1.5, RSASSA-PSS (salt as long as the
//     hash, MGF1 with the same hash) or ECDSA, with SHA-256, SHA-384 or
//     SHA-512, and names that algorithm alike inside and outside of what is
//     signed (RFC 5280 4.1.1.2);
//   - names are of PrintableString, UTF8String or IA5String (RFC 5280 4.1.2.4
//     allows no others in new certificates), with one or several attributes a
//     relative name, and 64 attributes in all;
//   - its serial number is positive and has at most 20 bytes (4.1.2.2);
//   - times are written in seconds of UTC (4.1.2.5);
//   - no extension occurs twice. Basic constraints, key usage and extended key
//     usage are read. Constraints of names and of policies are refused, and so
//     is any other extension marked critical, because nothing here evaluates
//     them. Others are not looked at, except whether they name a place where the
//     certificate's revocation could be asked for.
//
// Nothing is said about chains: package trust/notation knows Notation's rules,
// others may have other ones.
//
//	cert, err := x509cert.Parse(der)
//	if err != nil {
//		return err
//	}
//	err = cert.CheckIssuer(ca)
package x509cert
