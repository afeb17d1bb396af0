package report

// Codes of stored objects: bytes against claims, and the streams inside.
const (
	BlobDigestMismatch      Code = "blob.digest-mismatch"
	BlobSizeMismatch        Code = "blob.size-mismatch"
	BlobNameMismatch        Code = "blob.name-mismatch"
	BlobMissing             Code = "blob.missing"
	BlobAbsent              Code = "blob.absent"
	BlobUnreadable          Code = "blob.unreadable"
	BlobChanged             Code = "blob.changed"
	BlobNotRegular          Code = "blob.not-regular"
	BlobSymlink             Code = "blob.symlink"
	BlobUnreferenced        Code = "blob.unreferenced"
	BlobEmbedded            Code = "blob.embedded-only"
	BlobAlgorithm           Code = "blob.algorithm-not-computed"
	ImageIDMismatch         Code = "image-id.mismatch"
	LayerDiffIDMismatch     Code = "layer.diff-id-mismatch"
	LayerMediaType          Code = "layer.media-type-mismatch"
	LayerMediaTypeDocker    Code = "layer.media-type-inexact"
	LayerNotTar             Code = "layer.not-tar"
	LayerTarTruncated       Code = "layer.tar-truncated"
	LayerTarInvalid         Code = "layer.tar-invalid"
	LayerTarNoEndMarker     Code = "layer.tar-no-end-marker"
	LayerTarTrailingData    Code = "layer.tar-trailing-data"
	LayerTarAmbiguous       Code = "layer.tar-ambiguous"
	LayerUnsafePath         Code = "layer.unsafe-path"
	LayerDuplicatePath      Code = "layer.duplicate-path"
	LayerUnsafeLink         Code = "layer.unsafe-link"
	LayerDevice             Code = "layer.device"
	LayerEncrypted          Code = "layer.encrypted"
	LayerForeignMissing     Code = "layer.foreign-missing"
	LayerCompressionUnknown Code = "layer.compression-unknown"
	LayerTOCMismatch        Code = "layer.toc-mismatch"
	LayerTOCUnverified      Code = "layer.toc-not-verified"
	LayerNoDiffID           Code = "layer.no-diff-id"
	StreamCorrupt           Code = "stream.corrupt"
	StreamTruncated         Code = "stream.truncated"
	StreamChecksum          Code = "stream.checksum"
	StreamHeaderInvalid     Code = "stream.header-invalid"
	StreamTrailingData      Code = "stream.trailing-data"
	StreamZeroPadding       Code = "stream.zero-padding"
	StreamHeaderOdd         Code = "stream.header-odd"
	StreamEmpty             Code = "stream.empty"
	StreamDictionary        Code = "stream.dictionary"
	StreamUnsupported       Code = "stream.unsupported"
	StreamDecodersDisagree  Code = "stream.decoders-disagree"
)

