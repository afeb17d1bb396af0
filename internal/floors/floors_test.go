package floors

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ocisum/ocisum"

// floors gives every package its floor. A package imports packages of lower
// floors only.
var floors = map[string]int{
	"internal/cpu":    -2,
	"internal/zblock": -1,

	"content":                    0,
	"hash":                       0,
	"report":                     0,
	"internal/decompress":        0,
	"internal/lazyregexp":        0,
	"internal/recompress/kflate": 0,
	"internal/ref":               0,
	"internal/sandbox":           0,
	"internal/spki":              0,
	"internal/tarscan":           0,

	"archive":           1,
	"internal/dsse":     1,
	"internal/intoto":   1,
	"internal/ledger":   1,
	"internal/oci":      1,
	"internal/render":   1,
	"internal/x509cert": 1,
	"layout":            1,

	"internal/graph":     2,
	"internal/signature": 2,

	"verify": 3,

	"receipt":        4,
	"lock":           4,
	"trust":          4,
	"policy":         5,
	"trust/gpg":      4,
	"trust/notation": 4,

	"internal/evidence": 4,
	"internal/pin":      5,

	"internal/measure":        4, // the benchmark of the command
	"internal/measure/sample": 1,

	"internal/recompress": 5,

	"cmd/ocisum": 9,
}

// testOnly packages support tests, measure, or are tools of this repository.
// No package with a floor imports one outside of its tests.
var testOnly = []string{
	"bench",
	"internal/adversary",
	"internal/corpus",
	"internal/floors",
	"internal/offline",
	"internal/tarscan/tartest",
	"internal/testimage",
}

// pkg is what go list says about a package of the module.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// support reports whether nothing released contains the package: it is for
// tests, or a generator (a main package outside of cmd).
func (p pkg) support() bool {
	return p.Name == "main" && !strings.HasPrefix(p.name(), "cmd/") ||
		slices.ContainsFunc(testOnly, func(prefix string) bool {
			return p.name() == prefix || strings.HasPrefix(p.name(), prefix+"/")
		})
}

// packages lists the packages of the module with the files of a build for goos.
func packages(t *testing.T, goos string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,Imports", module+"/...")
	cmd.Env = append(cmd.Environ(), "GOOS="+goos)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages only", len(all))
	}
	return all
}

// systems are the ones whose build-tagged files are looked at.
var systems = []string{"linux", "darwin", "windows"}

func TestImportsGoDownwards(t *testing.T) {
	for _, goos := range systems {
		for _, p := range packages(t, goos) {
			if p.support() || len(p.GoFiles) == 0 {
				continue
			}
			floor, ok := floors[p.name()]
			if !ok {
				t.Errorf("package %s has no floor: add it to the table in internal/floors/floors_test.go, as low as its imports allow (or to testOnly, if nothing released imports it)", p.name())
				continue
			}
			for _, imp := range p.Imports {
				name, ours := strings.CutPrefix(imp, module+"/")
				if !ours {
					continue
				}
				switch below, ok := floors[name]; {
				case !ok:
					t.Errorf("%s: %s imports %s, which is for tests or has no floor", goos, p.name(), name)
				case below >= floor:
					t.Errorf("%s: %s (floor %d) imports %s (floor %d): imports go downwards only", goos, p.name(), floor, name, below)
				}
			}
		}
	}
}

func TestFloorsExist(t *testing.T) {
	all := packages(t, "linux")
	for name := range floors {
		if !slices.ContainsFunc(all, func(p pkg) bool { return p.name() == name }) {
			t.Errorf("the table has %s, the module does not", name)
		}
	}
}

func TestOnlyTheCommandKnowsItsFlags(t *testing.T) {
	for _, p := range packages(t, "linux") {
		for _, imp := range p.Imports {
			if strings.HasPrefix(imp, "github.com/urfave/cli") && p.name() != "cmd/ocisum" {
				t.Errorf("%s imports %s: only cmd/ocisum may", p.name(), imp)
			}
			if (imp == "flag" || imp == "log") && !p.support() {
				t.Errorf("%s imports %s: packages get arguments and return errors", p.name(), imp)
			}
		}
	}
}

// forbidden is what the command must not be able to do: talk to a network,
// start another program, load code. os/user brings cgo with it, under which the
// sandbox does not reach all threads. On Windows golang.org/x/sys/windows imports
// net for the types of socket addresses, so nothing is promised there.
var forbidden = []string{"net", "net/http", "crypto/tls", "crypto/x509", "os/exec", "plugin", "os/user"}

func TestCommandLinksNoNetwork(t *testing.T) {
	for _, goos := range []string{"linux", "darwin"} {
		cmd := exec.Command("go", "list", "-deps", module+"/cmd/ocisum")
		cmd.Env = append(cmd.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, module+"/verify") {
			t.Fatalf("%s: the list of %d dependencies lacks verify: is it the command's?", goos, len(deps))
		}
		for _, dep := range deps {
			if slices.Contains(forbidden, dep) {
				t.Errorf("%s: the command links %s; find out why with: go mod why -m, go list -deps -f '{{.ImportPath}}: {{.Imports}}' ./cmd/ocisum", goos, dep)
			}
		}
	}
}

// ends are calls that end the process or write past the caller.
var ends = map[string][]string{
	"os":  {"Exit"},
	"log": {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
	"fmt": {"Print", "Printf", "Println"},
}

// TestPackagesReturn looks for calls that only a main function may make, and
// for panics: one is allowed for a bug of our own, and says so by beginning
// with the name of the package, panic("graph: node visited twice"). A panic of
// another goroutine may be passed on, from a field named panic.
func TestPackagesReturn(t *testing.T) {
	checked := 0
	for _, p := range packages(t, "linux") {
		if p.Name == "main" {
			continue
		}
		for _, name := range p.GoFiles {
			checked++
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				switch f := call.Fun.(type) {
				case *ast.SelectorExpr:
					if id, ok := f.X.(*ast.Ident); ok && slices.Contains(ends[imported(file, id.Name)], f.Sel.Name) {
						t.Errorf("%s: %s.%s: return an error or a finding instead", fset.Position(call.Pos()), id.Name, f.Sel.Name)
					}
				case *ast.Ident:
					if f.Name == "panic" && !strings.HasPrefix(leftmost(call.Args[0]), `"`+p.Name+": ") && !passedOn(call.Args[0]) {
						t.Errorf("%s: panic without \"%s: \" and the bug: no input may lead to a panic", fset.Position(call.Pos()), p.Name)
					}
				}
				return true
			})
		}
	}
	if checked < 10 {
		t.Errorf("looked at %d files only", checked)
	}
}

// passedOn reports whether e is the value of an earlier panic.
func passedOn(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "panic"
}

// leftmost returns the literal that a concatenation begins with, quoted.
func leftmost(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.BinaryExpr:
			e = x.X
		case *ast.BasicLit:
			return x.Value
		default:
			return ""
		}
	}
}

// imported returns the import path that name stands for in a file.
func imported(file *ast.File, name string) string {
	for _, spec := range file.Imports {
		p := strings.Trim(spec.Path.Value, `"`)
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(p) == name {
			return p
		}
	}
	return ""
}
