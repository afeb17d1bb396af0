package tarscan

import "bytes"

// The types of entry, as they stand in the header (POSIX ustar, typeflag).
const (
	File      = '0' // also NUL, except where a trailing slash makes it a Directory
	HardLink  = '1'
	Symlink   = '2'
	CharDev   = '3'
	BlockDev  = '4'
	Directory = '5'
	FIFO      = '6'
	Contig    = '7' // a file, to everybody
)

// Entry is one member. Its byte slices belong to the Scanner and are valid
// until the Scanner is next called.
type Entry struct {
	Name   []byte // as the last extension says, or the header
	Link   []byte // target of a HardLink or Symlink, as written
	Type   byte   // see the constants; other bytes are given as they are
	Size   int64  // stored bytes of the body; 0 for what has none
	Start  int64  // offset of the first header of the member, extensions included
	Header int64  // offset of the member's own header
	Body   int64  // offset of the body

	// Sparse entries are stored with a map; their body is not their content.
	Sparse bool

	// Cut entries have a name or link target above the limit. Name and Link
	// are then what the header alone says.
	Cut bool

	scratch *[]byte
	null    bool // device 0/0
}

// IsFile reports whether the entry is a regular file.
func (e *Entry) IsFile() bool { return e.Type == File || e.Type == Contig }

// IsDevice reports whether the entry is a device or a named pipe.
func (e *Entry) IsDevice() bool {
	return e.Type == CharDev || e.Type == BlockDev || e.Type == FIFO
}

// IsWhiteout reports whether the entry removes something of a lower layer
// (image-spec layer.md, "Whiteouts"; overlayfs uses character device 0/0).
func (e *Entry) IsWhiteout() bool {
	name := bytes.TrimRight(e.Name, "/")
	return e.Type == CharDev && e.null || bytes.HasPrefix(name[bytes.LastIndexByte(name, '/')+1:], []byte(".wh."))
}

// Clean returns the canonical form of the name, see [Clean]. The slice is
// valid until the Scanner is next called.
func (e *Entry) Clean() (name []byte, unsafe bool) {
	name, *e.scratch, unsafe = cleanInto(*e.scratch, e.Name)
	return name, unsafe
}

// Clean returns the canonical form of a member name: without "." and empty
// components and without a slash at the end. The root itself is "". A name
// that is absolute or has a ".." component is unsafe: it has no canonical form
// that all readers agree on, and keeps its "..".
func Clean(name []byte) (clean []byte, unsafe bool) {
	clean, _, unsafe = cleanInto(nil, name)
	return clean, unsafe
}

// cleanInto returns a part of name itself where it is clean already, and else
// builds the clean name in scratch, which it returns for the next use.
func cleanInto(scratch, name []byte) (clean, buf []byte, unsafe bool) {
	unsafe = len(name) > 0 && name[0] == '/'
	dirty := false
	for rest := name; len(rest) > 0; {
		var part []byte
		i := bytes.IndexByte(rest, '/')
		if i < 0 {
			part, rest = rest, nil
		} else {
			part, rest = rest[:i], rest[i+1:]
			dirty = dirty || len(rest) == 0
		}
		dirty = dirty || len(part) == 0 || len(part) == 1 && part[0] == '.'
		unsafe = unsafe || len(part) == 2 && part[0] == '.' && part[1] == '.'
	}
	if !dirty {
		return name, scratch, unsafe
	}
	buf = scratch[:0]
	for part := range bytes.SplitSeq(name, []byte("/")) {
		if len(part) == 0 || len(part) == 1 && part[0] == '.' {
			continue
		}
		if len(buf) > 0 {
			buf = append(buf, '/')
		}
		buf = append(buf, part...)
	}
	return buf, buf, unsafe
}
