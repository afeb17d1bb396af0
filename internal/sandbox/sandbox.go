// Package sandbox lets a process give up what it does not need before it reads
// what nobody vouches for. A decoder with a memory error, or a dependency that
// is not what it seems, then finds no file system, no network and no other
// process.
//
// On Linux two mechanisms of the kernel are used, each as far as it goes, both
// without privileges and for all threads at once:
//
//   - landlock(7) leaves the file system as [Policy] says: inputs can be read,
//     output folders written, everything else can neither be opened nor
//     changed, and nothing can be executed. Since ABI 4 it also denies TCP,
//     since ABI 6 signals and abstract sockets towards other processes, since
//     ABI 10 UDP.
//   - seccomp(2) denies system calls whatever their arguments: sockets, new
//     processes and programs, tracing, mounting, loading code, making memory
//     executable, changing owners, modes, times and attributes of files by
//     their name. See filter_linux.go for the list. On amd64 and arm64.
//
// What stays possible: everything with descriptors that are already open, such
// as standard input and output; stat(2) and readlink(2) of any path, which
// landlock does not cover; reading the clock and random numbers.
//
// A denied system call fails with EPERM (an unknown one with ENOSYS) and does
// not kill the process. An attacker gains nothing from the difference, and if
// the call was an honest one that nobody had thought of, it ends in an error
// that the report can show instead of a report that is lost.
//
// Restrictions cannot be taken back, and hold for the whole process. A system
// without these mechanisms is no reason to fail: [Level] says what was really
// achieved, so that others can decide.
//
// The system calls are made here and not by a library because the known one
// for landlock makes every build on a machine with a C compiler a cgo build.
package sandbox

import (
	"fmt"
	"strings"
)

// Policy says what of the file system stays in reach. A path that does not
// exist, or that cannot be looked at, grants nothing.
type Policy struct {
	// Read lists files, and folders with everything below them, to be read.
	Read []string
	// Write lists folders, in which and below which files are made, written,
	// renamed and removed, though not read, and devices and pipes, to be
	// written as they are.
	Write []string
	// Made lists folders that were made for this run: files in and below them
	// are read and written, and the folders themselves removed when empty. So
	// may be empty folders beside them.
	Made []string
}

// Level is what restricts a process.
type Level struct {
	Landlock int  // the ABI that is used; 0: no landlock
	Net      bool // landlock denies TCP, and UDP if it knows it
	Scope    bool // landlock denies signals and abstract sockets to other processes
	Seccomp  bool
	// Missing says of each mechanism that does not restrict why not, such as
	// "landlock is not in this kernel".
	Missing []string
}

// String is for reports: "landlock ABI 7 (files, net, scope), seccomp (no
// sockets, no exec)", or "none: not on windows".
func (l Level) String() string {
	var have []string
	if l.Landlock > 0 {
		covers := []string{"files"}
		if l.Net {
			covers = append(covers, "net")
		}
		if l.Scope {
			covers = append(covers, "scope")
		}
		have = append(have, fmt.Sprintf("landlock ABI %d (%s)", l.Landlock, strings.Join(covers, ", ")))
	}
	if l.Seccomp {
		have = append(have, "seccomp (no sockets, no exec)")
	}
	text := strings.Join(have, ", ")
	switch missing := strings.Join(l.Missing, ", "); {
	case text == "":
		return "none: " + missing
	case missing != "":
		return text + "; " + missing
	}
	return text
}
