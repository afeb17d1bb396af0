package content_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ocisum/ocisum/content"
)

func TestReader(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := content.Reader(ctx, strings.NewReader("abc"))
	p := make([]byte, 1)
	if n, err := r.Read(p); n != 1 || err != nil || p[0] != 'a' {
		t.Errorf("got %d, %v, want one byte", n, err)
	}
	cancel()
	if b, err := io.ReadAll(r); len(b) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v, want nothing after the end of the context", b, err)
	}
}
