package graph

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// Annotations that make a claim about the object they stand at.
const (
	annotationUncompressed = "containerd.io/uncompressed"
	annotationStargz       = "containerd.io/snapshot/stargz/toc.digest"
	annotationReference    = "vnd.docker.reference.digest"
	annotationReferrer     = "vnd.docker.reference.type" // attestation-manifest
	attestationManifest    = "attestation-manifest"
)

// The prefixes under which containers/storage has written the checksum and
// position of a zstd:chunked table of contents.
var chunkedPrefixes = [...]string{"io.github.containers.zstd-chunked.", "io.containers.zstd-chunked."}

// locate returns the name under which the view stores a digest.
func (b *builder) locate(d digest.Digest) string {
	if b.isDir() {
		return dirName(b.src, d)
	}
	return blobName(d)
}

// descriptor makes the claims of a descriptor and returns its node, or -1.
func (b *builder) descriptor(parent int, base string, d *oci.Descriptor, role Role, depth int) int {
	if d == nil || d.Digest == "" {
		return -1 // the document's own problems say why
	}
	b.Named++
	i := b.node(b.locate(d.Digest), role, depth)
	if i < 0 {
		return -1
	}
	c := content.Claim{By: base + "#" + d.Pointer, Digest: d.Digest, Size: -1, MediaType: d.MediaType}
	if d.SizeKnown {
		c.Size = d.Size
	}
	if s := d.Annotations[annotationUncompressed]; s != "" && role != RoleManifest && role != RoleIndex {
		if diff, err := hash.Parse(s); err == nil {
			c.DiffID = diff
			b.Nodes[i].Layer = true
		}
	}
	if !b.claim(i, c) {
		return -1
	}
	if role == RoleLayer || role == RoleBlob {
		b.mention(i, d.Annotations)
	}
	n := b.Nodes[i]
	if d.Data != nil && b.read.Embedded(n.Object.Name, c, d.Data) && !n.Present && n.Link == nil && n.Object.Kind == content.Regular {
		n.Embedded = true
		if b.inline += len(d.Data); role != RoleBlob && role != RoleLayer && b.inline <= maxInline {
			n.inline = d.Data
		}
	}
	n.Foreign = n.Foreign || len(d.URLs) > 0
	b.child(parent, i)
	return i
}

// enqueue asks for a document to be walked, once.
func (b *builder) enqueue(i int) {
	if i >= 0 && b.Nodes[i].Shape == "" {
		b.Nodes[i].Shape = oci.ShapeOther
		b.queue = append(b.queue, i)
	}
}

// walk reads the queued documents and what they name, breadth first.
func (b *builder) walk(ctx context.Context) error {
	for len(b.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		i := b.queue[0]
		b.queue = b.queue[1:]
		n := b.Nodes[i]
		if n.Depth > b.lim.Depth {
			b.Limited = true
			b.find(report.LimitGraphDepth, n.Object.Name, n.Claims[0].By, fmt.Sprintf("at most %d documents deep", b.lim.Depth), fmt.Sprint(n.Depth), "documents nest deeper than the limit of %d", b.lim.Depth)
			continue
		}
		want := named(n)
		data, err := b.document(ctx, i, want)
		if err != nil {
			return err
		}
		if n.Status != Usable {
			if n.Role == RoleManifest {
				b.placeholder(i)
			}
			continue
		}
		if n.Role == RoleBlob && !b.disguised(n, data) {
			continue
		}
		if err := b.decode(ctx, i, want, data); err != nil {
			return err
		}
	}
	return nil
}

// disguised reports whether what an index calls by a media type of no document
// has the fields of one.
func (b *builder) disguised(n *Node, data []byte) bool {
	role := RoleManifest
	shape := oci.DetectShape(data, b.lim.Documents)
	switch shape {
	case oci.ShapeIndex:
		role = RoleIndex
	case oci.ShapeManifest, oci.ShapeArtifact, oci.ShapeSchema1:
	default:
		return false
	}
	n.Role = role
	b.find(report.MediaTypeConflict, n.Object.Name, n.Claims[len(n.Claims)-1].By, descriptorType(n), string(shape), "the descriptor names another type, the document has the fields of %s", article(shape))
	return true
}

// named is the digest that a descriptor gives a document, rather than its name.
func named(n *Node) digest.Digest {
	for _, c := range n.Claims {
		if c.Digest != "" {
			return c.Digest
		}
	}
	return ""
}

