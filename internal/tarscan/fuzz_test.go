package tarscan

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// seeds are small archives of many kinds, for mutation.
func seeds(t testing.TB) [][]byte {
	type H = tartest.Header
	deep := strings.Repeat("d/", 60) + "name"
	end := tartest.End()
	all := [][]byte{
		nil, end, []byte("no tar"),
		tartest.Join(tartest.File("a", "body"), end),
		tartest.Join(tartest.File("a", "1"), tartest.File("a", "2"), end),
		tartest.Join(tartest.PAX("path="+deep, "size=4", "mtime=1.5", "uid=1"), tartest.Block(H{Name: deep[:100], Size: 4}), tartest.Body([]byte("four")), end),
		tartest.Join(tartest.PAX("linkpath="+deep), tartest.Block(H{Name: "l", Link: deep[:100], Type: '2'}), end),
		tartest.Join(tartest.Global("comment=x"), tartest.File("b", "x"), end),
		tartest.Join(tartest.Long('K', deep), tartest.Long('L', deep), tartest.Block(H{Name: deep[:100], Type: '1', Magic: tartest.GNU}), end),
		tartest.Join(tartest.Block(H{Name: "b", Prefix: "a"}), tartest.Block(H{Name: "c", Magic: tartest.GNU, Prefix: "14000000000\x0014000000000\x00"}), end),
		tartest.Join(tartest.Block(H{Name: "v7/", Magic: tartest.V7, Raw: func(b []byte) { b[156] = 0 }}), end),
		tartest.Join(tartest.Block(H{Name: "sp", Type: 'S', Magic: tartest.GNU, Raw: func(b []byte) { b[482] = 1 }}), make([]byte, 512), end),
		tartest.Join(tartest.Block(H{Name: "star", Raw: func(b []byte) { copy(b[508:], "tar\x00") }}), end),
		tartest.Join(tartest.Block(H{Name: "big", SizeField: "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04"}), tartest.Body([]byte("four")), end),
	}
	for _, f := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		all = append(all, written(t, f))
	}
	return all
}

// written is an archive as Go's writer makes it.
func written(t testing.TB, f tar.Format) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	name := "folder/" + strings.Repeat("n", 80) + "/" + strings.Repeat("m", 30)
	for _, h := range []tar.Header{
		{Name: "folder/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: name, Typeflag: tar.TypeReg, Size: 5},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "target"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: name[:90]},
		{Name: "dev", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3},
		{Name: "pipe", Typeflag: tar.TypeFifo},
	} {
		h.Format = f
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resum gives every block that looks like a header a checksum that holds, so
// that mutations get past it.
func resum(data []byte) []byte {
	data = bytes.Clone(data)
	for i := 0; i+BlockSize <= len(data); i += BlockSize {
		if b := data[i : i+BlockSize]; hasMagic(b) {
			tartest.Sum(b)
		}
	}
	return data
}

// position counts what archive/tar has read, and cannot seek.
type position struct {
	r io.Reader
	n int64
}

func (p *position) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	return n, err
}

// FuzzScan checks that the ways to scan agree, and that an archive without a
// fault is the same archive to Go's reader: a difference between readers that
// no fault tells of is a defect.
func FuzzScan(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, fix bool) {
		if len(data) > 1<<16 {
			return
		}
		if fix {
			data = resum(data)
		}
		all, sum := scan(t, data, Options{PAXBytes: 4096, NameBytes: 256})
		compareWithGo(t, data, all, sum)
	})
}

func compareWithGo(t testing.TB, data []byte, all []found, sum Summary) {
	for _, fault := range sum.Faults {
		if fault.Kind != NoEnd && fault.Kind != Trailing {
			return
		}
	}
	p := &position{r: bytes.NewReader(data)}
	r := tar.NewReader(p)
	i := 0
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if kinds(sum) == string(NoEnd) && errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			t.Fatalf("archive/tar at byte %d: %v, but no fault: %+v", p.n, err, sum)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if i >= len(all) {
			t.Fatalf("archive/tar has another entry, %+v", h)
		}
		e := all[i]
		i++
		size := h.Size
		if h.Typeflag >= tar.TypeLink && h.Typeflag <= tar.TypeFifo {
			size = 0
		}
		link := h.Linkname
		if h.Typeflag != tar.TypeLink && h.Typeflag != tar.TypeSymlink {
			link = ""
		}
		if e.Name != h.Name || e.Link != link || e.Size != size || e.Type != h.Typeflag || e.Body != p.n {
			t.Fatalf("got %+v, archive/tar has %+v at %d", e, h, p.n)
		}
	}
	if i != len(all) {
		t.Fatalf("got %d entries, archive/tar has %d", len(all), i)
	}
}

func TestGoWriterHasNoFaults(t *testing.T) {
	for _, f := range []tar.Format{tar.FormatUSTAR, tar.FormatPAX, tar.FormatGNU} {
		data := written(t, f)
		all, sum := scan(t, data, Options{})
		if len(all) != 6 || len(sum.Faults) > 0 {
			t.Errorf("%v: got %d entries and %+v, want 6 and no fault", f, len(all), sum.Faults)
		}
		compareWithGo(t, data, all, sum)
	}
}

// FuzzNames checks Clean and the comparison of names against simple rules.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"", "/", ".", "./", "a", "./a", "a/", "a//b", "a/./b", "a/../b", "..", "/a", "...", "a/..b", "\xff/\x00"} {
		f.Add([]byte(s), []byte("notes.txt"))
	}
	f.Fuzz(func(t *testing.T, name, other []byte) {
		before := bytes.Clone(name)
		clean, unsafe := Clean(name)
		if !bytes.Equal(name, before) {
			t.Fatalf("Clean changed its argument from %q to %q", before, name)
		}
		var want []string
		climbs := false
		for _, part := range strings.Split(string(name), "/") {
			climbs = climbs || part == ".."
			if part != "" && part != "." {
				want = append(want, part)
			}
		}
		if absolute := strings.HasPrefix(string(name), "/"); unsafe != (climbs || absolute) {
			t.Fatalf("%q: got unsafe %v", name, unsafe)
		}
		if got := strings.TrimPrefix(string(clean), "/"); got != strings.Join(want, "/") {
			t.Fatalf("%q: got %q, want %q", name, clean, strings.Join(want, "/"))
		}
		if !shortFormOf(name, name) {
			t.Fatalf("%q is no short form of itself", name)
		}
		shortFormOf(name, other)
		shortLinkOf(other, name)
	})
}
