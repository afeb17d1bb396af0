package archive

import (
	"strings"

	"github.com/ocisum/ocisum/content"
)

// Resolve follows links up to a regular object. It returns a regular object as
// it is. The error is a *content.LinkError about the link that leads nowhere;
// for something that is neither a link nor regular its problem is LinkRefused.
// A loop is told as one if it is closed within the limit of hops.
func (x *index) Resolve(o content.Object) (content.Object, error) {
	passed := map[string]bool{} // hops are bounded, unless the user wants them not to be
	for o.Kind != content.Regular {
		refuse := func(p content.LinkProblem) (content.Object, error) {
			return content.Object{}, &content.LinkError{Problem: p, Object: o, Target: o.Link}
		}
		if o.Kind != content.Symlink && o.Kind != content.Hardlink {
			return refuse(content.LinkRefused)
		}
		if passed[o.Name] {
			return refuse(content.LinkLoops)
		}
		if len(passed) >= x.lim.LinkHops {
			return refuse(content.LinkTooLong)
		}
		passed[o.Name] = true
		name, problem := x.target(o)
		if problem != 0 {
			return refuse(problem)
		}
		next, ok := x.Lookup(name)
		if !ok {
			return refuse(content.LinkDangles)
		}
		if next.Kind != content.Regular && next.Kind != content.Symlink && next.Kind != content.Hardlink {
			return refuse(content.LinkRefused)
		}
		o = next
	}
	return o, nil
}

// target returns the canonical name that a link leads to. A symbolic link
// starts in its own folder (POSIX, "Pathname Resolution"), a hard link names a
// member and so starts at the root. A target through another link is refused:
// where ".." leads from there depends on who follows it.
func (x *index) target(o content.Object) (string, content.LinkProblem) {
	link, path := o.Link, ""
	if strings.HasPrefix(link, "/") {
		return "", content.LinkEscapes
	}
	if link == "" || strings.HasSuffix(link, "/") || strings.HasSuffix(link, "/.") {
		return "", content.LinkDangles // a folder at best
	}
	if o.Kind == content.Symlink {
		path = folder(o.Name)
		if _, ok := x.barrier(path); ok {
			return "", content.LinkRefused
		}
	}
	for rest, more := link, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		switch {
		case part == "" || part == ".":
			continue
		case part == "..":
			if path == "" || o.Kind == content.Hardlink {
				return "", content.LinkEscapes
			}
			path = folder(path)
			continue
		case path != "":
			path += "/"
		}
		path += part
		if more {
			if step, ok := x.Lookup(path); ok && step.Kind == content.Symlink {
				return "", content.LinkRefused
			} else if ok && step.Kind != content.Directory {
				return "", content.LinkDangles
			}
		}
	}
	if path == "" {
		return "", content.LinkDangles // the root
	}
	return path, 0
}