// family is the shape that a descriptor's media type announces.
func family(mt string) oci.Shape {
	switch {
	case oci.IsIndex(mt):
		return oci.ShapeIndex
	case oci.IsManifest(mt):
		return oci.ShapeManifest
	case oci.IsArtifactManifest(mt):
		return oci.ShapeArtifact
	case oci.IsSchema1(mt):
		return oci.ShapeSchema1
	}
	return oci.ShapeOther
}

// decode parses a document by what it is; whether that is what its
// descriptors call it is judged when all of them are known.
func (b *builder) decode(ctx context.Context, i int, d digest.Digest, data []byte) error {
	n := b.Nodes[i]
	where := n.Object.Name
	if d != "" {
		where = d.String()
	}
	shape := oci.DetectShape(data, b.lim.Documents)
	announced := oci.ShapeOther
	for _, c := range n.Claims {
		if announced = family(c.MediaType); announced != oci.ShapeOther {
			break
		}
	}
	switch shape {
	case oci.ShapeIndex, oci.ShapeManifest, oci.ShapeArtifact, oci.ShapeSchema1:
	default:
		shape = announced
		if shape == oci.ShapeOther {
			shape = oci.ShapeManifest
		}
	}
	n.Shape = shape
	switch shape {
	case oci.ShapeIndex:
		b.index(i, where, d, data)
	case oci.ShapeArtifact:
		b.artifact(i, where, data)
	case oci.ShapeSchema1:
		b.schema1(i, where, data)
	default:
		return b.manifest(ctx, i, where, d, data)
	}
	return nil
}

// entryRole is what an entry of an index is taken for before it is read.
func entryRole(mt string) Role {
	switch family(mt) {
	case oci.ShapeIndex:
		return RoleIndex
	case oci.ShapeManifest, oci.ShapeArtifact, oci.ShapeSchema1:
		return RoleManifest
	}
	if mt == "" {
		return RoleManifest
	}
	return RoleBlob // BuildKit's cache lists layers in an index
}

// platformOf writes a platform as os/arch[/variant].
func platformOf(p *oci.Platform) string {
	if p == nil || p.OS == "" && p.Architecture == "" {
		return ""
	}
	return joinPlatform(p.OS, p.Architecture, p.Variant)
}

func joinPlatform(os, arch, variant string) string {
	s := os + "/" + arch
	if variant != "" {
		s += "/" + variant
	}
	return s
}

// index walks the entries of an image index.
func (b *builder) index(i int, where string, d digest.Digest, data []byte) {
	n := b.Nodes[i]
	doc, problems := oci.ParseIndex(data, b.lim.Documents)
	b.problems(n.Object.Name, where, problems)
	idx := &Index{Node: i, Manifests: []digest.Digest{}}
	b.Indexes = append(b.Indexes, idx)
	if doc == nil {
		n.Undecoded = true
		return
	}
	n.BodyType = doc.MediaType
	b.mention(i, doc.Annotations)
	for k := range doc.Manifests {
		e := &doc.Manifests[k]
		b.entry(i, where, e, n.Depth+1)
		if e.Digest != "" {
			idx.Manifests = append(idx.Manifests, e.Digest)
		}
	}
	b.subject(i, where, doc.Subject)
}

// entry is one entry of an index, or of index.json when parent is -1.
func (b *builder) entry(parent int, where string, e *oci.Descriptor, depth int) int {
	role := entryRole(e.MediaType)
	i := b.descriptor(parent, where, e, role, depth)
	if i < 0 {
		return -1
	}
	n := b.Nodes[i]
	if n.Listed == nil || role == RoleManifest || role == RoleIndex {
		if parent < 0 || len(n.Listed) == 0 || n.Listed[len(n.Listed)-1] != parent {
			n.Listed = append(n.Listed, parent)
		}
	}
	b.reference(i, where, e)
	if role == RoleManifest || role == RoleIndex {
		if p := platformOf(e.Platform); p != "" && (len(n.Platforms) == 0 || n.Platforms[len(n.Platforms)-1] != p) {
			n.Platforms = append(n.Platforms, p)
		}
		b.enqueue(i)
	} else if n.Present && n.Object.Size <= b.lim.Documents.Bytes {
		// Clients that guess by content would take a manifest under any media
		// type for an image, so what is called something else is looked at.
		b.enqueue(i)
	}
	return i
}

// reference notes which image an entry says it is an attestation of (BuildKit
// docs/attestations/attestation-storage.md).
func (b *builder) reference(i int, where string, e *oci.Descriptor) {
	if e.Annotations[annotationReferrer] != attestationManifest {
		return
	}
	raw, ok := e.Annotations[annotationReference]
	if !ok {
		return
	}
	n, by := b.Nodes[i], where+"#"+e.Pointer+"/annotations/"+annotationReference
	d, err := hash.Parse(raw)
	if err != nil {
		b.find(report.DigestMalformed, n.Object.Name, by, "", cut(raw), "the digest of the image that this is an attestation of is malformed")
		return
	}
	n.References = append(n.References, Reference{by, d})
}

