// Package report holds the result of a verification: the verdict, the images
// that were found, the findings, and the accounting of every object. A report
// is plain data: it is produced by package verify and read by renderers,
// policies and comparisons. It contains no clock and no map, so the same
// content gives the same bytes, whatever the number of jobs.
//
// Strings that come from an image are kept as they are; a renderer quotes
// them. [Finding] codes are documented by the catalogue, see [Lookup].
package report

import "github.com/opencontainers/go-digest"

// Schema names the shape of the JSON report. Fields are added under the same
// name and never change their meaning; docs/report.schema.json describes it.
const Schema = "ocisum.report/v1"

// Verdict is the judgement of an image or of a whole source.
type Verdict string

// The verdicts. A verdict starts as Incomplete; Verified is earned.
const (
	Verified   Verdict = "verified"   // everything asked for was checked and holds
	Failed     Verdict = "failed"     // at least one claim was contradicted
	Denied     Verdict = "denied"     // content holds, but an anchor says no
	Incomplete Verdict = "incomplete" // nothing bad found, but something could not be checked
)

// Report is the judgement of one source.
type Report struct {
	Schema   string  `json:"schema"`
	Tool     Tool    `json:"tool"`
	Verdict  Verdict `json:"verdict"`
	Complete bool    `json:"complete"` // false: the run was interrupted, the rest is what was established
	// Error says why nothing could be judged, where that is so: the input is no
	// image, or names nothing. The command then exits with 2.
	Error     string     `json:"error,omitempty"`
	Source    Source     `json:"source"`
	Anchors   []Anchor   `json:"anchors"` // who outside the image vouches for it; empty: nobody
	Images    []Image    `json:"images"`
	Indexes   []Index    `json:"indexes"`
	Artifacts []Artifact `json:"artifacts"`
	Findings  []Finding  `json:"findings"`
	// FindingsDropped counts findings above the limit that are not listed.
	FindingsDropped int      `json:"findingsDropped,omitempty"`
	Coverage        Coverage `json:"coverage"`
	Bytes           Bytes    `json:"bytes"`
}

// Tool says what made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Hash    string `json:"hash"`              // hash engines chosen on this machine
	Sandbox string `json:"sandbox,omitempty"` // self-restriction really achieved
}

// Source describes the input.
type Source struct {
	Path        string        `json:"path"`                  // as the user gave it; "-" is standard input
	Container   string        `json:"container"`             // "directory" or "tar"
	Formats     []string      `json:"formats"`               // views found: "oci-layout", "docker-archive", "dir"
	Detected    bool          `json:"detected"`              // by content; false: the user named the transport
	Compression string        `json:"compression"`           // of the outer file: "none", "gzip", ...
	Size        int64         `json:"size,omitempty"`        // of the outer file
	Digest      digest.Digest `json:"digest,omitempty"`      // of the outer file, where one pass allows it
	IndexDigest digest.Digest `json:"indexDigest,omitempty"` // of index.json
	Selected    string        `json:"selected,omitempty"`    // tag, digest or platform asked for
	// Loads says what the families of runtimes would take from an archive
	// that can be read in more than one way.
	Loads []Load `json:"loads,omitempty"`
}

// Load is one reading of an ambiguous archive.
type Load struct {
	Reader string `json:"reader"` // which runtimes: "first entry wins: podman, skopeo, crane"
	Image  string `json:"image"`  // what they would load
}

// Anchor is one claim from outside the image that vouches for it, or tries to.
type Anchor struct {
	Kind    string        `json:"kind"`              // "pin", "lock", "policy", "signature", "attestation", "receipt", "receipt-unsigned", "base"
	By      string        `json:"by"`                // where the claim is written: "--expect", "@digest", "--key cosign.pub"
	Digest  digest.Digest `json:"digest"`            // the digest it names
	Matched string        `json:"matched,omitempty"` // "index", "manifest", "image ID", "index.json", "file"; empty: nothing matched
	Holds   bool          `json:"holds"`
	Reason  string        `json:"reason,omitempty"` // why it does not hold
	Images  []int         `json:"images"`           // positions in Report.Images that the digest covers
	Signer  string        `json:"signer,omitempty"` // fingerprint of a key, subject of a certificate
	Format  string        `json:"format,omitempty"` // of a signature: "cosign simple signing"
	Object  string        `json:"object,omitempty"` // the stored object that carries the claim
	Ref     string        `json:"ref,omitempty"`    // the reference that the claim gives the image
	Chain   []Link        `json:"chain,omitempty"`  // how evidence leads from the digest to what is in the source
}

// Approves reports whether a claim of this kind says that an image is the right
// one. An attestation, a base and evidence that nobody approved say something
// about an image that may be any, and a receipt whose signature nobody checked
// may be anybody's.
func (a *Anchor) Approves() bool {
	switch a.Kind {
	case "attestation", "base", "evidence", "receipt-unsigned":
		return false
	}
	return true
}

// Link is one step from a digest to the bytes that have it.
type Link struct {
	Step   string        `json:"step"`             // "index", "manifest", "config", "layer 1 of 2"
	Digest digest.Digest `json:"digest,omitempty"` // of the document or, for layers, of the uncompressed bytes
	From   string        `json:"from,omitempty"`   // where that digest is written; empty: it is what was asked for
	Object string        `json:"object,omitempty"` // the document or stored object that has it
	Holds  bool          `json:"holds"`
	Reason string        `json:"reason,omitempty"` // why it does not hold
}

