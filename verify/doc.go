// Package verify judges container images: whether every byte is what the
// documents say, whether the documents agree with each other, and who outside
// the image vouches for it.
//
// A run has three parts. The documents of the source are walked into a graph
// of nodes with claims (package internal/graph). Every object is read once and
// observed: size, digests, compression, diff ID, the tar inside. Then one pure
// function compares claims with observations, and everything it has to say is
// in the report. Nothing is extracted, nothing is written, the input is never
// modified, and no name found in it is used as a path of this machine.
//
// [Path] and [File] open what the user points at; [Run] takes any
// content.Source; [RunStream] judges a tar in one pass, for pipes and
// compressed archives, where layers come before the documents that name them.
// All of them give the same findings for the same content.
//
// # Soundness
//
// The digest that is expected comes from a document, a name or the caller; the
// actual one from bytes read now. A document is hashed first and decoded only
// if its digest holds. Whatever an accelerated hash or decoder contradicts is
// read again with the standard library's before anything is accused. A
// verdict starts as incomplete; verified is earned.
//
// # Memory
//
// Each worker holds about 1 MiB of buffers, plus the window of the stream it
// decodes; windows above 8 MiB come out of one shared budget (Limits.Window).
// Documents are held one at a time. What remains is the graph: some hundred
// bytes for every object that a document names, bounded by Limits.GraphNodes.
package verify
