package sandbox

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// Restrict gives up everything that p does not grant, as far as the kernel
// lets it, for all threads that exist and will exist. It stops no run by
// itself: where a mechanism is missing or fails, the level says so.
//
// Call it once, from a main function, after everything outside of p was
// opened.
func Restrict(p Policy) Level {
	var level Level
	// A thread that is locked keeps no_new_privs and the filter together.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Landlock first: the filter leaves nobody the calls that set it up.
	abi, err := landlockABI()
	if err == nil {
		err = restrictFiles(p, abi)
	}
	level.landlock(abi, err)
	level.seccomp(installFilter())
	return level
}

// Describe says what Restrict would achieve, and restricts nothing.
func Describe() Level {
	var level Level
	abi, err := landlockABI()
	if err == nil {
		// Each call of this kind stops all threads, so Restrict does not ask.
		err = allThreads(unix.SYS_GETPID, 0, 0, 0, 0, 0)
	}
	level.landlock(abi, err)
	level.seccomp(filterAvailable())
	return level
}

func (l *Level) landlock(abi landlock, err error) {
	if err != nil {
		l.Missing = append(l.Missing, because("landlock", err))
		return
	}
	l.Landlock, l.Net, l.Scope = abi.version, abi.net != 0, abi.scope != 0
}

func (l *Level) seccomp(err error) {
	if err != nil {
		l.Missing = append(l.Missing, because("seccomp", err))
		return
	}
	l.Seccomp = true
}

// because words the usual reasons, which come as bare error numbers.
func because(mechanism string, err error) string {
	why := err.Error()
	switch err {
	case unix.ENOSYS, unix.EINVAL:
		why = "not in this kernel"
	case unix.EOPNOTSUPP:
		why = "not enabled"
	case unix.EPERM, unix.EACCES:
		why = "not permitted here"
	}
	return fmt.Sprintf("%s is %s", mechanism, why)
}
