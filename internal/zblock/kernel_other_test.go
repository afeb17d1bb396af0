//go:build !amd64 || purego

package zblock

func fellBack(*Decoder) bool { return false }
