// Package zblock decodes the blocks of a zstd frame (RFC 8878 3.1.1.2), and
// hashes something else while it does.
//
// A [Decoder] is given the stored bytes of one block after another, whose
// headers the caller has read, and returns the decoded bytes where they are: in
// a ring that holds the window. Literals are decoded by package huff0 of
// klauspost/compress; tables and sequences are decoded here.
//
// # Hashing on the way
//
// To decode a sequence is to wait: for the bits of the one before, for memory,
// for a branch that was guessed wrong. To hash is to wait too: each round of
// SHA-256 for the round before. A CPU that is given both at once takes little
// longer than for one of them. So the assembly for amd64 puts 16 rounds of
// SHA-256 behind every sequence, with the SHA extensions, and a part of the
// message schedule of the four blocks that follow, with AVX-512: the extensions'
// own instructions for that (SHA256MSG1, SHA256MSG2) would take longer than all
// the rest. What is hashed is whatever the caller's [Backlog] has, usually the
// bytes that were decoded before.
//
// # Soundness
//
// There are two decoders of sequences: one in Go, and one in assembly that is
// used where [Fast] is true. What the assembly refuses is decoded again in Go,
// whose word counts. Nothing in a block moves the assembly out of its buffers:
// states are within their tables by the tables' construction; where bits are
// loaded from is compared with the beginning of the stream, each run of literals
// with what is left of them, the end of each sequence with that of the block, and
// each offset with the history. Copies go by 16 bytes and may touch 64 beyond
// what they are for, which all buffers have. Tests put the buffers at the edge of
// memory that cannot be touched.
//
// Before the assembly is used for anything, it has to pass a known-answer test.
// The decoder takes and refuses what the library's does. Where Fast is false,
// callers use the library: the decoder in Go is there to judge the assembly.
package zblock
