package corpus

import (
	"os"
	"syscall"
)

// peakMiB is the largest resident size that a process had.
func peakMiB(p *os.ProcessState) int64 {
	return int64(p.SysUsage().(*syscall.Rusage).Maxrss) >> 10 // getrusage(2): in KiB
}
