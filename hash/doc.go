// Package hash parses and computes the digests that OCI documents are held
// together by, at the speed of the CPU it runs on.
//
// # Parsing
//
// [Parse] is the door through which every digest from outside passes. It
// accepts the two algorithms that image-spec registers for verification here,
// in the one spelling the specification allows:
//
//	sha256:<64 lower-case hex digits>
//	sha512:<128 lower-case hex digits>
//
// Everything else is a [*ParseError] with one of three reasons: malformed (the
// grammar of image-spec descriptor.md, "Digests", or the registered algorithm's
// own encoding is broken), weak (md5 and sha1, which anyone can collide) and
// unsupported (grammatical, but not an algorithm this package computes). A
// value that Parse returned is safe for the methods of
// [github.com/opencontainers/go-digest.Digest], which panic on others.
//
// # Computing
//
// [New] returns the fastest engine for one stream, [Lanes] hashes several
// SHA-256 streams at once on one core, and [Reference] is the standard library,
// the judge of last resort: whoever finds a mismatch with a fast engine computes
// it again with Reference before accusing anyone. [NewReader] checks a stream as
// it passes and cannot read twice, so it uses Reference from the start.
//
// The engines are chosen once, at first use, by what the CPU offers (GODEBUG
// settings such as cpu.sha=off are honoured) and by known-answer tests. An
// engine that fails its test is dropped and [Engines] says so. The build tag
// purego leaves nothing but portable Go. The choice never changes a result.
//
// # Limits
//
// Parse looks at no more than 4 KiB. Memory is that of the hash states: nothing
// here grows with the input. Nothing here starts a goroutine. Values other than
// digests and errors are for one goroutine at a time.
package hash
