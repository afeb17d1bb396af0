package report

// Codes of the archive itself: the tar around an image, and its compression.
const (
	ArchiveDuplicateEntry  Code = "archive.duplicate-entry"
	ArchiveNameCollision   Code = "archive.name-collision"
	ArchiveUnsafePath      Code = "archive.unsafe-path"
	ArchiveAmbiguousHeader Code = "archive.ambiguous-header"
	ArchiveHeaderInvalid   Code = "archive.header-invalid"
	ArchiveBodyOnSpecial   Code = "archive.body-on-special"
	ArchiveSparse          Code = "archive.sparse-member"
	ArchiveTruncated       Code = "archive.truncated"
	ArchiveTrailingData    Code = "archive.trailing-data"
	ArchiveNoEndMarker     Code = "archive.no-end-marker"
	ArchiveLinkEscapes     Code = "archive.link-escapes"
	ArchiveLinkLoop        Code = "archive.link-loop"
	ArchiveLinkDangles     Code = "archive.link-dangles"
	ArchiveHardlink        Code = "archive.hardlink"
	ArchiveViewsDisagree   Code = "archive.views-disagree"
	ArchiveManifestMissing Code = "archive.manifest-missing"
	ArchiveOuterCorrupt    Code = "archive.outer-corrupt"
	ArchiveOuterTrailing   Code = "archive.outer-trailing-data"
	ArchiveOuterPadding    Code = "archive.outer-zero-padding"
	ArchiveOuterOdd        Code = "archive.outer-odd"
)

var archiveEntries = []Entry{
	fails(ArchiveDuplicateEntry, "duplicate-entry", "POSIX pax, extract semantics", "two members of the archive have the same name",
		"Some readers take the first member of a name (podman, skopeo, crane), some the last (docker, containerd): one file can be two images. List the members with `tar -tvf` and ask the sender for an archive in which every name occurs once."),
	fails(ArchiveNameCollision, "duplicate-entry", "POSIX pax", "two members are the same file under different spellings",
		"After removing \"./\", doubled slashes and the like, two member names are equal. Readers clean names differently, so which member is meant depends on the reader."),
	fails(ArchiveUnsafePath, "unsafe-path", "POSIX pax", "a member name is absolute or climbs out of the archive",
		"A name that begins with a slash or contains \"..\" can make an extractor write outside its folder. No tool that saves images writes such names."),
	fails(ArchiveAmbiguousHeader, "tar-malformed", "POSIX pax, ustar", "a tar header says two things",
		"Two sources of the same fact disagree (PAX against ustar size or name, GNU long name against PAX path, a global header with a path or size, a prefix in a GNU header), or an extension header is itself modified by another. Tar readers resolve this differently, so they see different members."),
	fails(ArchiveHeaderInvalid, "tar-malformed", "POSIX ustar", "a tar header is malformed",
		"The checksum is wrong, or a number is neither octal nor base-256, or is negative or out of range. What follows cannot be located with certainty."),
	fails(ArchiveBodyOnSpecial, "tar-malformed", "POSIX ustar", "a link, folder or device member has a body",
		"Readers disagree on whether to skip the body of a member that is no regular file, so its bytes may be read as further headers: members can be hidden there."),
	fails(ArchiveSparse, "tar-malformed", "GNU tar, sparse formats", "a member is stored as a sparse file",
		"Sparse members expand to other bytes than are stored, and readers disagree about them. No tool that saves images writes them."),
	fails(ArchiveTruncated, "tar-truncated", "POSIX ustar", "the archive is cut short",
		"The file ends in the middle of a member or of a header. Transfer it again."),
	fails(ArchiveTrailingData, "trailing-data", "POSIX ustar, end of archive", "there is data after the end of the archive",
		"Bytes other than zero follow the end-of-archive marker. Some readers go on there and may find a second archive with other content."),
	warns(ArchiveNoEndMarker, "tar-no-end-marker", "POSIX ustar, end of archive", "the archive has no end marker",
		"The two zero blocks that end a tar are missing, although every member is whole. Some writers omit them; a file cut exactly between two members looks the same."),
	fails(ArchiveLinkEscapes, "unsafe-link", "", "a link leaves the archive",
		"A document names a member that is a link to an absolute path, or to a place outside of the archive. It is not followed."),
	fails(ArchiveLinkLoop, "link-loop", "", "links form a loop",
		"A document names a member that is a link which leads back to itself. A chain that is merely too long is limit.link-hops."),
	fails(ArchiveLinkDangles, "unsafe-link", "", "a link names nothing in the archive",
		"A document names a member that is a link whose target is not in the archive."),
	warns(ArchiveHardlink, "", "POSIX ustar, typeflag 1", "a member that a document names is a hard link",
		"The link was resolved inside the archive and the bytes were checked. Some runtimes refuse to load such an archive."),
	fails(ArchiveViewsDisagree, "views-disagree", "", "the archive describes different images to different readers",
		"The archive can be read as an OCI layout (index.json) and as docker save output (manifest.json), and the two do not describe the same images under the same names. Docker and containerd, podman, skopeo and crane may load different images from it."),
	fails(ArchiveManifestMissing, "manifest-json-missing", "", "configs and layers, but no manifest.json or index.json",
		"The archive looks like saved images, but the document that says which config and which layers belong together is absent."),
	fails(ArchiveOuterCorrupt, "outer-compression", "", "the compressed file around the archive is damaged",
		"The gzip, zstd, xz or bzip2 stream around the archive is damaged or cut short. Check it with `gzip -t`, `zstd -t`, `xz -t` or `bzip2 -t`."),
	fails(ArchiveOuterTrailing, "trailing-data", "RFC 1952 2.2, RFC 8878 3", "there are bytes after the compressed archive",
		"Bytes other than zero follow the compressed stream around the archive. Tools ignore or refuse them; they belong to nothing."),
	warns(ArchiveOuterPadding, "trailing-data", "", "zero bytes follow the compressed archive",
		"Only zero bytes follow the compressed stream around the archive, as some tapes and tools write them."),
	warns(ArchiveOuterOdd, "", "RFC 1952 2.3", "the compressed file around the archive has an unusual header",
		"The header of the compressed stream around the archive carries unusually much or unusual data. It is ignored."),
}
