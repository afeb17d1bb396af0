//go:build linux && !amd64 && !arm64

package sandbox

import (
	"errors"
	"runtime"
)

var errArch = errors.New("not used on " + runtime.GOARCH)

func installFilter() error { return errArch }

func filterAvailable() error { return errArch }
