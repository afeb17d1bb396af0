// Package signature finds the signatures and attestations that are stored
// beside images, whatever leads to them, and says what each claims. It checks
// none.
//
// They are recognised by content among the small objects of a source:
//
//   - Cosign simple signing: a manifest with layers of type
//     application/vnd.dev.cosign.simplesigning.v1+json, whose annotation
//     dev.cosignproject.cosign/signature holds the signature over the layer's
//     bytes, a JSON payload (cosign specs/SIGNATURE_SPEC.md). Tags
//     `sha256-HEX.sig`, annotations `kind` of cosign save or nothing at all may
//     lead to that manifest. In dir: folders, signature-N holds payload and
//     annotations in one document.
//   - Sigstore bundles 0.1 to 0.3 (protobuf-specs, sigstore_bundle.proto): a
//     DSSE envelope or a signature over a stored object, and by what it is to
//     be verified: a key with a hint, or a certificate.
//   - DSSE envelopes on their own, as cosign stores attestations under
//     `sha256-HEX.att`.
//
// What an envelope holds is an in-toto statement. Its predicate type decides
// what it is: cosign's own, https://sigstore.dev/cosign/sign/v1, makes it a
// signature, every other one an attestation, which approves of nothing.
//
// Entries of transparency logs and timestamps are not looked at: without a
// trusted root they prove nothing offline. Material.Log says that there are
// some.
package signature
