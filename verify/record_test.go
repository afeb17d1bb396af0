package verify

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/decompress"
	"github.com/ocisum/ocisum/internal/tarscan"
	"github.com/opencontainers/go-digest"
)

// some is an observation with something of everything.
func some() *Observation {
	a, b := hash.DigestBytes(digest.SHA256, []byte("a")), hash.DigestBytes(digest.SHA512, []byte("a"))
	return &Observation{
		Size: 7, SHA256: a, SHA512: b, Compression: decompress.Zstd, Decoded: true, DiffID: a, DiffID512: b, Uncompressed: 9, Complete: true,
		Faults: []decompress.Fault{{Kind: decompress.ZeroPadding, Offset: -1, Detail: "\xff"}},
		Frames: []decompress.Frame{{Offset: 1, Size: 2, Data: []byte{0xff, 0}}},
		Footer: &stargzFooter{3, true},
		Tar: &TarFacts{
			Summary: tarscan.Summary{Tar: true, Entries: 1, Size: 9, End: -1, Trailing: 4, TrailingData: true, Dropped: 5, Faults: []tarscan.Fault{{Kind: tarscan.NoEnd, Offset: 6, Name: "\x00\xfe", Detail: "d"}}},
			Unsafe:  Paths{1, "../\xff"}, Through: Paths{2, ""}, Duplicate: Paths{3, "d"}, Devices: Paths{4, "e"}, Untracked: true, Stargz: a, HasStargz: true,
		},
	}
}

var someWant = want{layer: true, sha512: true, diff512: true}

// FuzzRecord: a record that is taken is written again as it was, and its
// observation can be recorded again.
func FuzzRecord(f *testing.F) {
	full, ok := recordOf(some(), someWant)
	if !ok {
		f.Fatal("not recorded")
	}
	f.Add(full)
	f.Add([]byte(`{"size":0,"digest":"sha256:` + strings.Repeat("0", 64) + `"}`))
	f.Add([]byte(`{"size":0,"size":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, o, err := observation(data)
		if err != nil {
			return
		}
		again, ok := recordOf(o, want{layer: rec.Layer, sha512: rec.SHA512, diff512: rec.Wide})
		if !ok || !bytes.Equal(again, data) {
			t.Errorf("got %s, want %s", again, data)
		}
	})
}

// TestRecordIsStrict changes a record in every way that a lenient parser would
// not notice.
func TestRecordIsStrict(t *testing.T) {
	full, _ := recordOf(some(), someWant)
	if err := CheckRecord(full); err != nil {
		t.Fatalf("the record itself: %v", err)
	}
	text := string(full)
	for name, bad := range map[string]string{
		"empty":            "",
		"null":             "null",
		"list":             "[]",
		"white space":      " " + text,
		"twice":            strings.Replace(text, `"size":7`, `"size":8,"size":7`, 1),
		"other case":       strings.Replace(text, `"size":7`, `"Size":7`, 1),
		"unknown":          strings.Replace(text, `"size":7`, `"size":7,"x":1`, 1),
		"negative":         strings.Replace(text, `"size":7`, `"size":-7`, 1),
		"float":            strings.Replace(text, `"size":7`, `"size":7.0`, 1),
		"huge":             strings.Replace(text, `"size":7`, `"size":9223372036854775808`, 1),
		"digest malformed": strings.Replace(text, `"digest":"sha256:c`, `"digest":"sha256:C`, 1),
		"digest other":     strings.Replace(text, `"digest":"sha256`, `"digest":"sha512`, 1),
		"no tar":           strings.Replace(text, `"tar":{"tar":true`, `"rat":{"tar":true`, 1),
		"compression":      strings.Replace(text, `"compression":2`, `"compression":77`, 1),
		"no layer":         strings.Replace(text, `"layer":true,`, ``, 1),
		"trailing":         text + "x",
	} {
		if bad == text {
			t.Errorf("%s: nothing was changed", name)
		}
		if CheckRecord([]byte(bad)) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestRecordOf: what a later run has to find out itself is not recorded.
func TestRecordOf(t *testing.T) {
	for name, spoil := range map[string]func(*Observation){
		"incomplete": func(o *Observation) { o.Complete = false },
		"error":      func(o *Observation) { o.Err = bytes.ErrTooLarge },
		"changed":    func(o *Observation) { o.Changed = "size" },
		"panic":      func(o *Observation) { o.Panic = "x" },
		"total":      func(o *Observation) { o.Total = true },
		"embedded":   func(o *Observation) { o.Embedded = true },
	} {
		o := some()
		spoil(o)
		if _, ok := recordOf(o, someWant); ok {
			t.Errorf("%s: recorded", name)
		}
	}
}
