package verify

import (
	"bytes"
	"hash/maphash"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/tarscan"
)

// TarFacts is what the tar inside a layer showed.
type TarFacts struct {
	tarscan.Summary
	Unsafe    Paths // climbing out of the root
	Through   Paths // below a link of the same layer that leaves the root
	Duplicate Paths // the same path again
	Devices   Paths
	Untracked bool          // more paths than are compared with each other
	Stargz    digest.Digest // of the eStargz table of contents, a member of the tar
	HasStargz bool
}

// Paths counts members and keeps the name of the first.
type Paths struct {
	Count int
	First string
}

func (p *Paths) add(name []byte) {
	if p.Count++; p.Count == 1 {
		p.First = string(name[:min(len(name), 1024)])
	}
}

// maxTracked bounds the paths of a layer that are compared with each other:
// 8 bytes each in a table of at most 16 MiB.
const maxTracked = 1 << 20

// layerTar scans the tar inside a layer while its bytes pass. Bodies are
// stepped over, except that of an eStargz table of contents, which is hashed.
type layerTar struct {
	scan  *tarscan.Scanner
	seed  maphash.Seed
	paths pathSet
	out   pathSet // symbolic links that leave the root
	facts TarFacts
	toc   tocHash
	tail  tail
	pos   int64
}

func (t *layerTar) reset() {
	// Go's reader refuses extended headers above 1 MiB, and so do the image
	// tools built on it; names follow PATH_MAX.
	opt := tarscan.Options{PAXBytes: 1 << 20, Entries: -1}
	if t.scan == nil {
		t.scan = tarscan.New(opt)
		t.seed = maphash.MakeSeed()
	} else {
		t.scan.Reset(opt)
	}
	t.paths.reset()
	t.out.reset()
	t.toc.reset()
	t.tail.reset()
	t.facts, t.pos = TarFacts{}, 0
}

func (t *layerTar) write(p []byte) {
	for len(p) > 0 {
		before := len(p)
		if t.toc.left > 0 {
			p = t.toc.take(t.scan, p)
			t.pos += int64(before - len(p))
			continue
		}
		ended := t.scan.EndMarker()
		n, e := t.scan.Next(p)
		if end := t.scan.EndMarker(); end >= 0 {
			// What comes behind the two zero blocks, in this chunk or later.
			skip := int64(0)
			if ended < 0 {
				skip = end + 2*tarscan.BlockSize - t.pos
			} else if behind := end + 2*tarscan.BlockSize; t.pos < behind {
				skip = behind - t.pos
			}
			if skip < int64(n) {
				t.tail.write(p[skip:n])
			}
		}
		t.pos += int64(n)
		p = p[n:]
		if e != nil {
			t.entry(e)
		}
	}
}

func (t *layerTar) entry(e *tarscan.Entry) {
	name, _ := e.Clean()
	if climbs(e.Name) {
		t.facts.Unsafe.add(e.Name)
	}
	if e.Type == tarscan.CharDev && !e.IsWhiteout() || e.Type == tarscan.BlockDev {
		t.facts.Devices.add(e.Name)
	}
	t.links(e, name)
	if len(name) > 0 && e.Type != tarscan.Directory {
		if t.paths.len() >= maxTracked {
			t.facts.Untracked = true
		} else if !t.paths.add(maphash.Bytes(t.seed, name)) {
			t.facts.Duplicate.add(name)
		}
	}
	t.toc.begin(e, name)
}

// climbs reports whether a name has a ".." element.
func climbs(name []byte) bool {
	for len(name) > 0 {
		i := bytes.IndexByte(name, '/')
		if i < 0 {
			i = len(name)
		}
		if string(name[:i]) == ".." {
			return true
		}
		name = name[min(i+1, len(name)):]
	}
	return false
}

// links remembers symbolic links that leave the root, and finds members below
// them.
func (t *layerTar) links(e *tarscan.Entry, name []byte) {
	if t.out.len() > 0 {
		for i := 1; i < len(name); i++ {
			if name[i] == '/' && t.out.has(maphash.Bytes(t.seed, name[:i])) {
				t.facts.Through.add(name)
				break
			}
		}
	}
	if e.Type != tarscan.Symlink || len(name) == 0 || len(e.Link) == 0 || t.out.len() >= maxTracked {
		return
	}
	if e.Link[0] == '/' || leading(e.Link) > bytes.Count(name, []byte("/")) {
		t.out.add(maphash.Bytes(t.seed, name))
	}
}

// leading counts the ".." elements that a relative target begins with.
func leading(target []byte) int {
	n := 0
	for bytes.HasPrefix(target, []byte("../")) || string(target) == ".." {
		n++
		target = target[min(3, len(target)):]
	}
	return n
}

// finish ends the scan.
func (t *layerTar) finish() *TarFacts {
	facts := t.facts
	facts.Summary = t.scan.Summary()
	facts.HasStargz, facts.Stargz = t.toc.seen, t.toc.digest()
	t.tail.finish(&facts)
	return &facts
}

// pathSet is a set of 64-bit hashes with open addressing: no allocation per
// path, and the table is kept from layer to layer.
type pathSet struct {
	table []uint64
	n     int
}

func (s *pathSet) len() int { return s.n }

func (s *pathSet) reset() {
	clear(s.table)
	s.n = 0
}

// has reports whether h was added.
func (s *pathSet) has(h uint64) bool {
	h = max(h, 1)
	mask := uint64(len(s.table) - 1)
	for i := h & mask; s.n > 0 && s.table[i] != 0; i = (i + 1) & mask {
		if s.table[i] == h {
			return true
		}
	}
	return false
}

// add reports whether h is new.
func (s *pathSet) add(h uint64) bool {
	if h == 0 {
		h = 1 // zero marks a free slot
	}
	if 2*(s.n+1) > len(s.table) {
		old := s.table
		s.table = make([]uint64, max(1024, 2*len(old)))
		for _, v := range old {
			if v != 0 {
				s.put(v)
			}
		}
	}
	if !s.put(h) {
		return false
	}
	s.n++
	return true
}

func (s *pathSet) put(h uint64) bool {
	mask := uint64(len(s.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.table[i] {
		case 0:
			s.table[i] = h
			return true
		case h:
			return false
		}
	}
}
