//go:build !amd64 || purego

package zblock

const (
	Fast   = false
	Hashes = false
)

type job struct{}

func (d *Decoder) decodeFast(sequences, Backlog) bool { return false }
