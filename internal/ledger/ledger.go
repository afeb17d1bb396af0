// Package ledger keeps records of objects in a file, so that a run that is
// killed need not do its work again.
//
// The file is JSON lines. The first is the header: it binds the ledger to the
// program and to whatever else its records depend on. Every other line is a
// record, bound to a [content.Identity]; what is in it is its writer's. A line
// is written at once and reaches the disk before the next one:
//
//	{"schema":"ocisum.ledger/v1","writer":{"version":"0.1.0"}}
//	{"of":{"dev":64769,"ino":1311,...},"record":{"size":52428800,...}}
//
// Power may fail in the middle of the last line, so one that is not whole is
// dropped. Anything else that is not as [File.Keep] writes it makes the whole
// file unusable: a ledger is believed where it is used, and so is not repaired.
//
// Memory: the identities, and the place of each record.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/ocisum/ocisum/content"
)

// Schema is the version of the form described above.
const Schema = "ocisum.ledger/v1"

// The limits of a ledger. What exceeds them is not kept, or refused.
const (
	MaxBytes = 64 << 20  // of the file
	MaxLine  = 256 << 10 // of one record, or the header
)

// settled is how long a file has to be unchanged before a run to be kept: a
// change within one tick of the file system's clock after a reading would leave
// the change time as it is. FAT counts in steps of two seconds.
const settled = 3 * time.Second

// OtherError says that a ledger is not of this program with these limits.
type OtherError struct{ Writer string }

func (e *OtherError) Error() string {
	return "it belongs to another version, or to a run with other limits"
}

// DamagedError says that a ledger cannot be what was written.
type DamagedError struct {
	Line int
	Why  error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("damaged in line %d: %v", e.Line, e.Why) }

func (e *DamagedError) Unwrap() error { return e.Why }

// ErrInUse says that another run has the ledger.
var ErrInUse = errors.New("another run is using it")

// ErrUnsupported says that the system does not tell one state of a file from
// another well enough.
var ErrUnsupported = errors.New("this system has no change times of files, or no locks")

// ErrShared says that others can write to the ledger.
var ErrShared = errors.New("others can write to it, and so decide what is verified")

// File is an open ledger. Its methods may be called from several goroutines.
type File struct {
	start int64 // ns: what changed later is not kept

	mu     sync.Mutex
	f      *os.File
	size   int64
	places map[content.Identity]place
	err    error // of writing; nothing is kept any more
}

// place is where a record stands in the file.
type place struct{ at, n int64 }

// header is the first line.
type header struct {
	Schema string          `json:"schema"`
	Writer json.RawMessage `json:"writer"`
}

// line is every other one.
type line struct {
	Of     content.Identity `json:"of"`
	Record json.RawMessage  `json:"record"`
}

// Open opens the ledger at path and locks it, or begins one that is not there.
// writer is encoded as JSON and has to be equal in a ledger that is. check says
// what is wrong with a record. now is the time at which the run begins: objects
// that changed shortly before it are not kept.
func Open(path string, writer any, check func([]byte) error, now time.Time) (*File, error) {
	if !supported {
		return nil, ErrUnsupported
	}
	w, err := json.Marshal(writer)
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(header{Schema, w})
	if err != nil {
		return nil, err
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	l := &File{f: f, start: now.Add(-settled).UnixNano(), places: map[content.Identity]place{}}
	if err = l.load(head, check); err == nil && l.size == 0 {
		if err = l.begin(append(head, '\n')); err == nil {
			err = syncFolder(filepath.Dir(path))
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

// load reads what is there and cuts off what is not whole.
func (l *File) load(head []byte, check func([]byte) error) error {
	info, err := l.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > MaxBytes {
		return fmt.Errorf("it is larger than %d bytes", MaxBytes)
	}
	data := make([]byte, info.Size()) // at most MaxBytes
	if _, err := io.ReadFull(l.f, data); err != nil {
		return err
	}
	for n := 1; l.size < int64(len(data)); n++ {
		rest := data[l.size:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 && n == 1 && len(rest) > len(head) {
			return &DamagedError{n, errNoLedger} // some other file: leave it alone
		}
		if end < 0 {
			break // torn
		}
		err := l.take(rest[:end], head, check, n)
		last := end+1 == len(rest)
		if err != nil && last && n > 1 {
			break // torn in its middle: blocks reach a disk in any order
		}
		if err != nil {
			return err
		}
		l.size += int64(end) + 1
	}
	if l.size < int64(len(data)) {
		if l.size == 0 && !bytes.HasPrefix(head, data) {
			return &DamagedError{1, errNoLedger}
		}
		return l.f.Truncate(l.size)
	}
	return nil
}

var errNoLedger = errors.New("this is no ledger of this program")

// take reads a line.
func (l *File) take(text, head []byte, check func([]byte) error, n int) error {
	if len(text) > MaxLine {
		return &DamagedError{n, fmt.Errorf("longer than %d bytes", MaxLine)}
	}
	if n == 1 {
		if bytes.Equal(text, head) {
			return nil
		}
		var h header
		if json.Unmarshal(text, &h) != nil || h.Schema != Schema {
			return &DamagedError{n, errNoLedger}
		}
		return &OtherError{string(h.Writer)}
	}
	var r line
	if err := json.Unmarshal(text, &r); err != nil {
		return &DamagedError{n, errors.New("not JSON of a record")}
	}
	again, err := json.Marshal(r)
	if err != nil || !bytes.Equal(again, text) {
		return &DamagedError{n, errors.New("not as this version writes it")}
	}
	if err := check(r.Record); err != nil {
		return &DamagedError{n, err}
	}
	// The record is what the line ends with, before its brace.
	l.places[r.Of] = place{l.size + int64(len(text)-1-len(r.Record)), int64(len(r.Record))}
	return nil
}

func (l *File) begin(head []byte) error {
	if _, err := l.f.Write(head); err != nil {
		return err
	}
	l.size = int64(len(head))
	return l.f.Sync()
}

// Find returns the record that was kept last for an identity.
func (l *File) Find(id content.Identity) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, ok := l.places[id]
	if !ok {
		return nil, false
	}
	record := make([]byte, p.n) // at most MaxLine: it was read before
	if _, err := l.f.ReadAt(record, p.at); err != nil {
		return nil, false
	}
	return record, true
}

// Keep writes a record, JSON without white space, and waits until it is on the
// disk. It does nothing for an object that changed so shortly before the run
// that a further change could go unnoticed, or whose name is no text. After an
// error of writing nothing is kept any more; see Close.
func (l *File) Keep(id content.Identity, record []byte) {
	if id.Changed > l.start || id.Modified > l.start || !utf8.ValidString(id.Name) {
		return
	}
	text, err := json.Marshal(line{id, record})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil || err != nil || len(text) > MaxLine {
		return
	}
	if _, known := l.places[id]; known {
		return
	}
	text = append(text, '\n')
	if l.size+int64(len(text)) > MaxBytes {
		l.err = fmt.Errorf("it would grow beyond %d bytes", MaxBytes)
		return
	}
	if _, err := l.f.Write(text); err != nil {
		l.err = err
		return
	}
	if err := l.f.Sync(); err != nil {
		l.err = err
		return
	}
	n := int64(len(record))
	l.places[id] = place{l.size + int64(len(text)) - 2 - n, n}
	l.size += int64(len(text))
}

// Close closes the ledger and returns the first error of writing to it.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.f.Close()
	if l.err == nil {
		l.err = err
	}
	return l.err
}
