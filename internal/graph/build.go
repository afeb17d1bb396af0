package graph

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// maxInline bounds the embedded documents that are kept until they are decoded.
const maxInline = 16 << 20

// maxMentions bounds the annotations that are kept to be shown.
const maxMentions = 20_000

// maxClaims bounds the memory for claims: honest sources have a few per
// object, hostile ones can write ten thousand in each document.
const maxClaims = 1_000_000

// Names of the documents that a source is entered through.
const (
	indexJSON    = "index.json"
	layoutFile   = "oci-layout"
	manifestJSON = "manifest.json"
	repositories = "repositories"
	versionFile  = "version"
)

// builder is the state of one walk.
type builder struct {
	*Graph
	src    content.Source
	read   Reader
	lim    Limits
	inline int   // bytes of embedded documents seen
	queue  []int // documents to read, in the order they were found
	claims int
	shown  int                 // mentions kept
	cfgs   map[int]*oci.Config // decoded configs by node; nil: tried, not usable
	hard   map[string]bool     // hard links reported already
	below  map[int][]int       // images under a node, once asked for
}

// Build walks the views of a source. The error is the context's; what is
// wrong with the source is among the findings, or left to the judge.
func Build(ctx context.Context, src content.Source, read Reader, format Format, lim Limits) (*Graph, error) {
	b := &builder{
		Graph: &Graph{byName: map[string]int{}, Entries: map[string][]string{}},
		src:   src, read: read, lim: lim, cfgs: map[int]*oci.Config{}, hard: map[string]bool{}, below: map[int][]int{},
	}
	if err := b.enter(ctx, format); err != nil {
		return nil, err
	}
	b.families()
	b.names()
	b.agree()
	return b.Graph, nil
}

// find adds a finding about object.
func (b *builder) find(code report.Code, object, claim, want, got, format string, args ...any) {
	f := report.New(code, object, fmt.Sprintf(format, args...))
	f.Claim, f.Want, f.Got = claim, want, got
	b.Findings = append(b.Findings, f)
}

// node returns the node of the object that name leads to, and creates it. It
// returns -1 when the limit of nodes is reached.
func (b *builder) node(name string, role Role, depth int) int {
	obj, present := b.src.Lookup(name)
	n := &Node{Object: content.Object{Name: name, Size: -1, Offset: -1}, Role: role, Depth: depth}
	if present {
		n.Object = obj
		switch obj.Kind {
		case content.Regular:
			n.Present = true
		case content.Symlink, content.Hardlink:
			target, err := b.src.Resolve(obj)
			if err != nil {
				n.Link, _ = err.(*content.LinkError)
				if n.Link == nil {
					n.Link = &content.LinkError{Problem: content.LinkRefused, Object: obj, Target: obj.Link}
				}
				break
			}
			if obj.Kind == content.Hardlink && !b.hard[name] {
				b.hard[name] = true
				b.find(report.ArchiveHardlink, name, "", "a regular member", "hard link to "+target.Name, "a member that a document names is a hard link")
			}
			n.Object, n.Present = target, target.Kind == content.Regular
		}
	}
	if i, ok := b.byName[n.Object.Name]; ok {
		if present && n.Object.Name != name {
			b.byName[name] = i
		}
		return b.same(i, role, depth)
	}
	if len(b.Nodes) >= b.lim.Nodes {
		if !b.Limited {
			b.Limited = true
			b.find(report.LimitGraphNodes, "", "", fmt.Sprintf("at most %d objects", b.lim.Nodes), "", "the documents name more objects than the limit of %d", b.lim.Nodes)
		}
		return -1
	}
	i := len(b.Nodes)
	b.Nodes = append(b.Nodes, n)
	b.byName[n.Object.Name] = i
	b.byName[name] = i
	if claim, ok := NameClaim(n.Object.Name, b.isDir()); ok && role != RoleEntry {
		n.Claims = append(n.Claims, claim)
	}
	return i
}

// same merges a second mention of a node.
func (b *builder) same(i int, role Role, depth int) int {
	n := b.Nodes[i]
	n.Depth = min(n.Depth, depth)
	if n.Role == RoleBlob || n.Role == RoleLegacy {
		n.Role = role
	}
	return i
}

// isDir reports whether the view that is being walked stores blobs as dir: does.
func (b *builder) isDir() bool { return len(b.Formats) > 0 && b.view() == Dir }

