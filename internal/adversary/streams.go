package adversary

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Streams returns images whose layers, or the file around them, are compressed
// in ways that writers do not use. Every digest is right.
func Streams() []Case {
	var all []Case
	for _, l := range []struct {
		name, format string
		edit         func([]byte) []byte // the stored bytes
		verdict      report.Verdict
		codes        []report.Code
	}{
		{"gzip members", "gzip", split("gzip"), report.Verified, nil},
		{"gzip members without data", "gzip", emptyMembers(100_000), report.Verified, nil},
		{"gzip member more", "gzip", more(testimage.Gzip([]byte("hidden"))), report.Failed, []report.Code{report.LayerDiffIDMismatch, report.LayerTarTrailingData}},
		{"gzip header with name and time", "gzip", regzip(0x08, []byte("layer.tar\x00")), report.Verified, nil},
		{"gzip header with sum", "gzip", headerSum(0), report.Verified, nil},
		{"gzip header with wrong sum", "gzip", headerSum(1), report.Failed, []report.Code{report.StreamHeaderInvalid}},
		{"gzip header with reserved flag", "gzip", regzip(0x20, nil), report.Failed, []report.Code{report.StreamHeaderInvalid}},
		{"gzip header of 100 KB", "gzip", regzip(0x08, append(bytes.Repeat([]byte("n"), 100_000), 0)), report.Verified, []report.Code{report.StreamHeaderOdd}},
		{"gzip method unknown", "gzip", set(2, 7), report.Failed, []report.Code{report.StreamHeaderInvalid}},
		{"gzip block type reserved", "gzip", set(10, 0x07), report.Failed, []report.Code{report.StreamCorrupt}},
		{"gzip garbage like a member", "gzip", more([]byte("\x1f\x8bgarbage")), report.Failed, []report.Code{report.StreamHeaderInvalid}},
		{"zstd frames", "zstd", split("zstd"), report.Verified, nil},
		{"zstd skippable frames", "zstd", skippable, report.Verified, nil},
		{"zstd frame more", "zstd", more(testimage.Zstd([]byte("hidden"))), report.Failed, []report.Code{report.LayerDiffIDMismatch, report.LayerTarTrailingData}},
		{"zstd zeros", "zstd", more(make([]byte, 64)), report.Verified, []report.Code{report.StreamZeroPadding}},
		{"zstd skippable alone", "zstd", func([]byte) []byte { return skip("x") }, report.Failed, []report.Code{report.StreamEmpty}},
		{"zstd dictionary", "zstd", dictionary, report.Failed, []report.Code{report.StreamDictionary}},
		{"zstd content size short", "zstd", contentSize(-1), report.Failed, []report.Code{report.StreamCorrupt}},
		{"zstd reserved bit", "zstd", func(b []byte) []byte { b[4] |= 0x08; return b }, report.Failed, []report.Code{report.StreamHeaderInvalid}},
		{"zstd old format behind", "zstd", more([]byte("\x27\xb5\x2f\xfd12345678")), report.Incomplete, []report.Code{report.StreamUnsupported}},
		{"zstd window of 2^41", "zstd", window41, report.Incomplete, []report.Code{report.LimitWindow}},
	} {
		t := oci(func(i *testimage.Image, _ *testimage.Layout) {
			i.Layers[0].Compress, i.Layers[0].Edit = l.format, l.edit
		})
		c := Case{Name: l.name, Verdict: l.verdict, Expect: l.codes, Tar: t.Tar()}
		if l.name == "zstd skippable alone" || l.name == "gzip members without data" {
			c.Forms = []string{"tar", "stream"}
		}
		all = append(all, c)
	}
	return append(append(all, outer()...), anchors()...)
}

// set overwrites one byte.
func set(at int, v byte) func([]byte) []byte {
	return func(b []byte) []byte { b[at] = v; return b }
}

// more appends bytes.
func more(tail []byte) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, tail...) }
}

// split stores the two halves of the layer as two members or frames.
func split(format string) func([]byte) []byte {
	return func(b []byte) []byte {
		plain, err := testimage.Decompress(b)
		if err != nil {
			panic("adversary: " + err.Error())
		}
		half := len(plain) / 2
		return append(testimage.Compress(format, plain[:half]), testimage.Compress(format, plain[half:])...)
	}
}

func emptyMembers(n int) func([]byte) []byte {
	return func(b []byte) []byte { return append(b, bytes.Repeat(testimage.Gzip(nil), n)...) }
}

// regzip sets flags in the header and puts the fields they announce behind it.
func regzip(flags byte, fields []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b[3] |= flags
		return bytes.Join([][]byte{b[:10], fields, b[10:]}, nil)
	}
}

// headerSum gives the header its checksum (RFC 1952 2.3.1, FHCRC), plus wrong.
func headerSum(wrong uint16) func([]byte) []byte {
	return func(b []byte) []byte {
		b[3] |= 0x02
		sum := uint16(crc32.ChecksumIEEE(b[:10])) + wrong
		return regzip(0, binary.LittleEndian.AppendUint16(nil, sum))(b)
	}
}

// skip is a skippable frame (RFC 8878 3.1.2).
func skip(s string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x184d2a50)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

func skippable(b []byte) []byte {
	return bytes.Join([][]byte{skip("before"), b, skip("after"), skip("")}, nil)
}

// dictionary makes the frame header ask for dictionary 7 (RFC 8878 3.1.1.1.3).
func dictionary(b []byte) []byte {
	b[4] |= 1
	at := 5
	if b[4]&0x20 == 0 { // no single segment: a window descriptor comes first
		at++
	}
	return bytes.Join([][]byte{b[:at], {7}, b[at:]}, nil)
}

