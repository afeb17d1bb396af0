package zblock

import "testing"

// What the CPU can do passes the test, and what is asked of the test beyond that
// does not.
func TestAbility(t *testing.T) {
	if got, want := able(), possible(); got != want {
		t.Errorf("got %+v, want %+v: the known-answer test fails", got, want)
	}
	if !(ability{decodes: Fast()}).knowsAnswer() {
		t.Error("a test without hashing fails")
	}
	if (ability{hashes: true}).knowsAnswer() {
		t.Error("a test that hashes passes although nothing is hashed in portable Go")
	}
}
