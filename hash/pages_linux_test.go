package hash

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLanesStayInside puts chunks against unmapped memory on both sides: a
// kernel that reads one byte too many faults.
func TestLanesStayInside(t *testing.T) {
	page := unix.Getpagesize()
	const pages = 3
	mem, err := unix.Mmap(-1, 0, pages*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mem)
	inside := mem[page : 2*page]
	copy(inside, pattern(page))
	for _, outside := range [][]byte{mem[:page], mem[2*page:]} {
		if err := unix.Mprotect(outside, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	for name, set := range laneSets(t) {
		t.Run(name, func(t *testing.T) {
			for n := range 200 {
				for _, chunk := range [][]byte{inside[page-n:], inside[:n]} {
					l := newLanes(set)
					chunks := make([][]byte, MaxLanes)
					for i := range chunks {
						chunks[i] = chunk
					}
					l.Write(chunks[:1+n%MaxLanes])
					want := sha256.Sum256(chunk)
					if got := l.Sum(n%MaxLanes, nil); !bytes.Equal(got, want[:]) {
						t.Fatalf("%d bytes: got %x, want %x", n, got, want)
					}
				}
			}
		})
	}
}
