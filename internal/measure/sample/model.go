package sample

// maxCopy is the longest repetition that a model makes.
const maxCopy = 4096

// model makes data as a decompressor of the LZ family would: runs of new bytes,
// and repetitions of earlier ones.
type model struct {
	alphabet []byte // new bytes, the frequent ones first
	power    int    // how skewed the choice among them is
	run      int    // new bytes in a row, at most
	lengths  []int  // of repetitions, each as likely as the others
	far      int    // repetitions reach back at most so far ...
	distance int    // ... and this skewed towards near ones
	again    int    // of 100 repetitions, so many use the previous distance: records of a table
	long     int    // one of so many repetitions is of up to maxCopy bytes
}

// library and text were fitted to /usr/lib and /usr/share/doc of Debian 12.
var (
	library = model{
		alphabet: libraryBytes(), power: 3, run: 6,
		lengths: []int{3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 9, 12, 20},
		far:     32 << 10, distance: 2, again: 12, long: 560,
	}
	text = model{
		alphabet: []byte("e taoinsrhldcum\npfg.wyb,v-k0()_\"'1=:/2xT;SA3CI*<>j4q5REN8zP6L7M9DOF{}BH[]UGW&V#|+\\K@Y$XJ%Q~?Z`^!"), power: 2, run: 3,
		lengths: []int{4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 12, 15, 20, 34},
		far:     32 << 10, distance: 1, again: 2, long: 200,
	}
)

// libraryBytes begins with the bytes that x86-64 code and its tables are full
// of; the others follow in an order of no meaning.
func libraryBytes() []byte {
	all := []byte{0x00, 0x48, 0x0f, 0x8b, 0xff, 0x24, 0x89, 0x01, 0x41, 0x8d, 0x83, 0x85, 0xe8, 0x44, 0x4c, 0xc0, 0x74, 0x20, 0x08, 0x10, 0x05, 0x40, 0x1f, 0x84, 0x66, 0x5b, 0x5d, 0xc3, 0x45, 0x75, 0x31, 0xeb}
	var seen [256]bool
	for _, b := range all {
		seen[b] = true
	}
	for i := range 256 {
		if b := byte(i * 37); !seen[b] {
			all = append(all, b)
		}
	}
	return all
}

// append appends bytes until out has n of them or a few more.
func (m *model) append(out []byte, n int, r *source) []byte {
	last := 1
	for len(out) < n {
		for range 1 + r.below(m.run) {
			out = append(out, m.alphabet[r.skewed(len(m.alphabet), m.power)])
		}
		if r.below(100) >= m.again {
			last = 1 + r.skewed(m.far, m.distance)
		}
		length := m.lengths[r.below(len(m.lengths))]
		if r.below(m.long) == 0 {
			length = 64 + r.below(maxCopy-64)
		}
		from := max(len(out)-last, 0)
		for i := range length {
			out = append(out, out[from+i])
		}
	}
	return out
}
