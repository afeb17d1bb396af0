// Package recompress finds out what a registry would call, or did call, an image
// whose layers lie in an archive uncompressed.
//
// docker save (before it stored images as containerd does) and podman save
// write plain tars. A registry holds them compressed, and the digests in a
// manifest are those of the compressed bytes. A compressor is a function of its
// input, its version and its level, though, and few are in use: Go's
// compress/gzip, and what github.com/klauspost made of it. So:
//
//   - [Predict] computes the manifest that each tool would push, byte by byte. It
//     is right if the assumptions hold that it lists; nothing in an archive says
//     which tool somebody used.
//   - [Restorer] is given a manifest and looks for the compressor whose output has
//     the digests that are in it. There is nothing to assume: a SHA-256 that
//     fits is proof.
//
// # Compressors
//
// See [Compressors]. compress/gzip is that of the Go version this program was
// built with; its encoder has written the same bytes since Go 1.7 or so, and a
// test notices when that ends. The default level of klauspost/compress is
// reproduced in four generations by package kflate, which covers skopeo, podman
// and buildah since 2022, with blocks of 1 MiB as klauspost/pgzip cuts them. Not
// reproduced are zlib (gzip(1), pigz, Python, Docker's own builds with
// another zlib), Java, and other levels of klauspost/compress.
//
// # Cost
//
// Layers are read as streams, and memory does not depend on their size: at most
// 5 MB for each compressor that runs, which are 7 at a time (zstd: 20 MB each,
// 4 at a time). Predict reads each layer once and compresses it with six of
// them, one after the other on one core: 50 s for a gigabyte. Restore tries all
// on the smallest layer, unless the spelling of the manifest gives the tool
// away, and on the others first what made that one, straight into the blob: as
// fast as the tool that pushed the image. A compressor is given up as soon as
// it has written more than the manifest says.
//
// Nothing here judges: what was restored is a layout like any other, to be
// verified by package verify.
package recompress