// subject notes what a referrer is about. That is no claim about bytes that
// have to be there (manifest.md, subject).
func (b *builder) subject(i int, where string, s *oci.Descriptor) digest.Digest {
	if s == nil || s.Digest == "" {
		return ""
	}
	if obj, ok := b.src.Lookup(b.locate(s.Digest)); !ok {
		b.find(report.SubjectMissing, b.Nodes[i].Object.Name, where+"#"+s.Pointer, s.Digest.String(), "", "the subject of this manifest is not in the source")
	} else if obj.Kind == content.Regular {
		k := b.descriptor(-1, where, s, entryRole(s.MediaType), b.Nodes[i].Depth+1)
		if k >= 0 && b.Nodes[k].Role != RoleBlob {
			b.enqueue(k)
		}
	}
	return s.Digest
}

// manifest reads an image manifest with its config and layers.
func (b *builder) manifest(ctx context.Context, i int, where string, d digest.Digest, data []byte) error {
	n := b.Nodes[i]
	doc, problems := oci.ParseManifest(data, b.lim.Documents)
	b.problems(n.Object.Name, where, problems)
	if doc == nil {
		n.Undecoded = true
		b.placeholder(i)
		return nil
	}
	n.BodyType = doc.MediaType
	b.mention(i, doc.Annotations)
	image := doc.Config == nil && doc.ArtifactType == "" || doc.Config != nil && (oci.IsImageConfig(doc.Config.MediaType) || doc.Config.MediaType == "")
	layers := 0
	for k := range doc.Layers {
		if _, ok := oci.IsLayer(doc.Layers[k].MediaType); ok {
			layers++
		}
	}
	if len(doc.Layers) > 0 && layers == 0 {
		image = false
	}
	if !image {
		a := &Artifact{Manifest: i, ArtifactType: doc.ArtifactType, Config: -1, Loadable: len(doc.Layers) > 0 && doc.Config != nil && loadable(doc.Config.MediaType)}
		b.Artifacts = append(b.Artifacts, a)
		if doc.Config != nil {
			a.Config = b.descriptor(i, where, doc.Config, RoleBlob, n.Depth+1)
			if a.ArtifactType == "" {
				a.ArtifactType = doc.Config.MediaType
			}
		}
		for k := range doc.Layers {
			if c := b.descriptor(i, where, &doc.Layers[k], RoleBlob, n.Depth+1); c >= 0 {
				a.Blobs = append(a.Blobs, c)
			}
		}
		a.Subject = b.subject(i, where, doc.Subject)
		return nil
	}
	img := &Image{Manifest: i, Config: -1, Digest: cmp.Or(d, n.SHA256), MediaType: doc.MediaType, Views: []string{b.view()}}
	if img.MediaType == "" && len(n.Claims) > 0 {
		img.MediaType = descriptorType(n)
	}
	b.Images = append(b.Images, img)
	if doc.Config != nil {
		img.ConfigID = doc.Config.Digest
		img.Config = b.descriptor(i, where, doc.Config, RoleConfig, n.Depth+1)
	}
	for k := range doc.Layers {
		b.layer(i, where, img, &doc.Layers[k])
	}
	b.subject(i, where, doc.Subject)
	return b.config(ctx, img, where)
}

// loadable reports whether some runtime takes a manifest with a config of that
// type for an image. Types are compared as runtimes may: without regard to
// case and parameters. Docker pulls images whose config has one of the types
// that old registries served.
func loadable(configType string) bool {
	mt, _, _ := strings.Cut(strings.ToLower(configType), ";")
	mt = strings.TrimSpace(mt)
	switch mt {
	case "", "application/octet-stream", "application/json", "text/html":
		return true
	}
	return oci.IsImageConfig(mt)
}

func descriptorType(n *Node) string {
	for _, c := range n.Claims {
		if c.MediaType != "" {
			return c.MediaType
		}
	}
	return ""
}

// view names the view that is being walked.
func (b *builder) view() string { return b.Formats[len(b.Formats)-1] }

