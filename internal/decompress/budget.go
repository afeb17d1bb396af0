package decompress

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"
)

// ErrNeverFits is returned by [Budget.Acquire] when more is asked for than the
// whole budget.
var ErrNeverFits = errors.New("more memory than the whole budget")

// Budget is an amount of memory that decoders share. It is safe for concurrent
// use. Requests are served in order, so that a large one is not starved.
type Budget struct {
	total int64
	sem   *semaphore.Weighted
}

// NewBudget returns a budget of n bytes.
func NewBudget(n int64) *Budget {
	return &Budget{total: n, sem: semaphore.NewWeighted(n)}
}

// Acquire takes n bytes, waiting until others have released enough. It returns
// [ErrNeverFits] at once if n can never be had, and the error of ctx if ctx ends
// first. Whoever holds a part and waits for more may wait forever: release
// first.
func (b *Budget) Acquire(ctx context.Context, n int64) error {
	if n > b.total {
		return ErrNeverFits
	}
	return b.sem.Acquire(ctx, n)
}

// try is Acquire without waiting.
func (b *Budget) try(n int64) bool { return b.sem.TryAcquire(n) }

// Release gives n bytes back.
func (b *Budget) Release(n int64) { b.sem.Release(n) }
