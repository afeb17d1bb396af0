package verify

import "sync/atomic"

// outputBudget bounds what all decoders of a run may produce together.
type outputBudget struct {
	limit int64
	used  atomic.Int64
	tell  func(int64) // of every number of bytes; may be nil
}

// take reports whether n more bytes are within the limit.
func (b *outputBudget) take(n int64) bool {
	if b.tell != nil {
		b.tell(n)
	}
	return b.used.Add(n) <= b.limit
}
