// Package testimage builds small container images for tests: the same bytes on
// every run, without a clock, a disk or another tool.
//
// A [Tree] is what an image is stored as: a list of [Member]s, from which it
// is written as a folder, a tar, or a map of names to bytes. [Layout] builds
// the tree of an OCI layout and [DockerSave] the tree of a docker save archive
// from [Image]s and [Layer]s; [Hybrid] is both in one.
//
//	img := testimage.Image{Ref: "app:1", Layers: []testimage.Layer{
//		{Members: []testimage.Member{testimage.File("etc/motd", "hello\n")}, Compress: "gzip"},
//	}}
//	archive := testimage.Layout{Images: []testimage.Image{img}}.Tree().Tar()
//
// # Breaking one thing
//
// There are two kinds of defect. A lie is told in a document and every digest
// above it is right: the hooks of Image, Layout and DockerSave change a
// document before it is hashed, either its fields (Config) or its text
// (ConfigText, for keys that occur twice and the like). Damage is done to
// stored bytes while the digests still promise the old ones: [Tree.Edit],
// [Tree.Remove] and their like, after the tree is built.
//
// # Vectors
//
// A vector is an image with one defect in a text file that says what a
// verifier must report, see [ParseVector]. The files are in testdata/vectors.
//
// The builders panic on contradictory input: they are for tests.
package testimage
