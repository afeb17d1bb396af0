package notation

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// document is a trust policy with one statement, in which parts are replaced.
func document(replace ...string) string {
	text := `{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["registry.example/team/tiny"],` +
		`"signatureVerification":{"level":"strict","override":{"revocation":"skip"}},"trustStores":["ca:test"],` +
		`"trustedIdentities":["x509.subject: C=US, ST=WA, O=Test"]}]}`
	return strings.NewReplacer(replace...).Replace(text)
}

func TestParsePolicy(t *testing.T) {
	scopes := func(s string) string { return document(`"registry.example/team/tiny"`, s) }
	identities := func(s string) string { return document(`"x509.subject: C=US, ST=WA, O=Test"`, s) }
	two := func(first, second string) string {
		return document(`}]}`, `},{"name":"`+first+`","registryScopes":["`+second+`"],"signatureVerification":{"level":"audit"},"trustStores":["ca:x"],"trustedIdentities":["*"]}]}`)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"right", document(), ""},
		{"version 1.1", document(`"1.0"`, `"1.1"`), "version"},
		{"no version", document(`"version":"1.0",`, ``), "version"},
		{"unknown member", document(`"name"`, `"nane":1,"name"`), "nane"},
		{"other case", document(`"trustStores"`, `"TrustStores"`), "TrustStores"},
		{"name twice", document(`"name":"a"`, `"name":"a","name":"b"`), "duplicate"},
		{"trailing data", document() + "{}", "trust policy"},
		{"no statement", `{"version":"1.0","trustPolicies":[]}`, "without a statement"},
		{"nothing", ``, "trust policy"},
		{"no name", document(`"name":"a"`, `"name":""`), "no name"},
		{"same name", two("a", "registry.example/b"), "two trust policy statements"},
		{"same scope", two("b", "registry.example/team/tiny"), "twice"},
		{"two", two("b", "registry.example/team/other"), ""},
		{"two, one for all", two("b", "*"), ""},
		{"no scope", scopes(``), "no registry scope"},
		{"all", scopes(`"*"`), ""},
		{"all and one", scopes(`"*","registry.example/a"`), "beside others"},
		{"wildcard", scopes(`"registry.example/*"`), "registry scope"},
		{"tag", scopes(`"registry.example/a:v1"`), "registry scope"},
		{"port", scopes(`"registry.example:5000/a/b"`), ""},
		{"no registry", scopes(`"tiny"`), "registry scope"},
		{"upper case", scopes(`"registry.example/Team"`), "registry scope"},
		{"unknown level", document(`"strict"`, `"lax"`), "level"},
		{"no level", document(`"strict"`, `""`), "level"},
		{"unknown validation", document(`"revocation"`, `"integrity"`), "no validation"},
		{"skip expiry", document(`"revocation"`, `"expiry"`), "cannot be"},
		{"unknown action", document(`"skip"`, `"ignore"`), "cannot be"},
		{"skip overridden", document(`"strict"`, `"skip"`), "cannot be overridden"},
		{"skip with stores", document(`"strict","override":{"revocation":"skip"}`, `"skip"`), "names trust stores"},
		{"skip", document(`"strict","override":{"revocation":"skip"}`, `"skip"`, `"ca:test"`, ``, `"x509.subject: C=US, ST=WA, O=Test"`, ``), ""},
		{"skip all", document(`"strict","override":{"revocation":"skip"}`, `"skip"`, `"ca:test"`, ``, `"x509.subject: C=US, ST=WA, O=Test"`, ``, `"registry.example/team/tiny"`, `"*"`), "not for the scope"},
		{"verifyTimestamp", document(`"strict",`, `"strict","verifyTimestamp":"never",`), "verifyTimestamp"},
		{"no store", document(`"ca:test"`, ``), "no trust store"},
		{"store of no kind", document(`"ca:test"`, `"test"`), "trust store"},
		{"store of unknown kind", document(`"ca:test"`, `"pgp:test"`), "trust store"},
		{"store elsewhere", document(`"ca:test"`, `"ca:.."`), "trust store"},
		{"store below", document(`"ca:test"`, `"ca:a/b"`), "trust store"},
		{"no identity", identities(``), "no identity"},
		{"anybody", identities(`"*"`), ""},
		{"anybody and somebody", identities(`"*","x509.subject: C=US, ST=WA, O=Test"`), "beside others"},
		{"identity of no kind", identities(`"C=US, ST=WA, O=Test"`), "is not x509.subject"},
		{"incomplete", identities(`"x509.subject: C=US, O=Test"`), "no ST"},
		{"overlapping", identities(`"x509.subject: C=US, ST=WA, O=Test","x509.subject: C=US, ST=WA, O=Test, OU=a"`), "overlap"},
		{"too many", `{"version":"1.0","trustPolicies":[` + strings.TrimSuffix(strings.Repeat(`{},`, 201), ",") + `]}`, "more than 200"},
		{"too large", strings.Repeat(" ", 1<<20) + document(), "more than 1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePolicy([]byte(tt.text))
			if (err == nil) != (tt.want == "") || (p == nil) != (err != nil) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhichStatement(t *testing.T) {
	p, err := ParsePolicy([]byte(document(`}]}`, `},{"name":"b","registryScopes":["*"],"signatureVerification":{"level":"audit"},"trustStores":["ca:x","ca:test"],"trustedIdentities":["*"]}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"registry.example/team/tiny": "a", "registry.example/team/tin": "b", "docker.io/library/alpine": "b", "": "none"} {
		got := "none"
		if s := p.For(name); s != nil {
			got = s.Name
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := p.Stores(); !slices.Equal(got, []string{"ca:test", "ca:x"}) {
		t.Errorf("got %v", got)
	}
	p.Statements = p.Statements[1:]
	if p.For("") == nil {
		t.Error("the one statement for all images does not apply to one without a name")
	}
	p.Statements = nil
	if p.For("registry.example/a") != nil {
		t.Error("a statement from nowhere")
	}
}

func TestParseSubject(t *testing.T) {
	for text, want := range map[string]string{
		" C=US, ST=WA, O=Test":            "map[C:US O:Test ST:WA]",
		"C=US,S=WA,O=Test,CN=a b":         "map[C:US CN:a b O:Test ST:WA]",
		`C=US,ST=WA,O=Test\, Inc.`:        "map[C:US O:Test, Inc. ST:WA]",
		`C=US,ST=WA,O=Te\73t\ `:           "map[C:US O:Test  ST:WA]",
		`C=US,ST=WA,O=\#a\;\\\"\+`:        `map[C:US O:#a;\"+ ST:WA]`,
		"C=US , ST = WA , O = Test, OU=é": "map[C:US O:Test OU:é ST:WA]",
		"C=US,ST=WA,O=a=b":                "map[C:US O:a=b ST:WA]",
		"":                                "",
		"C=US":                            "",
		"C=US,ST=WA,O=":                   "",
		"C=US,ST=WA,O=Test,":              "",
		"C=US,ST=WA,O=Test,OU":            "",
		"C=US,ST=WA,O=Test,O=Test":        "",
		"C=US,ST=WA,O=Test,S=WA":          "",
		"C=US,ST=WA,O=a+OU=b":             "",
		"C=US,ST=WA,O=#0c01":              "",
		`C=US,ST=WA,O="Test"`:             "",
		`C=US,ST=WA,O=Test\`:              "",
		`C=US,ST=WA,O=Test\x`:             "",
		`C=US,ST=WA,O=\ff`:                "",
		"C=US;ST=WA;O=Test":               "",
		"C=US,ST=WA,O=Test,2.5=x":         "",
		"c=US,ST=WA,O=Test":               "",
	} {
		got, err := parseSubject(text)
		if err != nil != (want == "") || err == nil && fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
}

func TestReadStore(t *testing.T) {
	dir := t.TempDir()
	leaf := maker{alg: "ES256"}.certificates(t)
	alone := maker{alg: "ES256", alone: true}.certificates(t)
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(dir+"/x509/"+name[:strings.LastIndex(name, "/")], 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/x509/"+name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("ca/good/root.crt", leaf[2])
	write("ca/good/middle.pem", leaf[1])
	write("ca/good/alone.CER", alone[0])
	write("ca/leaf/leaf.crt", leaf[0])
	write("ca/bad/a.crt", []byte("no certificate"))
	write("ca/other/README", nil)
	write("ca/deep/sub/a.crt", leaf[2])
	write("signingAuthority/sa/a.crt", leaf[2])
	if err := os.Mkdir(dir+"/x509/ca/empty", 0o755); err != nil {
		t.Fatal(err)
	}
	links := os.Symlink("good", dir+"/x509/ca/link") == nil
	root := os.DirFS(dir)
	for name, count := range map[string]int{
		"ca:good": 3, "signingAuthority:sa": 1, "ca:leaf": 0, "ca:bad": 0, "ca:other": 0, "ca:deep": 0, "ca:empty": 0, "ca:link": 0, "ca:none": 0,
	} {
		store, err := ReadStore(root, []string{name})
		if len(store[name]) != count || (err == nil) != (count > 0) {
			t.Errorf("%s: got %d certificates, %v, want %d", name, len(store[name]), err, count)
		}
	}
	if store, err := ReadStore(root, []string{"tsa:none"}); err != nil || len(store) > 0 {
		t.Errorf("got %v, %v: stores of time stamping authorities are not read", store, err)
	}
	names, err := AllStores(root)
	want := []string{"ca:bad", "ca:deep", "ca:empty", "ca:good", "ca:leaf", "ca:link", "ca:other", "signingAuthority:sa"}
	if !links {
		want = slices.DeleteFunc(want, func(s string) bool { return s == "ca:link" })
	}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("got %v, %v", names, err)
	}
	if _, err := AllStores(os.DirFS(t.TempDir())); err == nil {
		t.Error("an empty folder is a trust store")
	}
}
