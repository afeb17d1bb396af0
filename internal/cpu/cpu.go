// Package cpu says what assembly may use.
package cpu

import (
	"os"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// Allowed reports whether the CPU has a feature and GODEBUG does not switch it
// off; name is what the Go runtime calls it there. The standard library obeys
// the same options, so that a benchmark without a feature is without it
// throughout.
func Allowed(name string, id cpuid.FeatureID) bool {
	return cpuid.CPU.Has(id) && !SwitchedOff(os.Getenv("GODEBUG"), name)
}

// SwitchedOff reports whether the last of the comma separated options
// cpu.NAME=VALUE and cpu.all=VALUE in godebug is off.
func SwitchedOff(godebug, name string) bool {
	off := false
	for option := range strings.SplitSeq(godebug, ",") {
		if value, ok := strings.CutPrefix(option, "cpu."+name+"="); ok {
			off = value == "off"
		} else if value, ok := strings.CutPrefix(option, "cpu.all="); ok {
			off = value == "off"
		}
	}
	return off
}
