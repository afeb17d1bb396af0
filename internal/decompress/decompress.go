// Package decompress decodes gzip, zstd, xz and bzip2 streams of unknown
// origin: with bounded memory, to their true end, and with a precise answer
// to the question what is wrong with them.
//
// # Streams
//
// A [Decoder] takes one stored stream and returns its decoded bytes in chunks
// of at most 256 KiB. A stream is everything that the format lets follow each
// other: gzip members (RFC 1952 2.2), zstd data and skippable frames (RFC 8878
// 3.1), xz streams with their padding, bzip2 streams. All of it counts; there
// is no mode that stops at the first member.
//
// The decoder knows where the stream ends and reads the reader on to its EOF,
// so that a hash beneath it covers every stored byte. What follows the stream
// is no part of it and is told as a [Fault]: [TrailingData], or [ZeroPadding]
// if there are only zero bytes. A damaged stream ends in an [*Error], after all
// bytes that could be decoded were returned. An error of the reader is neither:
// it is returned unchanged, so that a bad disk is told from bad bytes.
//
// # Strictness
//
//   - gzip: CRC-32 and ISIZE of every member, the header CRC where there is
//     one, no reserved flag, no method but 8. Header fields are skipped, not
//     stored; more than 64 KiB of them is a [HeaderOdd] fault. Bytes after a
//     member are a member if they begin with 1f 8b.
//   - deflate: accepts exactly what compress/flate of the standard library
//     accepts (see below).
//   - zstd: content checksum, frame content size, no dictionary, no legacy
//     frame; at least one data frame. The window is checked before any memory
//     is asked for.
//   - xz: LZMA2 without other filters; checks CRC-32, CRC-64 and SHA-256;
//     the dictionary is checked before any memory is asked for.
//   - bzip2: block and stream checksums.
//
// # The fast inflate and its judge
//
// gzip is decoded by an inflate of this package that is more than twice as fast
// as the others there are in Go. It is never the one to condemn a stream: when
// it meets an error, compress/flate decodes again from the last checkpoint, at
// most 64 KiB of input back and inside a block if need be, and its bytes and
// its error are the result. Should compress/flate go on where the fast path
// stopped, it decodes the rest of the stream, and the stream carries a
// [Disagreement] fault. A wrong checksum cannot be decided this way because the
// bytes are gone: decode again with [Options].Reference before accusing anyone.
//
// zstd is decoded by the library, or on amd64 with AVX and BMI2 by package
// zblock, which is faster and works off [Options].Backlog on the way. It takes and
// refuses the same; with Reference, and pieces on spare cores, the library
// decodes everywhere. [Engine] names what is used.
//
// # Spare cores
//
// With [Options].Spare, a stream of several gzip members (eStargz, concatenated
// files) or zstd frames (pzstd, zstd:chunked) is decoded on as many cores as
// Spare grants. The decoder reads ahead and cuts what it reads where frames end,
// or where a gzip member seems to begin; the pieces are decoded in goroutines,
// and Next returns them in order. A piece counts only if it begins where what
// was confirmed before it ends and is without any fault. Otherwise the decoder
// goes on in order from there, and what is found is found in order. So neither
// bytes nor faults depend on how many cores there are.
//
// Spare.Take is asked before each piece, from the end of the first member or
// frame after 256 KiB of stored bytes on, and Give follows at the end of the
// piece. Pieces are of one member or frame or more; one that stores more than 4
// MiB or decodes to more than 8 MiB, or has a window above 8 MiB, is decoded in
// order. No goroutine outlives an error of Next, Reset or Close.
//
// # Memory
//
// A Decoder allocates when it first needs something, and keeps it: 64 KiB of
// input; for gzip 256 KiB of history and output and 40 KiB of tables; for the
// library's formats 32 KiB of output. zstd adds its window and at most 1 MiB, xz
// its dictionary, bzip2 4 MiB, and compress/flate 100 KiB if it is needed.
// Windows above [Options].MaxWindow are refused, and those above 8 MiB are taken
// from [Options].Windows, which decoders share, and dropped at the end of the
// stream. A warm decoder allocates nothing for a gzip stream.
//
// Reset keeps all but large windows, xz and bzip2: a caller with many streams
// keeps one Decoder, and calls Close after the last only. (A new one for each
// stream, or Close between them, leaves a window of garbage each time.)
//
// Pieces on spare cores hold at most 24 MiB more, stored and decoded bytes and
// decoders together, reserved before anything is decoded. They are taken from
// [Options].Windows, too, if they are to be had at once, or else there are no
// pieces, and are dropped when the stream ends or goes on in order.
// Dropped memory is garbage until the collector runs: a program with a bound to
// keep sets debug.SetMemoryLimit below it.
package decompress

