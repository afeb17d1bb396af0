// Package notation checks signatures of the Notary Project, as the notation
// command makes them, against a trust policy and a trust store of the same
// project, read as they are. It follows the project's specifications
// (github.com/notaryproject/specifications): signature-specification,
// signature-envelope-jws, signature-envelope-cose, trust-store-trust-policy.
//
// # Signatures
//
// A signature is found by what it is: a manifest among the stored objects whose
// config or artifact type is application/vnd.cncf.notary.signature, whatever
// links to it. Its only layer is an envelope, JWS in the flattened JSON form or
// COSE_Sign1_Tagged, which holds a payload (the descriptor of what is signed),
// signed attributes, a certificate chain, and the signature over the former
// two. A reader of signatures must not be generous:
//
//   - JSON is I-JSON without unknown members where the specification lists all;
//     CBOR has no indefinite lengths, no name twice, eight levels at most;
//   - base64 has neither white space nor stray bits;
//   - an attribute that is marked critical and not known here is an error, and
//     so is a known one that has to be marked and is not; signatures that want
//     a verification plugin are refused (guidelines for implementations);
//   - the algorithm follows from the key of the signing certificate, and the
//     header has to name the same;
//   - the chain is complete and in order, from a leaf to a self-signed root, at
//     most 10 certificates long, or one self-signed leaf; every link is
//     verified, and every certificate has what "Certificate Requirements" asks
//     for (package x509cert says what is read of a certificate);
//   - the digest and size of the payload are claims, which package verify
//     compares with what was read. The manifest's subject has to be the same
//     digest, and its annotation of thumbprints, if it has one, the chain's.
//
// # Policies
//
// A trust policy document of version 1.0 has statements, of which the one
// whose scope is the repository's name applies to an image, else the one with
// the scope "*". Images to which none applies are denied. The name is the one
// that the user gives, or else those that the source gives the image, and then
// all of them have to pass; a source can give any name. Levels and overrides
// mean what the specification says:
//
//   - integrity is always enforced, except by level skip, which asks nothing;
//   - authenticity: a certificate of the chain is, byte by byte, one of the
//     statement's trust stores, and the subject of the leaf has all attributes
//     of a trusted identity;
//   - authentic timestamp: under the signing scheme notary.x509 every
//     certificate of the chain is valid at the time of verification, which the
//     caller gives. Countersignatures of a time stamping authority are not
//     evaluated: where the policy asks for them (a store tsa:NAME), the check
//     fails, except with verifyTimestamp afterCertExpiry while the chain is
//     still valid. Under notary.x509.signingAuthority the chain has to be
//     valid at the signing time that the authority states;
//   - expiry: the time of verification is before the signature's expiry;
//   - revocation cannot be asked for offline. Where it is enforced (level
//     strict without an override), signatures whose certificates name a CRL or
//     an OCSP responder fail; certificates that name none cannot be revoked,
//     and pass, as they do with notation.
//
// What the policy only logs goes into the report as a remark on the signature.
// Where that is authenticity (level audit), the signature is enough for the
// policy, and yet vouches for nothing: the report does not call the image
// authenticated.
//
// # Limits
//
// Policies and stores have at most 1 MiB a file; envelopes are as large as
// package verify keeps objects (64 KiB of CBOR, 4 MiB of JSON). One run verifies
// signatures, those of certificates included, for some ten seconds at most, as
// counted by the kinds of keys; images whose signatures were not looked at are
// unjudged (limit.signatures), never accepted.
//
//	policy, err := notation.ParsePolicy(data)
//	...
//	store, err := notation.ReadStore(os.DirFS("truststore"), policy.Stores())
//	...
//	vouchers := notation.Vouchers(notation.Config{Policy: policy, Store: store, Now: now})
package notation
