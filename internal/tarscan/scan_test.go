package tarscan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// found is an Entry that outlives the scan.
type found struct {
	Name, Link          string
	Type                byte
	Size, Start, Header int64
	Body                int64
	Sparse, Cut         bool
	Clean               string
	Unsafe              bool
}

func keep(e *Entry) found {
	clean, unsafe := e.Clean()
	return found{string(e.Name), string(e.Link), e.Type, e.Size, e.Start, e.Header, e.Body, e.Sparse, e.Cut, string(clean), unsafe}
}

// push scans data in pieces of the sizes that next gives.
func push(data []byte, opt Options, next func() int) ([]found, Summary) {
	var all []found
	opt.Visit = func(e *Entry) { all = append(all, keep(e)) }
	s := New(opt)
	for len(data) > 0 {
		n := min(max(next(), 1), len(data))
		piece := bytes.Clone(data[:n]) // so that a view that outlives the call shows
		s.Write(piece)
		for i := range piece {
			piece[i] = 0xdb
		}
		data = data[n:]
	}
	return all, s.Summary()
}

// pull scans data as a stream whose bodies are skipped by their reader.
func pull(data []byte, opt Options) ([]found, Summary) {
	var all []found
	s := New(opt)
	for len(data) > 0 {
		n, e := s.Next(data)
		data = data[n:]
		if e != nil {
			all = append(all, keep(e))
		}
		k := min(s.Skippable(), int64(len(data)))
		s.Skip(k)
		data = data[k:]
	}
	return all, s.Summary()
}