import (
	"bytes"

	"github.com/ocisum/ocisum/internal/zblock"
)

// Format is a compression format.
type Format uint8

// The formats. None is no compression: the stored bytes are the decoded bytes.
const (
	None Format = iota
	Gzip
	Zstd
	Xz
	Bzip2
)

// String returns "none", "gzip", "zstd", "xz" or "bzip2".
func (f Format) String() string {
	switch f {
	case None:
		return "none"
	case Gzip:
		return "gzip"
	case Zstd:
		return "zstd"
	case Xz:
		return "xz"
	case Bzip2:
		return "bzip2"
	}
	return "unknown"
}

// PrefixLen is the number of leading bytes of a stream that [Detect] wants.
const PrefixLen = 16

// Magic numbers. Those of zstd are little-endian numbers.
const (
	gzipMagic     = "\x1f\x8b"
	zstdMagic     = "\x28\xb5\x2f\xfd"
	xzMagic       = "\xfd7zXZ\x00"
	bzip2Magic    = "BZh"
	bzip2Block    = "\x31\x41\x59\x26\x53\x59" // follows the level digit
	bzip2EndBlock = "\x17\x72\x45\x38\x50\x90" // instead, if there is no block
)

// Detect tells the format of a stream from its first bytes, by magic number
// only. It never fails: what has no known magic number is None. Skippable and
// legacy zstd frames are Zstd. A prefix shorter than [PrefixLen] is judged by
// what there is of it.
func Detect(prefix []byte) Format {
	switch {
	case bytes.HasPrefix(prefix, []byte(gzipMagic)):
		return Gzip
	case zstdFrameKind(prefix) != zstdNoFrame:
		return Zstd
	case bytes.HasPrefix(prefix, []byte(xzMagic)):
		return Xz
	case isBzip2(prefix):
		return Bzip2
	}
	return None
}

// isBzip2 wants the block magic too: three letters and a digit are how a text
// may begin.
func isBzip2(p []byte) bool {
	if len(p) < 4 || string(p[:3]) != bzip2Magic || p[3] < '1' || p[3] > '9' {
		return false
	}
	p = p[4:min(len(p), 4+len(bzip2Block))]
	return string(p) == bzip2Block[:len(p)] || string(p) == bzip2EndBlock[:len(p)]
}

// Engine names what decodes a format on this machine, a part of this program or
// a library, and the instructions that the former needs. With [Options].Reference
// it is the library in every case.
func Engine(f Format, reference bool) (name, impl string) {
	switch {
	case f == Gzip && !reference:
		return "inflate of this program", ""
	case f == Gzip:
		return "compress/flate", ""
	case f == Zstd && !reference && zblock.Fast():
		impl, _ = zblock.Impl()
		return "blocks of this program", impl
	case f == Zstd:
		return "klauspost/compress", ""
	case f == Xz:
		return "ulikunitz/xz", ""
	case f == Bzip2:
		return "compress/bzip2", ""
	}
	return "none", ""
}

// HashesBeside names the instructions with which a decoder of zstd works off
// [Options].Backlog on this machine; empty if it does not.
func HashesBeside() string {
	_, hash := zblock.Impl()
	return hash
}
