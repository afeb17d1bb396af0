package oci

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The kinds of values that are legal and that runtimes have tripped over; see
// [ContainerConfig.Risks].
const (
	RiskyUser  Kind = "risky-user"
	RiskyPath  Kind = "risky-path"
	RiskyLabel Kind = "risky-label"
	RiskyText  Kind = "risky-text"
)

// acting are the prefixes of labels by which parts of containerd and its client
// steer a container. Runtimes have copied labels of the image to the container
// (CVE-2026-53488: a label named the logging program that ran on the host).
var acting = []string{"containerd.io/restart.", "io.cri-containerd.", "nerdctl/"}

// Risks returns the values of a config that have made runtimes do what nobody
// asked for. None is forbidden by the specification, so they are hints, and
// each follows a vulnerability that there was:
//
//   - a user or group number outside of 0 to 2^31-1, which became another one or
//     was looked up as a name (CVE-2024-40635, CVE-2026-46680);
//   - a working directory in /proc, where descriptors of the runtime are
//     (CVE-2024-21626), and a volume that climbs (CVE-2022-23648);
//   - a label by which containerd itself is steered (CVE-2026-53488);
//   - control characters where names are expected.
//
// Values of labels and of the environment may have several lines.
func (c *ContainerConfig) Risks() []Problem {
	var ps problems
	add := func(k Kind, pointer, want, got, format string, args ...any) {
		if !ps.full(k) {
			ps.list = append(ps.list, Problem{k, pointer, -1, want, cut(got), fmt.Sprintf(format, args...)})
		}
	}
	odd := func(pointer, what, s string, lines bool) {
		if r, yes := controlIn(s, lines); yes {
			add(RiskyText, pointer, "", s, "there is a %s in %s", describe(r), what)
		}
	}
	for i, part := range strings.SplitN(c.User, ":", 2) {
		if number(part) {
			if n, err := strconv.ParseInt(part, 10, 64); err != nil || n < 0 || n > math.MaxInt32 {
				what := [...]string{"user", "group"}[i]
				add(RiskyUser, "/config/User", "0 to 2147483647", part, "the %s number does not fit into 31 bits: a runtime may take another one, or root", what)
			}
		}
	}
	odd("/config/User", "the user", c.User, false)
	odd("/config/WorkingDir", "the working directory", c.WorkingDir, false)
	if dir := "/" + strings.Join(components(c.WorkingDir), "/"); dir == "/proc" || strings.HasPrefix(dir, "/proc/") {
		add(RiskyPath, "/config/WorkingDir", "", c.WorkingDir, "the working directory lies in /proc, where a runtime's own descriptors are")
	}
	for _, v := range c.Volumes {
		at := "/config/Volumes/" + escapeReference(cut(v))
		if slices.Contains(strings.FieldsFunc(v, separator), "..") {
			add(RiskyPath, at, "", v, "the volume climbs: a runtime may copy what it leads to on the host")
		}
		odd(at, "the volume", v, false)
	}
	for i, e := range c.Env {
		name, value, _ := strings.Cut(e, "=")
		at := "/config/Env/" + strconv.Itoa(i)
		odd(at, "the name of a variable", name, false)
		odd(at, "a variable", value, true)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		at := "/config/Labels/" + escapeReference(cut(name))
		if slices.ContainsFunc(acting, func(p string) bool { return strings.HasPrefix(name, p) }) {
			add(RiskyLabel, at, "", c.Labels[name], "the label %s steers containerd, if the runtime copies it to the container", quoted(name))
		}
		odd(at, "the name of a label", name, false)
		odd(at, "a label", c.Labels[name], true)
	}
	return ps.sorted()
}

// number reports whether s is meant as a number: digits, perhaps with a sign.
func number(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// separator of paths, of Linux and of Windows.
func separator(r rune) bool { return r == '/' || r == '\\' }

// components is what an absolute path consists of, "." and ".." worked off.
func components(path string) []string {
	var all []string
	for _, part := range strings.Split(path, "/") {
		switch part {
		case "", ".":
		case "..":
			all = all[:max(0, len(all)-1)]
		default:
			all = append(all, part)
		}
	}
	return all
}

// controlIn finds the first control character in s; where there may be lines,
// line breaks and tabs are none.
func controlIn(s string, lines bool) (rune, bool) {
	for _, r := range s {
		if unicode.IsControl(r) && !(lines && (r == '\n' || r == '\r' || r == '\t')) {
			return r, true
		}
	}
	return 0, false
}
