package graph

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

func TestNameClaim(t *testing.T) {
	hex := strings.Repeat("ab", 32)
	wide := strings.Repeat("ab", 64)
	d, d512 := digest.Digest("sha256:"+hex), digest.Digest("sha512:"+wide)
	tests := []struct {
		name   string
		dir    bool
		want   digest.Digest // empty: the name claims nothing
		either bool
	}{
		{"blobs/sha256/" + hex, false, d, false},
		{"blobs/sha512/" + wide, false, d512, false},
		{"blobs/sha256/" + strings.ToUpper(hex), false, "", false},
		{"blobs/md5/" + hex[:32], false, "", false},
		{"blobs/sha256", false, "", false},
		{"blobs/sha256/" + hex + "/x", false, "", false},
		{hex + ".json", false, d, false},
		{"sha256:" + hex, false, d, false},
		{hex + ".tar", false, d, true},
		{hex + ".tar.gz", false, d, false},
		{hex + ".tar.zst", false, d, false},
		{hex, false, "", false},
		{hex, true, d, false},
		{hex + ".manifest.json", true, d, false},
		{"sha512-" + wide, true, d512, false},
		{hex + "/layer.tar", false, "", false},
		{"config.json", false, "", false},
		{"manifest.json", false, "", false},
		{"", false, "", false},
	}
	for _, tt := range tests {
		got, ok := NameClaim(tt.name, tt.dir)
		if ok != (tt.want != "") || ok && (got.Digest != tt.want || got.Either != tt.either || got.Size != -1) {
			t.Errorf("%q (dir %v): got %+v, %v; want %q", tt.name, tt.dir, got, ok, tt.want)
		}
	}
}

func TestNormalize(t *testing.T) {
	tests := []struct{ a, b string }{
		{"harbor/app", "docker.io/harbor/app:latest"},
		{"harbor/app:1.0", "docker.io/harbor/app:1.0"},
		{"alpine:3", "docker.io/library/alpine:3"},
		{"localhost/harbor/app:1", "localhost/harbor/app:1"},
		{"registry.example.com:5000/team/app:v1", "registry.example.com:5000/team/app:v1"},
	}
	for _, tt := range tests {
		a, ok := Normalize(tt.a)
		b, ok2 := Normalize(tt.b)
		if !ok || !ok2 || a != b {
			t.Errorf("got %q and %q, want the same", a, b)
		}
	}
	for _, bad := range []string{"", "a:b:c", "docker.io/UPPER/case", "x\x1b[2J", strings.Repeat("a", 5000)} {
		if got, ok := Normalize(bad); ok {
			t.Errorf("%q: got %q, want a refusal", bad[:min(len(bad), 20)], got)
		}
	}
}

func TestSamePlatform(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"linux/amd64", "linux/amd64", true},
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm/v6", "linux/arm/v7", false},
		{"linux/amd64", "linux/arm64", false},
		{"linux/amd64", "windows/amd64", false},
		{"linux", "linux/amd64", false},
	}
	for _, tt := range tests {
		if got := samePlatform(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestEntryName(t *testing.T) {
	const full, ref = "io.containerd.image.name", "org.opencontainers.image.ref.name"
	tests := []struct {
		a         map[string]string
		name, tag string
	}{
		{nil, "", ""},
		{map[string]string{ref: "1.0"}, "", "1.0"},
		{map[string]string{ref: "docker.io/x/y:1"}, "docker.io/x/y:1", ""},
		{map[string]string{ref: "1", full: "docker.io/x/y:1"}, "docker.io/x/y:1", "1"},
	}
	for _, tt := range tests {
		if name, tag := entryName(tt.a); name != tt.name || tag != tt.tag {
			t.Errorf("%v: got %q, %q; want %q, %q", tt.a, name, tag, tt.name, tt.tag)
		}
	}
}

// FuzzNameClaim: whatever a name is, its claim is a digest that parses.
func FuzzNameClaim(f *testing.F) {
	f.Add("blobs/sha256/"+strings.Repeat("0", 64), false)
	f.Add("sha256:../../etc/passwd", true)
	f.Fuzz(func(t *testing.T, name string, dir bool) {
		c, ok := NameClaim(name, dir)
		if !ok {
			return
		}
		if err := c.Digest.Validate(); err != nil {
			t.Errorf("%q: got %q: %v", name, c.Digest, err)
		}
		if !strings.Contains(name, c.Digest.Encoded()) {
			t.Errorf("%q does not hold %q", name, c.Digest)
		}
	})
}
