package report

// Codes of approved bases, and of the evidence that leads from an approved digest to an archive that
// lacks the manifest.
const (
	EvidenceBroken Code = "evidence.broken"
	BaseMismatch   Code = "base.mismatch"
)

var evidenceEntries = []Entry{
	denies(EvidenceBroken, "pinned-digest-mismatch", "image-spec manifest.md, config.md", "the chain from an approved digest to the source breaks",
		"A document of evidence has the digest that was asked for, but what it names is not in the source: the report lists each link, and the one that does not hold. The content may be sound; it is not what was approved."),
	denies(BaseMismatch, "", "image-spec config.md, rootfs.diff_ids", "an image is not built on an approved base",
		"Its lowest layers are not, one by one and in order, the layers of a base given with --base, by the digests of their uncompressed bytes."),
}
