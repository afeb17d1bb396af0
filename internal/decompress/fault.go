package decompress

import (
	"errors"
	"fmt"
	"io"
)

// Kind names what is wrong with a stream. The values are stable: callers map
// them to findings.
type Kind string

// Kinds of the terminal [Error].
const (
	// Corrupt: the compressed data breaks the rules of its format.
	Corrupt Kind = "corrupt"
	// Truncated: the stored bytes end inside the stream.
	Truncated Kind = "truncated"
	// Checksum: a checksum or length that the stream carries does not hold.
	Checksum Kind = "checksum"
	// HeaderInvalid: a header breaks the rules of its format.
	HeaderInvalid Kind = "header-invalid"
	// Dictionary: a zstd frame needs a dictionary.
	Dictionary Kind = "dictionary"
	// Empty: there is no data frame, member or stream at all.
	Empty Kind = "empty"
	// Window: decoding would need more memory than [Options] allow.
	Window Kind = "window"
	// Unsupported: legal, but of a variant that is not decoded here.
	Unsupported Kind = "unsupported"
	// OutputLimit: there are more decoded bytes than [Options].MaxOutput. It is
	// about the stream as a whole: its offset is 0, and nothing else is told of
	// the stream.
	OutputLimit Kind = "output-limit"
)

// Kinds of the non-terminal [Fault].
const (
	// TrailingData: bytes follow the stream that are no part of it.
	TrailingData Kind = "trailing-data"
	// ZeroPadding: only zero bytes follow the stream.
	ZeroPadding Kind = "zero-padding"
	// HeaderOdd: a legal header that no usual writer makes.
	HeaderOdd Kind = "header-odd"
	// Disagreement: the fast decoder refused what the reference accepts. The
	// bytes are the reference's; it is a fault of this package, not of the
	// stream.
	Disagreement Kind = "decoder-disagreement"
)

// A Fault is one fact about a stream.
type Fault struct {
	Kind   Kind
	Offset int64  // in the stored stream
	Detail string // in words, without kind and offset
}

// String returns the fault as one line.
func (f Fault) String() string {
	return fmt.Sprintf("%s at stored byte %d: %s", f.Kind, f.Offset, f.Detail)
}

// Error ends the decoding of a stream because of its bytes. Err is what the
// decoding library said, or nil.
type Error struct {
	Fault
	Err error
}

// Error returns the fault as one line.
func (e *Error) Error() string { return e.Fault.String() }

// Unwrap returns the library's error.
func (e *Error) Unwrap() error { return e.Err }

// newError returns an Error that no library error caused.
func newError(kind Kind, offset int64, detail string) *Error {
	return &Error{Fault: Fault{Kind: kind, Offset: offset, Detail: detail}}
}

// libraryError returns the Error for err of a decoding library: Truncated if
// the library ran out of input, kind otherwise.
func libraryError(kind Kind, offset int64, err error) *Error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		kind = Truncated
	}
	return &Error{Fault: Fault{Kind: kind, Offset: offset, Detail: err.Error()}, Err: err}
}
