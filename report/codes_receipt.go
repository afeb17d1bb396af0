package report

// Codes of a receipt that is held against an archive.
const (
	ReceiptOtherFile  Code = "receipt.other-file"
	ReceiptOtherImage Code = "receipt.other-image"
	ReceiptRejected   Code = "receipt.rejected"
)

var receiptEntries = []Entry{
	denies(ReceiptOtherFile, "", "in-toto attestation v1 statement.md, subject", "the receipt is for another file",
		"The receipt names the digest of the file that was verified (of index.json, for a folder), and this one has another. Compare with `sha256sum FILE`. `receipt verify --images` compares the images only, for a copy in another container."),
	denies(ReceiptOtherImage, "", "in-toto attestation v1 statement.md, subject", "the receipt is not for this image",
		"No subject of the receipt is the digest of this image's manifest, of an index above it, or its image ID. Give the same tag, digest or platform as when the receipt was made if it is for a part of the archive."),
	denies(ReceiptRejected, "", "in-toto attestation v1 predicates svr.md; SLSA verification summary v1", "the receipt says no, or does not count",
		"The receipt does not say that the verification passed, is of another verifier, or its signature is not that of the key that was given."),
}
