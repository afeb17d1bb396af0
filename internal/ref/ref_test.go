package ref

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
)

var (
	pin    = "sha256:" + strings.Repeat("0123456789abcdef", 4)
	pin512 = "sha512:" + strings.Repeat("0123456789abcdef", 8)
)

// only makes an exists function of a list of paths.
func only(paths ...string) func(string) bool {
	return func(path string) bool { return slices.Contains(paths, path) }
}

func TestParse(t *testing.T) {
	tests := []struct {
		in    string
		there []string
		want  Ref // Raw, and what follows from other fields, is filled in
	}{
		{"image.tar", []string{"image.tar"}, Ref{Path: "image.tar"}},
		{"missing.tar", nil, Ref{Path: "missing.tar"}},
		{"missing.tar:v1", nil, Ref{Path: "missing.tar:v1"}},
		{"/abs/dir", nil, Ref{Path: "/abs/dir"}},
		{".", []string{"."}, Ref{Path: "."}},
		{"..:v1", []string{".."}, Ref{Path: "..", Tag: "v1"}},
		{"image.tar:v1", []string{"image.tar"}, Ref{Path: "image.tar", Tag: "v1"}},
		{"image.tar:v1", []string{"image.tar", "image.tar:v1"}, Ref{Path: "image.tar:v1"}},
		{"image.tar@" + pin, []string{"image.tar"}, Ref{Path: "image.tar", DigestText: pin}},
		{"image.tar:v1@" + pin, []string{"image.tar"}, Ref{Path: "image.tar", Tag: "v1", DigestText: pin}},
		{"image.tar@" + pin512, []string{"image.tar"}, Ref{Path: "image.tar", DigestText: pin512}},
		{"image.tar@" + pin, []string{"image.tar@" + pin}, Ref{Path: "image.tar", DigestText: pin}},
		{"me@host/image.tar@" + pin, []string{"me@host/image.tar"}, Ref{Path: "me@host/image.tar", DigestText: pin}},
		{"me@host/image.tar", []string{"me@host/image.tar"}, Ref{Path: "me@host/image.tar"}},
		{"me@host/image.tar:v1", []string{"me@host/image.tar"}, Ref{Path: "me@host/image.tar", Tag: "v1"}},
		{"odd@", []string{"odd@"}, Ref{Path: "odd@"}},
		{"a:b:c:d", []string{"a", "a:b:c"}, Ref{Path: "a:b:c", Tag: "d"}},
		{"a:b:c:d", []string{"a"}, Ref{Path: "a", Tag: "b:c:d"}},
		{`C:\images\x.tar:v1`, []string{`C:\images\x.tar`}, Ref{Path: `C:\images\x.tar`, Tag: "v1"}},

		{"-", nil, Ref{Path: "-"}},
		{"-@" + pin, nil, Ref{Path: "-", DigestText: pin}},
		{"docker-archive:-", nil, Ref{Transport: "docker-archive", Path: "-"}},
		{"docker-archive:-:app:1.0@" + pin, nil, Ref{Transport: "docker-archive", Path: "-", Tag: "app:1.0", DigestText: pin}},
		{"oci-archive:-:v1", nil, Ref{Transport: "oci-archive", Path: "-", Tag: "v1"}},
		{"./-", nil, Ref{Path: "./-"}},

		{"oci:dir:v1", []string{"dir"}, Ref{Transport: "oci", Path: "dir", Tag: "v1"}},
		{"oci:dir:v1", nil, Ref{Transport: "oci", Path: "dir:v1"}},
		{"oci:dir:v1", []string{"oci:dir:v1"}, Ref{Transport: "oci", Path: "dir:v1"}},
		{"./oci:dir", []string{"./oci:dir"}, Ref{Path: "./oci:dir"}},
		{"oci:///abs/dir", nil, Ref{Transport: "oci", Path: "///abs/dir"}},
		{"oci://host/dir:v1", []string{"//host/dir"}, Ref{Transport: "oci", Path: "//host/dir", Tag: "v1"}},
		{"ocidir://rel/dir:v1", []string{"rel/dir"}, Ref{Transport: "oci", Path: "rel/dir", Tag: "v1"}},
		{"ocidir:///abs", nil, Ref{Transport: "oci", Path: "/abs"}},
		{"ocidir:rel", nil, Ref{Transport: "oci", Path: "rel"}},
		{"oci-dir:rel:v1@" + pin, []string{"rel"}, Ref{Transport: "oci", Path: "rel", Tag: "v1", DigestText: pin}},
		{"oci-layout:rel", nil, Ref{Transport: "oci", Path: "rel"}},
		{"oci-layout:///abs:v1", []string{"/abs"}, Ref{Transport: "oci", Path: "/abs", Tag: "v1"}},
		{"oci-archive:x.tar:registry.example/app:v1", []string{"x.tar"}, Ref{Transport: "oci-archive", Path: "x.tar", Tag: "registry.example/app:v1"}},
		{"docker-archive:x.tar:docker.io/lib/app:1.0", []string{"x.tar"}, Ref{Transport: "docker-archive", Path: "x.tar", Tag: "docker.io/lib/app:1.0"}},
		{"docker-archive:x:y.tar:app:1.0", []string{"x", "x:y.tar"}, Ref{Transport: "docker-archive", Path: "x:y.tar", Tag: "app:1.0"}},
		{"docker-archive:x.tar:localhost:5000/app:1@" + pin, []string{"x.tar"}, Ref{Transport: "docker-archive", Path: "x.tar", Tag: "localhost:5000/app:1", DigestText: pin}},
		{"dir:a:b", []string{"a"}, Ref{Transport: "dir", Path: "a:b"}},
		{"dir:a@" + pin, []string{"a"}, Ref{Transport: "dir", Path: "a", DigestText: pin}},
		{"OCI:dir", nil, Ref{Path: "OCI:dir"}},

		// What looks remote but is there, or is no host.
		{"registry.example/app:v1", []string{"registry.example/app"}, Ref{Path: "registry.example/app", Tag: "v1"}},
		{"my.folder/app.tar", []string{"my.folder"}, Ref{Path: "my.folder/app.tar"}},
		{"folder/app.tar", nil, Ref{Path: "folder/app.tar"}},
		{"./a.b/c", nil, Ref{Path: "./a.b/c"}},
		{"../a.b/c", nil, Ref{Path: "../a.b/c"}},
		{"a..b/c", nil, Ref{Path: "a..b/c"}},
		{"my_images.d/c", nil, Ref{Path: "my_images.d/c"}},
		{"alpine:3.20", nil, Ref{Path: "alpine:3.20"}},
		{"docker:v1", []string{"docker"}, Ref{Path: "docker", Tag: "v1"}},
		{"sif:v1", []string{"sif"}, Ref{Path: "sif", Tag: "v1"}},
		{"docker-daemon:x", []string{"docker-daemon:x"}, Ref{Path: "docker-daemon:x"}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			tt.want.Raw = tt.in
			tt.want.Digest = digest.Digest(tt.want.DigestText)
			tt.want.Stdin = tt.want.Path == "-"
			got, err := Parse(tt.in, only(tt.there...))
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		in    string
		there []string
		want  string
	}{
		{"", nil, `"" names no path`},
		{"oci:", nil, `"oci:" names no path`},
		{"@" + pin, nil, "names no path"},
		{"docker-archive:@" + pin, nil, "names no path"},
		{"x.tar:", []string{"x.tar"}, `"x.tar:" has a colon and no tag after it`},
		{"x.tar:@" + pin, []string{"x.tar"}, "no tag"},
		{"x.tar@", []string{"x.tar"}, `"x.tar@": "" after "@" is no digest`},
		{"x.tar@latest", []string{"x.tar"}, `"latest" after "@" is no digest`},
		{"x.tar@0123abcd", []string{"x.tar"}, "is no digest"},
		{"x.tar:a@b", []string{"x.tar"}, "is no digest"}, // would become a tag
		{"x.tar@sha256:", []string{"x.tar"}, "want 64 hex digits, got 0"},
		{"x.tar@" + pin[:70], []string{"x.tar"}, "want 64 hex digits, got 63"},
		{"x.tar@" + pin + "0", []string{"x.tar"}, "want 64 hex digits, got 65"},
		{"x.tar@" + pin512[:100], []string{"x.tar"}, "want 128 hex digits, got 93"},
		{"x.tar@sha256:" + strings.Repeat("A", 64), []string{"x.tar"}, "lower-case"},
		{"x.tar@sha256:" + strings.Repeat("g", 64), []string{"x.tar"}, `'g' is no hex digit`},
		{"x.tar@sha256:\x1b[31m", []string{"x.tar"}, `'\x1b' is no hex digit`},
		{"x.tar@SHA256:" + strings.Repeat("a", 64), []string{"x.tar"}, `algorithm "SHA256"`},
		{"x.tar@md5:d41d8cd98f00b204e9800998ecf8427e", []string{"x.tar"}, `algorithm "md5"`},
		{"x.tar@blake3:00", []string{"x.tar@blake3:00"}, `algorithm "blake3"`},
		{"docker-archive:x.tar:@0", []string{"x.tar"}, "by its position"},
		{"x.tar@y\n", nil, `"x.tar@y\n"`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := Parse(tt.in, only(tt.there...))
			if err == nil || !strings.Contains(err.Error(), tt.want) || got != (Ref{}) {
				t.Errorf("got %+v, %v, want an error with %s", got, err, tt.want)
			}
			var remote *RemoteError
			if errors.As(err, &remote) {
				t.Errorf("got %v, want another error", err)
			}
		})
	}
}

