package graph

import (
	"context"
	"path"
	"strings"

	"github.com/ocisum/ocisum/content"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// enterDocker reads manifest.json of docker save and the legacy documents
// around it.
func (b *builder) enterDocker(ctx context.Context, i int, data []byte) error {
	n := b.Nodes[i]
	if n.Status != Usable {
		return nil
	}
	n.Shape = oci.ShapeDocker
	doc, problems := oci.ParseDockerManifest(data, b.lim.Documents)
	for k := range problems {
		if problems[k].Kind == oci.Value { // a path that is none
			problems[k].Kind = oci.WrongType
		}
	}
	b.problems(manifestJSON, manifestJSON, problems)
	n.Undecoded = doc == nil
	legacy := map[string]*oci.LegacyV1{}
	tops := map[string]string{} // tag -> last layer path
	for k := range doc {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.dockerImage(ctx, i, &doc[k], legacy); err != nil {
			return err
		}
		for _, t := range doc[k].RepoTags {
			if len(doc[k].Layers) > 0 {
				tops[t] = doc[k].Layers[len(doc[k].Layers)-1]
			}
		}
	}
	b.legacyFolders()
	return b.repositories(ctx, doc, tops)
}

// legacyFolders names the members of v1 folders whose layer an image uses:
// docker before 25 stores the layers there, podman links to them. A folder
// with a layer of its own that no image uses stays unreferenced.
func (b *builder) legacyFolders() {
	for _, o := range b.src.Objects() {
		id, rest, _ := strings.Cut(o.Name, "/")
		if rest != "layer.tar" || !legacyMember(o.Name) {
			continue
		}
		target := o
		if o.Kind == content.Symlink || o.Kind == content.Hardlink {
			t, err := b.src.Resolve(o)
			if err != nil {
				continue
			}
			target = t
		}
		if n, _, ok := b.Node(target.Name); !ok || !n.Layer {
			continue
		}
		for _, name := range []string{o.Name, id + "/json", id + "/VERSION"} {
			if m, ok := b.src.Lookup(name); ok && m.Kind != content.Directory {
				b.node(name, RoleLegacy, 1)
			}
		}
	}
}

// dockerImage makes the claims of one entry of manifest.json.
func (b *builder) dockerImage(ctx context.Context, entry int, d *oci.DockerImage, legacy map[string]*oci.LegacyV1) error {
	by := manifestJSON + "#" + d.Pointer
	b.Named++
	img := &Image{Manifest: -1, Config: -1, Views: []string{DockerArchive}, Refs: d.RepoTags, DockerRefs: d.RepoTags, Root: true}
	b.Images = append(b.Images, img)
	b.Roots = append(b.Roots, Root{By: by, Node: -1, Img: len(b.Images) - 1})
	if d.Config != "" {
		img.Config = b.member(entry, by+"/Config", d.Config, RoleConfig)
	}
	for k, name := range d.Layers {
		l := Layer{Node: -1, Size: -1}
		if name != "" {
			l.Node = b.member(entry, by+"/Layers/"+itoa(k), name, RoleLayer)
			if l.Node >= 0 {
				b.Nodes[l.Node].Layer = true
			}
		}
		img.Layers = append(img.Layers, l)
	}
	if img.Config >= 0 {
		if err := b.config(ctx, img, by); err != nil {
			return err
		}
	}
	b.layerSources(img, d, by)
	return b.parents(ctx, d, by, legacy)
}

// member finds the object that a path of manifest.json names. Paths are names
// of members: one that is absolute or climbs names nothing, and is never used
// as a path of this machine.
func (b *builder) member(entry int, by, name string, role Role) int {
	clean := path.Clean(name)
	if path.IsAbs(name) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(name, 0) {
		b.find(report.ArchiveUnsafePath, cut(name), by, "the name of a member", cut(name), "a path in manifest.json is absolute or climbs out of the archive")
		return -1
	}
	b.Named++
	i := b.node(clean, role, 1)
	if i >= 0 {
		b.claim(i, content.Claim{By: by, Size: -1})
		b.child(entry, i)
	}
	return i
}

// layerSources judges the optional descriptors that Docker 25 and regctl write
// beside the layers: what they say about an object is one more claim.
func (b *builder) layerSources(img *Image, d *oci.DockerImage, by string) {
	for k := range d.LayerSources {
		s := &d.LayerSources[k]
		where := manifestJSON + "#" + s.Pointer
		if s.Digest == "" {
			continue
		}
		for _, l := range img.Layers {
			if l.Node < 0 {
				continue
			}
			n := b.Nodes[l.Node]
			c, ok := NameClaim(n.Object.Name, false)
			named := ok && c.Digest == s.Digest
			if !named && (l.DiffID == "" || s.DiffID != l.DiffID.String()) {
				continue
			}
			// LayerSources may describe the layer as it was in a registry; it
			// is a claim about these bytes only where they are stored by that
			// digest.
			if named {
				claim := content.Claim{By: where, Digest: s.Digest, Size: -1, MediaType: s.MediaType}
				if s.SizeKnown {
					claim.Size = s.Size
				}
				b.claim(l.Node, claim)
			}
			break
		}
	}
}

// parents follows the v1 parent chain where the layers are stored the v1 way:
// the folder of each layer names the folder of the one below.
func (b *builder) parents(ctx context.Context, d *oci.DockerImage, by string, cache map[string]*oci.LegacyV1) error {
	below := ""
	for k, name := range d.Layers {
		id, rest, ok := strings.Cut(path.Clean(name), "/")
		if !ok || rest != "layer.tar" {
			return nil
		}
		doc, err := b.legacy(ctx, id, cache)
		if err != nil {
			return err
		}
		if doc == nil {
			return nil
		}
		where := id + "/json"
		if doc.ID != "" && doc.ID != id {
			b.find(report.ParentChain, where, where+"#/id", id, doc.ID, "the v1 file in the folder of a layer has the ID of another one")
		}
		if doc.Parent != below {
			b.find(report.ParentChain, where, where+"#/parent", below, doc.Parent, "the v1 parent of layer %d of %s is not the layer below it", k, by)
		}
		below = id
	}
	return nil
}

// legacy reads ID/json once.
func (b *builder) legacy(ctx context.Context, id string, cache map[string]*oci.LegacyV1) (*oci.LegacyV1, error) {
	if doc, ok := cache[id]; ok {
		return doc, nil
	}
	cache[id] = nil
	name := id + "/json"
	if _, ok := b.src.Lookup(name); !ok {
		return nil, nil
	}
	i := b.node(name, RoleLegacy, 1)
	if i < 0 {
		return nil, nil
	}
	data, err := b.document(ctx, i, "")
	if err != nil || b.Nodes[i].Status != Usable {
		return nil, err
	}
	doc, problems := oci.ParseLegacyV1(data, b.lim.Documents)
	b.problems(name, name, problems)
	cache[id] = doc
	return doc, nil
}

// repositories compares the pre-1.10 document with manifest.json: the same
// names, and where it points to a v1 folder, the topmost layer.
func (b *builder) repositories(ctx context.Context, doc []oci.DockerImage, tops map[string]string) error {
	if _, ok := b.src.Lookup(repositories); !ok {
		return nil
	}
	b.Entries[repositories] = []string{DockerArchive}
	i := b.node(repositories, RoleEntry, 0)
	if i < 0 {
		return nil
	}
	data, err := b.document(ctx, i, "")
	if err != nil || b.Nodes[i].Status != Usable {
		return err
	}
	entries, problems := oci.ParseRepositories(data, b.lim.Documents)
	b.problems(repositories, repositories, problems)
	if entries == nil || doc == nil {
		return nil
	}
	tags := map[string]string{} // normalised -> as written
	for t := range tops {
		full, _ := Normalize(t)
		tags[full] = t
	}
	for k := range doc {
		for _, t := range doc[k].RepoTags {
			full, _ := Normalize(t)
			tags[full] = t
		}
	}
	seen := map[string]string{}
	same := true
	for _, e := range entries {
		name := e.Repo + ":" + e.Tag
		full, _ := Normalize(name)
		seen[full] = name
		written, ok := tags[full]
		if !ok {
			same = false
			continue
		}
		if top := tops[written]; top != "" && !b.pointsTo(e.ID, top) {
			b.find(report.RepositoriesConflict, repositories, repositories+"#"+e.Pointer, path.Dir(path.Clean(top)), e.ID, "the name points to another layer than the topmost one in manifest.json")
		}
	}
	for full := range tags {
		same = same && (seen[full] != "" || len(entries) == 0)
	}
	if !same {
		b.find(report.RepositoriesConflict, repositories, repositories, joinSome(sortedKeys(tags)), joinSome(sortedKeys(seen)), "repositories and manifest.json give other names")
	}
	return nil
}

// pointsTo reports whether a v1 ID can mean the layer at path top: it is the
// folder of the layer, the name of its file, or it names nothing here.
func (b *builder) pointsTo(id, top string) bool {
	top = path.Clean(top)
	if path.Dir(top) == id || strings.TrimSuffix(path.Base(top), ".tar") == id || path.Base(top) == id {
		return true
	}
	obj, ok := b.src.Lookup(id + "/layer.tar")
	if !ok {
		_, isFolder := b.src.Lookup(id + "/json")
		return !isFolder
	}
	target, err := b.src.Resolve(obj)
	if err != nil {
		return true // the link has a finding of its own if anything needs it
	}
	want, ok := b.src.Lookup(top)
	if !ok {
		return true
	}
	if want, err = b.src.Resolve(want); err != nil {
		return true
	}
	return target.Name == want.Name
}
