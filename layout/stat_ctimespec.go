//go:build darwin || freebsd || netbsd

package layout

import (
	"os"
	"syscall"
)

// changeTime is the time of the last change of content or attributes. Unlike
// the modification time it cannot be set.
func changeTime(info os.FileInfo) [2]int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]int64{int64(st.Ctimespec.Sec), int64(st.Ctimespec.Nsec)}
	}
	return [2]int64{}
}