func TestParseRemote(t *testing.T) {
	tests := []struct {
		in    string
		there []string
		want  Where
		text  string
	}{
		{"docker://alpine", nil, Registry, "never opens the network"},
		{"docker://alpine:3@" + pin, []string{"docker", "docker:"}, Registry, "never opens the network"},
		{"https://registry.example/v2/", nil, Registry, "never opens the network"},
		{"oci://registry.example/chart:1", nil, Registry, "never opens the network"},
		{"registry.example/x:tag", nil, Registry, "save the image"},
		{"docker.io/library/alpine:3@" + pin, nil, Registry, "save the image"},
		{"localhost/app", nil, Registry, "network"},
		{"localhost:5000/app:v1", nil, Registry, "network"},
		{"registry:5000/app", nil, Registry, "network"},
		{"127.0.0.1:5000/app", nil, Registry, "network"},
		{"docker-daemon:app:latest", nil, Daemon, "never talks to one"},
		{"containers-storage:[overlay@/var/lib]app:v1@" + pin, nil, Store, "store of this machine"},
		{"containers-storage:[overlay@/var/lib]app:v1", nil, Store, "store of this machine"},
		{"registry.example/x@latest", nil, Registry, "never opens the network"},
		{"ostree:app@" + pin, nil, Store, "store of this machine"},
		{"sif:image.sif", []string{"image.sif"}, Format, "holds no OCI or docker image"},
		{"tarball:rootfs.tar", nil, Format, "save the image"},
		{"registry.example/\x1b[31m", nil, Registry, `"registry.example/\x1b[31m"`},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			_, err := Parse(tt.in, only(tt.there...))
			var remote *RemoteError
			if !errors.As(err, &remote) || remote.Where != tt.want || remote.Raw != tt.in || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v, want a RemoteError of kind %d with %s", err, tt.want, tt.text)
			}
			if !strings.Contains(remote.Hint(), "image.tar") {
				t.Errorf("got hint %q, want one that makes a file", remote.Hint())
			}
		})
	}
}

