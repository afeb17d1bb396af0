//go:build !unix

package verify

import "syscall"

// errnoName returns nothing: the system's errors have no portable names.
func errnoName(syscall.Errno) string { return "" }
