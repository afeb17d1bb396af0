//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package ledger

import "os"

const supported = false

func open(string) (*os.File, error) { return nil, ErrUnsupported }

func syncFolder(string) error { return ErrUnsupported }
