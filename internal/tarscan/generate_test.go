package tarscan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/internal/tarscan/tartest"
)

// program turns bytes into an archive, each byte a choice, so that a fuzzer
// explores headers and not checksums.
type program struct{ code []byte }

func (p *program) choose(n int) int {
	if len(p.code) == 0 {
		return 0
	}
	c := int(p.code[0])
	p.code = p.code[1:]
	return c % n
}

// usually is choose, with a bias to the first choice.
func usually[T any](p *program, from ...T) T {
	if len(p.code) > 0 && p.code[0] < 200 {
		p.code = p.code[1:]
		return from[0]
	}
	return pick(p, from...)
}

func pick[T any](p *program, from ...T) T { return from[p.choose(len(from))] }

var (
	deepName = strings.Repeat("folder/", 20) + "name"
	wideName = strings.Repeat("\u00e9", 60)
)

func (p *program) name() string {
	return pick(p, "a", "b/", "manifest.json", "", "./a", "../x", deepName, deepName[:100], wideName, wideName[:100], "caf\u00e9", "caf", "n\xff", strings.Repeat("n", 100), strings.Repeat("n", 300))
}

func (p *program) size() string {
	return pick(p, "00000000000\x00", "00000000004\x00", "00000001000\x00", "00000001001\x00", "          4 ", "4", "\x00", "", "000000000004", "00000000009\x00", " \x004\x00",
		"\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x80\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00", "\x81", "777777777777", "77777777777\x00", "-1", "4\x005", "4 5")
}

func (p *program) record() string {
	key := pick(p, "path=", "linkpath=", "size=", "mtime=", "comment=", "SCHILY.xattr.user.x=")
	value := usually(p, "", p.name())
	if value == "" {
		switch key {
		case "path=", "linkpath=":
			value = p.name()
		case "size=":
			value = pick(p, "0", "4", "512")
		default:
			value = "1.5"
		}
	}
	key = usually(p, key, "uid=", "uname=", "GNU.sparse.major=", "GNU.sparse.name=", "GNU.sparse.map=", "=", "hdrcharset=", "x\x00=", strings.Repeat("k", 70)+"=")
	return key + usually(p, value, "-1", "1.5", "", "x\x00y", "+4", "0x4", "99999999999999999999", "8589934592", "1 ")
}

func (p *program) number() string {
	return pick(p, "0000644\x00", "", "0000644 ", "    644 ", "junk", "\x80\x00\x00\x01", "\xff\xff\xff\xff\xff\xff\xff\xff", "1\x002", "08")
}

// build appends parts until the code is used up.
func (p *program) build() []byte {
	var data []byte
	for len(p.code) > 0 && len(data) < 1<<15 {
		switch p.choose(8) {
		case 0:
			data = append(data, tartest.Ext(pick(p, byte('L'), 'K'), p.name()+usually(p, "\x00", "", "\x00x", "\x00\x00"))...)
		case 1:
			var all []string
			for range p.choose(4) {
				all = append(all, p.record())
			}
			payload := tartest.Records(all...)
			if usually(p, false, true) {
				payload = pick(p, payload[:len(payload)/2], payload+"\x00", payload+"9 x", strings.ReplaceAll(payload, "1", "2"), "0"+payload)
			}
			data = append(data, tartest.Ext(usually(p, byte('x'), 'g'), payload)...)
		case 2:
			if usually(p, true, false) {
				break
			}
			data = append(data, make([]byte, pick(p, 512, 1024, 100, 1500, 5000))...)
		default:
			data = append(data, p.member()...)
		}
	}
	if p.choose(3) < 2 {
		data = append(data, tartest.End()...)
	}
	return data[:len(data)-min(len(data), p.choose(2)*p.choose(700))]
}

func (p *program) member() []byte {
	body := pick(p, 0, 0, 4, 512, 513)
	h := tartest.Header{
		Name: p.name(),
		Type: pick(p, byte('0'), '0', '0', '7', '1', '2', '3', '5', '6'), Size: int64(body),
		Magic: pick(p, "", "", tartest.GNU, tartest.GNU, tartest.V7),
	}
	if h.Type > '0' && h.Type < '7' {
		h.Size, body = usually(p, 0, int64(body)), usually(p, 0, body)
		h.Link = p.name()
	}
	h.Type = usually(p, h.Type, 'S', 'X', 'D', 'Q', 'x', 'g', 'L', 'K')
	h.Magic = usually(p, h.Magic, "ustar  99", "ustar\x0099", "ustar 00")
	if usually(p, false, true) {
		h.SizeField = p.size()
	}
	if h.Magic == "" || usually(p, false, true) {
		h.Prefix = usually(p, "", "p", "pre/fix", "14000000000\x0014000000000\x00", strings.Repeat("p", 131), strings.Repeat("p", 155), "\xff\xff\xff\xff", "\x00x", "p\xe9", "            p")
	}
	h.Mode = usually(p, "", p.number())
	odd, value := usually(p, 0, 1, 2, 3, 4, 5, 6, 7, 8), p.number()
	h.Raw = func(b []byte) {
		switch odd {
		case 1:
			b[156] = 0
		case 2:
			copy(b[108:116], value)
		case 3:
			copy(b[136:148], value)
		case 4:
			copy(b[329:337], value)
		case 5:
			copy(b[508:512], "tar\x00")
			copy(b[pick(p, 320, 476, 488):], value)
		case 6:
			b[482] = 1
		case 7:
			copy(b[257:265], value)
		case 8:
			copy(b[476:], value)
		}
	}
	return append(tartest.Block(h), tartest.Body(make([]byte, body))...)
}

// FuzzBuilt has the property of FuzzScan, over archives that are built.
func FuzzBuilt(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		f.Add(randomCode(rnd))
	}
	f.Fuzz(func(t *testing.T, code []byte) { checkBuilt(t, code) })
}

func TestBuilt(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	clean, entries := 0, 0
	n := 20_000
	if testing.Short() {
		n = 3000
	}
	for range n {
		all, sum := checkBuilt(t, randomCode(rnd))
		if len(sum.Faults) == 0 && len(all) > 0 {
			clean++
			entries += len(all)
		}
	}
	// A generator that only made rubbish would prove nothing.
	if clean < n/100 {
		t.Errorf("%d archives of %d had entries and no fault, want at least %d", clean, n, n/100)
	}
}

func randomCode(rnd *rand.Rand) []byte {
	code := make([]byte, rnd.IntN(80))
	for i := range code {
		if code[i] = byte(rnd.Uint32()); rnd.IntN(3) == 0 {
			code[i] = 0 // the first choice is the usual one
		}
	}
	return code
}

func checkBuilt(t testing.TB, code []byte) ([]found, Summary) {
	p := &program{code}
	data := p.build()
	opt := Options{PAXBytes: 4096, NameBytes: 256}
	all, sum := push(data, opt, func() int { return len(data) })
	again, sumAgain := push(data, opt, func() int { return 300 })
	if fmt.Sprint(all, sum) != fmt.Sprint(again, sumAgain) {
		t.Fatalf("code %x: whole and in pieces differ:\n%+v %+v\n%+v %+v", code, all, sum, again, sumAgain)
	}
	compareWithGo(t, data, all, sum)
	return all, sum
}
