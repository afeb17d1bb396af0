package layout

import (
	"os"

	"github.com/ocisum/ocisum/content"
)

// Identity says which file an object is and what state it is in now. It
// reports false if it is no longer what was listed, or where the system does
// not tell.
func (d *Dir) Identity(o content.Object) (content.Identity, bool) {
	at, ok := d.find(o.Name)
	if !ok || d.objects[at].Kind != content.Regular || d.objects[at].Size < 0 {
		return content.Identity{}, false
	}
	info, err := d.root.Lstat(o.Name)
	if err != nil || d.compare(at, info) != "" {
		return content.Identity{}, false
	}
	return whole(o.Name, info)
}

// Identity says which file the reader reads, as it was when it was opened. If
// Read returned io.EOF, it is so still.
func (r *reader) Identity() (content.Identity, bool) { return whole(r.name, r.before) }

// whole is the identity of an object that is a file.
func whole(name string, info os.FileInfo) (content.Identity, bool) {
	id, ok := identity64(info)
	changed := changeTime(info)
	id.Changed = changed[0]*1e9 + changed[1]
	id.Size, id.Modified = info.Size(), info.ModTime().UnixNano()
	id.Name, id.Length = name, info.Size()
	return id, ok && changed != [2]int64{}
}
