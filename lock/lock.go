package lock

import (
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// Limits of a lock file, in both directions.
const (
	MaxBytes   = 8 << 20
	MaxRecords = 100_000 // current and earlier digests and files, together
)

// File is a lock file.
type File struct {
	Images []Image  // sorted by name once it was parsed or marshalled
	Files  []Source // archives that are approved as they are, sorted
}

// Image is what the lock has under a name.
type Image struct {
	Name    string   // as [ParseName] returns it
	Current Record   // what is approved
	History []Record // what was, the latest first; none has the digest of another or of Current
}

// Kind says what a digest is the digest of.
type Kind string

// The kinds. An image of a docker save archive has no manifest; it is known by
// its image ID, the digest of the config, which commits to the layers by their
// diff IDs. An imported digest may be of an index or a manifest: what it was
// imported from does not say.
const (
	Index    Kind = "index"
	Manifest Kind = "manifest"
	ImageID  Kind = "image-id"
	Registry Kind = "registry" // an index or a manifest
)

// Record is a digest that is or was approved under a name, and what is known
// about it.
type Record struct {
	Digest digest.Digest
	Kind   Kind
	// Verified says that every byte was checked by this tool when the record
	// was made. Otherwise the record was imported, and a person answers for it.
	Verified bool
	Imported string    // the format it was imported from; empty if Verified
	Added    time.Time // whole seconds; zero: not known
	Sources  []Source
	// Platforms are those that were seen. An index may list others.
	Platforms []Platform
}

// Source is a file or folder that an image was read from.
type Source struct {
	Path   string        // as it was given, "-" for standard input
	SHA256 digest.Digest // of the file; empty for a folder
}

// Platform is the image of one platform.
type Platform struct {
	Name     string        // "linux/arm64/v8"; "unknown" where no document tells it
	Manifest digest.Digest // empty in an [ImageID] record
	Config   digest.Digest // the image ID; empty for an image without config
	DiffIDs  []digest.Digest
}

// Lookup finds an image by name, in any of the spellings that mean the same:
// "alpine" is "docker.io/library/alpine:latest". The result points into f.
func (f *File) Lookup(name string) (*Image, bool) {
	full, err := ParseName(name)
	if err != nil {
		return nil, false
	}
	return f.find(full)
}

// find finds an image by its full name: fast if the images are in order, which
// they may not be while a file is being made.
func (f *File) find(full string) (*Image, bool) {
	if i, ok := slices.BinarySearchFunc(f.Images, full, func(e Image, name string) int { return strings.Compare(e.Name, name) }); ok {
		return &f.Images[i], true
	}
	i := slices.IndexFunc(f.Images, func(e Image) bool { return e.Name == full })
	if i < 0 {
		return nil, false
	}
	return &f.Images[i], true
}

// Platform returns the platform of that name: "linux/amd64".
func (r *Record) Platform(name string) (*Platform, bool) {
	for i := range r.Platforms {
		if r.Platforms[i].Name == name {
			return &r.Platforms[i], true
		}
	}
	return nil, false
}

// Has reports whether d is the digest of the record itself or of the manifest
// of one of its platforms.
func (r *Record) Has(d digest.Digest) bool {
	return d != "" && (r.Digest == d || slices.ContainsFunc(r.Platforms, func(p Platform) bool { return p.Manifest == d }))
}

// HasImageID reports whether id is the image ID of the record or of one of its
// platforms.
func (r *Record) HasImageID(id digest.Digest) bool {
	return id != "" && (r.Kind == ImageID && r.Digest == id || slices.ContainsFunc(r.Platforms, func(p Platform) bool { return p.Config == id }))
}

// clone returns a copy that shares nothing with r.
func (r Record) clone() Record {
	r.Sources = slices.Clone(r.Sources)
	r.Platforms = slices.Clone(r.Platforms)
	for i := range r.Platforms {
		r.Platforms[i].DiffIDs = slices.Clone(r.Platforms[i].DiffIDs)
	}
	return r
}

// sort puts everything in the one order that the text has.
func (f *File) sort() {
	slices.SortFunc(f.Images, func(a, b Image) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Files, compareSources)
	for i := range f.Images {
		f.Images[i].Current.sort()
		for k := range f.Images[i].History {
			f.Images[i].History[k].sort()
		}
	}
}

func (r *Record) sort() {
	slices.SortFunc(r.Sources, compareSources)
	slices.SortFunc(r.Platforms, comparePlatforms)
}

func compareSources(a, b Source) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	return strings.Compare(string(a.SHA256), string(b.SHA256))
}

func comparePlatforms(a, b Platform) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	if c := strings.Compare(string(a.Manifest), string(b.Manifest)); c != 0 {
		return c
	}
	return strings.Compare(string(a.Config), string(b.Config))
}
