package verify

import (
	"errors"
	"io/fs"
	"syscall"
)

// errText describes an error of reading the medium without any path of this
// machine, so that reports are the same wherever the input lies.
func errText(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if name := errnoName(errno); name != "" {
			return name + " (" + errno.Error() + ")"
		}
		return errno.Error()
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Op + ": " + pe.Err.Error()
	}
	return err.Error()
}
