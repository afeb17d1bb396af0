package bench

import (
	"bytes"
	"io"
	"testing"
)

// sizeOf is n, or as little as a test needs.
func sizeOf(n int) int {
	if testing.Short() {
		return n / 64
	}
	return n
}

// file hides the methods of bytes.Reader by which a decoder could avoid reading.
type file struct{ io.Reader }

func open(b []byte) io.Reader { return file{bytes.NewReader(b)} }

// once keeps what is expensive to make and asked for by several benchmarks.
func once[T any](make func() (T, error)) func(*testing.B) T {
	var value T
	var err error
	made := false
	return func(b *testing.B) T {
		b.Helper()
		if !made {
			value, err = make()
			made = true
		}
		if err != nil {
			b.Fatal(err)
		}
		return value
	}
}
