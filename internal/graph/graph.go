// Package graph turns the documents of a source into nodes with claims.
//
// A source is entered through one or more views: index.json (OCI layout),
// manifest.json as an array (docker save), manifest.json as an object
// (containers/image dir:). Each view is walked to its end, one document at a
// time: a document is read and hashed by the [Reader], and decoded only if
// its bytes hold against the digest it is named by. A document that does not
// ends its branch. Every descriptor, file name, diff ID and legacy record
// becomes a claim on the node of the object that it names; nothing is compared
// here.
//
// Two names that lead to one object through links share a node, and all views
// make their claims on the same nodes. The walk is breadth first over nodes,
// each visited once, so shared subtrees cost nothing and cycles end; depth,
// nodes and claims are bounded.
package graph

import (
	"context"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// Status says what became of a document that was asked for.
type Status uint8

// The outcomes of reading a document.
const (
	Usable   Status = iota + 1 // bytes are complete and hold
	Absent                     // not in the source
	Broken                     // bytes contradict the digest it is named by
	TooLarge                   // above the limit for documents: hashed, not kept
	Unread                     // could not be read
)

// Document is what a Reader gives back.
type Document struct {
	Data   []byte // only if Usable
	Status Status
	SHA256 digest.Digest // of the bytes that were read
}

// Reader reads documents. It is the only way for this package to bytes.
type Reader interface {
	// Document reads a regular object, remembers what it observed, and returns
	// the bytes if they hold against want (any bytes hold against the empty
	// digest). The error is the context's.
	Document(ctx context.Context, obj content.Object, want digest.Digest) (Document, error)

	// Embedded takes the data field of a descriptor. It remembers what the
	// bytes are, and reports whether they hold against the claim.
	Embedded(object string, claim content.Claim, data []byte) bool
}

// Limits bound the walk; see verify.Limits.
type Limits struct {
	Documents oci.Limits
	Depth     int
	Nodes     int
}

// Role is what the documents take an object for.
type Role uint8

// The roles. Entry documents are those a view is entered through.
const (
	RoleBlob Role = iota // opaque: digest and size only
	RoleEntry
	RoleIndex
	RoleManifest
	RoleConfig
	RoleLayer
	RoleLegacy // members of the docker save format that nothing depends on
)

// Node is one object that documents name.
type Node struct {
	Object  content.Object // the object itself, after links; only Name is set where it is absent
	Present bool           // a regular object of the source
	Link    *content.LinkError
	Role    Role
	Claims  []content.Claim
	Depth   int

	Status    Status        // of documents that were asked for
	SHA256    digest.Digest // of documents that were read
	Shape     oci.Shape
	Undecoded bool   // bytes hold, but nothing of it could be used
	BodyType  string // mediaType as the document itself gives it

	Children  []int    // nodes named by this document, in order
	Platforms []string // that index entries give for it
	Listed    []int    // indexes that list it; -1 is index.json
	Foreign   bool     // a descriptor has urls
	// References are the images that index entries say it is an attestation of.
	References []Reference
	Embedded   bool // absent, but its descriptor carries bytes that hold
	Layer      bool // uncompressed bytes matter: an image names it as a layer
	TOC        []TOC
	inline     []byte           // the embedded document, until it is decoded
	Mentions   []report.Mention // annotations whose value is a digest
}

// Reference is a digest that is named somewhere, of an object that need not be
// in the source.
type Reference struct {
	By     string
	Digest digest.Digest
}

// TOC is a table of contents that an annotation promises for a layer.
type TOC struct {
	By       string
	Kind     string // "estargz", "zstd:chunked"
	Digest   digest.Digest
	Position string
}

// Layer is one layer of an image.
type Layer struct {
	Node      int // -1: its descriptor names nothing that can be looked for
	MediaType string
	DiffID    digest.Digest // as the config gives it, or empty
	Digest    digest.Digest // as the descriptor gives it, or empty
	Size      int64
}

// Image is one container image, as one or more views describe it.
type Image struct {
	Manifest   int // -1: docker save has none
	Config     int // -1: not named
	Layers     []Layer
	Also       []int // layers of it as another view has them
	Refs       []string
	DockerRefs []string // those that manifest.json gives
	Views      []string
	Platform   string
	MediaType  string
	Digest     digest.Digest // of the manifest, as named
	ConfigID   digest.Digest // as named by the manifest
	Schema1    bool
	Root       bool // an entry document names it directly
	Decoded    bool // the config was decoded
	diffIDs    []digest.Digest
}

// Artifact is a manifest that is no container image.
type Artifact struct {
	Manifest     int
	Refs         []string
	ArtifactType string
	Subject      digest.Digest
	Config       int // -1: none
	Blobs        []int
	Loadable     bool // a runtime may take it for an image, going by its config
}

// Index is an image index below index.json.
type Index struct {
	Node      int
	Refs      []string
	Manifests []digest.Digest
}

// Root is one entry of an entry document.
type Root struct {
	By   string // its place
	Node int    // -1: a docker save entry, or nothing that can be looked for
	Name string // full name, or empty
	Tag  string // name without repository where only that is known
	Img  int    // docker save: position in Images; else -1
}

// Graph is what the documents of a source say.
type Graph struct {
	Nodes     []*Node
	Images    []*Image
	Artifacts []*Artifact
	Indexes   []*Index
	Roots     []Root
	Formats   []string
	Findings  []report.Finding
	Risks     []report.Finding    // legal values of configs that runtimes have tripped over
	Entries   map[string][]string // entry document -> views it enters ("index.json" -> "oci-layout")
	Named     int                 // objects that documents name
	Limited   bool                // a limit cut the walk short

	IndexObject string // index.json, where it was read; nothing names its digest

	byName     map[string]int
	byManifest map[int][]int // images by node of their manifest
}

// Node returns the node of an object.
func (g *Graph) Node(name string) (*Node, int, bool) {
	i, ok := g.byName[name]
	if !ok {
		return nil, -1, false
	}
	return g.Nodes[i], i, true
}

// Format is a view that has to be there; the empty string names none.
type Format = string

// The views.
const (
	OCILayout     Format = "oci-layout"
	DockerArchive Format = "docker-archive"
	Dir           Format = "dir"
)
