package policy

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

const fixtures = "../cmd/ocisum/testdata/trust/"

// readFixture reads the keys that the policies below name.
func readFixture(path string) ([]byte, error) {
	switch path {
	case "gpg.asc":
		return os.ReadFile(fixtures + "gpg/signer.pub.asc")
	case "evil.asc":
		return os.ReadFile(fixtures + "gpg/evil.pub.asc")
	case "cosign.pub":
		return os.ReadFile(fixtures + "cosign/key-good.pub")
	}
	return nil, errors.New("no such key")
}

func TestParse(t *testing.T) {
	gpgKey, err := readFixture("gpg.asc")
	if err != nil {
		t.Fatal(err)
	}
	data := base64.StdEncoding.EncodeToString(gpgKey)
	only := func(requirement string) string { return `{"default":[` + requirement + `]}` }
	scope := func(transport, name string) string {
		return fmt.Sprintf(`{"default":[{"type":"reject"}],"transports":{%q:{%q:[{"type":"insecureAcceptAnything"}]}}}`, transport, name)
	}
	identity := func(id string) string {
		return only(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg.asc","signedIdentity":` + id + `}`)
	}
	const accept = `{"type":"insecureAcceptAnything"}`
	for _, tt := range []struct{ name, text, want string }{
		{"reject", only(`{"type":"reject"}`), ""},
		{"accept", only(accept), ""},
		{"of Fedora", `{"default":[` + accept + `],"transports":{"docker-daemon":{"":[` + accept + `]}}}`, ""},
		{"no default", `{"transports":{}}`, "/default has no requirements"},
		{"nothing", ``, "policy"},
		{"no requirement", `{"default":[]}`, "/default has no requirements"},
		{"null", `{"default":null}`, "/default has no requirements"},
		{"unknown member", `{"default":[` + accept + `],"x":1}`, "x"},
		{"default twice", `{"default":[` + accept + `],"default":[{"type":"reject"}]}`, "duplicate"},
		{"scope twice", `{"default":[` + accept + `],"transports":{"docker":{"a.example":[` + accept + `],"a.example":[` + accept + `]}}}`, "duplicate"},
		{"other case", `{"Default":[` + accept + `]}`, "Default"},
		{"tail", only(accept) + `x`, "policy"},
		{"unknown requirement", only(`{"type":"signedBaseLayer"}`), "not supported"},
		{"no type", only(`{}`), "not supported"},
		{"accept with more", only(`{"type":"insecureAcceptAnything","keyPath":"gpg.asc"}`), "other members"},
		{"requirement of unknown member", only(`{"type":"reject","x":1}`), "x"},
		{"many requirements", only(strings.Repeat(accept+",", 16) + accept), "more than 16"},
		{"unknown transport", scope("http", ""), "not known"},
		{"path", scope("dir", "/var/images"), "by path"},
		{"image of the daemon", scope("docker-daemon", "alpine:3"), "by path"},
		{"no scope", scope("docker", ""), ""},
		{"host", scope("docker", "registry.example"), ""},
		{"host and port", scope("docker", "registry.example:5000"), ""},
		{"wildcard", scope("docker", "*.example"), ""},
		{"wildcard of nothing", scope("docker", "*"), "not a registry"},
		{"wildcard within", scope("docker", "a.*.example"), "not a registry"},
		{"namespace", scope("docker", "registry.example/team"), ""},
		{"tag", scope("docker", "registry.example/team/app:v1"), ""},
		{"digest", scope("docker", "registry.example/team/app"+d), ""},
		{"short digest", scope("docker", "registry.example/team/app@sha256:66"), "digest"},
		{"tag and digest", scope("docker", "registry.example/team/app:v1"+d), "not a registry"},
		{"no tag", scope("docker", "registry.example/team/app:"), "not a tag"},
		{"upper case", scope("docker", "registry.example/Team"), "not a registry"},
		{"with transport", scope("docker", "docker://registry.example"), "not a registry"},
		{"slash at the end", scope("docker", "registry.example/"), "not a registry"},
		{"atomic", scope("atomic", "registry.example/team"), ""},

		{"signedBy", only(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg.asc"}`), ""},
		{"signedBy many", only(`{"type":"signedBy","keyType":"GPGKeys","keyPaths":["gpg.asc","evil.asc"]}`), ""},
		{"signedBy data", only(`{"type":"signedBy","keyType":"GPGKeys","keyData":"` + data + `"}`), ""},
		{"signedBy two ways", only(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg.asc","keyData":"` + data + `"}`), "exactly one"},
		{"signedBy no key", only(`{"type":"signedBy","keyType":"GPGKeys"}`), "exactly one"},
		{"signedBy no keys", only(`{"type":"signedBy","keyType":"GPGKeys","keyPaths":[]}`), "exactly one"},
		{"signedBy no type", only(`{"type":"signedBy","keyPath":"gpg.asc"}`), "keyType"},
		{"signedBy X.509", only(`{"type":"signedBy","keyType":"X509Certificates","keyPath":"gpg.asc"}`), "keyType"},
		{"signedBy absent", only(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"none"}`), "no such key"},
		{"signedBy PEM", only(`{"type":"signedBy","keyType":"GPGKeys","keyPath":"cosign.pub"}`), "not a keyring"},
		{"signedBy not base64", only(`{"type":"signedBy","keyType":"GPGKeys","keyData":"!"}`), "base64"},
		{"sigstoreSigned", only(`{"type":"sigstoreSigned","keyPath":"cosign.pub"}`), ""},
		{"sigstoreSigned GPG", only(`{"type":"sigstoreSigned","keyPath":"gpg.asc"}`), "PEM"},
		{"sigstoreSigned keyType", only(`{"type":"sigstoreSigned","keyType":"GPGKeys","keyPath":"cosign.pub"}`), "no keyType"},
		{"sigstoreSigned Fulcio", only(`{"type":"sigstoreSigned","fulcio":{"caPath":"x"}}`), "fulcio is not supported"},
		{"sigstoreSigned Rekor", only(`{"type":"sigstoreSigned","keyPath":"cosign.pub","rekorPublicKeyPath":"x"}`), "rekorPublicKeyPath is not supported"},

		{"matchExact", identity(`{"type":"matchExact"}`), ""},
		{"matchExact with more", identity(`{"type":"matchExact","prefix":"a"}`), "other members"},
		{"no identity", identity(`{}`), "not known"},
		{"unknown identity", identity(`{"type":"anything"}`), "not known"},
		{"identity of unknown member", identity(`{"type":"matchExact","x":1}`), "x"},
		{"exactReference", identity(`{"type":"exactReference","dockerReference":"r.example/a:1"}`), ""},
		{"exactReference without tag", identity(`{"type":"exactReference","dockerReference":"r.example/a"}`), "no reference"},
		{"exactRepository", identity(`{"type":"exactRepository","dockerRepository":"r.example/a"}`), ""},
		{"exactRepository with tag", identity(`{"type":"exactRepository","dockerRepository":"r.example/a:1"}`), "no repository"},
		{"exactRepository of none", identity(`{"type":"exactRepository"}`), "other members"},
		{"remapIdentity", identity(`{"type":"remapIdentity","prefix":"m.example","signedPrefix":"r.example/a"}`), ""},
		{"remapIdentity half", identity(`{"type":"remapIdentity","prefix":"m.example"}`), "other members"},
		{"remapIdentity slash", identity(`{"type":"remapIdentity","prefix":"m.example/","signedPrefix":"r.example"}`), "no part of a name"},
		{"too large", strings.Repeat(" ", 1<<20) + only(accept), "more than 1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse([]byte(tt.text), readFixture)
			if (err == nil) != (tt.want == "") || (p == nil) != (err != nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	many := `{"default":[` + accept + `],"transports":{"docker":{`
	for i := range 1001 {
		many += fmt.Sprintf(`"a%d.example":[%s],`, i, accept)
	}
	if _, err := Parse([]byte(strings.TrimSuffix(many, ",")+`}}}`), readFixture); err == nil || !strings.Contains(err.Error(), "more than 1000") {
		t.Errorf("got %v", err)
	}
}

// TestChoose: the most specific scope decides, and that of the transport holds
// besides.
func TestChoose(t *testing.T) {
	const all = `[{"type":"reject"}]`
	parse := func(scopes ...string) *Policy {
		t.Helper()
		by := map[string]string{}
		for _, s := range scopes {
			transport, name, _ := strings.Cut(s, " ")
			by[transport] += fmt.Sprintf(`,%q:%s`, name, all)
		}
		text := ""
		for transport, list := range by {
			text += fmt.Sprintf(`,%q:{%s}`, transport, list[1:])
		}
		p, err := Parse([]byte(`{"default":`+all+`,"transports":{`+strings.TrimPrefix(text, ",")+`}}`), readFixture)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	digests := []digest.Digest{digest.Digest(d[1:])}
	full := []string{"docker r.example:5000/a/b" + d, "docker r.example:5000/a/b:1", "docker r.example:5000/a/b", "docker r.example:5000/a", "docker r.example:5000", "docker *.example", "docker "}
	for i := range len(full) + 1 {
		want := "/default"
		if i < len(full) {
			transport, name, _ := strings.Cut(full[i], " ")
			want = "/transports/" + transport + "/" + escapeReference(name)
		}
		if got := parse(full[i:]...).docker(named(t, "r.example:5000/a/b:1"), digests).pointer; got != want {
			t.Errorf("%d: got %s, want %s", i, got, want)
		}
	}
	for _, tt := range []struct {
		name, transport string
		scopes          []string
		want            string
	}{
		{"r.example/a:1", "dir", []string{"docker r.example"}, "/transports/docker/r.example"},
		{"r.example/a:1", "dir", []string{"docker r.example", "dir "}, "/transports/docker/r.example /transports/dir/"},
		{"r.example/a:1", "dir", []string{"dir "}, "/default /transports/dir/"},
		{"r.example/a:1", "oci", []string{"dir "}, "/default"},
		{"", "dir", []string{"docker r.example", "docker ", "dir "}, "/transports/dir/"},
		{"", "dir", []string{"docker r.example", "docker "}, "/default"},
		{"r.examples/a:1", "dir", []string{"docker r.example", "docker *.example"}, "/default"},
		{"r.example/ab:1", "dir", []string{"docker r.example/a"}, "/default"},
		{"x.r.example/a:1", "dir", []string{"docker *.example"}, "/transports/docker/*.example"},
		{"x.r.example:99/a:1", "dir", []string{"docker *.example", "docker *.r.example"}, "/transports/docker/*.r.example"},
		{"r.example/a", "dir", []string{"docker r.example/a:1"}, "/default"},
		{"b/a", "dir", []string{"docker docker.io/b"}, "/transports/docker/docker.io~1b"},
		{"r.example/a:1 r.example/b:1", "dir", []string{"docker r.example/a"}, "/transports/docker/r.example~1a /default"},
	} {
		var list []string
		for _, s := range parse(tt.scopes...).choose(namedAll(t, strings.Split(tt.name, " ")), digests, tt.transport) {
			list = append(list, s.pointer)
		}
		if got := strings.Join(list, " "); got != tt.want {
			t.Errorf("%s %s %q: got %s, want %s", tt.name, tt.transport, tt.scopes, got, tt.want)
		}
	}
}

// FuzzParse wants no panic, and an answer for every image.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"default":[{"type":"reject"}],"transports":{"docker":{"r.example/a:1":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"gpg.asc","signedIdentity":{"type":"matchRepository"}}]}}}`))
	f.Add([]byte(`{"default":[{"type":"sigstoreSigned","keyPath":"cosign.pub","signedIdentity":{"type":"remapIdentity","prefix":"a","signedPrefix":"b/c"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data, readFixture)
		if err != nil {
			return
		}
		for _, name := range []string{"", "r.example/a:1"} {
			scopes := p.choose(namedAll(t, []string{name}), nil, "dir")
			if len(scopes) == 0 {
				t.Fatalf("no scope for %q", name)
			}
			for _, s := range scopes {
				for _, q := range s.requirements {
					if q.kind == signedBy && (q.keyring.Len() == 0 || q.identity == nil) || q.kind == sigstoreSigned && (len(q.keys) == 0 || q.identity == nil) {
						t.Errorf("%s: a requirement without keys", s.pointer)
					}
				}
			}
		}
	})
}
