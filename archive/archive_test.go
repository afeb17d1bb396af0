package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/report"
)

type header = tartest.Header

var background = context.Background()

// read indexes data at random and as a stream and wants one result.
func read(t testing.TB, data []byte, lim Limits) *Archive {
	t.Helper()
	a, err := New(background, bytes.NewReader(data), int64(len(data)), lim)
	if err != nil {
		t.Fatal(err)
	}
	for how, r := range map[string]io.Reader{
		"whole":    bytes.NewReader(data),
		"by 1":     iotest.OneByteReader(bytes.NewReader(data)),
		"by half":  iotest.HalfReader(bytes.NewReader(data)),
		"with EOF": iotest.DataErrReader(bytes.NewReader(data)),
	} {
		if how == "by 1" && len(data) > 1<<16 {
			continue
		}
		for _, part := range []int64{0, 3, 1 << 40} {
			s := NewStream(background, r, lim)
			for {
				o, body, err := s.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("stream %s: %v", how, err)
				}
				compareBody(t, a, o, body, part)
			}
			if !reflect.DeepEqual(s.Objects(), a.Objects()) || !reflect.DeepEqual(s.Shadowed(), a.Shadowed()) {
				t.Fatalf("stream %s: objects\n got %+v %+v\nwant %+v %+v", how, s.Objects(), s.Shadowed(), a.Objects(), a.Shadowed())
			}
			if !reflect.DeepEqual(s.Findings(), a.Findings()) || s.IsTar() != a.IsTar() {
				t.Fatalf("stream %s: findings\n got %+v\nwant %+v", how, s.Findings(), a.Findings())
			}
			if part > 0 || how != "whole" {
				break // the reader is used up
			}
			r = bytes.NewReader(data)
		}
	}
	return a
}

// compareBody reads at most part bytes of the body in both ways.
func compareBody(t testing.TB, a *Archive, o content.Object, body io.Reader, part int64) {
	t.Helper()
	got, gotErr := io.ReadAll(io.LimitReader(body, part))
	if o.Kind != content.Regular {
		if len(got) > 0 || gotErr != nil {
			t.Fatalf("body of a %s: got %q, %v, want nothing", o.Kind, got, gotErr)
		}
		return
	}
	r, err := a.Open(background, o)
	if err != nil {
		t.Fatal(err)
	}
	want, wantErr := io.ReadAll(io.LimitReader(r, part))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) || gotErr != wantErr {
		t.Fatalf("body of %q: stream gives %d bytes, %v; random access %d bytes, %v", o.Name, len(got), gotErr, len(want), wantErr)
	}
}

func codesOf(fs []report.Finding) string {
	var all []string
	for _, f := range fs {
		all = append(all, string(f.Code))
	}
	return strings.Join(all, " ")
}

func list(os []content.Object) string {
	var all []string
	for _, o := range os {
		all = append(all, o.Name)
	}
	return strings.Join(all, " ")
}