// contentSize changes the size that the frame header gives by delta (RFC 8878
// 3.1.1.1.4; frames of the builder have it in 2 bytes, less 256).
func contentSize(delta int) func([]byte) []byte {
	return func(b []byte) []byte {
		if b[4]>>6 != 1 {
			panic("adversary: frame content size in another form")
		}
		at := 5
		if b[4]&0x20 == 0 {
			at++
		}
		n := binary.LittleEndian.Uint16(b[at:])
		binary.LittleEndian.PutUint16(b[at:], uint16(int(n)+delta))
		return b
	}
}

// window41 is a frame whose header asks for the largest window there is.
func window41(b []byte) []byte {
	head := b[4] &^ 0xe0 // neither single segment nor content size
	at := 5 + 2          // the size of contentSize
	if b[4]&0x20 == 0 {
		at++
	}
	return bytes.Join([][]byte{b[:4], {head, 0xf8}, b[at:]}, nil)
}

// outer are whole files that are compressed oddly.
func outer() []Case {
	good := Save("/bin/good")
	plain := Archive(good.LayerMember, good.ConfigMember, good.IndexMember)
	file := func(name string, b []byte, v report.Verdict, codes ...report.Code) Case {
		return Case{Name: "file " + name, Verdict: v, Expect: codes, Tar: b, Forms: []string{"tar", "stream"}}
	}
	gz, zst, xz := testimage.Gzip(plain), testimage.Zstd(plain), testimage.Compress("xz", plain)
	half := len(plain) / 2
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	w.Write(plain)
	for range 64 {
		w.Write(zeros) // a bytes.Buffer takes everything
	}
	w.Close()
	empty := oci(func(_ *testimage.Image, l *testimage.Layout) {
		l.Images = nil
	})
	none := file("without images", empty.Edit("index.json", func([]byte) []byte { return []byte(`{"schemaVersion":2,"manifests":[]}`) }).Tar(), report.Incomplete, report.ImageNone)
	none.Nothing = true
	docker := file("with an empty list", Archive(tartest.File("manifest.json", "[]")), report.Incomplete, report.ImageNone)
	docker.Nothing = true
	other := file("of something else", Archive(tartest.File("hello.txt", "hello")), report.Incomplete, report.FormatUnknown)
	other.Nothing = true
	text := file("of text", []byte(strings.Repeat("no archive at all\n", 100)), report.Incomplete, report.FormatUnknown)
	text.Nothing = true
	return []Case{
		file("in xz", xz, report.Verified),
		file("in gzip members", append(testimage.Gzip(plain[:half]), testimage.Gzip(plain[half:])...), report.Verified),
		file("in zstd frames", append(testimage.Zstd(plain[:half]), testimage.Zstd(plain[half:])...), report.Verified),
		file("in gzip with zeros behind", append(bytes.Clone(gz), make([]byte, 512)...), report.Verified, report.ArchiveOuterPadding),
		file("in gzip with text behind", append(bytes.Clone(gz), "hello"...), report.Failed, report.ArchiveOuterTrailing),
		file("in zstd with text behind", append(bytes.Clone(zst), "hello"...), report.Failed, report.ArchiveOuterTrailing),
		file("in gzip with a long name", regzip(0x08, append(bytes.Repeat([]byte("n"), 100_000), 0))(bytes.Clone(gz)), report.Verified, report.ArchiveOuterOdd),
		file("in gzip with a wrong sum", set(len(gz)-8, gz[len(gz)-8]^1)(bytes.Clone(gz)), report.Failed, report.ArchiveOuterCorrupt),
		file("in gzip without trailer", gz[:len(gz)-8], report.Failed, report.ArchiveOuterCorrupt),
		file("in gzip cut", gz[:len(gz)-60], report.Failed, report.ArchiveManifestMissing, report.ArchiveOuterCorrupt, report.ArchiveTruncated),
		file("in zstd cut", zst[:len(zst)-6], report.Failed, report.ArchiveOuterCorrupt, report.FormatUnknown),
		file("in gzip with a second archive behind the end", testimage.Gzip(append(bytes.Clone(plain), plain...)), report.Failed, report.ArchiveTrailingData),
		file("in gzip with 64 MiB of zeros in its end", bomb.Bytes(), report.Verified),
		none, docker, other, text,
	}
}

// anchors are sound images that were asked for under a condition.
func anchors() []Case {
	one, two := image("/bin/one"), image("/bin/two")
	one.Ref, two.Ref = "one", "two"
	tar := testimage.Layout{Images: []testimage.Image{one, two}}.Tree().Tar()
	pin := one.Descriptor().Digest
	expect := func(name string, o verify.Options, flags []string, v report.Verdict, codes ...report.Code) Case {
		return Case{Name: name, Verdict: v, Expect: codes, Tar: tar, Options: o, Flags: flags}
	}
	both := []digest.Digest{pin, two.ID()}
	return []Case{
		expect("pins cover all", verify.Options{Expect: both}, []string{"--expect", pin.String(), "--expect", two.ID().String()}, report.Verified),
		expect("pin covers one of two", verify.Options{Expect: both[:1]}, []string{"--expect", pin.String()}, report.Verified, report.AnchorUncovered),
		expect("pin covers one of two and must cover all", verify.Options{Expect: both[:1], ExpectAll: true}, []string{"--expect", pin.String(), "--require-expect"}, report.Denied, report.AnchorRequired),
		expect("pin is required and missing", verify.Options{ExpectAll: true}, []string{"--require-expect"}, report.Denied, report.AnchorRequired),
		expect("pin is a layer", verify.Options{Expect: []digest.Digest{one.Layers[0].DiffID()}}, []string{"--expect", one.Layers[0].DiffID().String()}, report.Denied, report.PinMismatch),
	}
}
