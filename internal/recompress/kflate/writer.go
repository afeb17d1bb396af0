// Copyright 2009 The Go Authors. All rights reserved.
// Copyright (c) 2015 Klaus Post
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package kflate

import "io"

const (
	maxMatchLength    = 258     // the longest match
	baseMatchLength   = 3       // the shortest; RFC 1951 3.2.5
	baseMatchOffset   = 1       // the smallest offset
	maxMatchOffset    = 1 << 15 // the largest
	maxStoreBlockSize = 65535

	// A block this small is not searched for matches, ...
	smallBlock = 128
	// ... and this small not even given codes.
	tinyBlock = 32
)

// A Generation is a span of versions that write the same bytes.
type Generation uint8

// The generations, oldest first.
const (
	V1_14    Generation = iota // 1.14.0 to 1.14.4: January and February 2022
	V1_15                      // 1.15.0 to 1.15.9: March to August 2022
	V1_15_11                   // 1.15.11 to 1.18.0: September 2022 to November 2025
	V1_18_2                    // 1.18.2 to 1.20.3: December 2025 to October 2026
	V1_20_4                    // 1.20.4: since November 2026
	generations
)

// String is the span of versions: "1.15.11-1.18.0".
func (g Generation) String() string {
	return [generations]string{"1.14", "1.15.0-1.15.9", "1.15.11-1.18.0", "1.18.2-1.20.3", "1.20.4"}[g]
}

// A Writer compresses what is written to it. Errors are those of the
// destination, and stay.
type Writer struct {
	bits   *bitWriter
	match  matcher
	window []byte
	tokens tokens

	gapless bool // see Generation
}

// NewWriter returns a Writer to dst.
func NewWriter(dst io.Writer, g Generation) *Writer {
	if g >= generations {
		panic("kflate: no such generation")
	}
	w := &Writer{
		bits:   newBitWriter(dst, g >= V1_18_2, g >= V1_20_4),
		match:  matcher{cur: maxStoreBlockSize, wholePieces: g >= V1_15, skipping: g >= V1_15_11},
		window: make([]byte, 0, maxStoreBlockSize),

		gapless: g >= V1_20_4,
	}
	return w
}

// ResetDict begins a new stream to dst, as if dict had been written before it.
func (w *Writer) ResetDict(dst io.Writer, dict []byte) {
	w.bits.reset(dst)
	w.match.reset()
	w.window = w.window[:0]
	w.tokens.reset()
	w.match.encode(&w.tokens, dict[max(0, len(dict)-maxMatchOffset):])
	w.tokens.reset()
}

// Write implements io.Writer. How data is cut into writes makes no difference.
func (w *Writer) Write(data []byte) (int, error) {
	for rest := data; len(rest) > 0; {
		if len(w.window) == cap(w.window) {
			w.block(false, false)
		}
		n := min(len(rest), cap(w.window)-len(w.window))
		w.window = append(w.window, rest[:n]...)
		rest = rest[n:]
	}
	return len(data), w.bits.err
}

// Flush ends the current block and aligns the stream to a byte.
func (w *Writer) Flush() error {
	w.block(true, false)
	w.bits.storedHeader(0, false)
	w.bits.flush()
	return w.bits.err
}

// Close ends the stream.
func (w *Writer) Close() error {
	w.block(true, true)
	w.bits.storedHeader(0, true)
	w.bits.flush()
	return w.bits.err
}

// block compresses what is in the window. With sync nothing may be left behind,
// and with closing nothing follows.
func (w *Writer) block(sync, closing bool) {
	n := len(w.window)
	if n == 0 {
		return
	}
	defer func() {
		w.tokens.reset()
		w.window = w.window[:0]
	}()
	if small := sync && n < smallBlock; small && !w.gapless || small && closing && len(w.match.hist) == 0 {
		if n <= tinyBlock {
			w.bits.stored(w.window, false)
		} else {
			w.bits.blockHuff(w.window, true)
		}
		w.match.reset()
		return
	}
	w.match.encode(&w.tokens, w.window)
	none := w.tokens.n == 0
	switch {
	case w.gapless && n < minBlock, none && (!w.gapless || n >= smallBlock):
		w.bits.stored(w.window, false)
	case none, int(w.tokens.n) > n-n>>4:
		// Less than 1/16th was saved: literals only.
		w.bits.blockHuff(w.window, sync)
	default:
		w.bits.blockDynamic(&w.tokens, w.window, sync)
	}
}
