// Package keyless vouches for images that were signed with a certificate of a
// Sigstore deployment instead of a key: a Fulcio certificate that names an
// identity and who vouches for that identity, a transparency log, a timestamp.
//
// It is a module of its own, with a binary of its own, ocisum-keyless, because
// the library that reads these formats links net/http and a hundred packages
// more. The core links none of them. Nothing here opens a connection either:
// the trusted root is a file (trusted_root.json of a Sigstore deployment), there
// is no TUF client, and everything else is in the bundle. The sandbox of the
// command denies sockets where the system has one.
//
// What a bundle must have is what the trusted root can check: an entry in a
// transparency log if the root lists one, a signed certificate timestamp if it
// lists a certificate transparency log, and always one time from a log or a
// timestamp authority at which the certificate was valid. A root that lists
// neither logs nor timestamp authorities is refused.
//
// Bundles are found by content, whatever refers to them: every small object of
// the source that says that it is a Sigstore bundle (protobuf-specs,
// sigstore_bundle.proto, media types v0.1 to v0.3). Only a statement with the
// predicate type of `cosign sign` is a signature. Provenance is an attestation,
// and satisfies nothing but a demand for attestations of its type.
package keyless
