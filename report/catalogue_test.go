package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCatalogue holds every entry to the promises of the package: a code is
// one of a kind, documented, and of a severity that fits its effect.
func TestCatalogue(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z-]*\.[a-z][a-z0-9-]*$`)
	seen := map[Code]bool{}
	for _, e := range Catalogue() {
		switch {
		case seen[e.Code]:
			t.Errorf("%s: documented twice", e.Code)
		case !form.MatchString(string(e.Code)):
			t.Errorf("%s: not of the form area.defect", e.Code)
		case e.Title == "" || len(e.Text) < 20 || e.Since == "":
			t.Errorf("%s: not documented", e.Code)
		case strings.HasSuffix(e.Title, "."):
			t.Errorf("%s: title ends in a full stop", e.Code)
		case (e.Effect == Failed || e.Effect == Denied) && e.Severity != Error:
			t.Errorf("%s: effect %s with severity %s", e.Code, e.Effect, e.Severity)
		case e.Severity == Note && e.Effect != "":
			t.Errorf("%s: a note with effect %s", e.Code, e.Effect)
		}
		seen[e.Code] = true
		if got, ok := Lookup(e.Code); !ok || got != e {
			t.Errorf("%s: Lookup got %v, %v", e.Code, got, ok)
		}
		if f := New(e.Code, "x", "y"); f.Severity != e.Severity || f.Effect != e.Effect || f.Images == nil {
			t.Errorf("%s: New got %+v", e.Code, f)
		}
	}
	if _, ok := Lookup("no.such-code"); ok {
		t.Error("Lookup found a code that is not there")
	}
}

// TestEveryCodeIsDocumented finds constants without an entry.
func TestEveryCodeIsDocumented(t *testing.T) {
	files, err := filepath.Glob("codes_*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	found := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != "Code" {
				return true
			}
			found++
			code := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
			if _, ok := Lookup(Code(code)); !ok {
				t.Errorf("%s = %q has no entry", spec.Names[0].Name, code)
			}
			return true
		})
	}
	if found != len(Catalogue()) {
		t.Errorf("got %d constants for %d entries", found, len(Catalogue()))
	}
}

func TestExitCode(t *testing.T) {
	for v, want := range map[Verdict]int{Verified: 0, Failed: 1, Incomplete: 3, Denied: 4} {
		if got := v.ExitCode(); got != want {
			t.Errorf("%s: got %d, want %d", v, got, want)
		}
	}
}
