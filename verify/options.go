package verify

import (
	"errors"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// Errors of a run that could not judge anything. The report that comes with
// them is complete and holds the finding that says why.
var (
	ErrUnknownFormat = errors.New("no image of any known kind")
	ErrNothing       = errors.New("nothing to check")
)

// Format is a way to read a source: which documents it is entered through.
type Format string

// The formats. They are independent of the container: each is read from a
// directory, a tar, or a compressed tar alike.
const (
	Detect        Format = ""               // by content; every format that is found is checked
	OCILayout     Format = "oci-layout"     // index.json and blobs/
	DockerArchive Format = "docker-archive" // manifest.json, an array: docker save
	Dir           Format = "dir"            // manifest.json, an object: containers/image dir:
)

// Options say what to check. The zero value checks everything that is found,
// with the default limits.
type Options struct {
	Path   string // what the report calls the source
	Format Format // Detect, or the one the user named, which then has to be there

	Tag       string          // only images of that name; "" all
	Pin       digest.Digest   // only the index, manifest or image ID with that digest, which must be there
	Expect    []digest.Digest // digests (index, manifest or image ID) that must each be found
	ExpectAll bool            // every image must be covered by Pin or Expect

	// Vouchers are what else outside of the source is asked about its images.
	Vouchers []Voucher
	// Evidence are documents by which a digest that the source lacks may lead to
	// what it has.
	Evidence []Evidence

	Platform     string // os/arch[/variant]: must be there; images of other platforms are not asked for
	AllPlatforms bool   // every platform that an index lists must be there

	Lint        bool // say which legal values of configs have made runtimes do what nobody asked for
	Strict      bool // warnings and unreferenced objects count as errors
	FollowLinks bool // follow symbolic links inside a layout directory
	FileDigest  bool // always compute the digest of the outer file, at the price of a second hash over large plain tars
	Documents   bool // read documents only: layers are listed as their documents describe them, and stay unreached
	KeepRaw     bool // keep the bytes of manifests and configs in the report's images

	// Ledger keeps what was read for a later run; nil: nothing is kept.
	Ledger Ledger

	Jobs     int // workers; 0: as many as GOMAXPROCS, or one for a small image
	Limits   Limits
	Progress func(Progress) // called from one goroutine at a time; nil: not
	Tool     Tool

	ignore report.Code // findings of this code are dropped: tests delete one check at a time
}

// Tool names the program in the report.
type Tool struct{ Version, Sandbox string }

// Progress is the state of a run in bytes of stored objects.
type Progress struct {
	Done, Total  int64 // Total is -1 while it is not known (streams)
	Uncompressed int64 // bytes out of decoders so far
	Objects      int   // finished
	Current      string
}

// Limits bound what hostile input can cost. A zero field means its default,
// a negative one no bound. All limits are inclusive.
type Limits struct {
	JSONBytes       int64 // 4 MiB a document
	JSONDepth       int   // 64
	JSONTokens      int   // 500 000
	Descriptors     int   // 10 000 a document
	GraphDepth      int   // 16 documents deep
	GraphNodes      int   // 100 000
	Members         int   // 200 000 objects in a source
	PAXBytes        int64 // 64 KiB an extended header of the outer archive
	NameBytes       int   // 4 KiB
	LinkHops        int   // 8
	Window          int64 // 128 MiB zstd window, also the budget all workers share
	LayerBytes      int64 // decompressed bytes of a layer: the larger of this (16 GiB) ...
	LayerRatio      int64 // ... and this many times (1100) the stored size
	TotalBytes      int64 // 1 TiB decompressed in a run
	Findings        int   // 10 000 kept
	StreamDocuments int64 // 64 MiB of documents kept from a stream, or of small objects kept for vouchers
}

// DefaultLimits returns the limits of a zero Limits.
func DefaultLimits() Limits { return Limits{}.withDefaults() }

// Effective returns the limits that a run with l has.
func (l Limits) Effective() Limits { return l.withDefaults() }

func (l Limits) withDefaults() Limits {
	setInt := func(p *int, v int) {
		if *p == 0 {
			*p = v
		} else if *p < 0 {
			*p = int(^uint(0) >> 1)
		}
	}
	set64 := func(p *int64, v int64) {
		if *p == 0 {
			*p = v
		} else if *p < 0 {
			*p = 1<<63 - 1
		}
	}
	set64(&l.JSONBytes, 4<<20)
	setInt(&l.JSONDepth, 64)
	setInt(&l.JSONTokens, 500_000)
	setInt(&l.Descriptors, 10_000)
	setInt(&l.GraphDepth, 16)
	setInt(&l.GraphNodes, 100_000)
	setInt(&l.Members, 200_000)
	set64(&l.PAXBytes, 64<<10)
	setInt(&l.NameBytes, 4<<10)
	setInt(&l.LinkHops, 8)
	set64(&l.Window, 128<<20)
	set64(&l.LayerBytes, 16<<30)
	set64(&l.LayerRatio, 1100)
	set64(&l.TotalBytes, 1<<40)
	setInt(&l.Findings, 10_000)
	set64(&l.StreamDocuments, 64<<20)
	return l
}
