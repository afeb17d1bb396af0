//go:build !unix

package corpus

import "errors"

func mkfifo(string) error   { return errors.ErrUnsupported }
func mksocket(string) error { return errors.ErrUnsupported }
