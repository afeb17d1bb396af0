package cpu

import "testing"

func TestSwitchedOff(t *testing.T) {
	tests := []struct {
		godebug string
		want    bool
	}{
		{"", false}, {"cpu.sha=off", true}, {"cpu.sha=on", false}, {"cpu.sha=off,cpu.sha=on", false},
		{"gctrace=1,cpu.sha=off", true}, {"cpu.all=off", true}, {"cpu.all=off,cpu.sha=on", false},
		{"cpu.shame=off", false}, {"cpu.avx=off", false}, {"cpu.sha", false}, {"xcpu.sha=off", false},
	}
	for _, tt := range tests {
		if got := SwitchedOff(tt.godebug, "sha"); got != tt.want {
			t.Errorf("%q: got %t, want %t", tt.godebug, got, tt.want)
		}
	}
}
