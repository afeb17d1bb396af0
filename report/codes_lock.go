package report

// Codes of a lock file that is asked about an archive.
const (
	LockUnlisted     Code = "lock.unlisted"
	LockSuperseded   Code = "lock.superseded"
	LockNameConflict Code = "lock.name-conflict"
	LockNameUnknown  Code = "lock.name-unknown"
)

var lockEntries = []Entry{
	denies(LockUnlisted, "pinned-digest-mismatch", "docs/lock.md", "the lock does not list an image",
		"No current entry of the lock file has the digest of this image, of an index above it or, where it has no manifest, its image ID. What the lock has under the names of the image is in the message. If the image was reviewed, approve it with ocisum lock add."),
	denies(LockSuperseded, "pinned-digest-mismatch", "docs/lock.md", "the lock has a later digest in place of an image",
		"The digest was approved once, and another one took its place: running it would undo an update, a fix of a vulnerability perhaps. To go back on purpose, use ocisum lock rollback."),
	denies(LockNameConflict, "pinned-digest-mismatch", "docs/lock.md", "an approved image under the name of another one",
		"The lock lists the digest, but the archive gives the image a name that the lock gives another digest. Whoever loads the archive replaces that other image under its name."),
	warns(LockNameUnknown, "", "docs/lock.md", "a name that the lock does not know",
		"The lock lists the digest under another name. Loading the archive creates this name, of which nobody said anything."),
}