// FuzzParse checks that nothing of a reference is lost or invented.
func FuzzParse(f *testing.F) {
	f.Add("image.tar:v1@"+pin, "image.tar")
	f.Add("docker-archive:x:y.tar:docker.io/app:1@"+pin512, "x\nx:y.tar")
	f.Add("ocidir:///abs:v1", "/abs")
	f.Add("oci://registry.example/x@sha256:00", "")
	f.Add("me@host/image.tar:-", "me@host/image.tar")
	f.Add("-:a:b@"+pin, "")
	f.Add("localhost:5000/a:@0", "localhost")
	f.Fuzz(func(t *testing.T, s, paths string) {
		there := only(strings.Split(paths, "\n")...)
		got, err := Parse(s, there)
		if err != nil {
			if got != (Ref{}) {
				t.Fatalf("got %+v with %v, want nothing", got, err)
			}
			return
		}
		tail := got.Path
		if got.Tag != "" {
			tail += ":" + got.Tag
			if !there(got.Path) && got.Path != "-" {
				t.Errorf("%q: got tag %q after a path that is not there", s, got.Tag)
			}
		}
		if got.DigestText != "" {
			tail += "@" + got.DigestText
		}
		head, ok := strings.CutSuffix(s, tail)
		if !ok || got.Raw != s {
			t.Fatalf("%q: got %+v, which does not reassemble", s, got)
		}
		name, slashes, _ := strings.Cut(head, ":")
		if got.Transport != transports[name] || slashes != "" && slashes != "//" || head != "" && got.Transport == "" {
			t.Errorf("%q: got transport %q from %q", s, got.Transport, head)
		}
		if string(got.Digest) != got.DigestText || got.Digest != "" && got.Digest.Validate() != nil {
			t.Errorf("%q: got digest %q of %q", s, got.Digest, got.DigestText)
		}
		if got.Path == "" || got.Stdin != (got.Path == "-") {
			t.Errorf("%q: got path %q, stdin %v", s, got.Path, got.Stdin)
		}
		// A digest never ends up in a path or a tag.
		if i := strings.LastIndexByte(s, '@'); i >= 0 && got.Digest == "" && looksLikeDigest(s[i+1:]) {
			t.Errorf("%q: got %+v, want the digest", s, got)
		}
	})
}