var blobEntries = []Entry{
	fails(BlobDigestMismatch, "blob-digest-mismatch", "image-spec descriptor.md, digests; image-layout.md, blobs", "stored bytes do not have the digest that is claimed",
		"The digest of the bytes differs from what a descriptor or the file name says. Repeat it with `sha256sum` on the object. The object is damaged or was replaced."),
	fails(BlobSizeMismatch, "blob-size-mismatch", "image-spec descriptor.md, properties (size)", "stored bytes do not have the size that is claimed",
		"A descriptor gives another number of bytes than are stored. Clients that trust the size refuse the object or read a part of it."),
	fails(BlobNameMismatch, "blob-digest-mismatch", "image-spec image-layout.md, blobs", "an object that nothing refers to does not have the digest in its name",
		"No document names this object, and its bytes are not what its file name says. It is damage or a hiding place."),
	halts(BlobMissing, "blob-missing", "image-spec image-layout.md", "an object that a document names is not there",
		"Nothing is wrong with what is present, but the image is not whole. Mirrors and differential archives leave out what the receiver has already."),
	notes(BlobAbsent, "blob-missing", "image-spec image-index.md", "an index lists an image that is not in the archive",
		"Normal for `docker save` and `ctr images export` of one platform of a multi-platform image: the index names all platforms, the archive carries one. It says nothing about the images that are there. With --all-platforms, or with --platform for the one that is absent, it counts: the finding is then blob.missing, and the verdict incomplete."),
	halts(BlobUnreadable, "", "", "an object could not be read",
		"The operating system reported an error while reading. This says something about the medium, nothing about the content."),
	halts(BlobChanged, "", "", "the input changed while it was read",
		"Size, modification time or inode of the file were not the same before and after. Nothing can be said about a file that changes."),
	fails(BlobNotRegular, "not-regular-file", "image-spec image-layout.md, blobs", "something that is no regular file stands where an object should be",
		"A folder, named pipe, socket or device stands under the name of an object. It is not opened."),
	fails(BlobSymlink, "unsafe-link", "image-spec image-layout.md, blobs", "a symbolic link stands where an object should be",
		"Links in a layout directory are not followed: they can lead to any file of this machine. --follow-links allows links that stay inside the directory."),
	notes(BlobUnreferenced, "unreferenced-blob", "image-spec image-layout.md", "an object that no document names",
		"Left over, or legitimate (empty folders aside, several tools leave such objects). Its bytes were read, and agree with its name where the name holds a digest. --strict makes this an error."),
	notes(BlobEmbedded, "", "image-spec descriptor.md, embedded content", "an object is present only as the data field of its descriptor",
		"The embedded bytes have the right digest and stand in for the missing object."),
	halts(BlobAlgorithm, "digest-algorithm", "", "a digest was not computed in this one pass",
		"In one pass over a stream only the digests that names announce are computed. Verify the file from a path instead."),
	fails(ImageIDMismatch, "config-digest-mismatch", "docker save format", "a config does not have the image ID that its name claims",
		"In a docker save archive the config is named by its own SHA-256, the image ID. Repeat it: `tar -xOf FILE CONFIG | sha256sum`. The config was edited or replaced."),
	fails(LayerDiffIDMismatch, "diffid-mismatch", "image-spec config.md, rootfs.diff_ids", "a layer's uncompressed bytes do not have the diff ID of the config",
		"The config names each layer by the digest of its uncompressed tar. Repeat it: `gzip -dc LAYER | sha256sum`. The layer was replaced, or the order of the layers is wrong."),
	fails(LayerMediaType, "compression-mismatch", "image-spec layer.md, media types", "a layer is not compressed as its media type says",
		"The descriptor's media type names one compression, the bytes have another. Clients that trust the media type fail or misread it."),
	warns(LayerMediaTypeDocker, "compression-mismatch", "", "a plain layer under Docker's gzip media type",
		"Docker's schema 2 has no widely used type for uncompressed layers; skopeo writes plain layers under the gzip type in dir: folders."),
	fails(LayerNotTar, "layer-not-tar", "image-spec layer.md", "a layer is no tar archive",
		"The media type promises a tar archive, the uncompressed bytes are none."),
	fails(LayerTarTruncated, "tar-truncated", "image-spec layer.md", "the tar inside a layer is cut short",
		"The last member of the layer's tar is not whole. The digests hold, so it was built like this."),
	fails(LayerTarInvalid, "tar-malformed", "POSIX ustar", "the tar inside a layer has a malformed header",
		"A header inside the layer cannot be read; what follows is lost to every extractor that stops there."),
	warns(LayerTarNoEndMarker, "tar-no-end-marker", "POSIX ustar, end of archive", "the tar inside a layer has no end marker",
		"Every member is whole, but the two zero blocks at the end are missing."),
	warns(LayerTarTrailingData, "trailing-data", "POSIX ustar, end of archive", "bytes follow the end marker of the tar inside a layer",
		"The diff ID covers them, extractors ignore them."),
	warns(LayerTarAmbiguous, "tar-malformed", "POSIX pax", "a header inside a layer says two things",
		"Tar readers may extract different files from this layer."),
	warns(LayerUnsafePath, "unsafe-path", "image-spec layer.md", "a path inside a layer climbs out of the root",
		"Nothing is extracted here; an extractor has to defend itself against \"..\". Names that begin with a slash are common (ko, umoci) and mean the root of the image."),
	warns(LayerUnsafeLink, "unsafe-link", "image-spec layer.md", "a layer writes through a symbolic link of its own that leaves the root",
		"A member lies below a symbolic link of the same layer whose target is absolute or climbs. An extractor that follows links writes outside of the image."),
	warns(LayerDuplicatePath, "duplicate-entry", "image-spec layer.md", "a layer holds a path twice",
		"Extractors keep the last one; scanners may look at the first."),
	warns(LayerDevice, "unsafe-path", "", "a layer holds a device",
		"Character and block devices have no business in an image; runtimes make the ones a container gets."),
	halts(LayerEncrypted, "unverifiable-diffid", "ocicrypt", "a layer is encrypted",
		"The stored bytes were checked. The diff ID is over the plain bytes, which cannot be had without a key."),
	halts(LayerForeignMissing, "foreign-layer", "image-spec descriptor.md, urls", "a foreign layer is not there",
		"The descriptor says that this layer is fetched from elsewhere (usual for Windows base layers). It is never fetched here."),
	halts(LayerCompressionUnknown, "unsupported-compression", "image-spec layer.md", "a layer's compression is not known",
		"The stored bytes were checked. The diff ID could not be computed."),
	fails(LayerTOCMismatch, "toc-mismatch", "", "a table of contents does not match its layer",
		"An annotation or footer (eStargz, zstd:chunked) describes the layer in a way that its bytes contradict. A runtime that pulls lazily would trust it."),
	notes(LayerTOCUnverified, "", "", "a table of contents was not compared with its layer",
		"The layer carries a table of contents for lazy pulling (eStargz, zstd:chunked). Its digest holds, but its entries were not compared with the tar: what was verified is the layer as it is read from end to end."),
	notes(LayerNoDiffID, "", "", "layers without diff IDs",
		"The manifest is of a kind that has none (Docker schema 1), so only the stored bytes could be checked."),
	fails(StreamCorrupt, "decompress-error", "RFC 1951, RFC 1952, RFC 8878", "a compressed stream is damaged",
		"The stream cannot be decoded to its end. Check it with `gzip -t` or `zstd -t`."),
	fails(StreamTruncated, "decompress-error", "RFC 1952 2.2, RFC 8878 3.1", "a compressed stream is cut short",
		"The stream ends before its trailer. Some readers accept this when all data is there; it is still not the stream that was written."),
	fails(StreamChecksum, "decompress-error", "RFC 1952 2.3.1, RFC 8878 3.1.1", "a compressed stream contradicts its own checksum",
		"The checksum or length in the stream's trailer is not that of the data."),
	fails(StreamHeaderInvalid, "decompress-error", "RFC 1952 2.3.1", "a compressed stream has an invalid header",
		"Reserved flags are set, the header checksum is wrong, or the method is unknown."),
	fails(StreamTrailingData, "trailing-data", "RFC 1952 2.2, RFC 8878 3", "bytes follow a compressed stream",
		"Tools ignore or refuse them, depending on the decoder; they belong to nothing."),
	warns(StreamZeroPadding, "trailing-data", "", "zero bytes follow a compressed stream",
		"gzip(1) and many others ignore them, some libraries refuse the layer."),
	warns(StreamHeaderOdd, "", "RFC 1952 2.3.1", "a compressed stream has an unusual header",
		"The header carries unusually much data. It is ignored."),
	fails(StreamEmpty, "decompress-error", "RFC 8878 3", "a compressed stream holds no data frame",
		"Decoders disagree about whether this is an empty file or an error."),
	fails(StreamDictionary, "unsupported-compression", "RFC 8878 5", "a compressed stream needs a dictionary",
		"No image client has one."),
	halts(StreamUnsupported, "unsupported-compression", "", "a compressed stream uses something that is not supported",
		"The stored bytes were checked. What they decode to could not be."),
	warns(StreamDecodersDisagree, "", "", "the fast decoder was overruled by the reference",
		"A fault of this tool or of the machine's memory: the judgement rests on the reference decoder. Please report it."),
}
