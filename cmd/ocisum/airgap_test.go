package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ocisum/ocisum/internal/testimage"
)

// TestAirGap walks through docs/air-gap.md, from the connected side to the
// import desk: its commands run one after the other in one folder, and print
// what the document says.
func TestAirGap(t *testing.T) {
	dir := t.TempDir()
	fixture := func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", "trust", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	keep := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// What there is at the beginning: a signed layout, what docker save makes
	// of it, a tarball that somebody was at, another image of that name, and
	// the key of the desk.
	tar, err := testimage.Decompress(fixture("cosign/save-v2.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "layout"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := testimage.Untar(tar, filepath.Join(dir, "layout")); err != nil {
		t.Fatal(err)
	}
	keep("cosign.pub", fixture("cosign/key-good.pub"))
	keep("app.tar", fixture("digest-lost/docker20-save.tar"))
	keep("tampered.tar", fixture("digest-lost/tampered-layer.tar"))
	other := testimage.Image{Ref: "registry.example/team/tiny:v1", Layers: []testimage.Layer{{Members: []testimage.Member{testimage.File("bin/app", "other")}}}}
	keep("other.tar", testimage.DockerSave{Images: []testimage.Image{other}}.Tree().Tar())
	keep("compose.yaml", []byte("services:\n  app:\n    image: registry.example/team/tiny:v1\n"))
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keep("desk.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	open, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	keep("desk.pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open}))

	ran := 0
	for _, block := range blocks(t, "docs/air-gap.md", "console") {
		status := 0
		for _, s := range transcript(block) {
			ran++
			var out string
			if s.command == "echo $?" {
				out = strconv.Itoa(status) + "\n"
			} else {
				out, status = shell(t, dir, s.command)
			}
			if !matches(s.output, out) {
				t.Errorf("%s\ngot\n%s\nwant\n%s", s.command, out, s.output)
			}
		}
	}
	if ran < 15 {
		t.Errorf("got %d commands: were the blocks found?", ran)
	}
}
