package verify

import "sync/atomic"

// outputBudget bounds what all decoders of a run may produce together.
type outputBudget struct {
	limit int64
	used  atomic.Int64
}

// take reports whether n more bytes are within the limit.
func (b *outputBudget) take(n int64) bool { return b.used.Add(n) <= b.limit }
