//go:build amd64 || arm64

package sandbox

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// call is what the kernel shows to a filter.
type call struct {
	nr, arch uint32
	args     [6]uint64
}

// word reads 32 bits at an offset of struct seccomp_data.
func (c call) word(t *testing.T, off uint32) uint32 {
	switch {
	case off == 0:
		return c.nr
	case off == 4:
		return c.arch
	case off >= 16 && off < 64 && off%8 == 0:
		return uint32(c.args[(off-16)/8])
	}
	t.Fatalf("the filter loads from offset %d", off)
	return 0
}

// decide runs a filter as the kernel does: classic BPF, forward jumps only.
func decide(t *testing.T, program []unix.SockFilter, c call) uint32 {
	t.Helper()
	var a uint32
	for pc := 0; pc < len(program); pc++ {
		ins := program[pc]
		jump := func(holds bool) {
			if holds {
				pc += int(ins.Jt)
			} else {
				pc += int(ins.Jf)
			}
		}
		switch ins.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			a = c.word(t, ins.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			jump(a == ins.K)
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			jump(a >= ins.K)
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			jump(a&ins.K != 0)
		case unix.BPF_RET | unix.BPF_K:
			return ins.K
		default:
			t.Fatalf("instruction %d: unknown code %#x", pc, ins.Code)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

const testPID = 4711

func TestFilterDecides(t *testing.T) {
	program := filter(testPID)
	native := func(nr uint32, args ...uint64) call {
		c := call{nr: nr, arch: nativeArch}
		copy(c.args[:], args)
		return c
	}
	tests := []struct {
		name string
		call call
		want uint32
	}{
		{"read", native(unix.SYS_READ), allow},
		{"pread64", native(unix.SYS_PREAD64), allow},
		{"openat", native(unix.SYS_OPENAT), allow},
		{"openat2", native(unix.SYS_OPENAT2), allow},
		{"write", native(unix.SYS_WRITE), allow},
		{"renameat", native(unix.SYS_RENAMEAT), allow},
		{"unlinkat", native(unix.SYS_UNLINKAT), allow},
		{"fchmod", native(unix.SYS_FCHMOD), allow},
		{"futex", native(unix.SYS_FUTEX), allow},
		{"madvise", native(unix.SYS_MADVISE), allow},
		{"exit_group", native(unix.SYS_EXIT_GROUP), allow},
		{"the last known call", native(lastKnownNr), allow},
		{"a call of the future", native(lastKnownNr + 1), denyENOSYS},
		{"a negative number", native(0xffffffff), denyENOSYS},
		{"an x32 number", native(0x40000000 | unix.SYS_READ), denyENOSYS},
		{"another architecture", call{nr: unix.SYS_READ, arch: 0x40000003}, denyEPERM},
		{"clone of a thread", native(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_FS|unix.CLONE_FILES|unix.CLONE_SIGHAND|unix.CLONE_SYSVSEM|unix.CLONE_THREAD), allow},
		{"clone of a process", native(unix.SYS_CLONE, uint64(unix.SIGCHLD)), denyEPERM},
		{"vfork by clone", native(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_VFORK|uint64(unix.SIGCHLD)), denyEPERM},
		{"clone3", native(unix.SYS_CLONE3), denyENOSYS},
		{"tgkill of a thread", native(unix.SYS_TGKILL, testPID, 4712, uint64(unix.SIGURG)), allow},
		{"tgkill of a stranger", native(unix.SYS_TGKILL, 1, 1, 9), denyEPERM},
		{"kill of itself", native(unix.SYS_KILL, testPID, 6), allow},
		{"kill of everybody", native(unix.SYS_KILL, 0xffffffffffffffff, 9), denyEPERM},
		{"mmap of memory", native(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE), allow},
		{"mmap of code", native(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_EXEC), denyEPERM},
		{"mprotect to none", native(unix.SYS_MPROTECT, 0, 4096, unix.PROT_NONE), allow},
		{"mprotect to code", native(unix.SYS_MPROTECT, 0, 4096, unix.PROT_EXEC), denyEPERM},
		{"ioctl for the size of a terminal", native(unix.SYS_IOCTL, 2, unix.TIOCGWINSZ), allow},
		{"ioctl that types", native(unix.SYS_IOCTL, 0, tiocsti), denyEPERM},
		{"ioctl that types, with bits the kernel drops", native(unix.SYS_IOCTL, 0, 1<<32|tiocsti), denyEPERM},
		{"ioctl that pastes", native(unix.SYS_IOCTL, 0, tioclinux), denyEPERM},
	}
	for _, tt := range tests {
		if got := decide(t, program, tt.call); got != tt.want {
			t.Errorf("%s: got %#x, want %#x", tt.name, got, tt.want)
		}
	}
}

func TestFilterDeniesWhatItLists(t *testing.T) {
	program := filter(testPID)
	all := append(slices.Clone(denied[:]), deniedHere[:]...)
	for _, nr := range all {
		c := call{nr: nr, arch: nativeArch}
		for i := range c.args { // no argument lifts a denial
			c.args[i] = ^uint64(0)
		}
		if got := decide(t, program, c); got != denyEPERM {
			t.Errorf("call %d: got %#x, want EPERM", nr, got)
		}
	}
	judged := []uint32{unix.SYS_CLONE, unix.SYS_CLONE3, unix.SYS_KILL, unix.SYS_TGKILL,
		unix.SYS_MMAP, unix.SYS_MPROTECT, unix.SYS_PKEY_MPROTECT, unix.SYS_IOCTL}
	for nr := range uint32(lastKnownNr + 1) {
		if slices.Contains(all, nr) || slices.Contains(judged, nr) {
			continue
		}
		if got := decide(t, program, call{nr: nr, arch: nativeArch}); got != allow {
			t.Errorf("call %d, which is not listed: got %#x, want that it is allowed", nr, got)
		}
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("%d calls are listed twice", len(all)-n)
	}
	// BPF_MAXINSNS
	if len(program) > 4096 {
		t.Errorf("the filter has %d instructions, the kernel takes 4096", len(program))
	}
}
