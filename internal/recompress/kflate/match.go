// Copyright 2011 The Snappy-Go Authors. All rights reserved.
// Modified for deflate by Klaus Post (c) 2015.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

import (
	"encoding/binary"
	"math/bits"
)

const (
	tableBits    = 15 // of the hash tables
	tableSize    = 1 << tableBits
	allocHistory = maxStoreBlockSize * 5
	// bufferReset is the position from which on the tables are moved down.
	bufferReset = 1<<31 - allocHistory - maxStoreBlockSize - 1

	// inputMargin is how far is read beyond where a match is looked for, and
	// minBlock the smallest block in which one is.
	inputMargin = 12 - 1
	minBlock    = 1 + 1 + inputMargin

	prime4bytes = 2654435761
	prime7bytes = 58295818150454627
)

func load32(b []byte, i int32) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int32) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// hash4 and hash7 hash the lowest 4 and 7 bytes.
func hash4(u uint64) uint32 { return uint32(u) * prime4bytes >> (32 - tableBits) }
func hash7(u uint64) uint32 { return uint32(u << 8 * prime7bytes >> (64 - tableBits)) }

// pair are the last two positions of one hash.
type pair struct{ cur, prev int32 }

// matcher finds matches with two hash tables, of 4 and of 7 bytes: level 5.
type matcher struct {
	hist  []byte
	cur   int32 // position of hist[0]
	short [tableSize]int32
	long  [tableSize]pair

	wholePieces, skipping bool // see Generation
}

// add appends a block to the history, of which at least a window stays.
func (e *matcher) add(src []byte) int32 {
	if len(e.hist)+len(src) > cap(e.hist) {
		if cap(e.hist) == 0 {
			e.hist = make([]byte, 0, allocHistory)
		} else {
			offset := int32(len(e.hist)) - maxMatchOffset
			copy(e.hist[:maxMatchOffset], e.hist[offset:])
			e.cur += offset
			e.hist = e.hist[:maxMatchOffset]
		}
	}
	s := int32(len(e.hist))
	e.hist = append(e.hist, src...)
	return s
}

// reset puts everything so far out of reach.
func (e *matcher) reset() {
	if cap(e.hist) < allocHistory {
		e.hist = make([]byte, 0, allocHistory)
	}
	if e.cur <= bufferReset {
		e.cur += maxMatchOffset + int32(len(e.hist))
	}
	e.hist = e.hist[:0]
}

// shift moves the tables down before positions overflow.
func (e *matcher) shift() {
	for e.cur >= bufferReset {
		if len(e.hist) == 0 {
			clear(e.short[:])
			clear(e.long[:])
			e.cur = maxMatchOffset
			break
		}
		minOff := e.cur + int32(len(e.hist)) - maxMatchOffset
		move := func(v int32) int32 {
			if v <= minOff {
				return 0
			}
			return v - e.cur + maxMatchOffset
		}
		for i, v := range e.short[:] {
			e.short[i] = move(v)
		}
		for i, v := range e.long[:] {
			if v.cur <= minOff {
				e.long[i] = pair{}
			} else {
				e.long[i] = pair{move(v.cur), move(v.prev)}
			}
		}
		e.cur = maxMatchOffset
	}
}

// matchLen is how long s and t agree, at most limit.
func matchLen(src []byte, s, t, limit int32) int32 {
	a := src[s:min(int(s)+int(limit), len(src))]
	b := src[t:]
	n := 0
	for len(a)-n >= 8 {
		if diff := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); diff != 0 {
			return int32(n + bits.TrailingZeros64(diff)>>3)
		}
		n += 8
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return int32(n)
}

// short4 is the length of a match at s and t whose first four bytes are known
// to agree, at most maxMatchLength.
func short4(src []byte, s, t int32) int32 {
	return matchLen(src, s+4, t+4, maxMatchLength-4) + 4
}

const unlimited = 1 << 30

func (e *matcher) putLong(h uint32, at int32) { e.long[h] = pair{at, e.long[h].cur} }

