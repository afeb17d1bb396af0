package adversary

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// Mutant is an archive whose structure was changed at random.
type Mutant struct {
	Tar []byte
	Ops []string // what was done to it
}

// piece is a member of an archive on its way to being changed: extension
// headers, a header, a body, and what is put behind it.
type piece struct {
	before []byte
	head   header
	body   []byte
	after  []byte
	raw    func(b []byte) // changes the header block before its checksum
}

func (p piece) bytes() []byte {
	h := p.head
	if h.SizeField == "" && h.Size == 0 {
		h.Size = int64(len(p.body))
	}
	h.Raw = p.raw
	return tartest.Join(p.before, tartest.Block(h), tartest.Body(p.body), p.after)
}

// Mutate returns the archive that seed makes out of an image that runs
// /bin/good, one that runs /bin/evil, and what tar readers disagree about. It
// holds no links and no devices, so that any tar may list it and print it.
func Mutate(seed uint64) Mutant {
	rng := rand.New(rand.NewPCG(seed, 7))
	good, evil := Save("/bin/good"), Save("/bin/evil")
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	pieces := []piece{
		{head: header{Name: good.LayerName}, body: good.Layer},
		{head: header{Name: good.ConfigName}, body: good.Config},
		{head: header{Name: evil.ConfigName}, body: evil.Config},
		{head: header{Name: "manifest.json"}, body: good.Manifest},
	}
	spare := piece{head: header{Name: "notes.txt"}, body: evil.Manifest}
	if rng.IntN(4) > 0 {
		pieces = slices.Insert(pieces, rng.IntN(len(pieces)+1), spare)
	}
	other := func() string {
		return pick("manifest.json", "notes.txt", good.ConfigName, "./manifest.json", "manifest.json/", "x/manifest.json", "manifest.json\x00x", "manifest.jso", "")
	}
	size := func() string {
		return pick("0", "1", "512", itoa(len(evil.Manifest)), "1024", "", "-1", "99999999999999999999")
	}
	end := tartest.End()
	m := Mutant{}
	for range 1 + rng.IntN(3) {
		i := rng.IntN(len(pieces))
		p := &pieces[i]
		ops := []struct {
			name string
			do   func()
		}{
			{"twice", func() { pieces = append(pieces, *p) }},
			{"swap", func() { j := rng.IntN(len(pieces)); pieces[i], pieces[j] = pieces[j], pieces[i] }},
			{"rename", func() { p.head.Name = other() }},
			{"pax path", func() { p.before = append(p.before, tartest.PAX("path="+other())...) }},
			{"pax size", func() { p.before = append(p.before, tartest.PAX("size="+size())...) }},
			{"pax two", func() { p.before = append(p.before, tartest.PAX("path="+other(), "path="+other())...) }},
			{"pax charset", func() {
				p.before = append(p.before, tartest.PAX("hdrcharset=BINARY", "path="+other())...)
			}},
			{"pax sparse", func() {
				p.before = append(p.before, tartest.PAX("GNU.sparse.name="+other(), "GNU.sparse.size=10", "GNU.sparse.numblocks=0")...)
			}},
			{"pax malformed", func() {
				p.before = append(p.before, tartest.Ext('x', pick("5 path=manifest.json\n", "22 path=manifest.json\n\n", "021 path=manifest.json\n", " 22 path=manifest.json\n", "22 path=manifest.json ", "\x00", "22 path=manifest.json\n\x00\x00"))...)
			}},
			{"global path", func() { p.before = append(p.before, tartest.Global("path="+other())...) }},
			{"global size", func() { p.before = append(p.before, tartest.Global("size="+size())...) }},
			{"global comment", func() { p.before = append(p.before, tartest.Global("comment="+other())...) }},
			{"gnu name", func() { p.before = append(p.before, tartest.Long('L', other())...) }},
			{"gnu name unended", func() { p.before = append(p.before, tartest.Ext('L', other())...) }},
			{"gnu link", func() { p.before = append(p.before, tartest.Long('K', other())...) }},
			{"solaris", func() {
				p.before = append(p.before, tartest.Ext('X', tartest.Records("path="+other()))...)
			}},
			{"volume", func() { p.before = append(p.before, tartest.Ext("VMNAED"[rng.IntN(6)], other())...) }},
			{"prefix", func() { p.head.Prefix = pick("x", ".", "/", "..", "x/y") }},
			{"magic", func() { p.head.Magic = pick(tartest.GNU, tartest.V7, "ustar\x00  ", "ustar 00", "USTAR\x0000") }},
			{"type", func() { p.head.Type = "056789gxDSALVZ\x01a"[rng.IntN(15)] }},
			{"type nul", func() { p.raw = func(b []byte) { b[156] = 0 } }},
			{"size field", func() {
				p.head.SizeField = pick("0000000001000", "00000000000 ", "      1000 \x00", "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "+0000001000\x00", "0x200\x00", "00000001000\x01")
			}},
			{"zero block", func() { p.after = append(p.after, make([]byte, 512)...) }},
			{"zero blocks", func() { p.after = append(p.after, make([]byte, 1024)...) }},
			{"junk block", func() { p.after = append(p.after, []byte(strings.Repeat("junk", 128))...) }},
			{"negative number", func() {
				p.raw = func(b []byte) { copy(b[136:148], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe") }
			}},
			{"number garbage", func() { p.raw = func(b []byte) { copy(b[108:], "zzzzzzz") } }},
			{"star", func() {
				p.raw = func(b []byte) { copy(b[345:], "x"); copy(b[508:], "tar\x00") }
			}},
			{"gnu sparse", func() {
				p.head.Type, p.head.Magic = 'S', tartest.GNU
				p.raw = func(b []byte) { copy(b[386:], "00000000000\x0000000001000\x00"); copy(b[483:], "00000001000\x00") }
			}},
			{"body of members", func() {
				p.body = tartest.Join(tartest.File("manifest.json", string(evil.Manifest)), tartest.File("x", ""))
				p.head.Name = pick("blob.bin", "x/")
				p.head.Type = "0156g"[rng.IntN(5)]
			}},
			{"no end", func() { end = end[:rng.IntN(2)*512] }},
			{"archive behind", func() {
				end = tartest.Join(tartest.End(), tartest.File("manifest.json", string(evil.Manifest)), tartest.End())
			}},
			{"long name", func() { p.head.Name = strings.Repeat("a", 100); p.head.Prefix = pick("", "b") }},
		}
		op := ops[rng.IntN(len(ops))]
		op.do()
		m.Ops = append(m.Ops, op.name+" "+itoa(i))
	}
	for _, p := range pieces {
		m.Tar = append(m.Tar, p.bytes()...)
	}
	m.Tar = append(m.Tar, end...)
	return m
}
