package sandbox

import (
	"math/bits"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRightsGrowWithTheABI(t *testing.T) {
	tests := []struct {
		version           int
		errata            uint64
		files, net, scope int // numbers of rights
		want              int // version in use
	}{
		{1, 0, 13, 0, 0, 1},
		{2, 0, 14, 0, 0, 2},
		{3, 0, 15, 0, 0, 3},
		{4, 0, 15, 2, 0, 4},
		{5, 0, 16, 2, 0, 5},
		{6, 0, 16, 2, 1, 6}, // the scope of signals would stop the scheduler
		{6, signalErratum, 16, 2, 2, 6},
		{7, signalErratum, 16, 2, 2, 7},
		{9, signalErratum, 17, 2, 2, 9},
		{10, signalErratum, 17, 4, 2, 10},
		{99, signalErratum, 17, 4, 2, maxABI},
	}
	for _, tt := range tests {
		l := rights(tt.version, tt.errata)
		got := [4]int{bits.OnesCount64(l.files), bits.OnesCount64(l.net), bits.OnesCount64(l.scope), l.version}
		if want := [4]int{tt.files, tt.net, tt.scope, tt.want}; got != want {
			t.Errorf("ABI %d, errata %b: got %v, want %v", tt.version, tt.errata, got, want)
		}
	}
}

// A rule that asks for rights which the ruleset does not handle, or for rights
// of folders on a file, is refused by the kernel.
func TestGrantsAreValidOnEveryABI(t *testing.T) {
	const ofFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_FILE
	if all := rights(1, 0).files; (readFolder|writeFolder)&^all != 0 {
		t.Errorf("folder rights %#x: ABI 1 has %#x only", readFolder|writeFolder, all)
	}
	if (readFile|writeFile)&^ofFiles != 0 {
		t.Errorf("file rights %#x hold some that only folders have", readFile|writeFile)
	}
}
