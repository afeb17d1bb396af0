package ref

import (
	"fmt"
	"strings"
)

// RemoteError says that a reference names something that is not a file of this
// machine.
type RemoteError struct {
	Raw   string // as the user wrote it
	Where Where
}

// Where is where an image is said to be.
type Where uint8

// The places that are never looked at.
const (
	Registry Where = iota + 1
	Daemon         // docker-daemon:
	Store          // containers-storage:, ostree:
	Format         // sif:, tarball: files, but no container images
)

// Error says why the reference is refused, and that the image must be saved
// first.
func (e *RemoteError) Error() string {
	const save = "save the image to a file first"
	switch e.Where {
	case Daemon:
		return fmt.Sprintf("%q names an image in a daemon, and this tool never talks to one: %s", e.Raw, save)
	case Store:
		return fmt.Sprintf("%q names an image in a store of this machine, and this tool reads only files: %s", e.Raw, save)
	case Format:
		return fmt.Sprintf("%q names a kind of file that holds no OCI or docker image: %s", e.Raw, save)
	}
	return fmt.Sprintf("%q is no file here, and names an image in a registry: this tool never opens the network: %s", e.Raw, save)
}

// Hint returns a command that makes a file of the image.
func (e *RemoteError) Hint() string {
	switch e.Where {
	case Daemon:
		return "docker save -o image.tar IMAGE"
	case Store:
		return "podman save --format oci-archive -o image.tar IMAGE"
	}
	return "skopeo copy --all docker://IMAGE oci-archive:image.tar"
}

// schemes are written with two slashes; a folder called docker may have tags.
var schemes = []string{"docker://", "http://", "https://"}

// elsewhere are the transports of containers-transports(5) that name no file
// this tool reads.
var elsewhere = map[string]Where{
	"docker-daemon":      Daemon,
	"containers-storage": Store,
	"ostree":             Store,
	"sif":                Format,
	"tarball":            Format,
}

// remote returns a *RemoteError if s, a reference without transport and digest,
// names an image elsewhere. A path that exists as it is does not.
func (p *parser) remote(s string) error {
	if p.there(s) {
		return nil
	}
	refuse := func(w Where) error { return &RemoteError{p.ref.Raw, w} }
	switch p.ref.Transport {
	case "":
	case "oci":
		// Charts and artifacts in registries are written oci://HOST/NAME.
		if _, ok := p.existing(s); !ok && strings.HasPrefix(s, "//") && !strings.HasPrefix(s, "///") {
			return refuse(Registry)
		}
		return nil
	default:
		return nil
	}
	for _, scheme := range schemes {
		if strings.HasPrefix(s, scheme) {
			return refuse(Registry)
		}
	}
	if name, _, ok := strings.Cut(s, ":"); ok && elsewhere[name] != 0 && !p.there(name) {
		return refuse(elsewhere[name])
	}
	if _, ok := p.existing(s); ok {
		return nil
	}
	// The grammar of distribution/reference: the first component is a host if
	// it holds a dot or a port, or is localhost.
	host, _, ok := strings.Cut(s, "/")
	if !ok || p.there(host) {
		return nil
	}
	name, port, hasPort := strings.Cut(host, ":")
	if !isHost(name) || hasPort && !isNumber(port) {
		return nil
	}
	if hasPort || name == "localhost" || strings.Contains(name, ".") {
		return refuse(Registry)
	}
	return nil
}

// isHost reports whether s has the form of a host name: labels of letters,
// digits and inner hyphens. "." and ".." are none.
func isHost(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
			default:
				return false
			}
		}
	}
	return true
}
