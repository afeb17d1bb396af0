//go:build !unix

package layout

import (
	"os"

	"github.com/ocisum/ocisum/content"
)

const (
	openFile   = os.O_RDONLY
	openFolder = os.O_RDONLY
)

// identity is what a file keeps as long as it is not replaced or written to.
type identity struct{ info os.FileInfo }

func identify(info os.FileInfo) identity { return identity{info} }

func (id *identity) same(other *identity) bool { return os.SameFile(id.info, other.info) }

func (id *identity) sameTime(other *identity) bool {
	return id.info.ModTime().Equal(other.info.ModTime())
}

// changeTime is not known here.
func changeTime(os.FileInfo) [2]int64 { return [2]int64{} }

// identity64 is not known here.
func identity64(os.FileInfo) (content.Identity, bool) { return content.Identity{}, false }
