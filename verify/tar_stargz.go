package verify

import (
	"bytes"
	"hash"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/tarscan"
)

// stargzIndex is the last member of an eStargz layer: its table of contents,
// whose digest an annotation promises. BuildKit writes it behind the end marker
// of the tar.
const stargzIndex = "stargz.index.json"

// tocHash hashes the body of the table of contents while it passes.
type tocHash struct {
	sum  hash.Hash
	left int64
	seen bool
}

func (t *tocHash) reset() { t.left, t.seen = 0, false }

// begin is called at a member; the body comes next.
func (t *tocHash) begin(e *tarscan.Entry, name []byte) {
	if string(name) != stargzIndex || !e.IsFile() {
		return
	}
	if t.sum == nil {
		t.sum = ohash.New(digest.SHA256)
	}
	t.sum.Reset()
	t.left, t.seen = e.Size, true
}

// take hashes what p has of the body, tells the scanner that it was passed
// over, and returns the rest.
func (t *tocHash) take(s *tarscan.Scanner, p []byte) []byte {
	n := min(t.left, int64(len(p)), s.Skippable())
	if n == 0 {
		t.left, t.seen = 0, false // the archive ends before the body does
		return p
	}
	t.sum.Write(p[:n])
	s.Skip(n)
	t.left -= n
	return p[n:]
}

// digest is that of the whole body, or empty.
func (t *tocHash) digest() digest.Digest {
	if !t.seen || t.left > 0 {
		return ""
	}
	return ohash.FromHash(digest.SHA256, t.sum)
}

// tail looks at what follows the end marker of a layer's tar.
type tail struct {
	scan    *tarscan.Scanner
	toc     tocHash
	started bool // something other than zero blocks
	entries int
	partial int // zero bytes of a block seen so far
}

func (t *tail) reset() {
	t.toc.reset()
	t.started, t.entries, t.partial = false, 0, 0
}

var zeroBlock [tarscan.BlockSize]byte

// write takes bytes from the first block behind the marker on.
func (t *tail) write(p []byte) {
	for !t.started && len(p) > 0 {
		n := min(len(p), tarscan.BlockSize-t.partial)
		if !bytes.Equal(p[:n], zeroBlock[:n]) {
			t.start()
			break
		}
		t.partial = (t.partial + n) % tarscan.BlockSize
		p = p[n:]
	}
	for len(p) > 0 {
		if t.toc.left > 0 {
			p = t.toc.take(t.scan, p)
			continue
		}
		n, e := t.scan.Next(p)
		p = p[n:]
		if e != nil {
			t.entries++
			name, _ := e.Clean()
			t.toc.begin(e, name)
		}
	}
}

func (t *tail) start() {
	t.started = true
	if t.scan == nil {
		t.scan = tarscan.New(tarscan.Options{})
	} else {
		t.scan.Reset(tarscan.Options{})
	}
	t.scan.Write(zeroBlock[:t.partial]) // of this block, from the chunk before
}

// finish reports a table of contents that is all there is behind the marker:
// then these bytes are not trailing data.
func (t *tail) finish(facts *TarFacts) {
	if !t.started || t.entries != 1 || t.toc.digest() == "" {
		return
	}
	facts.HasStargz, facts.Stargz = true, t.toc.digest()
	kept := facts.Faults[:0]
	for _, f := range facts.Faults {
		if f.Kind != tarscan.Trailing {
			kept = append(kept, f)
		}
	}
	facts.Faults = kept
}
