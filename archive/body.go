package archive

import (
	"context"
	"io"
)

// file reads the body of one member at random.
type file struct {
	ctx  context.Context
	r    io.ReaderAt
	off  int64
	left int64
}

func (f *file) Read(p []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	if int64(len(p)) > f.left {
		p = p[:f.left]
	}
	n, err := f.r.ReadAt(p, f.off)
	f.off += int64(n)
	f.left -= int64(n)
	switch {
	case n == len(p):
		err = nil
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (f *file) Close() error { return nil }
