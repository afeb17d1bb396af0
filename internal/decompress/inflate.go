package decompress

import (
	"compress/flate"
	"io"
)

const (
	// historySize is how far back a deflate match can reach, RFC 1951 2.
	historySize = 32 << 10
	// chunkEnd is the position in the window where a chunk is full.
	chunkEnd = historySize + chunkSize
	// windowSlack is what may be written beyond chunkEnd by a symbol that began before it.
	windowSlack = 512
)

type window [chunkEnd + windowSlack]byte

// inflater decodes deflate data (RFC 1951) from a source into a window.
type inflater struct {
	src *source
	win *window
	op  int // win[historySize:op] is this chunk
	ref io.ReadCloser
}

func newInflater(src *source, reference bool) *inflater {
	return &inflater{src: src, win: new(window), op: historySize}
}

func (z *inflater) reset() { z.op = historySize }

func (z *inflater) slide() {
	z.op = historySize
}

func (z *inflater) begin() {
	if z.ref == nil {
		z.ref = flate.NewReader(z.src)
		return
	}
	z.ref.(flate.Resetter).Reset(z.src, nil)
}

func (z *inflater) run() (done bool, err error) {
	for z.op < chunkEnd {
		n, err := z.ref.Read(z.win[z.op:chunkEnd])
		z.op += n
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}
