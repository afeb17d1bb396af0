package receipt

import (
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// Details are the extension of the predicate, as "ocisum". By the rules of
// in-toto they restrict what the other fields grant and never add to it.
type Details struct {
	Tool    report.Tool    `json:"tool"`
	Verdict report.Verdict `json:"verdict"`
	Source  Source         `json:"source"`
	Asked   Asked          `json:"asked"`
	// Limits were in force, by the names of their flags; -1: none.
	Limits   map[string]int64 `json:"limits,omitempty"`
	Coverage report.Coverage  `json:"coverage"`
	Bytes    report.Bytes     `json:"bytes"`
	Anchors  []Anchor         `json:"anchors"`
	// AnchorsLeftOut counts those beyond the first thousand.
	AnchorsLeftOut int           `json:"anchorsLeftOut,omitzero"`
	Policies       []Resource    `json:"policies,omitempty"`
	Warnings       int           `json:"warnings"`
	Notes          int           `json:"notes"`
	Findings       []report.Code `json:"findings,omitempty"` // codes that affected the verdict
}

// Source is what was read.
type Source struct {
	Name        string        `json:"name"`
	Container   string        `json:"container"`
	Formats     []string      `json:"formats"`
	Compression string        `json:"compression"`
	Size        int64         `json:"size,omitzero"`
	Digest      digest.Digest `json:"digest,omitempty"`
	IndexDigest digest.Digest `json:"indexDigest,omitempty"`
	Selected    string        `json:"selected,omitempty"`
	// Whole: every object in it was judged, so that the file is a subject.
	Whole bool `json:"whole"`
	// NoFileDigest says why there is no subject for the file as such.
	NoFileDigest string `json:"noFileDigest,omitempty"`
	// PartialIndexes are indexes that list manifests which were not checked, so
	// that they are no subjects.
	PartialIndexes []digest.Digest `json:"partialIndexes,omitempty"`
}

// Asked is what the run was asked to check beyond the default.
type Asked struct {
	Platform      string `json:"platform,omitempty"`
	AllPlatforms  bool   `json:"allPlatforms"`
	Strict        bool   `json:"strict"`
	RequireExpect bool   `json:"requireExpect"`
	FollowLinks   bool   `json:"followLinks"`
}

// Anchor is a report.Anchor without the positions of images.
type Anchor struct {
	Kind    string        `json:"kind"`
	By      string        `json:"by"`
	Digest  digest.Digest `json:"digest,omitempty"`
	Matched string        `json:"matched,omitempty"`
	Holds   bool          `json:"holds"`
	Signer  string        `json:"signer,omitempty"`
	Format  string        `json:"format,omitempty"`
	Ref     string        `json:"ref,omitempty"`
	Reason  string        `json:"reason,omitempty"`
}