func TestNames(t *testing.T) {
	file := tartest.File
	entry := func(h header) []byte { return tartest.Block(h) }
	folder := entry(header{Name: "d/", Type: '5'})
	for _, tt := range []struct {
		name     string
		parts    [][]byte
		objects  string
		shadowed string
		codes    string
	}{
		{"sorted", [][]byte{file("b", "2"), file("a/x", "1"), file("a", "")}, "a a/x b", "", "archive.name-collision"},
		{"dot slash", [][]byte{entry(header{Name: "./", Type: '5'}), file("./b", "2"), file("./a", "1")}, "a b", "", ""},
		{"clean", [][]byte{file("a//b/./c", "1")}, "a/b/c", "", ""},
		{"folder twice", [][]byte{folder, file("d/a", ""), folder, entry(header{Name: "./d", Type: '5'})}, "d d/a", "", ""},
		{"twice", [][]byte{file("a", "1"), file("a", "2")}, "a", "a", "archive.duplicate-entry"},
		{"three times", [][]byte{file("a", "1"), file("a", "2"), file("a", "1")}, "a", "a a", "archive.duplicate-entry archive.duplicate-entry"},
		{"spelling", [][]byte{file("a", "1"), file("./a", "2")}, "a", "a", "archive.name-collision"},
		{"same odd spelling", [][]byte{file("./a", "1"), file("./a", "2")}, "a", "a", "archive.duplicate-entry"},
		{"file and link", [][]byte{file("a", "1"), entry(header{Name: "a", Type: '2', Link: "b"})}, "a", "a", "archive.duplicate-entry"},
		{"file and folder", [][]byte{file("d", "1"), folder}, "d", "d", "archive.name-collision"},
		{"absolute", [][]byte{file("/a", "1"), file("b", "")}, "b", "/a", "archive.unsafe-path"},
		{"climbs", [][]byte{file("a/../b", "1"), file("..", ""), file("../c", "")}, "", ".. ../c a/../b", "archive.unsafe-path archive.unsafe-path archive.unsafe-path"},
		{"dots are no climbing", [][]byte{file("..a", "1"), file("a..", "")}, "..a a..", "", ""},
		{"empty", [][]byte{file("", "1")}, "", "", "archive.unsafe-path"},
		{"root as file", [][]byte{file("./.", "1")}, "", "./.", "archive.unsafe-path"},
		{"below a link", [][]byte{entry(header{Name: "blobs", Type: '2', Link: "other"}), file("blobs/sha256/x", "1"), file("blobs/sha256/y", "1")}, "blobs blobs/sha256/x blobs/sha256/y", "", "archive.name-collision"},
		{"beside a link", [][]byte{entry(header{Name: "blobs", Type: '2', Link: "other"}), file("blobs!", "1"), file("blobs-1/x", "1")}, "blobs blobs! blobs-1/x", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := read(t, tartest.Join(append(tt.parts, tartest.End())...), Limits{})
			if got := list(a.Objects()); got != tt.objects {
				t.Errorf("objects: got %q, want %q", got, tt.objects)
			}
			if got := list(a.Shadowed()); got != tt.shadowed {
				t.Errorf("shadowed: got %q, want %q", got, tt.shadowed)
			}
			if got := codesOf(a.Findings()); got != tt.codes {
				t.Errorf("findings: got %q, want %q", got, tt.codes)
			}
			for _, o := range a.Objects() {
				if got, ok := a.Lookup(o.Name); !ok || got != o {
					t.Errorf("lookup %q: got %+v, %v, want %+v", o.Name, got, ok, o)
				}
			}
			for _, name := range []string{"", "/a", "../c", "..", "a/../b", "./a", "zz"} {
				if o, ok := a.Lookup(name); ok {
					t.Errorf("lookup %q: got %+v, want nothing", name, o)
				}
			}
		})
	}
}

