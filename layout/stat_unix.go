//go:build unix

package layout

import (
	"os"
	"syscall"

	"github.com/ocisum/ocisum/content"
)

// A pipe that took the place of a file would block open(2), and a terminal
// would become ours. O_NOFOLLOW is what os.Root adds by itself.
const (
	openFile   = syscall.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY
	openFolder = openFile | syscall.O_DIRECTORY
)

// identity is what a file keeps as long as it is not replaced or written to.
type identity struct {
	dev, ino uint64
	modified int64 // ns
}

func identify(info os.FileInfo) identity {
	id := identity{modified: info.ModTime().UnixNano()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		id.dev, id.ino = uint64(st.Dev), uint64(st.Ino)
	}
	return id
}

func (id *identity) same(other *identity) bool { return id.dev == other.dev && id.ino == other.ino }

func (id *identity) sameTime(other *identity) bool { return id.modified == other.modified }

// identity64 has the numbers by which the system knows a file.
func identity64(info os.FileInfo) (content.Identity, bool) {
	id := identify(info)
	return content.Identity{Dev: id.dev, Ino: id.ino}, id.ino != 0
}
