package report

// Codes about signatures and attestations.
const (
	SignatureMissing Code = "signature.missing"
	SignatureInvalid Code = "signature.invalid"
	SignatureWrong   Code = "signature.wrong"
)

var signatureEntries = []Entry{
	denies(SignatureMissing, "", "docs/trust.md", "no signature covers the image",
		"A signature was asked for, with --key or a policy, and none of those in the source is over the image's manifest or over an index above it. Attestations, such as provenance, are no signatures, and a signature over an attestation covers no image. Fetch the image with its signatures (cosign save, regctl image copy --referrers, oras copy -r)."),
	denies(SignatureInvalid, "", "docs/trust.md", "no signature over the image counts",
		"There are signatures over the image, but none that counts: each was made by another key, is damaged, or is of a kind that cannot be checked here. The finding says why, and where each is. By hand, for cosign simple signing: take the annotation dev.cosignproject.cosign/signature through base64 -d into sig, and run `openssl dgst -sha256 -verify KEY -signature sig PAYLOAD`."),
	warns(SignatureWrong, "", "docs/trust.md", "a signature over the image is wrong",
		"A signature or attestation names one of the given keys and was not made by it over these bytes, or cannot be read at all. Where another one covers the image, this one is not needed; somebody may have tampered with it."),
}
