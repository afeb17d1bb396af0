//go:build !amd64 || purego

package zblock

const (
	Fast   = false
	Hashes = false
)

// Impl names the instructions.
func Impl() string { return "" }

type job struct{}

func (d *Decoder) decodeFast(sequences, Backlog) bool { return false }
