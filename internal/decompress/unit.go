package decompress

import (
	"bytes"
	"encoding/binary"
)

// A unit is what a stream is a sequence of: a gzip member, a zstd frame. Where
// one ends is explicit in zstd; in gzip it shows only in decoding, so that the
// end of a member is a guess, to be confirmed.

// outcome is what the search for the end of a unit came to.
type outcome uint8

const (
	unitFound   outcome = iota
	unitMore            // it may be in the bytes to come
	unitRefused         // nothing to be decoded ahead of its turn
)

const (
	// maxUnitStored and maxUnitDecoded bound what is decoded ahead of its
	// turn. They fit the members of eStargz (4 MiB decoded), and the frames of
	// pzstd at its default level (8 MiB decoded, 1 to 4 MiB stored).
	maxUnitStored  = 4 << 20
	maxUnitDecoded = 8 << 20

	// minMember is the size of the smallest gzip member: header, trailer, and
	// an empty block of ten bits.
	minMember = gzipHeaderLen + 2 + gzipTrailerLen
)

// plausibleMember reports whether p may be the beginning of a gzip member. What
// is refused here may be one all the same.
func plausibleMember(p []byte) bool {
	return len(p) >= 4 && string(p[:2]) == gzipMagic && p[2] == methodDeflate && p[3]&flagReserved == 0
}

// memberEnd returns where the member that p begins with may end, which is where
// another one may begin, and what it then decodes to, by its trailer. Nothing
// before p[from:] is a candidate; seen is where the next search is to begin.
func memberEnd(p []byte, from int) (end, size, seen int, o outcome) {
	if len(p) < 4 {
		return 0, 0, 0, unitMore
	}
	if !plausibleMember(p) {
		return 0, 0, 0, unitRefused
	}
	from = max(from, minMember)
	for from < len(p) {
		i := bytes.IndexByte(p[from:], gzipMagic[0])
		if i < 0 {
			return 0, 0, len(p), unitMore
		}
		from += i
		if len(p)-from < 4 {
			break
		}
		if plausibleMember(p[from:]) {
			if n := binary.LittleEndian.Uint32(p[from-4:]); n <= maxUnitDecoded {
				return from, int(n), 0, unitFound
			}
		}
		from++
	}
	return 0, 0, from, unitMore
}

// frameEnd returns where the frame that p begins with ends, and what it decodes
// to at most. For a skippable frame data is false.
func frameEnd(p []byte, maxWindow int64) (end, size int, data bool, o outcome) {
	switch kind := zstdFrameKind(p); {
	case len(p) < 4:
		return 0, 0, false, unitMore
	case kind == zstdSkippable:
		if len(p) < zstdSkipHeader {
			return 0, 0, false, unitMore
		}
		n := binary.LittleEndian.Uint32(p[4:])
		switch {
		case n > maxUnitStored-zstdSkipHeader:
			return 0, 0, false, unitRefused
		case int(n) > len(p)-zstdSkipHeader:
			return 0, 0, false, unitMore
		}
		return zstdSkipHeader + int(n), 0, false, unitFound
	case kind != zstdData:
		return 0, 0, false, unitRefused
	}
	h, whole := readZstdHeader(p)
	switch {
	case h.reserved:
		return 0, 0, true, unitRefused
	case !whole:
		return 0, 0, true, unitMore
	case h.dictionary != 0 || h.window > uint64(min(freeWindow, maxWindow)):
		return 0, 0, true, unitRefused
	}
	at, bound := h.size, 0
	for last := false; !last; {
		if len(p)-at < zstdBlockHeader {
			return 0, 0, true, unitMore
		}
		b := readZstdBlock(p[at:])
		if b.kind == zstdBlockReserved || b.size > zstdMaxBlock {
			return 0, 0, true, unitRefused
		}
		if b.kind == zstdBlockCompressed {
			bound += int(min(h.window, zstdMaxBlock))
		} else {
			bound += b.size
		}
		at += b.stored()
		last = b.last
	}
	if h.sized {
		bound = int(min(h.content, uint64(bound)))
	}
	if h.checksum {
		at += zstdChecksumLen
	}
	switch {
	case bound > maxUnitDecoded:
		return 0, 0, true, unitRefused
	case at > len(p):
		return 0, 0, true, unitMore
	}
	return at, bound, true, unitFound
}