// encode appends the tokens of src to dst, or none if there is no match.
func (e *matcher) encode(dst *tokens, src []byte) {
	const (
		skipLog   = 6
		hashEvery = 3
		// skipBeginning bytes of the better match may differ; they are looked
		// at again when it is extended backwards.
		skipBeginning = 2
	)
	e.shift()
	s := e.add(src)
	if len(src) < minBlock {
		dst.n = uint16(len(src))
		return
	}
	src = e.hist
	nextEmit := s
	sLimit := int32(len(src) - inputMargin)

	cv := load64(src, s)
	for {
		nextS := s
		var l, t int32
		for {
			hs, hl := hash4(cv), hash7(cv)
			s = nextS
			nextS = s + 1 + (s-nextEmit)>>skipLog
			if nextS > sLimit {
				goto remainder
			}
			sCandidate := e.short[hs]
			lCandidate := e.long[hl]
			next := load64(src, nextS)
			e.short[hs] = s + e.cur
			e.putLong(hl, s+e.cur)

			hs, hl = hash4(next), hash7(next)

			t = lCandidate.cur - e.cur
			if s-t < maxMatchOffset {
				if uint32(cv) == load32(src, t) {
					e.short[hs] = nextS + e.cur
					e.putLong(hl, nextS+e.cur)
					t2 := lCandidate.prev - e.cur
					if s-t2 < maxMatchOffset && uint32(cv) == load32(src, t2) {
						l = short4(src, s, t)
						if ml1 := short4(src, s, t2); ml1 > l {
							t, l = t2, ml1
						}
					}
					break
				}
				t = lCandidate.prev - e.cur
				if s-t < maxMatchOffset && uint32(cv) == load32(src, t) {
					e.short[hs] = nextS + e.cur
					e.putLong(hl, nextS+e.cur)
					break
				}
			}

			t = sCandidate - e.cur
			if s-t < maxMatchOffset && uint32(cv) == load32(src, t) {
				l = short4(src, s, t)
				lCandidate = e.long[hl]
				e.short[hs] = nextS + e.cur
				e.putLong(hl, nextS+e.cur)

				// A longer match may begin one further on.
				t2 := lCandidate.cur - e.cur
				if nextS-t2 < maxMatchOffset {
					if load32(src, t2) == uint32(next) {
						if ml := short4(src, nextS, t2); ml > l {
							t, s, l = t2, nextS, ml
							break
						}
					}
					t2 = lCandidate.prev - e.cur
					if nextS-t2 < maxMatchOffset && load32(src, t2) == uint32(next) {
						if ml := short4(src, nextS, t2); ml > l {
							t, s, l = t2, nextS, ml
							break
						}
					}
				}
				break
			}
			cv = next
		}

		// Four bytes match at least. Extend that as far as possible.
		if l == 0 {
			l = matchLen(src, s+4, t+4, unlimited) + 4
		} else if l == maxMatchLength {
			l += matchLen(src, s+l, t+l, unlimited)
		}

		// A better match may be found by its end.
		if sAt := s + l; l < 30 && sAt < sLimit {
			skip := int32(0)
			if e.skipping {
				skip = skipBeginning
			}
			t2 := e.long[hash7(load64(src, sAt))].cur - e.cur - l + skip
			s2 := s + skip
			if off := s2 - t2; t2 >= 0 && off < maxMatchOffset && off > 0 {
				if l2 := matchLen(src, s2, t2, unlimited); l2 > l {
					t, l, s = t2, l2, s2
				}
			}
		}

		for t > 0 && s > nextEmit && src[t-1] == src[s-1] {
			s--
			t--
			l++
		}
		dst.addLiterals(src[nextEmit:s])
		dst.addMatchLong(l, uint32(s-t-baseMatchOffset), e.wholePieces)
		s += l
		nextEmit = s
		if nextS >= s {
			s = nextS + 1
		}
		if s >= sLimit {
			goto remainder
		}

		// Enter every third position of the match.
		if i := s - l + 1; i < s-1 {
			v := load64(src, i)
			at := i + e.cur
			e.short[hash4(v)] = at
			e.putLong(hash7(v), at)
			v >>= 8
			e.putLong(hash7(v), at+1)
			v >>= 8
			e.short[hash4(v)] = at + 2
			for i += 4; i < s-1; i += hashEvery {
				v := load64(src, i)
				e.putLong(hash7(v), i+e.cur)
				e.short[hash4(v>>8)] = i + e.cur + 1
			}
		}
		x := load64(src, s-1)
		at := e.cur + s - 1
		e.short[hash4(x)] = at
		e.putLong(hash7(x), at)
		cv = x >> 8
	}

remainder:
	if int(nextEmit) < len(src) && dst.n > 0 {
		dst.addLiterals(src[nextEmit:])
	}
}
