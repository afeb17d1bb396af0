//go:build aix || dragonfly || linux || openbsd || solaris

package layout

import (
	"os"
	"syscall"
)

// changeTime is the time of the last change of content or attributes. Unlike
// the modification time it cannot be set.
func changeTime(info os.FileInfo) [2]int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]int64{int64(st.Ctim.Sec), int64(st.Ctim.Nsec)}
	}
	return [2]int64{}
}
