//go:build unix

package archive

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/ocisum/ocisum/content"
)

// openFlags does not wait for the other end of a pipe and does not make a
// terminal the controlling one.
const openFlags = os.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY

// state is what fstat(2) says about a file's content and identity.
type state struct {
	size         int64
	mtime, ctime unix.Timespec
	dev, ino     uint64
	regular      bool
}

func stat(f *os.File) (state, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return state{}, err
	}
	var st unix.Stat_t
	var errno error
	if err := conn.Control(func(fd uintptr) { errno = unix.Fstat(int(fd), &st) }); err != nil {
		return state{}, err
	}
	if errno != nil {
		return state{}, os.NewSyscallError("fstat", errno)
	}
	return state{
		size: st.Size, mtime: st.Mtim, ctime: st.Ctim,
		dev: uint64(st.Dev), ino: uint64(st.Ino),
		regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
	}, nil
}

// Identity says which file it is, and in what state it was when it was opened.
// It reports false for a pipe, and where the system does not tell.
func (f *File) Identity() (content.Identity, bool) {
	b := f.before
	return content.Identity{
		Dev: b.dev, Ino: b.ino, Size: b.size, Modified: b.mtime.Nano(), Changed: b.ctime.Nano(),
	}, b.regular && b.ino != 0
}
