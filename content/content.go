// Package content holds the nouns that every other package shares: stored
// objects, the sources they come from, and the claims that documents, file
// names, pins and signatures make about them.
//
// An [Object] is one stored byte sequence: a file of a directory or a member
// of a tar archive. A [Source] is a flat set of objects; directories, seekable
// tars and tar streams are sources, and none of them knows what an image is.
// A [Claim] is a promise about one object together with the place where it is
// written, so that a reader can repeat the check by hand.
//
// The package compares nothing. Claims meet observations in package verify.
package content

import (
	"context"
	"io"

	"github.com/opencontainers/go-digest"
)

// Kind says what an object is in its container. Only a [Regular] object has
// bytes; the others are known so that a document that names one of them gets
// a precise answer instead of a wait on a pipe.
type Kind uint8

// The kinds of object.
const (
	Regular Kind = iota
	Symlink
	Hardlink
	Directory
	FIFO
	Device
	Socket
	Other
)

// String returns the kind in words: "regular file", "symbolic link", ...
func (k Kind) String() string {
	switch k {
	case Regular:
		return "regular file"
	case Symlink:
		return "symbolic link"
	case Hardlink:
		return "hard link"
	case Directory:
		return "directory"
	case FIFO:
		return "named pipe"
	case Device:
		return "device"
	case Socket:
		return "socket"
	}
	return "special file"
}

// Object is one entry of a source.
type Object struct {
	Name   string // canonical, slash-separated, relative: no "./", no "..", no trailing slash
	Size   int64  // stored bytes as the container says; -1 if not known before reading
	Offset int64  // scheduling hint: place of the bytes in the container, -1 if none
	Kind   Kind
	Link   string // Symlink, Hardlink: the target as written
}

// Claim is a promise about an object. The zero value of a field promises
// nothing about it.
type Claim struct {
	By        string        // the place: "index.json#/manifests/0", "sha256:ab..#/layers/2", "file name", "--expect"
	Digest    digest.Digest // of the stored bytes; already validated by hash.Parse
	Size      int64         // of the stored bytes; -1: no promise
	DiffID    digest.Digest // of the uncompressed bytes; already validated
	MediaType string        // as the descriptor gives it
	Either    bool          // Digest promises the stored or the uncompressed bytes (docker-save HEX.tar)
}

// Source is a flat set of objects. Objects and Lookup describe the container
// as it was when it was opened. Open may be called from several goroutines.
type Source interface {
	// Objects returns every object, sorted by name. The slice belongs to the source.
	Objects() []Object

	// Lookup finds an object by its canonical name. It does not follow links.
	Lookup(name string) (Object, bool)

	// Resolve follows the links of the container, lexically and inside the
	// container only, up to a bounded number of hops, and returns the regular
	// object at the end. The error is a *LinkError.
	Resolve(Object) (Object, error)

	// Open returns the bytes of a regular object. The reader ends after the
	// object's bytes. An error of reading the medium is returned as it is.
	Open(context.Context, Object) (io.ReadCloser, error)

	// Close releases what the source holds. Readers must be closed before.
	Close() error
}

// LinkProblem says why a link could not be followed.
type LinkProblem uint8

// The reasons a link is refused.
const (
	LinkEscapes LinkProblem = iota + 1 // leaves the container, or is absolute
	LinkLoops                          // leads back to itself
	LinkDangles                        // names nothing in the container
	LinkRefused                        // the container does not follow links (directories)
	LinkTooLong                        // more hops than allowed
)

// LinkError is returned by Source.Resolve.
type LinkError struct {
	Problem LinkProblem
	Object  Object
	Target  string // the target that could not be reached, as written
}

// Error describes the refusal. It holds names from the container: quote it
// before it reaches a terminal.
func (e *LinkError) Error() string {
	return "link " + e.Object.Name + " -> " + e.Target + ": " + e.Reason()
}

// Reason says in words why the link was refused, without any name.
func (e *LinkError) Reason() string {
	switch e.Problem {
	case LinkEscapes:
		return "the link leaves the container"
	case LinkLoops:
		return "the link is part of a loop"
	case LinkDangles:
		return "the link names nothing in the container"
	case LinkTooLong:
		return "there are more links on the way to the bytes than may be followed"
	}
	return "the link is not followed"
}
