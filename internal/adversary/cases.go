package adversary

import (
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
	"github.com/ocisum/ocisum/report"
)

type header = tartest.Header

// Cases returns the archives whose defect is in the tar itself. All of them
// carry a sound image that runs /bin/good for at least one family of readers;
// most carry one that runs /bin/evil for another.
func Cases() []Case {
	var all []Case
	all = append(all, names()...)
	all = append(all, extensions()...)
	all = append(all, bodies()...)
	all = append(all, ends()...)
	return append(all, links()...)
}

// fails makes a case with verdict failed.
func fails(name string, tar []byte, codes ...report.Code) Case {
	slices.Sort(codes)
	return Case{Name: name, Verdict: report.Failed, Expect: codes, Tar: tar}
}

// passes makes a case with verdict verified; the codes are warnings.
func passes(name string, tar []byte, codes ...report.Code) Case {
	slices.Sort(codes)
	return Case{Name: name, Verdict: report.Verified, Expect: codes, Tar: tar}
}

// names are two members for one name.
func names() []Case {
	good, evil := Save("/bin/good"), Save("/bin/evil")
	body := []byte("not the layer")
	return []Case{
		passes("plain", Archive(good.LayerMember, good.ConfigMember, good.IndexMember)),
		passes("dot slash everywhere", Archive(
			tartest.Block(header{Name: "./", Type: '5'}),
			tartest.File("./"+good.LayerName, string(good.Layer)),
			tartest.File("./"+good.ConfigName, string(good.Config)),
			tartest.File("./manifest.json", string(good.Manifest)))),
		fails("manifest twice good first", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, evil.IndexMember), report.ArchiveDuplicateEntry),
		fails("manifest twice good last", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, evil.IndexMember, good.IndexMember), report.ArchiveDuplicateEntry),
		fails("manifest twice same bytes", Archive(good.LayerMember, good.ConfigMember, good.IndexMember, good.IndexMember), report.ArchiveDuplicateEntry),
		fails("config twice good first", Archive(good.LayerMember, good.ConfigMember, tartest.File(good.ConfigName, string(evil.Config)), good.IndexMember), report.ArchiveDuplicateEntry),
		fails("config twice good last", Archive(good.LayerMember, tartest.File(good.ConfigName, string(evil.Config)), good.ConfigMember, good.IndexMember), report.ArchiveDuplicateEntry, report.ImageIDMismatch),
		fails("layer twice good first", Archive(good.LayerMember, tartest.File(good.LayerName, string(body)), good.ConfigMember, good.IndexMember), report.ArchiveDuplicateEntry),
		fails("layer twice good last", Archive(tartest.File(good.LayerName, string(body)), good.LayerMember, good.ConfigMember, good.IndexMember), report.ArchiveDuplicateEntry, report.LayerDiffIDMismatch, report.LayerNotTar),
		fails("manifest under dot slash", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, tartest.File("./manifest.json", string(evil.Manifest))), report.ArchiveNameCollision),
		fails("manifest under double slash", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, tartest.File(".//manifest.json", string(evil.Manifest))), report.ArchiveNameCollision),
		fails("manifest through a folder", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, tartest.File("x/../manifest.json", string(evil.Manifest))), report.ArchiveUnsafePath),
		fails("manifest at the root", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, tartest.File("/manifest.json", string(evil.Manifest))), report.ArchiveUnsafePath),
		fails("manifest above", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember, tartest.File("../manifest.json", string(evil.Manifest))), report.ArchiveUnsafePath),
		fails("manifest is a folder too", Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.Block(header{Name: "manifest.json/", Type: '5'})), report.ArchiveNameCollision),
		fails("manifest is a link too", Archive(good.LayerMember, good.ConfigMember, evil.ConfigMember, tartest.File("evil.txt", string(evil.Manifest)), good.IndexMember, tartest.Block(header{Name: "manifest.json", Type: '2', Link: "evil.txt"})), report.ArchiveDuplicateEntry),
		fails("config below a linked folder", Archive(good.LayerMember, good.ConfigMember, good.IndexMember,
			tartest.Block(header{Name: "x", Type: '2', Link: folder[:64]}), tartest.File("x/layer.tar", "evil")), report.ArchiveNameCollision),
	}
}

