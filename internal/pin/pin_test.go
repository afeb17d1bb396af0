package pin

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

// anything knows every name.
type anything struct{}

func (anything) Resolve(name, _ string) (digest.Digest, string, error) {
	if _, sum, ok := strings.Cut(name, "@"); ok {
		return digest.Digest(sum), "anything", nil
	}
	return digest.FromString(name), "anything", nil
}

// sum is the digest that anything has for a name.
func sum(name string) string { return "@" + digest.FromString(name).String() }

// listed is what Find finds, a line each: line, what, text, obstacle.
func listed(f *File) string {
	var s strings.Builder
	for _, p := range f.Places {
		fmt.Fprintf(&s, "%d %s %s", p.Line, p.What, p.Text)
		if p.Obstacle != "" {
			s.WriteString(" !" + p.Obstacle)
		}
		s.WriteString("\n")
	}
	for _, n := range f.Notes {
		fmt.Fprintf(&s, "%d note %s\n", n.Line, n.Message)
	}
	return s.String()
}

// pinned pins a file.
func pinned(t *testing.T, name string, data string) string {
	t.Helper()
	f, err := Find(name, Detect, []byte(data))
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	_, out, err := Make(f, Options{Resolver: anything{}})
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return string(out)
}

func unpinned(t *testing.T, name string, data string) string {
	t.Helper()
	f, err := Find(name, Detect, []byte(data))
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	_, out, err := Make(f, Options{Resolver: anything{}, Unpin: true})
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return string(out)
}

func TestFixtures(t *testing.T) {
	const hub, tiny = "docker.io/library/", "registry.example/team/tiny:v1"
	replacer := func(pairs ...string) *strings.Replacer { return strings.NewReplacer(pairs...) }
	for name, r := range map[string]*strings.Replacer{
		"Dockerfile": replacer(
			"docker/dockerfile:1\n", "docker/dockerfile:1"+sum("docker.io/docker/dockerfile:1")+"\n",
			"BASE=busybox:1.37", "BASE=busybox:1.37"+sum(hub+"busybox:1.37"),
			tiny, tiny+sum(tiny),
			"postgres:16-alpine", "postgres:16-alpine"+sum(hub+"postgres:16-alpine")),
		"compose.yaml": replacer(
			tiny, tiny+sum(tiny),
			"postgres:16-alpine", "postgres:16-alpine"+sum(hub+"postgres:16-alpine"),
			"busybox:1.37", "busybox:1.37"+sum(hub+"busybox:1.37")),
		"deploy.yaml": replacer(
			tiny, tiny+sum(tiny),
			"busybox:1.37", "busybox:1.37"+sum(hub+"busybox:1.37")),
	} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range []string{string(data), strings.ReplaceAll(string(data), "\n", "\r\n"), "\uFEFF" + string(data), strings.TrimSuffix(string(data), "\n")} {
				want := r.Replace(strings.ReplaceAll(form, "\r", ""))
				got := pinned(t, name, form)
				if strings.ReplaceAll(got, "\r", "") != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				if strings.Count(got, "\r") != strings.Count(form, "\r") {
					t.Errorf("line ends changed")
				}
				if back := unpinned(t, name, got); back != form {
					t.Errorf("unpinned: got\n%s\nwant\n%s", back, form)
				}
			}
		})
	}
}
