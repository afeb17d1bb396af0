package pin

import (
	"fmt"
	"strings"
)

// MaxBytes is the size up to which a file is read. The largest real manifests,
// rendered charts, have some hundred kilobytes.
const MaxBytes = 4 << 20

// maxPlaces bounds how many images a file names.
const maxPlaces = 20_000

// maxNotes bounds the notes about a file.
const maxNotes = 100

// Kind is the grammar of a file.
type Kind string

// The kinds. Detect finds out which it is.
const (
	Detect     Kind = ""
	Dockerfile Kind = "dockerfile"
	Compose    Kind = "compose"
	Kubernetes Kind = "kubernetes"
)

// Kinds lists the kinds that can be asked for by name.
func Kinds() []Kind { return []Kind{Dockerfile, Compose, Kubernetes} }

// Place is where a file names an image.
type Place struct {
	Line int    // of the first byte that is the name's own, from 1
	What string // "FROM", "services.web.image"
	Text string // the reference, as the program that reads the file sees it
	// Obstacle says why the text cannot be told or edited; empty: it can.
	Obstacle string

	at []int // for each byte of Text its offset in the file, -1 if it has none
}

// Note is something that was not looked at and might be expected to be.
type Note struct {
	Line    int
	Message string
}

// File is a file that was searched.
type File struct {
	Kind   Kind
	Places []Place // in the order of the file
	Notes  []Note
	// Known counts what was understood, images or not: zero means that nothing
	// in the file is of a kind that can name images.
	Known int

	data  []byte
	ends  []int // offsets of the line ends
	shape shape
}

// shape is what a file says apart from its layout, for the comparison of what
// was with what will be.
type shape interface {
	// after compares with a file in which edits were made.
	after(edits []edit, changed shape) error
}

// SyntaxError is a fault of the file itself.
type SyntaxError struct {
	Line    int // 0: unknown
	Message string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

func syntaxError(line int, format string, args ...any) error {
	return &SyntaxError{line, fmt.Sprintf(format, args...)}
}

// Find reads a file. The name helps to tell its kind, if that is Detect; it is
// not opened.
func Find(name string, kind Kind, data []byte) (*File, error) {
	if len(data) > MaxBytes {
		return nil, syntaxError(0, "the file has more than %d MiB", MaxBytes>>20)
	}
	var docs *documents
	var err error
	if kind == Detect {
		if kind, docs, err = detect(name, data); err != nil {
			return nil, err
		}
	}
	f := &File{Kind: kind, data: data}
	switch kind {
	case Dockerfile:
		err = f.dockerfile()
	case Compose, Kubernetes:
		if docs == nil {
			docs, err = parseYAML(data)
		}
		if err != nil {
			return nil, err
		}
		f.shape = docs
		if kind == Compose {
			err = f.compose(docs)
		} else {
			err = f.kubernetes(docs)
		}
		docs.shared(f)
	default:
		return nil, syntaxError(0, "unknown kind of file %q", kind)
	}
	if err != nil {
		return nil, err
	}
	if len(f.Places) > maxPlaces {
		return nil, syntaxError(0, "the file names more than %d images", maxPlaces)
	}
	f.sort()
	return f, nil
}

// own returns where the last piece of the text begins that stands in the file
// without a gap and reaches to the text's end.
func (p Place) own() (start int) {
	n := len(p.at)
	if n == 0 || p.at[n-1] < 0 {
		return n
	}
	for n--; n > 0 && p.at[n-1] >= 0 && p.at[n-1]+1 == p.at[n]; n-- {
	}
	return n
}

// offset is where the place is in the file, for sorting.
func (p Place) offset() int {
	for _, at := range p.at {
		if at >= 0 {
			return at
		}
	}
	return -1
}

// printable shortens text of the file for messages.
func printable(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return fmt.Sprintf("%q", s)
}
