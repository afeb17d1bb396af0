// Package oci decodes the JSON documents of container images, strictly, and
// reports everything that is wrong with one, not only the first thing.
//
// It knows the OCI image index, manifest, artifact manifest, config and
// layout file; Docker's manifest list, manifest schema 2 and schema 1; and
// the manifest.json, repositories and v1 json files of docker save. It
// compares no digest with any bytes: a document says what it promises, and
// others check the promises.
//
// # What is accepted
//
// A document is I-JSON (RFC 7493): valid UTF-8 without lone surrogates, no
// name twice in one object, one value and then nothing but white space.
// A field counts only under its exact name. A name that differs from a known
// one only in case, as strings.EqualFold sees it, is a problem, because
// parsers disagree whether it is that field; that is judged for the fields
// known at that object, never inside maps such as annotations and labels.
// Fields nobody knows are ignored, except that names twice and bad UTF-8 are
// found in them too. Where a name stands twice, the decoded value is that of
// the last, and the problem says that it should not be relied on. Bytes that
// are not UTF-8 are in values as they are in the document.
//
// An optional field may be null, as Go programs write absent values, and
// layers and diff_ids may be, too, but are then told apart from an empty
// list. Any other null, and any other value of another JSON type than the
// field's, is a problem, and the rest of the document is used without it.
//
// # Documents and problems
//
// Check judges a document by a Schema. The Parse functions judge it, judge
// what only that kind of document demands, and return it in Go types. The
// document is nil only if nothing can be used: the syntax is broken, a limit
// is exceeded, or the outermost value has the wrong type. Problems come
// sorted by offset. Where one kind of problem occurs more than 256 times in a
// document, the rest is counted in a last problem of that kind whose offset
// is -1.
//
// # Limits
//
// Limits bound the size of a document, its depth (a scalar has depth 0, {}
// has 1), its tokens (each value and each name of a member is one) and its
// elements (items of those lists and maps whose items the schema counts:
// descriptors, diff IDs, history entries, images of a docker archive and their
// layers). They are inclusive and enforced before memory is taken: a scan
// costs 16 bytes a token beside the document. Strings in a problem are cut at
// 4 KiB.
//
//	m, problems := oci.ParseManifest(data, oci.DefaultLimits())
//	for _, p := range problems {
//		fmt.Printf("%s at %q: %s\n", p.Kind, p.Pointer, p.Detail)
//	}
//	if m != nil {
//		for _, d := range m.Layers { ... }
//	}
package oci
