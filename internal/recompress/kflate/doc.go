// Package kflate compresses as github.com/klauspost/compress/flate does at its
// default level, bit for bit, in the versions that container tools were
// released with. Its only use is to find out which of them made a blob.
//
// DEFLATE (RFC 1951) leaves the choice of matches and codes to the encoder, so
// every change there changes the bytes, and with them every digest above. The
// default level (-1, which is 5) changed five times since 2022; a [Generation]
// names the versions between two changes. The module of go.mod is only ever
// one of them, and the digests that people approved were made by all.
//
// The code is that of klauspost/compress v1.18.0, cut down to this one level,
// with the other generations as switches where they differ:
//
//   - since 1.15.0 a match of more than 261 bytes is cut into pieces of 258,
//     before that of 255 (token.go, AddMatchLong);
//   - since 1.15.11 a better match is looked for two bytes further on
//     (level5.go, skipBeginning);
//   - since 1.18.2 the tables of a block that is not the last end at the last
//     code in use (huffman_bit_writer.go, indexTokens);
//   - since 1.20.4 the last bytes of a block are searched for matches even if
//     they are few (deflate.go, storeFast), and code lengths are those of a
//     Huffman tree where its codes are short enough (huffman_code.go,
//     treeBitCounts).
//
// The estimate of a block's size is in 32-bit floating point. Versions before
// 1.20 let the compiler fuse its multiplications and additions, which it does
// on arm64, ppc64le, s390x and riscv64, but not on amd64: what is reproduced
// here is amd64. Versions 1.13 and older are not reproduced.
//
// Memory is fixed, 1.6 MB for each Writer, whatever the input. No goroutines.
package kflate