// scan scans data in every way and wants one result.
func scan(t testing.TB, data []byte, opt Options) ([]found, Summary) {
	t.Helper()
	want, wantSum := push(data, opt, func() int { return len(data) })
	check := func(how string, got []found, sum Summary) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: entries\n got %+v\nwant %+v", how, got, want)
		}
		if !reflect.DeepEqual(sum, wantSum) {
			t.Fatalf("%s: summary\n got %+v\nwant %+v", how, sum, wantSum)
		}
	}
	rnd := rand.New(rand.NewPCG(1, uint64(len(data))))
	for how, next := range map[string]func() int{
		"push by 7":      func() int { return 7 },
		"push by 511":    func() int { return 511 },
		"push by 513":    func() int { return 513 },
		"push at random": func() int { return rnd.IntN(1500) },
	} {
		got, sum := push(data, opt, next)
		check(how, got, sum)
	}
	got, sum := pull(data, opt)
	check("pull", got, sum)

	var indexed []found
	opt.Visit = func(e *Entry) { indexed = append(indexed, keep(e)) }
	sum, err := Index(context.Background(), bytes.NewReader(data), int64(len(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	check("random access", indexed, sum)
	return want, wantSum
}

func kinds(s Summary) string {
	var all []string
	for _, f := range s.Faults {
		all = append(all, string(f.Kind))
	}
	return strings.Join(all, " ")
}

func names(all []found) string {
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestFaults(t *testing.T) {
	type H = tartest.Header
	var (
		file  = tartest.File
		pax   = tartest.PAX
		long  = tartest.Long
		head  = tartest.Block
		end   = tartest.End()
		a     = file("a", "body")
		deep  = strings.Repeat("d/", 60) + "name"
		umlut = "caf\u00e9"
	)
	nul := func(b []byte) { b[156] = 0 }
	for _, tt := range []struct {
		name  string
		data  [][]byte
		kinds string // of the faults, in order
		names string // of the entries
	}{
		{"one file", [][]byte{a, end}, "", "a"},
		{"padding after the end", [][]byte{a, end, make([]byte, 8192)}, "", "a"},
		{"odd padding after the end", [][]byte{a, end, make([]byte, 77)}, "", "a"},
		{"empty tar", [][]byte{end}, "", ""},
		{"nothing", nil, "no-end-marker", ""},
		{"one zero block", [][]byte{end[:512]}, "no-end-marker", ""},
		{"some zero bytes", [][]byte{end[:100]}, "no-end-marker", ""},
		{"text", [][]byte{[]byte("hello")}, "not-tar", ""},
		{"long text", [][]byte{bytes.Repeat([]byte("hello "), 500)}, "not-tar", ""},
		{"no end marker", [][]byte{a}, "no-end-marker", "a"},
		{"half an end marker", [][]byte{a, end[:512]}, "no-end-marker", "a"},
		{"one and a half end markers", [][]byte{a, end[:700]}, "no-end-marker", "a"},
		{"padding cut", [][]byte{a[:516]}, "no-end-marker", "a"},
		{"body cut", [][]byte{a[:515]}, "truncated", "a"},
		{"header cut", [][]byte{a, a[:400]}, "truncated", "a"},
		{"first header cut", [][]byte{a[:400]}, "truncated", ""},
		{"extension cut", [][]byte{pax("comment=" + strings.Repeat("x", 300))[:600]}, "truncated", ""},
		{"archive cut after an extension", [][]byte{pax("mtime=1")}, "truncated", ""},
		{"after a long name cut", [][]byte{long('L', deep)[:530]}, "truncated", ""},
		{"lone zero block", [][]byte{a, end[:512], a, end}, "lone-zero", "a"},
		{"lone zero block, a part of a block", [][]byte{a, end[:512], a[:300]}, "lone-zero", "a"},
		{"second archive", [][]byte{a, end, file("b", ""), end}, "trailing-data", "a"},
		{"garbage after the end", [][]byte{a, end, make([]byte, 5000), []byte("x")}, "trailing-data", "a"},
		{"checksum", [][]byte{a, head(H{Name: "b", BadSum: true}), a, end}, "checksum", "a"},
		{"first checksum", [][]byte{head(H{Name: "b", BadSum: true}), end}, "checksum", ""},
		{"V7 first checksum", [][]byte{head(H{Name: "b", BadSum: true, Magic: tartest.V7}), end}, "not-tar", ""},
		{"signed checksum", [][]byte{head(H{Name: "\xff\xfe", Raw: func(b []byte) {}})[:148], signedSum("\xff\xfe"), end}, "", "\xff\xfe"},

		{"V7", [][]byte{head(H{Name: "a", Magic: tartest.V7, Raw: nul}), head(H{Name: "d/", Magic: tartest.V7, Raw: nul}), end}, "", "a d/"},
		{"prefix", [][]byte{head(H{Name: "b", Prefix: "a"}), end}, "", "a/b"},
		{"prefix under GNU magic", [][]byte{head(H{Name: "b", Prefix: "a", Magic: tartest.GNU}), end}, "prefix", "a/b"},
		{"GNU times", [][]byte{head(H{Name: "b", Prefix: "14000000000\x0014000000000\x00", Magic: tartest.GNU}), end}, "", "b"},
		{"prefix without magic", [][]byte{head(H{Name: "b", Prefix: "a", Magic: tartest.V7}), end}, "prefix", "b"},
		{"prefix under another version", [][]byte{head(H{Name: "b", Prefix: "a", Magic: "ustar 99"}), end}, "prefix", "b"},

		{"negative size", [][]byte{head(H{Name: "b", SizeField: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}), a, end}, "size", ""},
		{"huge size", [][]byte{head(H{Name: "b", SizeField: "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"}), a, end}, "size", ""},
		{"size above 64 bits", [][]byte{head(H{Name: "b", SizeField: "\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"}), a, end}, "size", ""},
		{"garbage size", [][]byte{head(H{Name: "b", SizeField: "0000000008\x00"}), a, end}, "size", ""},
		{"size with a sign", [][]byte{head(H{Name: "b", SizeField: "-0000000004\x00"}), a, end}, "size", ""},
		{"size behind a NUL", [][]byte{head(H{Name: "b", SizeField: "\x000000000004\x00"}), a, end}, "size", ""},
		{"empty size", [][]byte{head(H{Name: "b", SizeField: strings.Repeat("\x00", 12)}), a, end}, "number", "b a"},
		{"empty size of a volume label", [][]byte{head(H{Name: "b", Type: 'V', Magic: tartest.GNU, SizeField: strings.Repeat("\x00", 12)}), a, end}, "", "b a"},
		{"base-256 size", [][]byte{head(H{Name: "b", SizeField: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04"}), tartest.Body([]byte("four")), a, end}, "", "b a"},
		{"size with spaces", [][]byte{head(H{Name: "b", SizeField: "          4 "}), tartest.Body([]byte("four")), a, end}, "", "b a"},
		{"garbage mode", [][]byte{head(H{Name: "b", Mode: "rw-r--r-"}), a, end}, "number", "b a"},

		{"symlink with body", [][]byte{head(H{Name: "l", Link: "a", Type: '2', Size: 512}), a, end}, "body", "l a"},
		{"hard link with body", [][]byte{head(H{Name: "l", Link: "a", Type: '1', Size: 512}), a, end}, "body", "l a"},
		{"folder with body", [][]byte{head(H{Name: "d/", Type: '5', Size: 1}), a, end}, "body", "d/ a"},
		{"V7 folder with body", [][]byte{head(H{Name: "d/", Size: 1, Raw: nul}), a, end}, "body", "d/ a"},
		{"fifo with body", [][]byte{head(H{Name: "f", Type: '6', Size: 1}), a, end}, "body", "f a"},
		{"fifo with pax size", [][]byte{pax("size=512"), head(H{Name: "f", Type: '6', Size: 512}), a, end}, "body", "f a"},
		{"file with slash", [][]byte{head(H{Name: "d/"}), a, end}, "type-conflict", "d/ a"},
		{"type X", [][]byte{head(H{Name: "x", Type: 'X'}), a, end}, "type-conflict", "x a"},
		{"unknown type", [][]byte{head(H{Name: "x", Type: 'Q', Size: 4}), tartest.Body([]byte("four")), a, end}, "type-conflict", "x a"},

		{"pax path", [][]byte{pax("path=" + deep), head(H{Name: deep[:100]}), end}, "", deep},
		{"pax path, not ASCII", [][]byte{pax("path=" + umlut), head(H{Name: "caf"}), end}, "", umlut},
		{"pax path, replaced", [][]byte{pax("path=" + umlut + ".txt"), head(H{Name: "caf?.txt"}), end}, "", umlut + ".txt"},
		{"pax path, equal", [][]byte{pax("path=a"), a, end}, "", "a"},
		{"pax path renames", [][]byte{pax("path=manifest.json"), head(H{Name: "notes.txt"}), end}, "name-conflict", "manifest.json"},
		{"pax path renames, not ASCII", [][]byte{pax("path=manif\u00e9st.json"), head(H{Name: "notes.txt"}), end}, "name-conflict", "manif\u00e9st.json"},
		{"pax path extends", [][]byte{pax("path=manifest.json/" + deep), head(H{Name: "manifest.json"}), end}, "name-conflict", "manifest.json/" + deep},
		{"pax path empty", [][]byte{pax("path="), a, end}, "extension", "a"},
		{"pax path with NUL", [][]byte{pax("path=a\x00b"), a, end}, "name-conflict", "a"},
		{"pax path twice", [][]byte{pax("path=b", "path=a"), a, end}, "pax-duplicate", "a"},
		{"pax comment twice", [][]byte{pax("comment=b", "comment=a"), a, end}, "pax-duplicate", "a"},
		{"pax linkpath", [][]byte{pax("linkpath=" + deep), head(H{Name: "l", Type: '2', Link: deep[:100]}), end}, "", "l"},
		{"pax linkpath redirects", [][]byte{pax("linkpath=b"), head(H{Name: "l", Type: '2', Link: "a"}), end}, "name-conflict", "l"},
		{"pax size", [][]byte{pax("size=4"), a, end}, "", "a"},
		{"pax size differs", [][]byte{pax("size=512"), head(H{Name: "s"}), tartest.Body(make([]byte, 512)), a, end}, "size-conflict", "s a"},
		{"pax size above 8 GiB", [][]byte{pax("size=8589934592"), head(H{Name: "s"})}, "truncated", "s"},
		{"pax size hides a big one", [][]byte{pax("size=8589934592"), head(H{Name: "s", Size: 8})}, "size-conflict truncated", "s"},
		{"pax size negative", [][]byte{pax("size=-1"), a, end}, "pax-malformed", ""},
		{"pax size out of range", [][]byte{pax("size=9223372036854775807"), head(H{Name: "s"}), end}, "size", ""},
		{"pax unknown keys", [][]byte{pax("SCHILY.xattr.user.x=y", "LIBARCHIVE.creationtime=1", "comment=a", "mtime=-1.5", "uid=3000000"), a, end}, "", "a"},
		{"pax bad time", [][]byte{pax("mtime=now"), a, end}, "pax-malformed", "a"},
		{"pax no newline", [][]byte{tartest.Ext('x', "11 mtime=1x\n"), a, end}, "pax-malformed", "a"},
		{"pax no equals", [][]byte{tartest.Ext('x', "8 mtime\n"), a, end}, "pax-malformed", "a"},
		{"pax no keyword", [][]byte{tartest.Ext('x', "5 =1\n"), a, end}, "pax-malformed", "a"},
		{"pax record too long", [][]byte{tartest.Ext('x', "90 mtime=1\n"), a, end}, "pax-malformed", "a"},
		{"pax record too short", [][]byte{tartest.Ext('x', "3 mtime=1\n"), a, end}, "pax-malformed", "a"},
		{"pax no length", [][]byte{tartest.Ext('x', "mtime=1\n"), a, end}, "pax-malformed", "a"},
		{"pax ends early", [][]byte{tartest.Ext('x', "11 mtime=1\n11"), a, end}, "pax-malformed", "a"},
		{"pax empty", [][]byte{tartest.Ext('x', ""), a, end}, "extension", "a"},
		{"two extended headers", [][]byte{pax("mtime=1"), pax("uid=1"), a, end}, "extension", "a"},
		{"extension alone", [][]byte{a, pax("mtime=1"), end}, "extension", "a"},

		{"global comment", [][]byte{tartest.Global("comment=0123456789abcdef"), a, end}, "", "a"},
		{"global path", [][]byte{tartest.Global("path=b"), a, end}, "global", "a"},
		{"global size", [][]byte{tartest.Global("size=0"), a, end}, "global", "a"},
		{"global linkpath", [][]byte{tartest.Global("linkpath=b"), a, end}, "global", "a"},
		{"global sparse", [][]byte{tartest.Global("GNU.sparse.major=1"), a, end}, "global", "a"},
		{"global after extension", [][]byte{pax("mtime=1"), tartest.Global("comment=1"), a, end}, "extension", "a"},

		{"GNU long name", [][]byte{long('L', deep), head(H{Name: deep[:100], Magic: tartest.GNU}), end}, "", deep},
		{"GNU long link", [][]byte{long('K', deep), head(H{Name: "l", Type: '2', Link: deep[:100], Magic: tartest.GNU}), end}, "", "l"},
		{"GNU long name and link", [][]byte{long('K', deep), long('L', deep), head(H{Name: deep[:100], Type: '2', Magic: tartest.GNU}), end}, "", deep},
		{"GNU long name renames", [][]byte{long('L', "manifest.json"), head(H{Name: "notes.txt", Magic: tartest.GNU}), end}, "name-conflict", "manifest.json"},
		{"GNU long name empty", [][]byte{long('L', ""), a, end}, "extension", "a"},
		{"GNU long name with NUL", [][]byte{long('L', "a\x00b"), a, end}, "name-conflict", "a"},
		{"GNU long name twice", [][]byte{long('L', "b"), long('L', "a"), a, end}, "extension", "a"},
		{"GNU long name and pax path", [][]byte{long('L', deep), pax("path=" + deep), head(H{Name: deep[:100]}), end}, "extension", deep},
		{"pax path and GNU long name", [][]byte{pax("path=" + deep), long('L', deep), head(H{Name: deep[:100]}), end}, "extension", deep},
		{"pax size and GNU long name", [][]byte{pax("size=4"), long('L', "a"), a, end}, "extension", "a"},
		{"xattr and GNU long name", [][]byte{pax("SCHILY.xattr.user.x=y"), long('L', deep), head(H{Name: deep[:97]}), end}, "", deep},

		{"pax sparse 1.0", [][]byte{pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=sp", "GNU.sparse.realsize=9"), head(H{Name: "GNUSparseFile.1/sp"}), end}, "sparse", "sp"},
		{"pax sparse 0.0", [][]byte{pax("GNU.sparse.offset=0", "GNU.sparse.numbytes=1", "GNU.sparse.offset=9", "GNU.sparse.numbytes=1"), a, end}, "sparse", "a"},
		{"GNU sparse", [][]byte{head(H{Name: "sp", Type: 'S', Magic: tartest.GNU, Size: 4}), tartest.Body([]byte("four")), a, end}, "sparse", "sp a"},
		{"GNU sparse, long map", [][]byte{
			head(H{Name: "sp", Type: 'S', Magic: tartest.GNU, Size: 4, Raw: func(b []byte) { b[482] = 1 }}),
			append(make([]byte, 504), 1, 0, 0, 0, 0, 0, 0, 0), make([]byte, 512), tartest.Body([]byte("four")), a, end}, "sparse", "sp a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, sum := scan(t, bytes.Join(tt.data, nil), Options{})
			if got := kinds(sum); got != tt.kinds {
				t.Errorf("faults: got %q, want %q: %+v", got, tt.kinds, sum.Faults)
			}
			if got := names(all); got != tt.names {
				t.Errorf("entries: got %q, want %q", got, tt.names)
			}
			if int(sum.Entries) != len(all) {
				t.Errorf("count: got %d, want %d", sum.Entries, len(all))
			}
		})
	}
}

// signedSum returns the rest of a header, from the checksum on, summed as
// signed characters.
func signedSum(name string) []byte {
	b := tartest.Block(tartest.Header{Name: name})
	sum := 0
	copy(b[148:], "        ")
	for _, c := range b {
		sum += int(int8(c))
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b[148:]
}

func TestLimits(t *testing.T) {
	name := strings.Repeat("n", 200)
	long := tartest.Join(tartest.Long('L', name), tartest.Block(tartest.Header{Name: name[:100]}), tartest.End())
	path := tartest.Join(tartest.PAX("path="+name), tartest.Block(tartest.Header{Name: name[:100]}), tartest.End())
	big := tartest.Join(tartest.PAX("comment="+strings.Repeat("x", 5000), "size=4"), tartest.File("a", "four"), tartest.File("b", ""), tartest.End())
	three := tartest.Join(tartest.File("a", "1"), tartest.File("b", "2"), tartest.File("c", "3"), tartest.End())
	for _, tt := range []struct {
		name  string
		data  []byte
		opt   Options
		kinds string
		names string
	}{
		{"long name at the limit", long, Options{NameBytes: 200}, "", name},
		{"long name above the limit", long, Options{NameBytes: 199}, "limit-name", name[:100]},
		{"pax path at the limit", path, Options{NameBytes: 200}, "", name},
		{"pax path above the limit", path, Options{NameBytes: 199}, "limit-name", name[:100]},
		{"pax header above the limit is still understood", big, Options{PAXBytes: 1000}, "limit-pax", "a b"},
		{"pax header without limit", big, Options{PAXBytes: -1}, "", "a b"},
		{"entries at the limit", three, Options{Entries: 3}, "", "a b c"},
		{"entries above the limit", three, Options{Entries: 2}, "limit-entries", "a b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, sum := scan(t, tt.data, tt.opt)
			if got := kinds(sum); got != tt.kinds {
				t.Errorf("faults: got %q, want %q", got, tt.kinds)
			}
			if got := names(all); got != tt.names {
				t.Errorf("entries: got %q, want %q", got, tt.names)
			}
			if cut := tt.kinds == "limit-name"; len(all) == 1 && all[0].Cut != cut {
				t.Errorf("cut: got %v, want %v", all[0].Cut, cut)
			}
		})
	}
}

func TestFaultsAreBounded(t *testing.T) {
	var b bytes.Buffer
	for range 1000 {
		b.Write(tartest.Block(tartest.Header{Name: "f", Type: '6', Size: 1}))
	}
	b.Write(tartest.End())
	_, sum := scan(t, b.Bytes(), Options{Faults: 10})
	if len(sum.Faults) != 10 || sum.Dropped != 990 {
		t.Errorf("got %d faults and %d dropped, want 10 and 990", len(sum.Faults), sum.Dropped)
	}
}

func TestSummary(t *testing.T) {
	_, sum := scan(t, tartest.Join(tartest.File("a", "1"), tartest.End(), make([]byte, 512), []byte("x")), Options{})
	got := sum
	got.Faults = nil
	want := Summary{Tar: true, Entries: 1, Size: 1024 + 1024 + 513, End: 1024, Trailing: 513, TrailingData: true}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if off := sum.Faults[0].Offset; off != 1024+1024+512 {
		t.Errorf("trailing byte: got offset %d, want %d", off, 1024+1024+512)
	}
}

func TestOffsets(t *testing.T) {
	deep := strings.Repeat("d/", 60) + "x"
	all, _ := scan(t, tartest.Join(tartest.File("a", "1"), tartest.PAX("path="+deep), tartest.Block(tartest.Header{Name: deep[:100], Size: 600}), make([]byte, 1024), tartest.File("b", ""), tartest.End()), Options{})
	got := fmt.Sprint(all[1].Start, all[1].Header, all[1].Body, all[2].Start, all[2].Header, all[2].Body)
	if want := "1024 2048 2560 3584 3584 4096"; got != want {
		t.Errorf("start, header, body: got %s, want %s", got, want)
	}
}

// failing is a medium that breaks at a place.
type failing struct {
	data []byte
	at   int64
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, f.err
	}
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func TestIndexErrors(t *testing.T) {
	data := tartest.Join(tartest.File("a", strings.Repeat("x", 100_000)), tartest.File("b", "y"), tartest.End())
	broken := errors.New("disk")
	if _, err := Index(context.Background(), failing{data, 50_000, broken}, int64(len(data)), Options{}); err != broken {
		t.Errorf("medium: got %v, want it unchanged", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Index(ctx, bytes.NewReader(data), int64(len(data)), Options{}); err != context.Canceled {
		t.Errorf("context: got %v, want %v", err, context.Canceled)
	}
	// A file that became shorter than it was said to be is a cut archive.
	sum, err := Index(context.Background(), bytes.NewReader(data[:100_700]), int64(len(data)), Options{})
	if err != nil || kinds(sum) != "no-end-marker" && kinds(sum) != "truncated" {
		t.Errorf("short: got %v, %q", err, kinds(sum))
	}
}

// counting counts what is read.
type counting struct {
	io.ReaderAt
	n int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n += n
	return n, err
}

func TestIndexSkipsBodies(t *testing.T) {
	data := tartest.Join(tartest.File("a", strings.Repeat("x", 10<<20)), tartest.PAX("comment="+strings.Repeat("c", 1<<20)), tartest.File("b", strings.Repeat("x", 10<<20)), tartest.End())
	c := &counting{ReaderAt: bytes.NewReader(data)}
	if _, err := Index(context.Background(), c, int64(len(data)), Options{}); err != nil {
		t.Fatal(err)
	}
	if c.n > 100<<10 {
		t.Errorf("read %d of %d bytes, want at most 100 KiB", c.n, len(data))
	}
}
