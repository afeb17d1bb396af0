// Package lazyregexp has regular expressions that are compiled when they are
// first used. Most runs of a command need none of those that the whole program
// has, and compiling one takes as long as verifying a small object:
//
//	var tag = lazyregexp.New(`^\w[\w.-]{0,127}$`)
//
//	func isTag(s string) bool { return tag().MatchString(s) }
package lazyregexp

import (
	"regexp"
	"sync"
)

// New returns a function that compiles the expression when it is first called,
// and returns the same result from then on, for any number of goroutines. It
// panics as [regexp.MustCompile] does: a test has to use the expression.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
