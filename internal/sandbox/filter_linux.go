//go:build amd64 || arm64

package sandbox

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Where the kernel puts what a filter looks at: struct seccomp_data in
// linux/seccomp.h. Both architectures are little-endian, and what matters of
// an argument is its lower half.
const (
	offNumber = 0
	offArch   = 4
	offArgs   = 16
	argSize   = 8
)

// What a filter can answer.
const (
	allow       = unix.SECCOMP_RET_ALLOW
	denyEPERM   = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	denyENOSYS  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	tiocsti     = 0x5412 // types into the terminal: tty_ioctl(4)
	tioclinux   = 0x541c // pastes into the console: ioctl_console(2)
	lastKnownNr = unix.SYS_RSEQ_SLICE_YIELD
)

// denied lists the system calls that are of no use to a program that reads
// files it can open and writes reports. Each returns EPERM.
var denied = [...]uint32{
	// Talking to others: sockets, and the message queues and shared memory
	// that have no place in the file system.
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN,
	unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG,
	unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RECVMMSG, unix.SYS_SHUTDOWN,
	unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME, unix.SYS_GETSOCKOPT, unix.SYS_SETSOCKOPT,
	unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK, unix.SYS_MSGGET, unix.SYS_MSGSND, unix.SYS_MSGRCV, unix.SYS_MSGCTL,
	unix.SYS_SEMGET, unix.SYS_SEMOP, unix.SYS_SEMTIMEDOP, unix.SYS_SEMCTL,
	unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_SHMCTL,

	// Other programs and processes. For clone and kill see filter.
	unix.SYS_EXECVE, unix.SYS_EXECVEAT, unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV,
	unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE, unix.SYS_KCMP, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES,
	unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO,
	unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET, unix.SYS_REMAP_FILE_PAGES, unix.SYS_PERSONALITY,

	// Ways around a filter, and parts of the kernel with a history.
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_IO_SETUP, unix.SYS_IO_SUBMIT, unix.SYS_BPF, unix.SYS_USERFAULTFD, unix.SYS_PERF_EVENT_OPEN,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK,
	unix.SYS_VMSPLICE, unix.SYS_LOOKUP_DCOOKIE, unix.SYS_SYSLOG,

	// Files changed by their name, which landlock does not cover or older
	// versions of it do not. Reports need open, rename, unlink and fchmod.
	unix.SYS_TRUNCATE, unix.SYS_MKDIRAT, unix.SYS_MKNODAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
	unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT,
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_SETXATTRAT,
	unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR, unix.SYS_REMOVEXATTRAT,
	unix.SYS_FILE_SETATTR,

	// The machine. Most need privileges, which nobody should lend to a
	// verifier, but some do.
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_OPEN_TREE, unix.SYS_OPEN_TREE_ATTR, unix.SYS_MOVE_MOUNT, unix.SYS_MOUNT_SETATTR,
	unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_REBOOT, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_NFSSERVCTL, unix.SYS_VHANGUP,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_SETFSUID, unix.SYS_SETFSGID, unix.SYS_SETGROUPS, unix.SYS_CAPSET,
}

// filter returns the program that decides about every system call of a process
// whose number is pid. It denies what is listed, so that what the Go runtime
// may begin to use goes on working, with two additions that keep the list from
// ageing: numbers that were given out later do not exist, and neither do the
// calls of another architecture (among them the 32-bit numbers of amd64 that
// carry a bit of their own).
//
// Some calls are judged by an argument: threads may be started but no
// processes; signals go to this process only; memory may not become
// executable; a terminal may be asked, but nothing typed into it.
func filter(pid uint32) []unix.SockFilter {
	var p program
	p.load(offArch)
	p.unless(nativeArch, denyEPERM)
	p.load(offNumber)
	p.from(lastKnownNr+1, denyENOSYS)
	// C libraries then use clone, whose flags a filter can see.
	p.on(unix.SYS_CLONE3, denyENOSYS)
	p.among(spans(denied[:], deniedHere[:]), denyEPERM)
	p.arg(unix.SYS_CLONE, 0, func() { p.lacking(unix.CLONE_THREAD, denyEPERM) })
	p.arg(unix.SYS_KILL, 0, func() { p.unless(pid, denyEPERM) })
	p.arg(unix.SYS_TGKILL, 0, func() { p.unless(pid, denyEPERM) })
	for _, nr := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT, unix.SYS_PKEY_MPROTECT} {
		p.arg(nr, 2, func() { p.having(unix.PROT_EXEC, denyEPERM) })
	}
	p.arg(unix.SYS_IOCTL, 1, func() {
		p.on(tiocsti, denyEPERM)
		p.on(tioclinux, denyEPERM)
	})
	p.answer(allow)
	return p
}

// program is a filter under construction. Its conditions look at the value
// that was loaded last; those that do not hold go on with what comes next.
type program []unix.SockFilter

func (p *program) add(code uint16, jt, jf uint8, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

func (p *program) load(offset uint32) { p.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, offset) }

func (p *program) answer(a uint32) { p.add(unix.BPF_RET|unix.BPF_K, 0, 0, a) }

func (p *program) on(value, a uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, 1, value)
	p.answer(a)
}

func (p *program) unless(value, a uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 1, 0, value)
	p.answer(a)
}

func (p *program) from(value, a uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JGE|unix.BPF_K, 0, 1, value)
	p.answer(a)
}

func (p *program) having(bits, a uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JSET|unix.BPF_K, 0, 1, bits)
	p.answer(a)
}

func (p *program) lacking(bits, a uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JSET|unix.BPF_K, 1, 0, bits)
	p.answer(a)
}

// span is a run of neighbouring values.
type span struct{ first, last uint32 }

// spans returns the values of lists in order.
func spans(lists ...[]uint32) []span {
	var all []span
	for _, v := range slices.Sorted(slices.Values(slices.Concat(lists...))) {
		if n := len(all); n > 0 && all[n-1].last+1 == v {
			all[n-1].last = v
		} else {
			all = append(all, span{v, v})
		}
	}
	return all
}

// among answers values in the spans, which are in order. The kernel compiles a
// filter, and runs it once for each call there is to know about which it need
// not ask again, all while the program waits: so an answer serves several spans,
// and whatever is beyond them passes by with one condition.
func (p *program) among(all []span, a uint32) {
	for few := range slices.Chunk(all, 16) {
		rest := uint8(2*len(few) + 1) // instructions up to and with the answer
		p.add(unix.BPF_JMP|unix.BPF_JGE|unix.BPF_K, rest, 0, few[len(few)-1].last+1)
		for _, s := range few {
			rest -= 2
			p.add(unix.BPF_JMP|unix.BPF_JGE|unix.BPF_K, 0, rest+1, s.first)
			p.add(unix.BPF_JMP|unix.BPF_JGE|unix.BPF_K, 0, rest-1, s.last+1)
		}
		p.answer(a)
	}
}

// arg judges the system call nr by its i-th argument: what the conditions do
// not deny is allowed.
func (p *program) arg(nr, i uint32, conditions func()) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, 0, nr)
	at := len(*p)
	p.load(offArgs + argSize*i)
	conditions()
	p.answer(allow)
	(*p)[at-1].Jf = uint8(len(*p) - at)
}
