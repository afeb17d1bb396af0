package sandbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// landlock is what one version of the interface can deny.
type landlock struct {
	version           int
	files, net, scope uint64
}

const (
	fileRightsABI1 = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR |
		unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM

	readFile   = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readFolder = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeFile  = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	// A report is written to a new file that is renamed over the old one; then
	// the folder is opened to be synced. Renaming within a folder needs no
	// right to refer.
	writeFolder = writeFile | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR

	madeFolder = readFolder | writeFolder | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR

	// maxABI is the newest version whose rights this package knows.
	maxABI = 10

	// signalErratum is the bit of the fix without which threads, each of which
	// enters a domain of its own, could not signal each other, as the
	// scheduler of the Go runtime does: errata/abi-6.h in the kernel.
	signalErratum = 1 << (2 - 1)
)

// rights returns what a kernel with this version and these errata fixed can
// deny: landlock(7), "Landlock features".
func rights(version int, errata uint64) landlock {
	l := landlock{version: min(version, maxABI), files: fileRightsABI1}
	for _, since := range []struct {
		version           int
		files, net, scope uint64
	}{
		{2, unix.LANDLOCK_ACCESS_FS_REFER, 0, 0},
		{3, unix.LANDLOCK_ACCESS_FS_TRUNCATE, 0, 0},
		{4, 0, unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, 0},
		{5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV, 0, 0},
		{6, 0, 0, unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL},
		{9, unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX, 0, 0},
		{10, 0, unix.LANDLOCK_ACCESS_NET_BIND_UDP | unix.LANDLOCK_ACCESS_NET_CONNECT_SEND_UDP, 0},
	} {
		if version >= since.version {
			l.files |= since.files
			l.net |= since.net
			l.scope |= since.scope
		}
	}
	if errata&signalErratum == 0 {
		l.scope &^= unix.LANDLOCK_SCOPE_SIGNAL
	}
	return l
}

// landlockABI asks the kernel what it has.
func landlockABI() (landlock, error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return landlock{}, errno
	}
	// Older kernels do not know the question, and have nothing fixed.
	errata, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_ERRATA)
	if errno != 0 {
		errata = 0
	}
	return rights(int(version), uint64(errata)), nil
}

// errCgo is what the runtime says where threads exist that it did not start.
var errCgo = errors.New("not possible in a build with cgo")

// allThreads makes a system call on every thread. The runtime does not know
// the threads of C code, and refuses.
func allThreads(trap, a1, a2, a3, a4, a5 uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(trap, a1, a2, a3, a4, a5, 0)
	switch errno {
	case 0:
		return nil
	case syscall.ENOTSUP:
		return errCgo
	}
	return errno
}

// restrictFiles puts all threads under a ruleset that grants what p says.
func restrictFiles(p Policy, abi landlock) error {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: abi.files, Handled_access_net: abi.net, Scoped: abi.scope}
	// Fields that an older kernel does not know are zero, which it accepts.
	r, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return fmt.Errorf("not usable: create ruleset: %w", errno)
	}
	ruleset := int(r)
	defer unix.Close(ruleset)
	for _, path := range p.Read {
		if err := grant(ruleset, path, readFile, readFolder); err != nil {
			return err
		}
	}
	for _, path := range p.Write {
		if err := grant(ruleset, path, writeFile, writeFolder); err != nil {
			return err
		}
	}
	for _, path := range p.Made {
		if err := grant(ruleset, path, 0, madeFolder); err != nil {
			return err
		}
		// The right to remove a folder is one over the folder it is in.
		if err := grant(ruleset, filepath.Dir(path), 0, unix.LANDLOCK_ACCESS_FS_REMOVE_DIR); err != nil {
			return err
		}
	}
	switch err := allThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); {
	case err == errCgo:
		return err
	case err != nil:
		return fmt.Errorf("not usable: no_new_privs: %w", err)
	}
	if err := allThreads(unix.SYS_LANDLOCK_RESTRICT_SELF, r, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("not usable: restrict: %w", err)
	}
	return nil
}

// grant allows file for what is at a path, or folder if it is one. The path is
// resolved now: what takes its place later is not granted.
func grant(ruleset int, path string, file, folder uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // whoever opens it will see why
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: file, Parent_fd: int32(fd)}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		rule.Allowed_access = folder
	}
	if rule.Allowed_access == 0 {
		return nil
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	// EBADFD: a pipe or the like on a file system that cannot be mounted, as
	// /dev/fd/3 may be. Those stay in reach anyway.
	if errno != 0 && errno != unix.EBADFD {
		return fmt.Errorf("not usable: grant %s: %w", path, errno)
	}
	return nil
}
