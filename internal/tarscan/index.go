package tarscan

import (
	"context"
	"io"
)

// Reads begin small, because the next header may be all that is needed, and
// grow while headers follow each other closely.
const (
	leastRead = 4 << 10
	mostRead  = 64 << 10
)

// Index scans an archive of the given size that can be read at random. It
// calls opt.Visit for every entry and reads headers and extensions, but no
// bodies; after the end marker it reads on until it finds a byte that is not
// zero. The error is the context's or, unchanged, that of r; an r that ends
// early is an archive that was cut.
func Index(ctx context.Context, r io.ReaderAt, size int64, opt Options) (Summary, error) {
	s := New(opt)
	buf := make([]byte, min(size, mostRead))
	chunk := leastRead
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return Summary{}, err
		}
		p := buf[:min(int64(chunk), size-off)]
		n, err := r.ReadAt(p, off)
		if n < len(p) {
			if err == nil {
				err = io.ErrNoProgress // against the contract of io.ReaderAt
			}
			if err != io.EOF {
				return Summary{}, err
			}
			size = off + int64(n)
		}
		s.Write(p[:n])
		off += int64(n)
		skip := min(s.Skippable(), size-off)
		s.Skip(skip)
		off += skip
		if chunk = min(2*chunk, mostRead); skip > mostRead {
			chunk = leastRead
		}
	}
	return s.Summary(), nil
}