func TestFirstMemberWins(t *testing.T) {
	a := read(t, tartest.Join(tartest.File("a", "good"), tartest.File("a", "evil"), tartest.End()), Limits{})
	first, _ := a.Lookup("a")
	for want, o := range map[string]content.Object{"good": first, "evil": a.Shadowed()[0]} {
		r, err := a.Open(background, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); string(got) != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	f := a.Findings()[0]
	if *f.Offset != 1024 || !strings.Contains(f.Message, "at byte 0") {
		t.Errorf("got offset %d and %q, want both header offsets, 1024 and 0", *f.Offset, f.Message)
	}
}

func TestFindings(t *testing.T) {
	file, end := tartest.File, tartest.End()
	for _, tt := range []struct {
		name  string
		data  []byte
		lim   Limits
		isTar bool
		codes string
	}{
		{"fine", tartest.Join(file("a", "1"), end), Limits{}, true, ""},
		{"empty archive", end, Limits{}, true, ""},
		{"empty file", nil, Limits{}, false, ""},
		{"no tar", bytes.Repeat([]byte("{\"a\":1}\n"), 999), Limits{}, false, ""},
		{"damaged first header", tartest.Join(tartest.Block(header{Name: "a", BadSum: true}), end), Limits{}, true, "archive.header-invalid"},
		{"no end", file("a", "1"), Limits{}, true, "archive.no-end-marker"},
		{"cut", file("a", strings.Repeat("x", 5000))[:3000], Limits{}, true, "archive.truncated"},
		{"second archive", tartest.Join(file("a", "1"), end, file("a", "2"), end), Limits{}, true, "archive.trailing-data"},
		{"lone zero block", tartest.Join(file("a", "1"), end[:512], file("a", "2"), end), Limits{}, true, "archive.trailing-data"},
		{"renamed by pax", tartest.Join(file("manifest.json", "[]"), tartest.PAX("path=manifest.json"), file("notes.txt", "[1]"), end), Limits{}, true, "archive.ambiguous-header archive.duplicate-entry"},
		{"body on a link", tartest.Join(tartest.Block(header{Name: "l", Type: '2', Link: "a", Size: 512}), file("a", ""), end), Limits{}, true, "archive.body-on-special"},
		{"sparse", tartest.Join(tartest.PAX("GNU.sparse.major=1", "GNU.sparse.minor=0"), file("a", "1"), end), Limits{}, true, "archive.sparse-member"},
		{"members at the limit", tartest.Join(file("a", ""), file("b", ""), end), Limits{Members: 2}, true, ""},
		{"members above the limit", tartest.Join(file("a", ""), file("b", ""), file("c", ""), end), Limits{Members: 2}, true, "limit.members"},
		{"pax above the limit", tartest.Join(tartest.PAX("comment="+strings.Repeat("x", 99)), file("a", ""), end), Limits{PAXBytes: 99}, true, "limit.pax-size"},
		{"name above the limit", tartest.Join(tartest.Long('L', strings.Repeat("n", 101)), file(strings.Repeat("n", 100), ""), end), Limits{NameBytes: 100}, true, "limit.name-length"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := read(t, tt.data, tt.lim)
			if got := codesOf(a.Findings()); got != tt.codes {
				t.Errorf("findings: got %q, want %q: %+v", got, tt.codes, a.Findings())
			}
			if a.IsTar() != tt.isTar {
				t.Errorf("is a tar: got %v, want %v", a.IsTar(), tt.isTar)
			}
			offset := func(f report.Finding) int64 { return *f.Offset }
			if !slices.IsSortedFunc(a.Findings(), func(x, y report.Finding) int { return int(offset(x) - offset(y)) }) {
				t.Errorf("findings are not sorted by offset: %+v", a.Findings())
			}
		})
	}
}

func TestEveryFaultHasACode(t *testing.T) {
	for kind, code := range codes {
		if _, ok := report.Lookup(code); !ok {
			t.Errorf("%s: code %q is not in the catalogue", kind, code)
		}
	}
}

func TestFindingsAreBounded(t *testing.T) {
	var b bytes.Buffer
	for range maxFindings + 5 {
		b.Write(tartest.File("/a", ""))
	}
	b.Write(tartest.End())
	a := read(t, b.Bytes(), Limits{})
	last := a.Findings()[len(a.Findings())-1]
	if got := len(a.Findings()); got != maxFindings+1 || last.Code != report.LimitFindings || !strings.Contains(last.Message, "5 more") {
		t.Errorf("got %d findings, the last %+v, want %d and one that counts 5", got, last, maxFindings)
	}
}

