// Package trust checks signatures over container images with public keys, in
// the same run that checks every byte below what is signed.
//
// A signature is over a digest. What has that digest is found by package
// verify, which computed it from bytes and has compared every claim under it;
// so an accepted signature covers the config and each layer, and not only the
// manifest. Signatures are recognised by content, wherever they hide in the
// source: see package internal/signature for the formats.
//
//	key, err := trust.ParsePublicKey("cosign.pub", text)
//	if err != nil {
//		return err
//	}
//	rep, err := verify.Path(ctx, "image.tar", verify.Options{
//		Vouchers: []verify.Voucher{trust.Require([]trust.Key{key})},
//	})
//
// # What counts
//
// Every image must be covered by at least one signature of at least one of the
// keys, over its manifest or over an index above it. A signature is a cosign
// payload of type "cosign container image signature", a statement whose
// predicate type is cosign's own, or a signature over the stored bytes
// themselves. Attestations are listed and never count; RequireAttestation asks
// for one of a certain type, by the same keys.
//
// A name that a signature gives the image is reported and compared with
// nothing: who may sign for which name is a matter of policy. Nothing is known
// about when a signature was made: entries of transparency logs and timestamps
// prove nothing without a trusted root, and are not looked at.
//
// # Limits
//
// In one run a voucher makes at most 10 000 verifications over at most 4 GiB of
// signed bytes. Signatures over digests that are not in the source cost
// nothing. Beyond the limits images are unjudged (limit.signatures), never
// accepted.
package trust