// layer makes the claims of one layer descriptor.
func (b *builder) layer(manifest int, where string, img *Image, d *oci.Descriptor) {
	t, ok := oci.IsLayer(d.MediaType)
	role := RoleBlob
	if ok {
		role = RoleLayer
	}
	l := Layer{Node: b.descriptor(manifest, where, d, role, b.Nodes[manifest].Depth+1), MediaType: d.MediaType, Digest: d.Digest, Size: -1}
	if d.SizeKnown {
		l.Size = d.Size
	}
	img.Layers = append(img.Layers, l)
	if l.Node < 0 || !ok {
		return
	}
	n := b.Nodes[l.Node]
	n.Layer = n.Layer || !t.Encrypted
	n.Foreign = n.Foreign || t.NonDistributable
	by := where + "#" + d.Pointer + "/annotations"
	if s := d.Annotations[annotationStargz]; s != "" {
		toc, err := hash.Parse(s)
		if err != nil {
			b.find(report.DigestMalformed, n.Object.Name, by, "", s, "the digest of the table of contents is malformed")
		} else {
			n.TOC = append(n.TOC, TOC{By: by, Kind: "estargz", Digest: toc})
		}
	}
	for _, prefix := range chunkedPrefixes {
		s := d.Annotations[prefix+"manifest-checksum"]
		if s == "" {
			continue
		}
		toc, err := hash.Parse(s)
		if err != nil {
			b.find(report.DigestMalformed, n.Object.Name, by, "", s, "the digest of the table of contents is malformed")
		} else {
			n.TOC = append(n.TOC, TOC{By: by, Kind: "zstd:chunked", Digest: toc, Position: d.Annotations[prefix+"manifest-position"]})
		}
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") {
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// artifact reads an OCI artifact manifest.
func (b *builder) artifact(i int, where string, data []byte) {
	n := b.Nodes[i]
	a := &Artifact{Manifest: i, Config: -1}
	b.Artifacts = append(b.Artifacts, a)
	doc, problems := oci.ParseArtifact(data, b.lim.Documents)
	b.problems(n.Object.Name, where, problems)
	if doc == nil {
		n.Undecoded = true
		return
	}
	n.BodyType, a.ArtifactType = doc.MediaType, doc.ArtifactType
	b.mention(i, doc.Annotations)
	for k := range doc.Blobs {
		if c := b.descriptor(i, where, &doc.Blobs[k], RoleBlob, n.Depth+1); c >= 0 {
			a.Blobs = append(a.Blobs, c)
		}
	}
	a.Subject = b.subject(i, where, doc.Subject)
}

// schema1 reads a Docker manifest of schema 1: layers top first, no config.
func (b *builder) schema1(i int, where string, data []byte) {
	n := b.Nodes[i]
	img := &Image{Manifest: i, Config: -1, Schema1: true, Views: []string{b.view()}, MediaType: descriptorType(n)}
	b.Images = append(b.Images, img)
	doc, problems := oci.ParseSchema1(data, b.lim.Documents)
	b.problems(n.Object.Name, where, problems)
	if doc == nil {
		n.Undecoded = true
		return
	}
	// The digest of a signed manifest is that of what was signed.
	img.Digest = n.SHA256
	if doc.Signed {
		if payload, err := oci.Schema1Payload(data); err == nil {
			img.Digest = hash.DigestBytes(digest.SHA256, payload)
		} else {
			b.find(report.DocumentInvalid, n.Object.Name, where+"#/signatures", "", "", "the signed part of the manifest cannot be told: %v", err)
		}
	}
	if doc.Architecture != "" {
		img.Platform = joinPlatform("linux", doc.Architecture, "")
	}
	if doc.Name != "" {
		img.Refs = append(img.Refs, strings.TrimSuffix(doc.Name+":"+doc.Tag, ":"))
	}
	for k := len(doc.FSLayers) - 1; k >= 0; k-- {
		f := doc.FSLayers[k]
		l := Layer{Node: -1, Digest: f.Digest, Size: -1}
		if f.Digest != "" {
			b.Named++
			l.Node = b.node(b.locate(f.Digest), RoleLayer, n.Depth+1)
			if l.Node >= 0 && b.claim(l.Node, content.Claim{By: where + "#" + f.Pointer + "/blobSum", Digest: f.Digest, Size: -1}) {
				b.Nodes[l.Node].Layer = true
				b.child(i, l.Node)
			}
		}
		img.Layers = append(img.Layers, l)
	}
	b.find(report.LayerNoDiffID, n.Object.Name, where, "", "", "Docker schema 1 has no diff IDs: only the stored bytes could be compared")
}

// placeholder stands for an image whose manifest could not be used, so that
// the report lists it.
func (b *builder) placeholder(i int) {
	n := b.Nodes[i]
	if n.Status == Absent {
		return
	}
	b.Images = append(b.Images, &Image{Manifest: i, Config: -1, Digest: named(n), MediaType: descriptorType(n), Views: []string{b.view()}, Platform: first(n.Platforms)})
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}
