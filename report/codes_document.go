package report

// Codes of documents: JSON, descriptors, indexes, manifests, layouts.
const (
	JSONInvalid          Code = "json.invalid"
	JSONInvalidUTF8      Code = "json.invalid-utf8"
	JSONDuplicateKey     Code = "json.duplicate-key"
	JSONCaseVariant      Code = "json.case-variant"
	JSONTrailingData     Code = "json.trailing-data"
	JSONType             Code = "json.type"
	DigestMalformed      Code = "digest.malformed"
	DigestWeak           Code = "digest.weak"
	DigestUnsupported    Code = "digest.unsupported"
	DescriptorInvalid    Code = "descriptor.invalid"
	DescriptorData       Code = "descriptor.data-mismatch"
	MediaTypeConflict    Code = "media-type.conflict"
	DocumentAmbiguous    Code = "document.ambiguous"
	SchemaVersion        Code = "document.schema-version"
	DocumentInvalid      Code = "document.invalid"
	LayoutMissing        Code = "layout.missing"
	LayoutInvalid        Code = "layout.invalid"
	LayoutVersion        Code = "layout.version"
	IndexMissing         Code = "layout.index-missing"
	DirVersion           Code = "dir.version"
	TextControl          Code = "text.control-characters"
	SubjectMissing       Code = "subject.missing"
	RepositoriesConflict Code = "docker.repositories-conflict"
	ParentChain          Code = "docker.parent-chain"
)

var documentEntries = []Entry{
	fails(JSONInvalid, "json-invalid", "RFC 8259", "a document is not JSON",
		"It cannot be parsed, or begins with a byte order mark. What it refers to cannot be reached through it."),
	fails(JSONInvalidUTF8, "json-invalid", "RFC 7493 2.1", "a document is not valid UTF-8",
		"Parsers replace, keep or refuse such bytes: one document, several readings."),
	fails(JSONDuplicateKey, "json-duplicate-key", "RFC 7493 2.3", "an object has the same key twice",
		"Most parsers take the last value, some the first: one document, two readings."),
	fails(JSONCaseVariant, "json-case-variant", "RFC 8259 7", "a key differs from a known field only in case",
		"JSON keys are case-sensitive, but Go's parser, and so most container tools, take either spelling: one document, two readings."),
	fails(JSONTrailingData, "json-trailing-data", "RFC 8259 2", "something follows the document",
		"Bytes other than white space come after the JSON value. Streaming parsers ignore them, others refuse."),
	fails(JSONType, "json-type", "image-spec, JSON schema", "a field has the wrong JSON type",
		"A known field is of another type than the specification says, null where a value is required, or a number that is negative, fractional or too large."),
	fails(DigestMalformed, "digest-syntax", "image-spec descriptor.md, digests", "a digest is malformed",
		"It does not follow the grammar, or has the wrong length or upper-case hexadecimal. It is never used as a path."),
	fails(DigestWeak, "digest-algorithm", "image-spec descriptor.md, registered algorithms", "a digest uses a broken algorithm",
		"md5 and sha1 prove nothing: other bytes with the same digest can be made."),
	halts(DigestUnsupported, "digest-algorithm", "image-spec descriptor.md, registered algorithms", "a digest uses an algorithm that is not supported",
		"The claim could not be checked either way."),
	fails(DescriptorInvalid, "json-type", "image-spec descriptor.md, properties", "a descriptor lacks a required field",
		"mediaType, digest and size are required."),
	fails(DescriptorData, "inline-data-mismatch", "image-spec descriptor.md, embedded content", "a descriptor's data field contradicts its digest or size",
		"Clients may use the embedded bytes instead of the object, so they have to be the same."),
	fails(MediaTypeConflict, "mediatype-mismatch", "image-spec manifest.md, CVE-2021-41190", "a document is not of the type it is said to be",
		"The descriptor's media type, the document's own and the shape of its body do not agree. Clients choose by one or the other."),
	fails(DocumentAmbiguous, "ambiguous-document", "CVE-2021-41190", "a document can be read as two kinds",
		"It has the fields of an index and of a manifest (or of two kinds of manifest). Which image it is depends on the reader."),
	fails(SchemaVersion, "schema-version", "image-spec manifest.md, schemaVersion", "schemaVersion is not 2",
		"The specification requires 2."),
	fails(DocumentInvalid, "config-invalid", "image-spec", "a document lacks or misuses a required field",
		"A field that the specification requires is absent or has a value that is not allowed."),
	fails(LayoutMissing, "layout-missing", "image-spec image-layout.md, oci-layout file", "the oci-layout file is missing",
		"An OCI layout must have one; several tools go by it."),
	fails(LayoutInvalid, "layout-version", "image-spec image-layout.md, oci-layout file", "the oci-layout file cannot be read",
		"It is not the JSON object that the specification asks for."),
	fails(LayoutVersion, "layout-version", "image-spec image-layout.md, oci-layout file", "imageLayoutVersion is not 1.0.0",
		"The rules for reading this layout are not known."),
	fails(IndexMissing, "index-missing", "image-spec image-layout.md, index.json", "index.json is missing",
		"There are blobs or an oci-layout file, but nothing says which of them is an image."),
	fails(DirVersion, "layout-version", "containers-transports(5), dir:", "the version file of a dir: folder is not known",
		"Expected: \"Directory Transport Version: 1.1\"."),
	warns(TextControl, "ref-invalid", "", "a name holds control, escape or bidirectional characters",
		"Printed as it is, it could forge lines of a terminal. It is quoted everywhere here."),
	notes(SubjectMissing, "subject-missing", "image-spec manifest.md, subject", "the subject of a referrer is not there",
		"The manifest says that it is about another one, which this source does not hold. That is legal."),
	fails(RepositoriesConflict, "ref-conflict", "docker save format, v1", "the legacy repositories file contradicts manifest.json",
		"They give different names or images. Old readers go by repositories."),
	fails(ParentChain, "config-invalid", "docker save format, v1", "the legacy parent chain contradicts the layers",
		"The v1 json files of the archive form another chain than manifest.json lists."),
}
