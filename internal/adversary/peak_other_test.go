//go:build !linux

package adversary

// runPeak measures on Linux only.
func runPeak(string, []string) {}
