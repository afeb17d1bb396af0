package verify

import (
	"hash"
	"hash/maphash"

	"github.com/opencontainers/go-digest"

	ohash "github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/tarscan"
)

// TarFacts is what the tar inside a layer showed.
type TarFacts struct {
	tarscan.Summary
	Unsafe    Paths // absolute, or climbing out of the root
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

const (
	// maxTracked bounds the paths of a layer that are compared with each
	// other: 8 bytes each in a table of at most 16 MiB.
	maxTracked = 1 << 20

	stargzIndex = "stargz.index.json"
)

// layerTar scans the tar inside a layer while its bytes pass. Bodies are
// stepped over, except that of the eStargz table of contents, which is hashed.
type layerTar struct {
	scan  *tarscan.Scanner
	seed  maphash.Seed
	paths pathSet
	facts TarFacts
	toc   hash.Hash
	left  int64 // bytes of the table of contents still to come
}

func (t *layerTar) reset() {
	// Go's reader refuses extended headers above 1 MiB, and so do the image
	// tools built on it; names follow PATH_MAX.
	opt := tarscan.Options{PAXBytes: 1 << 20, Entries: -1}
	if t.scan == nil {
		t.scan = tarscan.New(opt)
		t.seed = maphash.MakeSeed()
		t.toc = ohash.New(digest.SHA256)
	} else {
		t.scan.Reset(opt)
	}
	t.paths.reset()
	t.facts, t.left = TarFacts{}, 0
}

func (t *layerTar) write(p []byte) {
	for len(p) > 0 {
		if t.left > 0 {
			n := min(t.left, int64(len(p)), t.scan.Skippable())
			if n > 0 {
				t.toc.Write(p[:n])
				t.scan.Skip(n)
				t.left -= n
				p = p[n:]
				if t.left == 0 {
					t.facts.Stargz = ohash.FromHash(digest.SHA256, t.toc)
				}
				continue
			}
			t.left = 0
		}
		n, e := t.scan.Next(p)
		p = p[n:]
		if e != nil {
			t.entry(e)
		}
	}
}

func (t *layerTar) entry(e *tarscan.Entry) {
	name, unsafe := e.Clean()
	if unsafe {
		t.facts.Unsafe.add(e.Name)
	}
	if e.IsDevice() && !e.IsWhiteout() {
		t.facts.Devices.add(e.Name)
	}
	if len(name) > 0 && e.Type != tarscan.Directory {
		if t.paths.len() >= maxTracked {
			t.facts.Untracked = true
		} else if !t.paths.add(maphash.Bytes(t.seed, name)) {
			t.facts.Duplicate.add(name)
		}
	}
	if string(name) == stargzIndex && e.IsFile() {
		t.facts.HasStargz = true
		t.left = e.Size
		t.toc.Reset()
		if e.Size == 0 {
			t.facts.Stargz = ohash.FromHash(digest.SHA256, t.toc)
		}
	}
}

// finish ends the scan.
func (t *layerTar) finish() *TarFacts {
	facts := t.facts
	facts.Summary = t.scan.Summary()
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
