package measure

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/klauspost/cpuid/v2"

	"github.com/ocisum/ocisum/hash"
)

// Machine is where the measurement was made.
type Machine struct {
	CPU   string   `json:"cpu"` // as it calls itself; may be empty
	Cores int      `json:"cores"`
	OS    string   `json:"os"`
	Arch  string   `json:"arch"`
	Go    string   `json:"go"`
	Hash  string   `json:"hash"`           // engines chosen
	Load  *float64 `json:"load,omitempty"` // of the minute before, where the system tells
}

// ThisMachine describes the machine as it is now. It reads a file of the system,
// so call it while that is allowed.
func ThisMachine() Machine {
	m := Machine{
		CPU: strings.TrimSpace(cpuid.CPU.BrandName), Cores: runtime.GOMAXPROCS(0),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(), Hash: hash.Describe(),
	}
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = parseLoad(string(b))
	}
	return m
}

// parseLoad returns the first number of /proc/loadavg, proc(5).
func parseLoad(s string) *float64 {
	first, _, _ := strings.Cut(s, " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return nil
	}
	return &load
}

// String is the machine on one line.
func (m Machine) String() string {
	s := strconv.Itoa(m.Cores) + " core"
	if m.Cores != 1 {
		s += "s"
	}
	if m.CPU != "" {
		s += " of " + m.CPU
	}
	s += ", " + m.OS + "/" + m.Arch + ", " + m.Go
	if m.Load != nil {
		s += ", load " + strconv.FormatFloat(*m.Load, 'f', 1, 64)
	}
	return s
}
