package report

// Codes about signatures and attestations.
const (
	SignatureMissing     Code = "signature.missing"
	SignatureInvalid     Code = "signature.invalid"
	SignatureWrong       Code = "signature.wrong"
	SignatureUnchecked   Code = "signature.unchecked"
	AttestationMissing   Code = "attestation.missing"
	AttestationMismatch  Code = "attestation.subject-mismatch"
	AttestationEmpty     Code = "attestation.subject-empty"
	AttestationInvalid   Code = "attestation.invalid"
	AttestationUnchecked Code = "attestation.unchecked"
)

var signatureEntries = []Entry{
	denies(SignatureMissing, "", "docs/signatures.md", "no signature covers the image",
		"A signature was asked for, with --key or a policy, and none of those in the source is over the image's manifest or over an index above it. Attestations, such as provenance, are no signatures, and a signature over an attestation covers no image. Fetch the image with its signatures (cosign save, regctl image copy --referrers, oras copy -r)."),
	denies(SignatureInvalid, "", "docs/signatures.md", "no signature over the image counts",
		"There are signatures over the image, but none that counts: each was made by another key, is damaged, or is of a kind that cannot be checked here. The finding says why, and where each is. By hand, for cosign simple signing: take the annotation dev.cosignproject.cosign/signature through base64 -d into sig, and run `openssl dgst -sha256 -verify KEY -signature sig PAYLOAD`."),
	warns(SignatureWrong, "", "docs/signatures.md", "a signature over the image is wrong",
		"A signature or attestation names one of the given keys and was not made by it over these bytes, or cannot be read at all. Where another one covers the image, this one is not needed; somebody may have tampered with it."),
	notes(SignatureUnchecked, "", "docs/signatures.md", "signatures are present and were not checked",
		"The source holds signatures or attestations, and no key or policy was given to check them with: give --key, --policy or --keyring. Signatures by certificates without a key of their own (keyless) are checked by ocisum-keyless."),
	denies(AttestationMissing, "", "docs/signatures.md", "no attestation of the type that was asked for is about the image",
		"An attestation was asked for, with --require-attestation or --attestation-type, and none of that predicate type in the source is about the image's manifest or an index above it. The finding names the types that are there. Short names differ by version: slsaprovenance is https://slsa.dev/provenance/v0.2, slsaprovenance1 is https://slsa.dev/provenance/v1. Attestations that are there and do not count are signature.invalid."),
	fails(AttestationMismatch, "", "BuildKit docs/attestations/attestation-storage.md", "an attestation is bound to different images",
		"BuildKit names the image that an attestation is about in three places: the annotation vnd.docker.reference.digest of the index entry, the subject of the attestation's manifest, and the subject of the in-toto statement. They must name the same digest; else one tool shows this provenance for one image, and another for another."),
	warns(AttestationEmpty, "", "in-toto attestation spec v1, statement.md", "an attestation has no subject",
		"The in-toto statement names no artifact, so that only the manifest around it says what it is about. BuildKit writes it so when an image is exported without a name: give one (name=...)."),
	warns(AttestationInvalid, "", "in-toto attestation spec v1, statement.md", "an attestation is no in-toto statement",
		"A layer of type application/vnd.in-toto+json is not the JSON of an in-toto statement of version 0.1 or 1, has a name twice in one object, or names its subject by something that is no digest. Tools may read it differently."),
	notes(AttestationUnchecked, "", "docs/signatures.md", "the subject of an attestation was not looked at",
		"The statement is larger than what documents may be (4 MiB), or there are so many attestations that not all are kept for keys and policies. Digests and sizes were checked. Raise --max-json-bytes, or --max-stream-documents."),
}
