package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocisum/ocisum/internal/testimage"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ocisum": main})
}

// TestScripts runs testdata/script/*.txtar. Besides the usual commands there
// are
//
//	exits N COMMAND ARG...   run it and want the exit status N
//	image NAME...            write the test image of that name
//	layout NAME FOLDER       write it as a folder
//	fixtures FOLDER          copy what is in testdata/trust/FOLDER
//	schema FILE              hold a JSON report against docs/report.schema.json
func TestScripts(t *testing.T) {
	dir := filepath.Join("testdata", "script")
	if scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar")); err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	document, _ := schemas(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, "CI=")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"image":  writeImage,
			"layout": writeLayout,
			"fixtures": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: fixtures FOLDER")
				}
				ts.Check(os.CopyFS(ts.MkAbs("."), os.DirFS(filepath.Join("testdata", "trust", args[0]))))
			},
			"schema": func(ts *testscript.TestScript, neg bool, args []string) {
				v, err := unmarshal(ts.ReadFile(args[0]))
				ts.Check(err)
				ts.Check(document.Validate(v))
			},
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func writeImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: image NAME...")
	}
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), imageOf(ts, filepath.Base(name)), 0o644))
	}
}

func writeLayout(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: layout NAME FOLDER")
	}
	ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o755))
	ts.Check(testimage.Untar(imageOf(ts, args[0]), ts.MkAbs(args[1])))
}

func imageOf(ts *testscript.TestScript, name string) []byte {
	all := images()
	b, ok := all[name]
	if !ok {
		var names []string
		for n := range all {
			names = append(names, n)
		}
		slices.Sort(names)
		ts.Fatalf("no image %s, there are %s", name, strings.Join(names, ", "))
	}
	return b
}
