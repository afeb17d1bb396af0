//go:build !amd64 || purego

package zblock

func possible() ability { return ability{} }

// Impl names the instructions that decode, and those that hash meanwhile.
func Impl() (decode, hash string) { return "", "" }

type job struct{}

func (d *Decoder) decodeFast(sequences, Backlog) bool { return false }
