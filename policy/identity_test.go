package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/distribution/reference"

	"github.com/ocisum/ocisum/report"
)

func named(t testing.TB, text string) reference.Named {
	t.Helper()
	if text == "" {
		return nil
	}
	n, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func namedAll(t testing.TB, texts []string) (list []reference.Named) {
	t.Helper()
	for _, text := range texts {
		list = append(list, named(t, text))
	}
	return list
}

const d = "@sha256:66beeaa4cf39ac6d179f6c94f7453cab53f434dbfa0f2984458bc471a11e97e1"

// TestIdentities is the table of containers-policy.json(5), signedIdentity.
func TestIdentities(t *testing.T) {
	for _, tt := range []struct {
		name             string
		id               identity
		intended, signed string
		ok               bool
	}{
		{"matchExact", matchExact, "r.example/a:1", "r.example/a:1", true},
		{"matchExact", matchExact, "r.example/a:1", "r.example/a:2", false},
		{"matchExact", matchExact, "r.example/a:1", "r.example/a", false},
		{"matchExact", matchExact, "r.example/a", "r.example/a", false},
		{"matchExact", matchExact, "r.example/a" + d, "r.example/a" + d, true},
		{"matchExact", matchExact, "r.example/a" + d, "r.example/a:1", false},
		{"matchExact", matchExact, "a:1", "docker.io/library/a:1", true},
		{"matchExact", matchExact, "", "r.example/a:1", false},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "r.example/a:1", "r.example/a:1", true},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "r.example/a:1", "r.example/a:2", false},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "r.example/a" + d, "r.example/a:2", true},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "r.example/a", "r.example/a:2", true},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "r.example/a", "r.example/ab:2", false},
		{"matchRepoDigestOrExact", matchRepoDigestOrExact, "", "r.example/a:1", false},
		{"matchRepository", matchRepository, "r.example/a:1", "r.example/a:2", true},
		{"matchRepository", matchRepository, "r.example/a:1", "r.example/b:1", false},
		{"matchRepository", matchRepository, "", "r.example/a:1", false},
		{"exactReference", exactReference(named(t, "r.example/a:1")), "x.example/y:9", "r.example/a:1", true},
		{"exactReference", exactReference(named(t, "r.example/a:1")), "r.example/a:1", "r.example/a:2", false},
		{"exactReference", exactReference(named(t, "r.example/a:1")), "", "r.example/a:1", true},
		{"exactRepository", exactRepository(named(t, "r.example/a")), "", "r.example/a:7", true},
		{"exactRepository", exactRepository(named(t, "r.example/a")), "r.example/b:7", "r.example/b:7", false},
		{"remapIdentity", remapIdentity("mirror.example", "r.example"), "mirror.example/a:1", "r.example/a:1", true},
		{"remapIdentity", remapIdentity("mirror.example", "r.example"), "mirror.example/a:1", "r.example/a:2", false},
		{"remapIdentity", remapIdentity("mirror.example/x", "r.example"), "mirror.example/xy/a:1", "r.example/y/a:1", false},
		{"remapIdentity", remapIdentity("mirror.example/x", "r.example"), "mirror.example/xy/a:1", "mirror.example/xy/a:1", true},
		{"remapIdentity", remapIdentity("mirror.example", "r.example"), "other.example/a:1", "other.example/a:1", true},
		{"remapIdentity", remapIdentity("mirror.example", "UPPER"), "mirror.example/a:1", "r.example/a:1", false},
		{"remapIdentity", remapIdentity("mirror.example", "r.example"), "", "r.example/a:1", false},
	} {
		if why := tt.id(named(t, tt.intended), named(t, tt.signed)); (why == "") != tt.ok {
			t.Errorf("%s %s %s: got %q, want ok %v", tt.name, tt.intended, tt.signed, why, tt.ok)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		as   string
		refs []string
		want string
	}{
		{"", []string{"r.example/a:1", "b:2"}, "[r.example/a docker.io/library/b]"},
		{"", []string{"v1"}, `[]`},
		{"", nil, `[]`},
		{"", []string{"v1", "r.example/a:v1"}, "[r.example/a]"},
		{"", []string{"no reference/:", "r.example/a:v1"}, "[ r.example/a]"},
		{"r.example/c", []string{"r.example/a:1"}, "[r.example/c]"},
		{"alpine:3", nil, "[docker.io/library/alpine]"},
	} {
		n := Names{}
		if tt.as != "" {
			var err error
			if n, err = ParseNames(tt.as); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(n.Repositories(report.Image{Refs: tt.refs})); got != tt.want {
			t.Errorf("%s %q: got %s, want %s", tt.as, tt.refs, got, tt.want)
		}
	}
	for _, text := range []string{"", "A", "a" + d, "a:", strings.Repeat("a", 300), "http://a"} {
		if _, err := ParseNames(text); err == nil {
			t.Errorf("%q is a name", text)
		}
	}
}

func TestSameName(t *testing.T) {
	if (Names{}).SameName() != nil {
		t.Error("without a name any reference counts")
	}
	n, err := ParseNames("r.example/a:1")
	if err != nil {
		t.Fatal(err)
	}
	for ref, ok := range map[string]bool{"r.example/a:1": true, "r.example/a:2": false, "no reference": false, "": false} {
		if why := n.SameName()(report.Image{}, ref); (why == "") != ok {
			t.Errorf("%q: got %q", ref, why)
		}
	}
}
