//go:build !linux

package sandbox

import "runtime"

// Restrict does nothing on this system, and says so.
func Restrict(Policy) Level { return Describe() }

// Describe says what Restrict would achieve: nothing on this system.
func Describe() Level { return Level{Missing: []string{"not on " + runtime.GOOS}} }
