package lazyregexp_test

import (
	"fmt"
	"testing"

	"github.com/ocisum/ocisum/internal/lazyregexp"
)

var tag = lazyregexp.New(`^\w[\w.-]{0,127}$`)

func ExampleNew() {
	fmt.Println(tag().MatchString("v1.0"), tag().MatchString(".v1"))
	// Output: true false
}

func TestNewCompilesOnce(t *testing.T) {
	if first, second := tag(), tag(); first != second {
		t.Error("got two expressions, want one")
	}
}

func TestNewCompilesWhenUsed(t *testing.T) {
	broken := lazyregexp.New(`(`) // which nobody uses yet
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want that of regexp.MustCompile")
		}
	}()
	broken()
}
