package tarscan

import "fmt"

// Kind names what is wrong. The kinds are stable strings: a consumer maps them
// to its own codes and severities.
type Kind string

// The kinds of fault.
const (
	NotTar       Kind = "not-tar"       // the first block is no header, and not zero
	Checksum     Kind = "checksum"      // a header does not have the sum it claims; the scan ends
	BadSize      Kind = "size"          // a size is garbage, negative or out of range; the scan ends
	BadNumber    Kind = "number"        // another numeric field is garbage
	BadPAX       Kind = "pax-malformed" // an extended header breaks the grammar of its records
	DuplicatePAX Kind = "pax-duplicate" // an extended header has a keyword twice
	SizeConflict Kind = "size-conflict" // pax and ustar size disagree
	NameConflict Kind = "name-conflict" // an extension names something the header's own name is no short form of
	Extension    Kind = "extension"     // an extension header is itself modified, repeated, contradicted or left alone
	Global       Kind = "global"        // a global header sets a path, link, size or sparse map
	Prefix       Kind = "prefix"        // bytes that some readers put before the name and others do not
	TypeConflict Kind = "type-conflict" // readers disagree on what type of member this is
	BodyOnOther  Kind = "body"          // a member that is no file has a body
	Sparse       Kind = "sparse"        // a member is stored as a sparse file
	Truncated    Kind = "truncated"     // the bytes end inside of a header, extension or body
	NoEnd        Kind = "no-end-marker" // every member is whole, the two zero blocks are not there
	LoneZero     Kind = "lone-zero"     // one zero block, then something else
	Trailing     Kind = "trailing-data" // bytes other than zero after the end marker
	LimitPAX     Kind = "limit-pax"     // an extended header is larger than the limit
	LimitName    Kind = "limit-name"    // a name or link target is longer than the limit
	LimitEntries Kind = "limit-entries" // more entries than the limit; the scan ends
)

// Fault is one thing wrong with an archive.
type Fault struct {
	Kind   Kind
	Offset int64  // of the header (or of the byte, for Trailing, NoEnd and LoneZero)
	Name   string // of the member, as far as it is known; bytes of the archive
	Detail string // what was found, in words; names in it are quoted
}

// faults keeps a bounded number of each kind.
type faults struct {
	keep    int
	kept    []Fault
	counts  map[Kind]int
	dropped int
}

func (f *faults) add(k Kind, offset int64, name []byte, format string, args ...any) {
	if f.counts == nil {
		f.counts = make(map[Kind]int)
	}
	f.counts[k]++
	if f.counts[k] > f.keep {
		f.dropped++
		return
	}
	f.kept = append(f.kept, Fault{k, offset, string(name), fmt.Sprintf(format, args...)})
}
