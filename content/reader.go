package content

import (
	"context"
	"io"
)

// Reader returns r with reads that fail with the error of ctx once it has
// ended: a copy of any length then ends at its next read.
func Reader(ctx context.Context, r io.Reader) io.Reader { return &contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
