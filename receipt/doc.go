// Package receipt writes down that a verification passed, so that others can
// rely on it later, and holds such a receipt against an archive.
//
// A receipt is an in-toto Statement v1 (github.com/in-toto/attestation,
// spec/v1/statement.md). Its subjects are what was checked: the outer file, the
// manifests, the indexes all of whose manifests were checked, and the image ID
// of images that have no manifest. Its predicate is a Simple Verification
// Result (spec/predicates/svr.md) or, where a policy or a lock was evaluated, a
// SLSA Verification Summary (slsa.dev/verification_summary/v1). Both carry an
// extension object "ocisum" with the tool, its limits, what was asked for, and
// who outside of the image vouched for it.
//
// A receipt must not be mistaken for approval. A Simple Verification Result has
// no way to say no, so there is none of a run that did not verify everything it
// was asked for ([ErrNotVerified]); a Verification Summary then says FAILED.
// What the archive calls its images is not in the names of subjects but in an
// annotation, "claimedRefs": nobody has vouched for it. A selection of images
// is no statement about the file: then the file is no subject.
//
// The bytes of a receipt depend on the report and the options alone: canonical
// JSON (RFC 8785) and one newline. Time is what the caller says it is.
//
//	rep, err := verify.Path(ctx, "app.tar", verify.Options{FileDigest: true})
//	...
//	s, err := receipt.New(rep, receipt.Options{Name: "app.tar", Time: now})
//	...
//	doc, err := s.Encode()
package receipt
