package sandbox

import (
	"runtime"
	"testing"
)

func TestLevelString(t *testing.T) {
	tests := []struct {
		name  string
		level Level
		want  string
	}{
		{"everything", Level{Landlock: 7, Net: true, Scope: true, Seccomp: true}, "landlock ABI 7 (files, net, scope), seccomp (no sockets, no exec)"},
		{"old landlock", Level{Landlock: 1, Seccomp: true}, "landlock ABI 1 (files), seccomp (no sockets, no exec)"},
		{"one of two", Level{Seccomp: true, Missing: []string{"landlock is not in this kernel"}}, "seccomp (no sockets, no exec); landlock is not in this kernel"},
		{"nothing", Level{Missing: []string{"landlock is not enabled", "seccomp is not in this kernel"}}, "none: landlock is not enabled, seccomp is not in this kernel"},
	}
	for _, tt := range tests {
		if got := tt.level.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDescribeSaysSomethingOfEachMechanism(t *testing.T) {
	l := Describe()
	have := len(l.Missing)
	if l.Landlock > 0 {
		have++
	}
	if l.Seccomp {
		have++
	}
	want := 1
	if runtime.GOOS == "linux" {
		want = 2
	}
	if have != want {
		t.Errorf("got %+v: %d mechanisms accounted for, want %d", l, have, want)
	}
}
