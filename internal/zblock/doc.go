// Package zblock decodes the blocks of a zstd frame (RFC 8878 3.1.1.2), and
// hashes something else while it does.
package zblock
