//go:build !race

package hash

import (
	"crypto/sha256"
	"testing"
)

// Under the race detector the standard library allocates where it otherwise
// does not.

func TestLanesDoNotAllocate(t *testing.T) {
	l := newLanes(&laneSet{kernels: engines().lanes.kernels, stream: sha256.New})
	chunks := make([][]byte, MaxLanes)
	for i := range chunks {
		chunks[i] = pattern(1000 + 10*i)
	}
	sum := make([]byte, 0, sumSize)
	if got := testing.AllocsPerRun(10, func() {
		l.Write(chunks)
		sum = l.Sum(3, sum[:0])
		l.Reset(3)
	}); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}
