package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

const (
	identity = "https://github.com/example/tiny/.github/workflows/release.yml@refs/tags/v1"
	issuer   = "https://token.actions.githubusercontent.com"
)

func TestExitStatus(t *testing.T) {
	data := filepath.Join("..", "..", "testdata")
	layout := func(name string) string { return filepath.Join(data, "layout-"+name) }
	terms := []string{"--trusted-root", filepath.Join(data, "trusted_root.json"), "--certificate-identity", identity, "--certificate-oidc-issuer", issuer}
	for _, test := range []struct {
		name           string
		args           []string
		want           int
		stdout, stderr string
	}{
		{"signed", append([]string{"verify"}, append(terms, layout("orphan"))...), 0, "verified: ", ""},
		{"flags last", append([]string{"verify", layout("orphan")}, terms...), 0, "vouched for by keyless", ""},
		{"json", append([]string{"verify", layout("orphan"), "-o", "json"}, terms...), 0, `"schema": "ocisum.report/v1"`, ""},
		{"quiet", append([]string{"verify", layout("orphan"), "--quiet"}, terms...), 0, "", ""},
		{"another pin", append([]string{"verify", layout("orphan") + "@sha256:" + strings.Repeat("0", 64)}, terms...), 4, "pin.mismatch", ""},
		{"provenance only", append([]string{"verify", layout("slsaonly")}, terms...), 4, "denied: ", ""},
		{"provenance asked for", append([]string{"verify", layout("slsaonly"), "--attestation-type", "slsaprovenance1"}, terms...), 0, "verified: ", ""},
		{"no such statement", append([]string{"verify", layout("orphan"), "--attestation-type", "cyclonedx"}, terms...), 4, "attestation.missing", ""},
		{"other provenance", append([]string{"verify", layout("slsaonly"), "--attestation-type", "slsaprovenance"}, terms...), 4, "attestation.missing", ""},
		{"wrong identity", append([]string{"verify", layout("wrongid")}, terms...), 4, "github.com/evil", ""},
		{"by a key", append([]string{"verify", filepath.Join("..", "..", "..", "cmd", "ocisum", "testdata", "trust", "cosign", "save-v3.tar.gz")}, terms...), 4, "signed with a key, not a certificate: ocisum verify --key", ""},
		{"no image", append([]string{"verify", data + "/README.md"}, terms...), 2, "", "no image of any known kind"},
		{"gone", append([]string{"verify", layout("gone")}, terms...), 2, "", "no such file"},
		{"no command", nil, 2, "", "the command is verify"},
		{"nothing trusted", []string{"verify", layout("orphan")}, 2, "", "nothing is trusted by default"},
		{"no root", append([]string{"verify", layout("orphan")}, append([]string{"--trusted-root=gone"}, terms[2:]...)...), 2, "", "--trusted-root: open gone"},
		{"unknown flag", append([]string{"verify", "--key=x", layout("orphan")}, terms...), 2, "", "unknown flag --key"},
		{"two images", append([]string{"verify", layout("orphan"), layout("listed")}, terms...), 2, "", "one image, not 2"},
		{"remote", append([]string{"verify", "docker://example.com/app:1"}, terms...), 2, "", "network"},
		{"version", []string{"--version"}, 0, "ocisum-keyless devel\n", ""},
		{"help", []string{"verify", "--help"}, 0, "--trusted-root FILE", ""},
	} {
		var stdout, stderr bytes.Buffer
		got := (&command{stdout: &stdout, stderr: &stderr}).run(context.Background(), test.args)
		if got != test.want || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) || (test.stderr == "") != (stderr.Len() == 0) {
			t.Errorf("%s: got %d, want %d\n%s%s", test.name, got, test.want, &stdout, &stderr)
		}
	}
}

// TestHelpOnce: help is written where it was asked for, once, and not with a
// mistake.
func TestHelpOnce(t *testing.T) {
	for _, test := range []struct {
		args []string
		want int // times
	}{
		{[]string{"verify", "--help"}, 1},
		{[]string{"--help"}, 1},
		{[]string{"verify", "--no-such-flag"}, 0},
		{[]string{"verify", "--jobs=x"}, 0},
	} {
		var stdout, stderr bytes.Buffer
		(&command{stdout: &stdout, stderr: &stderr}).run(context.Background(), test.args)
		text := stdout.String() + stderr.String()
		if got := strings.Count(text, "Usage"); got != test.want {
			t.Errorf("%v: help is there %d times, not %d:\n%s", test.args, got, test.want, text)
		}
	}
}