// claim adds a promise to a node.
func (b *builder) claim(i int, c content.Claim) bool {
	if i < 0 {
		return false
	}
	if b.claims++; b.claims > maxClaims {
		if !b.Limited {
			b.Limited = true
			b.find(report.LimitGraphNodes, "", "", fmt.Sprintf("at most %d claims", maxClaims), "", "the documents make more than %d claims", maxClaims)
		}
		return false
	}
	b.Nodes[i].Claims = append(b.Nodes[i].Claims, c)
	return true
}

// document reads the document of a node once.
func (b *builder) document(ctx context.Context, i int, want digest.Digest) ([]byte, error) {
	n := b.Nodes[i]
	if !n.Present {
		if data := n.inline; data != nil {
			n.inline, n.Status = nil, Usable
			n.SHA256 = hash.DigestBytes(digest.SHA256, data)
			return data, nil
		}
		n.Status = Absent
		return nil, nil
	}
	doc, err := b.read.Document(ctx, n.Object, want)
	n.Status, n.SHA256 = doc.Status, doc.SHA256
	if doc.Status == TooLarge {
		b.find(report.LimitJSONSize, n.Object.Name, "", fmt.Sprintf("at most %d bytes", b.lim.Documents.Bytes), strconv.FormatInt(n.Object.Size, 10), "the document is larger than the limit; it was hashed, not decoded")
	}
	return doc.Data, err
}

// mention keeps the annotations of a node whose values are digests.
func (b *builder) mention(i int, annotations map[string]string) {
	if i < 0 || len(annotations) == 0 {
		return
	}
	for _, k := range sortedKeys(annotations) {
		d, err := hash.Parse(annotations[k])
		if err != nil || b.shown >= maxMentions {
			continue
		}
		m := report.Mention{Key: cut(k), Digest: d}
		if n := b.Nodes[i]; !slices.Contains(n.Mentions[:min(len(n.Mentions), 64)], m) {
			b.shown++
			n.Mentions = append(n.Mentions, m)
		}
	}
}

// child links a document to what it names.
func (b *builder) child(parent, i int) {
	if parent < 0 || i < 0 {
		return
	}
	p := b.Nodes[parent]
	p.Children = append(p.Children, i)
}

// problems turns what is wrong with a document into findings.
func (b *builder) problems(object, where string, list []oci.Problem) {
	for _, p := range list {
		claim := where
		if p.Pointer != "" {
			claim = where + "#" + p.Pointer
		}
		f := report.New(codeOf(p), object, p.Detail)
		f.Claim, f.Want, f.Got = claim, p.Want, p.Got
		b.Findings = append(b.Findings, f.At(p.Offset))
	}
}

var problemCodes = map[oci.Kind]report.Code{
	oci.Invalid:           report.JSONInvalid,
	oci.InvalidUTF8:       report.JSONInvalidUTF8,
	oci.DuplicateKey:      report.JSONDuplicateKey,
	oci.CaseVariant:       report.JSONCaseVariant,
	oci.TrailingData:      report.JSONTrailingData,
	oci.WrongType:         report.JSONType,
	oci.SizeLimit:         report.LimitJSONSize,
	oci.DepthLimit:        report.LimitJSONDepth,
	oci.TokenLimit:        report.LimitJSONTokens,
	oci.ElementLimit:      report.LimitDescriptors,
	oci.Required:          report.DocumentInvalid,
	oci.DigestMalformed:   report.DigestMalformed,
	oci.DigestWeak:        report.DigestWeak,
	oci.DigestUnsupported: report.DigestUnsupported,
	oci.SchemaVersion:     report.SchemaVersion,
	oci.MediaType:         report.MediaTypeConflict,
	oci.Ambiguous:         report.DocumentAmbiguous,
	oci.Value:             report.DocumentInvalid,
	oci.Text:              report.TextControl,
	oci.RiskyUser:         report.ConfigRiskyUser,
	oci.RiskyPath:         report.ConfigRiskyPath,
	oci.RiskyLabel:        report.ConfigRiskyLabel,
	oci.RiskyText:         report.ConfigRiskyText,
}

// codeOf tells a descriptor's required fields from those of documents.
func codeOf(p oci.Problem) report.Code {
	if p.Kind == oci.Required {
		parent, field := path.Split(p.Pointer)
		if len(parent) > 1 && (field == "mediaType" || field == "digest" || field == "size") {
			return report.DescriptorInvalid
		}
	}
	return problemCode(p.Kind)
}

func problemCode(k oci.Kind) report.Code {
	if c, ok := problemCodes[k]; ok {
		return c
	}
	return report.DocumentInvalid
}
