//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocisum/ocisum/content"
)

// epoch is when the runs of these tests begin, and old when the files of their
// images changed last.
var epoch = time.Unix(2_000_000_000, 0)

func of(n int) content.Identity {
	old := epoch.Add(-time.Hour).UnixNano()
	return content.Identity{Dev: 1, Ino: uint64(n), Size: 10, Modified: old, Changed: old, Name: fmt.Sprintf("blobs/%d", n), Length: 10}
}

func fine([]byte) error { return nil }

func begin(t testing.TB, path string) *File {
	t.Helper()
	l, err := Open(path, "writer", fine, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func finish(t testing.TB, l *File) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// book returns the path of a ledger with three records.
func book(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "ledger")
	l := begin(t, path)
	for n := range 3 {
		l.Keep(of(n), fmt.Appendf(nil, `{"n":%d}`, n))
	}
	finish(t, l)
	return path
}

func TestKeepAndFind(t *testing.T) {
	path := book(t)
	l := begin(t, path)
	defer finish(t, l)
	for n := range 3 {
		if got, ok := l.Find(of(n)); !ok || string(got) != fmt.Sprintf(`{"n":%d}`, n) {
			t.Errorf("%d: got %s, %v", n, got, ok)
		}
	}
	l.Keep(of(1), []byte(`{"n":"again"}`)) // is known
	l.Keep(of(7), []byte(`{"n":7}`))
	if got, ok := l.Find(of(7)); !ok || string(got) != `{"n":7}` {
		t.Errorf("7: got %s, %v", got, ok)
	}
	if got, _ := l.Find(of(1)); string(got) != `{"n":1}` {
		t.Errorf("1: got %s", got)
	}
	// Whatever is different, it is another object.
	for i, change := range []func(*content.Identity){
		func(id *content.Identity) { id.Dev++ }, func(id *content.Identity) { id.Ino = 99 }, func(id *content.Identity) { id.Size++ },
		func(id *content.Identity) { id.Modified++ }, func(id *content.Identity) { id.Changed++ }, func(id *content.Identity) { id.Name += "x" },
		func(id *content.Identity) { id.Offset++ }, func(id *content.Identity) { id.Length++ },
	} {
		id := of(1)
		change(&id)
		if got, ok := l.Find(id); ok {
			t.Errorf("change %d: got %s", i, got)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, want 0600", info.Mode())
	}
}

// TestTorn cuts a ledger at every byte, as a loss of power does.
func TestTorn(t *testing.T) {
	whole := read(t, book(t))
	ends := []int{}
	for i, c := range whole {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	path := filepath.Join(t.TempDir(), "ledger")
	for cut := 0; cut <= len(whole); cut++ {
		for _, tail := range []string{"", "\x00\x00\x00", "\x00\x00\n"} {
			if tail != "" && cut < ends[0] {
				continue // a file that never was a ledger
			}
			if err := os.WriteFile(path, []byte(whole[:cut]+tail), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(path, "writer", fine, epoch)
			if err != nil {
				t.Fatalf("cut at %d, tail %q: %v", cut, tail, err)
			}
			want := 0
			for _, end := range ends[1:] {
				if cut >= end {
					want++
				}
			}
			if len(l.places) != want {
				t.Errorf("cut at %d, tail %q: got %d records, want %d", cut, tail, len(l.places), want)
			}
			l.Keep(of(9), []byte(`9`))
			finish(t, l)
			l = begin(t, path)
			if got, ok := l.Find(of(9)); !ok || string(got) != "9" || len(l.places) != want+1 {
				t.Errorf("cut at %d, tail %q: then got %s, %v and %d records", cut, tail, got, ok, len(l.places))
			}
			finish(t, l)
		}
	}
}

func TestRefused(t *testing.T) {
	whole := read(t, book(t))
	lines := strings.SplitAfter(whole, "\n")
	second := strings.TrimSuffix(lines[1], "\n")
	damaged := func(err error) bool { var d *DamagedError; return errors.As(err, &d) }
	other := func(err error) bool { var o *OtherError; return errors.As(err, &o) }
	for name, tt := range map[string]struct {
		text string
		want func(error) bool
	}{
		"text":                 {"hello\n", damaged},
		"text without an end":  {"hello", damaged},
		"long text":            {strings.Repeat("x", 1000), damaged},
		"JSON of another kind": {"{}\n", damaged},
		"other version":        {strings.Replace(whole, "ledger/v1", "ledger/v2", 1), damaged},
		"other writer":         {strings.Replace(whole, `"writer":"writer"`, `"writer":"reader"`, 1), other},
		"record twice a key":   {lines[0] + strings.Replace(second, `"dev":1`, `"dev":2,"dev":1`, 1) + "\n" + lines[2], damaged},
		"record other case":    {lines[0] + strings.Replace(second, `"dev"`, `"Dev"`, 1) + "\n" + lines[2], damaged},
		"record unknown field": {lines[0] + strings.Replace(second, `"dev"`, `"x":1,"dev"`, 1) + "\n" + lines[2], damaged},
		"record white space":   {lines[0] + " " + second + "\n" + lines[2], damaged},
		"record null":          {lines[0] + "null\n" + lines[2], damaged},
		"empty line":           {lines[0] + "\n" + lines[2], damaged},
		"no UTF-8":             {lines[0] + strings.Replace(second, "blobs", "bl\xffbs", 1) + "\n" + lines[2], damaged},
		"long line":            {lines[0] + strings.Replace(second, "blobs", strings.Repeat("x", MaxLine), 1) + "\n" + lines[2], damaged},
		"spoiled in between":   {lines[0] + lines[1] + "\x00\x00\n" + lines[3], damaged},
	} {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(path, "writer", fine, epoch)
		if err == nil {
			l.Close()
		}
		if !tt.want(err) {
			t.Errorf("%s: got %v", name, err)
		}
		if read(t, path) != tt.text {
			t.Errorf("%s: the file was changed", name)
		}
	}
	path := book(t)
	if _, err := Open(path, "writer", func([]byte) error { return errors.New("bad") }, epoch); !damaged(err) {
		t.Errorf("records that do not check: got %v", err)
	}
}

func TestOthersAreKeptOut(t *testing.T) {
	path := book(t)
	l := begin(t, path)
	if _, err := Open(path, "writer", fine, epoch); !errors.Is(err, ErrInUse) {
		t.Errorf("in use: got %v", err)
	}
	finish(t, l)
	for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, "writer", fine, epoch); !errors.Is(err, ErrShared) {
			t.Errorf("mode %o: got %v", mode, err)
		}
	}
	dir := t.TempDir()
	if _, err := Open(dir, "writer", fine, epoch); err == nil {
		t.Error("a folder was opened")
	}
	if _, err := Open(filepath.Join(dir, "none", "ledger"), "writer", fine, epoch); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got %v", err)
	}
}

// TestYoung: a file that changed just now may change again without a trace.
func TestYoung(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := begin(t, path)
	defer finish(t, l)
	for i, id := range []content.Identity{of(1), of(2), of(3)} {
		switch i {
		case 0:
			id.Changed = epoch.Add(-time.Second).UnixNano()
		case 1:
			id.Modified = epoch.Add(time.Hour).UnixNano()
		case 2:
			id.Name = "\xff"
		}
		l.Keep(id, []byte("1"))
		if _, ok := l.Find(id); ok {
			t.Errorf("%d: kept", i)
		}
	}
}

func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := begin(t, path)
	l.Keep(of(1), []byte(`"`+strings.Repeat("x", MaxLine)+`"`))
	if _, ok := l.Find(of(1)); ok || l.err != nil {
		t.Errorf("a record that is too long: kept %v, %v", ok, l.err)
	}
	l.size = MaxBytes - 10
	l.Keep(of(2), []byte("1"))
	if err := l.Close(); err == nil {
		t.Error("the ledger is full, and nobody says so")
	}
	if err := os.Truncate(path, MaxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, "writer", fine, epoch); err == nil {
		t.Error("a ledger above the limit was opened")
	}
}

func TestConcurrentKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := begin(t, path)
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() { l.Keep(of(n), fmt.Appendf(nil, "%d", n)) })
	}
	group.Wait()
	finish(t, l)
	l = begin(t, path)
	defer finish(t, l)
	if len(l.places) != 16 {
		t.Errorf("got %d records, want 16", len(l.places))
	}
}

// FuzzOpen: whatever a ledger holds, opening it fails or leaves a ledger whose
// records are found as they stand in it, and that can be opened again.
func FuzzOpen(f *testing.F) {
	whole := []byte(read(f, book(f)))
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte("hello\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(path, "writer", fine, epoch)
		if err != nil {
			if read(t, path) != string(data) {
				t.Error("a file that was refused was changed")
			}
			return
		}
		for id := range l.places {
			record, ok := l.Find(id)
			if !ok || !bytes.Contains(data, record) {
				t.Errorf("%v: got %q, %v", id, record, ok)
			}
		}
		n := len(l.places)
		finish(t, l)
		l = begin(t, path)
		if len(l.places) != n {
			t.Errorf("got %d records, then %d", n, len(l.places))
		}
		finish(t, l)
	})
}
