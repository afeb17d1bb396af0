package adversary

import (
	"archive/tar"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/internal/testimage"
	"github.com/ocisum/ocisum/report"
)

// Layers returns images whose layers are odd tars. Every digest is right, and
// nothing is ever extracted, so most of it is worth a warning and no more.
func Layers() []Case {
	file := tartest.File
	var all []Case
	for _, l := range []struct {
		name    string
		tar     []byte
		verdict report.Verdict
		codes   []report.Code
	}{
		{"layer with a device", Archive(tartest.Block(header{Name: "dev/sda", Type: '4'})), report.Verified, []report.Code{report.LayerDevice}},
		{"layer with whiteouts", Archive(file("etc/.wh.motd", ""), file("etc/.wh..wh..opq", ""), tartest.Block(header{Name: "gone", Type: '3', Raw: func(b []byte) { copy(b[329:], "0000000\x000000000\x00") }})), report.Verified, nil},
		{"layer with a hidden name", Archive(tartest.PAX("path=etc/shadow"), file("notes.txt", "x")), report.Verified, []report.Code{report.LayerTarAmbiguous}},
		{"layer with a body on a link", Archive(tartest.Block(header{Name: "l", Type: '2', Link: "x", Size: 1024}), file("etc/shadow", "x")), report.Verified, []report.Code{report.LayerTarAmbiguous}},
		{"layer with a sparse file", Archive(tartest.PAX("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=big", "GNU.sparse.realsize=1099511627776"), file("GNUSparseFile.0/big", "1\n1099511627775\n1\n"+strings.Repeat("\x00", 500))), report.Verified, nil},
		{"layer with a negative size", Archive(file("a", "x"), tartest.Block(header{Name: "x", SizeField: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"})), report.Failed, []report.Code{report.LayerTarInvalid}},
		{"layer with a huge size", Archive(file("a", "x"), tartest.Block(header{Name: "x", SizeField: "\x80\x00\x00\x00\x3f\xff\xff\xff\xff\xff\xff\xff"})), report.Failed, []report.Code{report.LayerTarTruncated}},
		{"layer with a slash before its names", Archive(file("/etc/motd", "x")), report.Verified, nil},
		{"layer of two archives", append(Archive(file("a", "1")), Archive(file("b", "2"))...), report.Verified, []report.Code{report.LayerTarTrailingData}},
		{"layer with an extended header of 2 MiB", Archive(tartest.Ext('x', tartest.Records("comment="+strings.Repeat("x", 2<<20))), file("a", "")), report.Incomplete, []report.Code{report.LimitPAX}},
		{"layer of 10,000 files", Archive(manyFiles(10_000)), report.Verified, nil},
	} {
		t := oci(func(i *testimage.Image, _ *testimage.Layout) { i.Layers[0].Raw, i.Layers[0].Members = l.tar, nil })
		all = append(all, Case{Name: l.name, Verdict: l.verdict, Expect: l.codes, Tar: t.Tar()})
	}
	toc := []byte(`{"version":1,"entries":[]}`)
	stargz := oci(func(i *testimage.Image, _ *testimage.Layout) {
		i.Layers[0].Members = append(i.Layers[0].Members, testimage.Member{Name: "stargz.index.json", Body: toc, Type: tar.TypeReg})
		i.Manifest = func(m *v1.Manifest) {
			m.Layers[0].Annotations = map[string]string{"containerd.io/snapshot/stargz/toc.digest": string(digest.FromBytes(toc))}
		}
	})
	return append(all, passes("layer with a table of contents", stargz.Tar(), report.LayerTOCUnverified))
}

// manyFiles is n empty files.
func manyFiles(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, tartest.File("f"+itoa(i), "")...)
	}
	return b
}