func TestResolve(t *testing.T) {
	link := func(name, to string) []byte { return tartest.Block(header{Name: name, Link: to, Type: '2'}) }
	hard := func(name, to string) []byte { return tartest.Block(header{Name: name, Link: to, Type: '1'}) }
	chain := func(n int) []byte {
		var b []byte
		for i := range n {
			b = append(b, link(fmt.Sprintf("c%d", i), fmt.Sprintf("c%d", i+1))...)
		}
		return append(b, tartest.File(fmt.Sprintf("c%d", n), "")...)
	}
	ring := func(n int) []byte {
		var b []byte
		for i := range n {
			b = append(b, link(fmt.Sprintf("c%d", i), fmt.Sprintf("c%d", (i+1)%n))...)
		}
		return b
	}
	target := tartest.File("b/layer.tar", "bytes")
	for _, tt := range []struct {
		name    string
		data    []byte
		from    string
		to      string
		problem content.LinkProblem
	}{
		{"a file is its own end", target, "b/layer.tar", "b/layer.tar", 0},
		{"docker's shared layer", tartest.Join(link("a/layer.tar", "../b/layer.tar"), target), "a/layer.tar", "b/layer.tar", 0},
		{"beside", tartest.Join(target, link("b/l", "layer.tar")), "b/l", "b/layer.tar", 0},
		{"unclean target", tartest.Join(target, link("b/l", ".//./layer.tar")), "b/l", "b/layer.tar", 0},
		{"hard link", tartest.Join(target, hard("x/y", "b/layer.tar")), "x/y", "b/layer.tar", 0},
		{"hard link before its target", tartest.Join(hard("x/y", "./b/layer.tar"), target), "x/y", "b/layer.tar", 0},
		{"hard link to symlink", tartest.Join(hard("x", "y"), link("y", "b/layer.tar"), target), "x", "b/layer.tar", 0},
		{"eight links", chain(8), "c0", "c8", 0},
		{"nine links", chain(9), "c0", "", content.LinkTooLong},
		{"loop of eight", ring(8), "c0", "", content.LinkLoops},
		{"loop of nine", ring(9), "c0", "", content.LinkTooLong},
		{"loop", tartest.Join(link("a", "b"), link("b", "a")), "a", "", content.LinkLoops},
		{"itself", link("a", "a"), "a", "", content.LinkLoops},
		{"hard link to itself", hard("a", "a"), "a", "", content.LinkLoops},
		{"absolute", link("a", "/etc/passwd"), "a", "", content.LinkEscapes},
		{"climbs", link("a/b", "../../etc/passwd"), "a/b", "", content.LinkEscapes},
		{"climbs and comes back", tartest.Join(link("a", "../b/layer.tar"), target), "a", "", content.LinkEscapes},
		{"absolute hard link", tartest.Join(hard("a", "/b/layer.tar"), target), "a", "", content.LinkEscapes},
		{"climbing hard link", tartest.Join(hard("x/a", "../b/layer.tar"), target), "x/a", "", content.LinkEscapes},
		{"dangles", link("a", "b"), "a", "", content.LinkDangles},
		{"empty target", link("a", ""), "a", "", content.LinkDangles},
		{"to the root", link("a/b", ".."), "a/b", "", content.LinkDangles},
		{"file as folder", tartest.Join(link("a", "b/layer.tar/"), target), "a", "", content.LinkDangles},
		{"through a file", tartest.Join(link("a", "b/layer.tar/../layer.tar"), target), "a", "", content.LinkDangles},
		{"through a link", tartest.Join(link("l", "b"), link("a", "l/layer.tar"), target), "a", "", content.LinkRefused},
		{"through a link and back", tartest.Join(link("l", "x/y"), link("a", "l/../b/layer.tar"), target), "a", "", content.LinkRefused},
		{"below a link", tartest.Join(link("l", "b"), link("l/a", "../b/layer.tar"), target), "l/a", "", content.LinkRefused},
		{"to a folder", tartest.Join(link("a", "d"), tartest.Block(header{Name: "d/", Type: '5'})), "a", "", content.LinkRefused},
		{"to a pipe", tartest.Join(link("a", "p"), tartest.Block(header{Name: "p", Type: '6'})), "a", "", content.LinkRefused},
		{"a pipe", tartest.Block(header{Name: "p", Type: '6'}), "p", "", content.LinkRefused},
		{"first of a duplicate", tartest.Join(link("a", "f"), tartest.File("f", "1"), tartest.File("f", "22")), "a", "f", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := read(t, tartest.Join(tt.data, tartest.End()), Limits{})
			from, ok := a.Lookup(tt.from)
			if !ok {
				t.Fatalf("%q is not there", tt.from)
			}
			got, err := a.Resolve(from)
			if tt.problem == 0 {
				if want, _ := a.Lookup(tt.to); err != nil || got != want {
					t.Errorf("got %+v, %v, want %+v", got, err, want)
				}
				return
			}
			var le *content.LinkError
			if !errors.As(err, &le) || le.Problem != tt.problem {
				t.Errorf("got %+v, %v, want problem %d", got, err, tt.problem)
			}
		})
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	a := read(t, tartest.Join(tartest.Block(header{Name: "p", Type: '6'}), tartest.End()), Limits{})
	p, _ := a.Lookup("p")
	if _, err := a.Open(background, p); !errors.Is(err, ErrNotRegular) {
		t.Errorf("got %v, want %v", err, ErrNotRegular)
	}
}

