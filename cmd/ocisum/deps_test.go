package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The command links no code that could open a connection, start a program or
// load one. "version" says so.
func TestNoNetworkCodeIsLinked(t *testing.T) {
	for _, tags := range []string{"", "purego"} {
		out, err := exec.Command("go", "list", "-deps", "-tags", tags, ".").Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, "github.com/urfave/cli/v2") {
			t.Fatalf("got %d packages without urfave/cli: not the closure of the command", len(deps))
		}
		for _, bad := range []string{"net", "net/http", "crypto/tls", "os/exec", "plugin"} {
			if slices.Contains(deps, bad) {
				t.Errorf("with tags %q the command links %s", tags, bad)
			}
		}
	}
}
