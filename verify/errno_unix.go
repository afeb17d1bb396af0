//go:build unix

package verify

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// errnoName returns the symbolic name, "EIO".
func errnoName(e syscall.Errno) string { return unix.ErrnoName(e) }