func TestCutBody(t *testing.T) {
	a := read(t, tartest.File("a", strings.Repeat("x", 5000))[:3000], Limits{})
	o, _ := a.Lookup("a")
	r, err := a.Open(background, o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if len(got) != 3000-512 || err != io.ErrUnexpectedEOF {
		t.Errorf("got %d bytes, %v, want %d, %v", len(got), err, 3000-512, io.ErrUnexpectedEOF)
	}
}

func TestMediumErrorsPassUnchanged(t *testing.T) {
	data := tartest.Join(tartest.File("a", strings.Repeat("x", 200_000)), tartest.File("b", "2"), tartest.End())
	disk := errors.New("disk")
	for _, at := range []int{0, 100, 512, 70_000, 150_000, 200_800} {
		for _, readBody := range []bool{false, true} {
			s := NewStream(background, io.MultiReader(bytes.NewReader(data[:at]), iotest.ErrReader(disk)), Limits{})
			var err, bodyErr error
			for err == nil {
				var body io.Reader
				if _, body, err = s.Next(); err == nil && readBody {
					_, bodyErr = io.Copy(io.Discard, body)
				}
			}
			if err != disk || bodyErr != nil && bodyErr != disk {
				t.Errorf("at %d: got %v and %v, want %v unchanged", at, err, bodyErr, disk)
			}
			if got := codesOf(s.Findings()); got != "" {
				t.Errorf("at %d: got findings %q, want none: the bytes are not bad", at, got)
			}
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := New(ctx, bytes.NewReader(data), int64(len(data)), Limits{}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, _, err := NewStream(ctx, bytes.NewReader(data), Limits{}).Next(); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestStreamKeepsNothing(t *testing.T) {
	s := NewStream(background, bytes.NewReader(tartest.Join(tartest.File("a", "12"), tartest.File("b", "34"), tartest.End())), Limits{})
	var _ content.Source = s
	o, old, err := s.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	if n, err := old.Read(make([]byte, 8)); n != 0 || err == nil || err == io.EOF {
		t.Errorf("an old body: got %d bytes, %v, want an error", n, err)
	}
	if _, err := s.Open(background, o); !errors.Is(err, ErrNotKept) {
		t.Errorf("got %v, want %v", err, ErrNotKept)
	}
}

func TestNamesAreBoundedInAll(t *testing.T) {
	name := strings.Repeat("n", 4<<10)
	one := tartest.Join(tartest.Long('L', name), tartest.Block(header{Name: name[:100], Magic: tartest.GNU}))
	s := NewStream(background, bytes.NewReader(append(bytes.Repeat(one, maxNameTotal>>12+3), tartest.End()...)), Limits{})
	n := 0
	for _, _, err := s.Next(); err != io.EOF; _, _, err = s.Next() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if want := maxNameTotal >> 12; n != want {
		t.Errorf("got %d members, want %d", n, want)
	}
	var limits int
	for _, f := range s.Findings() {
		if f.Code == report.LimitMembers {
			limits++
		}
	}
	if limits != 1 {
		t.Errorf("got %d findings about the limit, want 1", limits)
	}
}