// Image is one container image, in one platform. In a docker-save archive
// without an OCI layout Digest is empty: such a file holds no manifest.
type Image struct {
	Refs      []string       `json:"refs"`
	Platform  string         `json:"platform,omitempty"`
	MediaType string         `json:"mediaType,omitempty"`
	Digest    *digest.Digest `json:"digest"`            // of the manifest; null where there is none
	ImageID   digest.Digest  `json:"imageID,omitempty"` // of the config as it was read
	ChainID   digest.Digest  `json:"chainID,omitempty"` // of the topmost layer
	Verdict   Verdict        `json:"verdict"`
	Views     []string       `json:"views"` // the formats that describe this image
	Anchored  bool           `json:"anchored"`
	Manifest  *Blob          `json:"manifest,omitempty"` // the manifest as a stored object; absent in docker save
	Config    Blob           `json:"config"`
	Layers    []Layer        `json:"layers"`
	Indexes   []int          `json:"indexes,omitempty"` // positions in Report.Indexes it is listed under
	// Raw holds the documents themselves, for commands that show them; it is
	// set on request only and is no part of the JSON report.
	Raw *Raw `json:"-"`
}

// Raw holds the bytes of an image's documents, exactly as stored.
type Raw struct{ Manifest, Config []byte }

// Blob is a stored object as it was observed.
type Blob struct {
	Object    string        `json:"object"`
	Digest    digest.Digest `json:"digest,omitempty"`
	Size      int64         `json:"size"` // -1: not read
	MediaType string        `json:"mediaType,omitempty"`
	State     State         `json:"state"`
	// Resumed: the object was read by an earlier run, whose ledger has what it
	// was; this run did not read it.
	Resumed bool `json:"resumed,omitempty"`
	// Annotated lists digests that annotations mention: what an image is based
	// on, tables of contents. They promise nothing about this object.
	Annotated []Mention `json:"annotated,omitempty"`
}

// Mention is an annotation whose value is a digest.
type Mention struct {
	Key    string        `json:"key"`
	Digest digest.Digest `json:"digest"`
}

// Layer is one layer of an image, as it was observed.
type Layer struct {
	Blob
	Compression      string        `json:"compression,omitempty"`
	DiffID           digest.Digest `json:"diffID,omitempty"`  // of the uncompressed bytes that were read
	UncompressedSize int64         `json:"uncompressedSize"`  // -1: not decoded
	ChainID          digest.Digest `json:"chainID,omitempty"` // image-spec config.md, "Layer ChainID"
	EmptyTar         bool          `json:"emptyTar,omitempty"`
	TarEntries       int64         `json:"tarEntries"` // -1: not read as tar
}

// Index is an image index (or Docker manifest list).
type Index struct {
	Refs      []string        `json:"refs"`
	Object    string          `json:"object"`
	Digest    digest.Digest   `json:"digest"`
	MediaType string          `json:"mediaType,omitempty"`
	Manifests []digest.Digest `json:"manifests"`
	Annotated []Mention       `json:"annotated,omitempty"`
	State     State           `json:"state"`
}

// Artifact is a manifest that is no container image: an attestation, a
// signature, a chart.
type Artifact struct {
	Refs         []string      `json:"refs"`
	Digest       digest.Digest `json:"digest"`
	MediaType    string        `json:"mediaType,omitempty"`
	ArtifactType string        `json:"artifactType,omitempty"`
	Subject      digest.Digest `json:"subject,omitempty"`
	Annotated    []Mention     `json:"annotated,omitempty"`
	Config       *Blob         `json:"config,omitempty"`
	Blobs        []Blob        `json:"blobs"`
	State        State         `json:"state"`
}

// State is the place of an object in the accounting.
type State string

// Every object has exactly one state.
const (
	Checked      State = "checked"      // read whole and compared with every claim
	Missing      State = "missing"      // named, not there
	Unreadable   State = "unreadable"   // there, could not be read
	Unreached    State = "unreached"    // not judged: below a broken document, or not asked for
	Unreferenced State = "unreferenced" // there, named by nothing
)

// Severity grades a finding.
type Severity string

// The severities. Error alone makes a verdict of Failed or Denied.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Finding is one thing to say about the content.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Effect   Verdict  `json:"effect,omitempty"` // what it does to the verdict: failed, denied, incomplete or nothing
	Object   string   `json:"object,omitempty"` // the stored object that is meant
	Claim    string   `json:"claim,omitempty"`  // where the claim is written
	Claims   int      `json:"claims,omitempty"` // how many places make it, when more than one
	Also     []string `json:"also,omitempty"`   // up to three of the other places
	Offset   *int64   `json:"offset,omitempty"` // byte offset in the object
	Want     string   `json:"want,omitempty"`
	Got      string   `json:"got,omitempty"`
	Images   []int    `json:"images"` // positions in Report.Images that are hit
	Message  string   `json:"message"`
}

// Coverage counts every object of the source, and every missing one, once.
type Coverage struct {
	Objects      int `json:"objects"`
	Checked      int `json:"checked"`
	Missing      int `json:"missing"`
	Unreadable   int `json:"unreadable"`
	Unreached    int `json:"unreached"`
	Unreferenced int `json:"unreferenced"`
	// Resumed counts those, of whatever state, that an earlier run read.
	Resumed int `json:"resumed,omitempty"`
}

// Bytes counts what was read.
type Bytes struct {
	Stored       int64 `json:"stored"`       // bytes of objects read, by an earlier run included
	Uncompressed int64 `json:"uncompressed"` // bytes out of decoders
	// Resumed is how many of the stored bytes an earlier run read.
	Resumed int64 `json:"resumed,omitempty"`
}

// ExitCode maps a verdict to the exit status of the command.
func (v Verdict) ExitCode() int {
	switch v {
	case Verified:
		return 0
	case Failed:
		return 1
	case Denied:
		return 4
	}
	return 3
}
