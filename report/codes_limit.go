package report

// Codes of limits. An exceeded limit is never a judgement about the content:
// it makes the verdict incomplete. Every limit is a flag.
const (
	LimitJSONSize        Code = "limit.json-size"
	LimitJSONDepth       Code = "limit.json-depth"
	LimitJSONTokens      Code = "limit.json-tokens"
	LimitDescriptors     Code = "limit.descriptors"
	LimitGraphDepth      Code = "limit.graph-depth"
	LimitGraphNodes      Code = "limit.graph-nodes"
	LimitMembers         Code = "limit.members"
	LimitPAX             Code = "limit.pax-size"
	LimitNameLength      Code = "limit.name-length"
	LimitLinkHops        Code = "limit.link-hops"
	LimitWindow          Code = "limit.window"
	LimitLayerBytes      Code = "limit.layer-bytes"
	LimitTotalBytes      Code = "limit.total-bytes"
	LimitStreamDocuments Code = "limit.stream-documents"
	LimitFindings        Code = "limit.findings"
	LimitAnchors         Code = "limit.anchors"
	LimitLayerPaths      Code = "limit.layer-paths"
	LimitSignatures      Code = "limit.signatures"
)

var limitEntries = []Entry{
	halts(LimitJSONSize, "limit-exceeded", "", "a document is larger than the limit",
		"It was hashed, but not decoded. Raise --max-json-bytes (default 4 MiB) if you trust the sender."),
	halts(LimitJSONDepth, "limit-exceeded", "", "a document nests deeper than the limit", "Raise --max-json-depth (default 64)."),
	halts(LimitJSONTokens, "limit-exceeded", "", "a document has more tokens than the limit", "Raise --max-json-tokens (default 500000)."),
	halts(LimitDescriptors, "limit-exceeded", "", "a document lists more descriptors than the limit", "Raise --max-descriptors (default 10000)."),
	halts(LimitGraphDepth, "limit-exceeded", "", "indexes nest deeper than the limit", "Raise --max-graph-depth (default 16)."),
	halts(LimitGraphNodes, "limit-exceeded", "", "the documents name more objects than the limit", "Raise --max-graph-nodes (default 100000)."),
	halts(LimitMembers, "limit-exceeded", "", "the source has more objects than the limit", "Raise --max-members (default 200000)."),
	halts(LimitPAX, "limit-exceeded", "", "an extended header of the archive is larger than the limit", "Raise --max-pax-bytes (default 64 KiB)."),
	halts(LimitNameLength, "limit-exceeded", "", "a name in the archive is longer than the limit", "Raise --max-name-bytes (default 4 KiB)."),
	halts(LimitLinkHops, "limit-exceeded", "", "a chain of links is longer than the limit",
		"A document names an object that is a link, and its bytes are more links away than the limit allows: they were not read. Raise --max-link-hops (default 8). A loop that is shorter than the limit is archive.link-loop."),
	halts(LimitWindow, "limit-exceeded", "RFC 8878 3.1.1.1.2", "a compressed stream asks for more memory than the limit", "Raise --max-window (default 128 MiB)."),
	halts(LimitLayerBytes, "limit-exceeded", "", "a layer decompresses to more than the limit",
		"Raise --max-layer-bytes and --max-layer-ratio (default: the larger of 16 GiB and 1100 times the stored size)."),
	halts(LimitTotalBytes, "limit-exceeded", "", "the run decompressed more than the limit", "Raise --max-total-bytes (default 1 TiB)."),
	halts(LimitStreamDocuments, "limit-exceeded", "", "more documents than the limit have to be kept",
		"In one pass over a stream, documents are kept until the end: at most 4 MiB each and 64 MiB in all. Verify the file from a path instead. Where signatures are looked for, the same bounds hold for small objects of any source. Raise --max-stream-documents."),
	halts(LimitFindings, "limit-exceeded", "", "there are more findings than the limit", "The rest is counted. Raise --max-findings (default 10000)."),
	halts(LimitAnchors, "limit-exceeded", "", "more signatures or other claims about images than the limit",
		"Those above the limit were not judged. As many are as findings are kept: raise --max-findings (default 10000)."),
	notes(LimitLayerPaths, "limit-exceeded", "", "a layer holds more paths than are compared with each other",
		"Duplicate paths were looked for among the first million only. Digests are not affected."),
	halts(LimitSignatures, "limit-exceeded", "", "more signatures are over an image than are verified",
		"At most 10 000 verifications are made in a run, over at most 4 GiB of signed bytes. No source needs as many: somebody put in signatures to keep yours from being found. Give fewer keys, or remove what you do not need."),
}
