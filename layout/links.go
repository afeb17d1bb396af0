package layout

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocisum/ocisum/content"
)

// Lookup finds an object by its name. A name below a linked folder, which is
// no object of the list, is returned as a link, for Resolve to follow or to
// refuse; where links are followed, only if there is something of that name in
// the folder.
func (d *Dir) Lookup(name string) (content.Object, bool) {
	if i, ok := d.find(name); ok {
		return d.objects[i], true
	}
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		at, ok := d.find(name[:i])
		if !ok {
			break
		}
		above := d.objects[at]
		if above.Kind != content.Symlink {
			continue
		}
		if d.opt.FollowLinks {
			// A link that leads nowhere is the answer. In a folder that it
			// leads to, a missing object is a missing object.
			if folder, problem, _ := d.follow(above.Name); problem == 0 && folder.Kind == content.Directory {
				if _, ok := d.Lookup(strings.TrimPrefix(folder.Name+name[i:], "/")); !ok {
					break
				}
			}
		}
		return content.Object{Name: name, Offset: -1, Kind: content.Symlink, Link: above.Link + name[i:]}, true
	}
	return content.Object{}, false
}

// Resolve returns the regular object that a link leads to, and a regular object
// as it is. The error is a [*content.LinkError]. Without [Options.FollowLinks]
// every link is refused, and so is always what is no regular object, or a link
// to it.
func (d *Dir) Resolve(o content.Object) (content.Object, error) {
	if o.Kind == content.Regular {
		return o, nil
	}
	problem, target := content.LinkRefused, o.Link
	if o.Kind == content.Symlink && d.opt.FollowLinks {
		var to content.Object
		if to, problem, target = d.follow(o.Name); problem == 0 {
			if to.Kind == content.Regular {
				return to, nil
			}
			problem = content.LinkRefused
		}
	}
	return content.Object{}, &content.LinkError{Problem: problem, Object: o, Target: target}
}

// walking is a link whose target is not walked to its end yet.
type walking struct {
	link   int // position in the list
	behind int // components that follow its target
}

// follow walks the kernel's way (path_resolution(7)), on the list instead of
// the disk: ".." leaves the folder that a link led into, not the folder of the
// link. It returns what is at the end, which is a folder without name for the
// directory itself, or the problem with the last link that it took. A link that
// is met again while its own target is being walked is a loop.
func (d *Dir) follow(name string) (_ content.Object, _ content.LinkProblem, target string) {
	end := content.Object{Kind: content.Directory}
	var above []string // the components that led to end
	todo := strings.Split(name, "/")
	var within []walking
	for hops := 0; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		for len(within) > 0 && within[len(within)-1].behind > len(todo) {
			within = within[:len(within)-1]
		}
		if end.Kind != content.Directory {
			return end, content.LinkDangles, target // even "file/." and "file/"
		}
		switch next {
		case "", ".":
			continue
		case "..":
			if len(above) == 0 {
				return end, content.LinkEscapes, target
			}
			above = above[:len(above)-1]
			end = content.Object{Name: strings.Join(above, "/"), Kind: content.Directory}
			continue
		}
		i, ok := d.find(strings.Join(append(above, next), "/"))
		if !ok {
			return end, content.LinkDangles, target
		}
		if d.objects[i].Kind != content.Symlink {
			end = d.objects[i]
			above = append(above, next)
			continue
		}
		target = d.objects[i].Link
		slashed := filepath.ToSlash(target)
		switch hops++; {
		case slices.ContainsFunc(within, func(w walking) bool { return w.link == i }):
			return end, content.LinkLoops, target
		case hops > d.opt.LinkHops:
			return end, content.LinkTooLong, target
		case target == "":
			return end, content.LinkDangles, target
		case strings.HasPrefix(slashed, "/") || filepath.VolumeName(target) != "":
			return end, content.LinkEscapes, target
		}
		within = append(within, walking{i, len(todo)})
		todo = slices.Concat(strings.Split(slashed, "/"), todo)
	}
	return end, 0, target
}
