// Package floors holds the tests of the architecture: which package may import
// which, what the command may link, and what no package may call. It has no
// code of its own.
package floors