// extensions are extension headers that say something else than the header
// they stand before.
func extensions() []Case {
	good, evil := Save("/bin/good"), Save("/bin/evil")
	rest := tartest.Join(good.LayerMember, good.ConfigMember, evil.ConfigMember)
	hidden := tartest.File("notes.txt", string(evil.Manifest))
	// A body that is a whole member: who skips less than all of it finds it.
	inner := tartest.File("manifest.json", string(evil.Manifest))
	smuggler := func(size int64) []byte {
		return tartest.Join(tartest.Block(header{Name: "notes.bin", Size: size}), inner)
	}
	long := strings.Repeat("d/", 60) + "x.txt"
	return []Case{
		passes("pax comment", Archive(tartest.PAX("comment=harmless"), good.LayerMember, good.ConfigMember, good.IndexMember)),
		passes("pax global comment", Archive(tartest.Global("comment=0123456789abcdef"), good.LayerMember, good.ConfigMember, good.IndexMember)),
		passes("pax long path", Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.PAX("path="+long), tartest.File(long[:100], "x"))),
		passes("gnu long name", Archive(good.LayerMember, good.ConfigMember, good.IndexMember, tartest.Long('L', long), tartest.Block(header{Name: long[:100], Magic: tartest.GNU}))),
		fails("pax path hides a manifest", Archive(rest, good.IndexMember, tartest.PAX("path=manifest.json"), hidden), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("pax path renames the manifest", Archive(rest, tartest.PAX("path=notes.txt"), evil.IndexMember, good.IndexMember), report.ArchiveAmbiguousHeader),
		fails("gnu name hides a manifest", Archive(rest, good.IndexMember, tartest.Long('L', "manifest.json"), hidden), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("pax path twice", Archive(rest, good.IndexMember, tartest.PAX("path=manifest.json", "path=notes.txt"), hidden), report.ArchiveAmbiguousHeader),
		fails("gnu name and pax path", Archive(rest, good.IndexMember, tartest.Long('L', "manifest.json"), tartest.PAX("path=notes.txt"), hidden), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("pax path and gnu name", Archive(rest, good.IndexMember, tartest.PAX("path=notes.txt"), tartest.Long('L', "manifest.json"), hidden), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("pax global path", Archive(rest, good.IndexMember, tartest.Global("path=manifest.json"), hidden), report.ArchiveAmbiguousHeader),
		fails("pax global size", Archive(rest, good.IndexMember, tartest.Global("size=0"), smuggler(int64(len(inner)))), report.ArchiveAmbiguousHeader),
		fails("pax size smaller", Archive(rest, good.IndexMember, tartest.PAX("size=0"), smuggler(int64(len(inner)))), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("pax size larger", Archive(rest, good.IndexMember, tartest.PAX("size="+itoa(len(inner))), smuggler(0)), report.ArchiveAmbiguousHeader),
		fails("pax size before gnu name", Archive(rest, good.IndexMember, tartest.PAX("size="+itoa(len(inner))), tartest.Long('L', "notes.bin"), smuggler(0)), report.ArchiveAmbiguousHeader),
		fails("pax before pax", Archive(rest, good.IndexMember, tartest.PAX("path=manifest.json"), tartest.PAX("comment=x"), hidden), report.ArchiveAmbiguousHeader),
		fails("pax record cut", Archive(rest, good.IndexMember, tartest.Ext('x', "22 path=manifest.jso"), hidden), report.ArchiveHeaderInvalid),
		fails("pax record without length", Archive(rest, good.IndexMember, tartest.Ext('x', "path=manifest.json\n"), hidden), report.ArchiveHeaderInvalid),
		fails("pax without a member", tartest.Join(rest, good.IndexMember, tartest.PAX("path=manifest.json"), tartest.End()), report.ArchiveAmbiguousHeader),
		fails("prefix in a gnu header", Archive(rest, good.IndexMember, tartest.Join(tartest.Block(header{Name: "manifest.json", Prefix: "x", Magic: tartest.GNU, Size: int64(len(evil.Manifest))}), tartest.Body(evil.Manifest))), report.ArchiveAmbiguousHeader),
		fails("prefix in a v7 header", Archive(rest, good.IndexMember, tartest.Join(tartest.Block(header{Name: "manifest.json", Prefix: "x", Magic: tartest.V7, Size: int64(len(evil.Manifest))}), tartest.Body(evil.Manifest))), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("size in garbage octal", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", SizeField: "0000000000z\x00"})), report.ArchiveHeaderInvalid),
		fails("size negative", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", SizeField: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"})), report.ArchiveHeaderInvalid),
		fails("size huge", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", SizeField: "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"})), report.ArchiveHeaderInvalid),
		fails("size beyond the file", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", SizeField: "\x80\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00"})), report.ArchiveTruncated),
		fails("mode in garbage octal", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", Mode: "00z0644\x00"})), report.ArchiveHeaderInvalid),
		fails("checksum wrong", Archive(rest, good.IndexMember, tartest.Block(header{Name: "x", BadSum: true})), report.ArchiveHeaderInvalid),
		fails("type nobody knows", Archive(rest, good.IndexMember, tartest.Join(tartest.Block(header{Name: "manifest.json", Type: 'Q', Size: int64(len(evil.Manifest))}), tartest.Body(evil.Manifest))), report.ArchiveAmbiguousHeader, report.ArchiveDuplicateEntry),
		fails("type file with a slash", Archive(rest, good.IndexMember, tartest.Join(tartest.Block(header{Name: "manifest.json/", Size: int64(len(evil.Manifest))}), tartest.Body(evil.Manifest))), report.ArchiveAmbiguousHeader, report.ArchiveNameCollision),
	}
}

// bodies are members that are no files and have bytes, and sparse files.
func bodies() []Case {
	good, evil := Save("/bin/good"), Save("/bin/evil")
	rest := tartest.Join(good.LayerMember, good.ConfigMember, evil.ConfigMember, good.IndexMember)
	inner := tartest.File("manifest.json", string(evil.Manifest))
	with := func(name string, typ byte) Case {
		h := header{Name: "x", Type: typ, Size: int64(len(inner))}
		if typ == '1' || typ == '2' {
			h.Link = "manifest.json"
		}
		return fails(name+" with a body", Archive(rest, tartest.Block(h), inner), report.ArchiveBodyOnSpecial)
	}
	special := with("link", '2')
	// Where the body is no body, it is a second manifest.json.
	special.Expect = []report.Code{report.ArchiveBodyOnSpecial, report.ArchiveDuplicateEntry}
	hard, char, block, dir, fifo := with("hard link", '1'), with("character device", '3'), with("block device", '4'), with("folder", '5'), with("pipe", '6')
	for _, c := range []*Case{&hard, &char, &block, &dir, &fifo} {
		c.Expect = special.Expect
	}
	sparse := tartest.Join(tartest.PAX("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=manifest.json", "GNU.sparse.realsize=1099511627776"),
		tartest.File("GNUSparseFile.0/manifest.json", "1\n1099511627775\n1\n"))
	old := tartest.Block(header{Name: "big", Type: 'S', Magic: tartest.GNU, Raw: func(b []byte) {
		copy(b[386:398], "00000000000\x00")
		copy(b[483:495], "77777777777\x00")
	}})
	pipe := func(typ byte) []byte {
		return Archive(tartest.Block(header{Name: good.LayerName, Type: typ}), good.ConfigMember, good.IndexMember)
	}
	return []Case{
		special, hard, char, block, dir, fifo,
		fails("sparse by pax", Archive(rest, sparse), report.ArchiveSparse, report.ArchiveDuplicateEntry),
		fails("sparse by gnu", Archive(rest, old), report.ArchiveSparse),
		fails("layer is a pipe", pipe('6'), report.BlobNotRegular),
		fails("layer is a device", pipe('3'), report.BlobNotRegular),
		fails("layer is a folder", pipe('5'), report.BlobNotRegular),
	}
}

// ends are archives that end early, late or twice.
func ends() []Case {
	good, evil := Save("/bin/good"), Save("/bin/evil")
	whole := tartest.Join(good.LayerMember, good.ConfigMember, good.IndexMember)
	second := Archive(evil.LayerMember, evil.ConfigMember, evil.IndexMember)
	zeros := make([]byte, 512)
	return []Case{
		passes("zeros to the record", append(Archive(whole), make([]byte, 18*512)...)),
		passes("no end marker", whole, report.ArchiveNoEndMarker),
		passes("half an end marker", append(whole[:len(whole):len(whole)], zeros...), report.ArchiveNoEndMarker),
		fails("lone zero block", Archive(whole, zeros, evil.ConfigMember, evil.IndexMember), report.ArchiveTrailingData),
		fails("two archives", append(Archive(whole), second...), report.ArchiveTrailingData),
		fails("text after the end", append(Archive(whole), "hello"...), report.ArchiveTrailingData),
		fails("text after a megabyte of zeros", append(append(Archive(whole), make([]byte, 1<<20)...), 'x'), report.ArchiveTrailingData),
		fails("cut in a header", append(whole[:len(whole):len(whole)], good.LayerMember[:300]...), report.ArchiveTruncated),
		fails("cut in the manifest", whole[:len(whole)-512+20], report.ArchiveTruncated, report.JSONInvalid),
		fails("cut in a layer", good.LayerMember[:900], report.ArchiveTruncated, report.ArchiveManifestMissing),
	}
}

// links are members that stand for others.
func links() []Case {
	good := Save("/bin/good")
	link := func(name, to string) []byte { return tartest.Block(header{Name: name, Type: '2', Link: to}) }
	hard := func(name, to string) []byte { return tartest.Block(header{Name: name, Type: '1', Link: to}) }
	store := tartest.File("store/a.bin", string(good.Layer))
	rest := tartest.Join(good.ConfigMember, good.IndexMember)
	chain := func(n int) []byte {
		b := link(good.LayerName, "../c1")
		for i := 1; i < n; i++ {
			b = append(b, link("c"+itoa(i), "c"+itoa(i+1))...)
		}
		return append(b, tartest.File("c"+itoa(n), string(good.Layer))...)
	}
	return []Case{
		passes("layer is a link", Archive(store, link(good.LayerName, "../store/a.bin"), rest)),
		passes("layer is a link to what follows", Archive(link(good.LayerName, "../store/a.bin"), store, rest)),
		passes("layer is a hard link", Archive(store, hard(good.LayerName, "store/a.bin"), rest), report.ArchiveHardlink),
		passes("eight links", Archive(chain(8), rest)),
		{Name: "nine links", Verdict: report.Incomplete, Expect: []report.Code{report.LimitLinkHops}, Tar: Archive(chain(9), rest)},
		fails("loop of links", Archive(link(good.LayerName, "../c1"), link("c1", "c2"), link("c2", good.LayerName), rest), report.ArchiveLinkLoop),
		fails("link to itself", Archive(link(good.LayerName, "layer.tar"), rest), report.ArchiveLinkLoop),
		fails("link leaves the archive", Archive(link(good.LayerName, "../../etc/passwd"), rest), report.ArchiveLinkEscapes),
		fails("link is absolute", Archive(link(good.LayerName, "/etc/passwd"), rest), report.ArchiveLinkEscapes),
		fails("link dangles", Archive(link(good.LayerName, "../store/a.bin"), rest), report.ArchiveLinkDangles),
		fails("link to a folder", Archive(tartest.Block(header{Name: "store/", Type: '5'}), link(good.LayerName, "../store"), rest), report.BlobSymlink),
		fails("config is a link to dev zero", Archive(good.LayerMember, link(good.ConfigName, "/dev/zero"), good.IndexMember), report.ArchiveLinkEscapes),
		fails("manifest is a link away", Archive(good.LayerMember, good.ConfigMember, link("manifest.json", "/etc/passwd")), report.ArchiveLinkEscapes),
	}
}
