package layout

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/content"
)

// Resolve returns the regular object that a link leads to, and any other object
// as it is. The error is a [*content.LinkError]. Without
// [Options.FollowLinks] every link is refused.
//
// A link that leads to a folder, a pipe or a device dangles: it names no
// regular object.
func (d *Dir) Resolve(o content.Object) (content.Object, error) {
	if o.Kind != content.Symlink {
		return o, nil
	}
	refuse := func(p content.LinkProblem, target string) (content.Object, error) {
		return content.Object{}, &content.LinkError{Problem: p, Object: o, Target: target}
	}
	if !d.opt.FollowLinks {
		return refuse(content.LinkRefused, o.Link)
	}

	// The kernel's way (path_resolution(7)), on the list instead of the disk:
	// ".." leaves the folder that a link led into, not the folder of the link.
	var done []string // components resolved so far: a folder of the list
	todo := strings.Split(o.Name, "/")
	target := o.Link // the last link taken
	for hops := 0; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		switch next {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return refuse(content.LinkEscapes, target)
			}
			done = done[:len(done)-1]
			continue
		}
		done = append(done, next)
		i, ok := d.find(strings.Join(done, "/"))
		if !ok {
			return refuse(content.LinkDangles, target)
		}
		switch at := d.objects[i]; at.Kind {
		case content.Directory:
		case content.Symlink:
			target = at.Link
			if hops++; hops > d.opt.LinkHops {
				return refuse(content.LinkLoops, target)
			}
			if target == "" {
				return refuse(content.LinkDangles, target)
			}
			slashed := filepath.ToSlash(target)
			if strings.HasPrefix(slashed, "/") || filepath.VolumeName(target) != "" {
				return refuse(content.LinkEscapes, target)
			}
			done = done[:len(done)-1]
			todo = slices.Concat(strings.Split(slashed, "/"), todo)
		case content.Regular:
			if len(todo) > 0 {
				return refuse(content.LinkDangles, target) // a file is no folder
			}
			return at, nil
		default:
			return refuse(content.LinkDangles, target)
		}
	}
	return refuse(content.LinkDangles, target)
}
