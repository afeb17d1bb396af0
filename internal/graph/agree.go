package graph

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

func itoa(n int) string { return strconv.Itoa(n) }

// families judges what descriptors call a document against what it is
// (CVE-2021-41190), once all descriptors are known.
func (b *builder) families() {
	for _, n := range b.Nodes {
		if n.Status != Usable || n.Role == RoleEntry && n.Shape != oci.ShapeIndex {
			continue
		}
		for _, c := range n.Claims {
			if c.MediaType == "" || c.By == fileName {
				continue
			}
			f := family(c.MediaType)
			if f == oci.ShapeOther || n.Shape == "" || n.Shape == oci.ShapeOther {
				continue
			}
			if f != n.Shape {
				b.find(report.MediaTypeConflict, n.Object.Name, c.By, c.MediaType, string(n.Shape), "the descriptor calls it %s, the document has the fields of %s", article(f), article(n.Shape))
				continue
			}
			for _, p := range oci.CheckFamily(c.MediaType, n.BodyType) {
				b.find(problemCode(p.Kind), n.Object.Name, c.By, p.Want, p.Got, "%s", p.Detail)
			}
		}
	}
}

func article(s oci.Shape) string {
	switch s {
	case oci.ShapeIndex:
		return "an index"
	case oci.ShapeArtifact:
		return "an artifact manifest"
	case oci.ShapeSchema1:
		return "a schema 1 manifest"
	}
	return "an image manifest"
}

// under returns the images below a node, by position in Images. It may be
// asked only when the walk is over.
func (b *builder) under(root int) []int {
	imgs, ok := b.below[root]
	if !ok {
		imgs = b.Graph.Below(root)
		b.below[root] = imgs
	}
	return imgs
}

// Below collects the images under a node, each once, in walk order.
func (g *Graph) Below(root int) []int {
	if g.byManifest == nil {
		g.byManifest = map[int][]int{}
		for k, img := range g.Images {
			if img.Manifest >= 0 {
				g.byManifest[img.Manifest] = append(g.byManifest[img.Manifest], k)
			}
		}
	}
	var found []int
	seen := map[int]bool{}
	queue := []int{root}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		if i < 0 || seen[i] {
			continue
		}
		seen[i] = true
		found = append(found, g.byManifest[i]...)
		if r := g.Nodes[i].Role; r == RoleIndex || r == RoleEntry {
			queue = append(queue, g.Nodes[i].Children...)
		}
	}
	return found
}

// names are those that the readers of an index.json entry give it: containerd and
// Docker take io.containerd.image.name where it is there, podman and skopeo
// org.opencontainers.image.ref.name. Mostly that is the tag of the first.
func (r *Root) names() []string {
	switch {
	case r.Name != "" && r.Tag != "" && !isTag(r.Tag):
		full, _ := Normalize(r.Name)
		if other, _ := Normalize(r.Tag); other != full {
			return []string{r.Name, r.Tag}
		}
	case r.Name == "" && r.Tag == "":
		return nil
	}
	return []string{cmp.Or(r.Name, r.Tag)}
}

// names gives every image and index the names that lead to it, and finds
// names that stand for two things.
func (b *builder) names() {
	indexes := map[int]*Index{}
	for _, x := range b.Indexes {
		indexes[x.Node] = x
	}
	artifacts := map[int]*Artifact{}
	for _, a := range b.Artifacts {
		artifacts[a.Manifest] = a
	}
	type use struct {
		by   string
		node int
		id   string
		plat string
	}
	names := map[string][]use{}
	for _, r := range b.Roots {
		if r.Node < 0 {
			continue
		}
		imgs := b.under(r.Node)
		for _, name := range r.names() {
			for _, k := range imgs {
				b.Images[k].Refs = addRef(b.Images[k].Refs, name)
			}
			if x := indexes[r.Node]; x != nil {
				x.Refs = addRef(x.Refs, name)
			}
			if a := artifacts[r.Node]; a != nil {
				a.Refs = addRef(a.Refs, name)
			}
			full := name
			if name == r.Name || !isTag(name) {
				full, _ = Normalize(name)
				b.checkRef(r.By, indexJSON, name)
			}
			n := b.Nodes[r.Node]
			names[full] = append(names[full], use{by: r.By, node: r.Node, id: string(named(n)), plat: first(n.Platforms)})
		}
		for _, k := range imgs {
			b.Images[k].Root = b.Images[k].Root || b.Images[k].Manifest == r.Node
		}
	}
	tags := map[string][]use{}
	for _, r := range b.Roots {
		if r.Img < 0 {
			continue
		}
		img := b.Images[r.Img]
		for k, t := range img.Refs {
			if k >= 1 && slices.Contains(img.Refs[:min(k, 64)], t) {
				continue
			}
			full, _ := Normalize(t)
			b.checkRef(r.By+"/RepoTags/"+itoa(k), manifestJSON, t)
			id := ""
			if img.Config >= 0 {
				id = b.Nodes[img.Config].Object.Name
			}
			tags[full] = append(tags[full], use{by: r.By + "/RepoTags", node: -1, id: id})
		}
	}
	for _, group := range []struct {
		object string
		names  map[string][]use
	}{{indexJSON, names}, {manifestJSON, tags}} {
		for _, name := range sortedKeys(group.names) {
			uses := group.names[name]
			for _, u := range uses[1:] {
				if u.id != uses[0].id && (u.plat == uses[0].plat || u.plat == "" || uses[0].plat == "") {
					b.find(report.RefAmbiguous, group.object, u.by, uses[0].id, u.id, "the name %q stands for two images", cut(name))
				}
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// addRef adds a name that is not there yet in some spelling.
func addRef(refs []string, name string) []string {
	if len(refs) > 256 {
		return append(refs, name) // duplicates do no harm; quadratic time would
	}
	full, _ := Normalize(name)
	for _, r := range refs {
		if r == name {
			return refs
		}
		if f, ok := Normalize(r); ok && !isTag(name) && !isTag(r) && f == full {
			return refs
		}
	}
	return append(refs, name)
}

// checkRef judges the grammar of a full name.
func (b *builder) checkRef(by, object, name string) {
	if _, ok := Normalize(name); !ok {
		b.find(report.RefInvalid, object, by, "", cut(name), "the name is not a valid image reference")
	}
}

// agree merges the docker save view of an image with its OCI view, and finds
// where the two views of one archive differ.
func (b *builder) agree() {
	layout, docker := slices.Contains(b.Formats, OCILayout), slices.Contains(b.Formats, DockerArchive)
	if layout && slices.Contains(b.Formats, Dir) {
		b.agreeDir()
	}
	if !layout || !docker || b.Entries[manifestJSON] == nil {
		return
	}
	if e, _, ok := b.Node(indexJSON); !ok || e.Status != Usable || e.Shape != oci.ShapeIndex {
		return // no OCI view to agree with; that has a finding of its own
	}
	if e, _, ok := b.Node(manifestJSON); !ok || e.Status != Usable || e.Undecoded {
		return
	}
	// Below a broken document the OCI view is not known.
	unknown := b.Limited
	for _, n := range b.Nodes {
		if (n.Role == RoleManifest || n.Role == RoleIndex) && n.Status != Usable && n.Status != Absent {
			unknown = true
		}
	}
	byConfig := map[string][]int{}
	for k, img := range b.Images {
		if img.Manifest >= 0 && img.Config >= 0 {
			byConfig[b.configKey(img)] = append(byConfig[b.configKey(img)], k)
		}
	}
	rootNames := map[int]map[string]bool{} // image -> normalised full names and "tag:..." that reach it
	for _, r := range b.Roots {
		if r.Node < 0 || r.Name == "" && r.Tag == "" {
			continue
		}
		for _, k := range b.under(r.Node) {
			if rootNames[k] == nil {
				rootNames[k] = map[string]bool{}
			}
			if r.Name != "" {
				full, _ := Normalize(r.Name)
				rootNames[k][full] = true
			} else {
				rootNames[k]["tag:"+r.Tag] = true
			}
		}
	}
	merged := map[int]int{}   // docker images that were merged, and into which
	covered := map[int]bool{} // OCI images that have a docker view
	for _, r := range b.Roots {
		if r.Img < 0 {
			continue
		}
		d := b.Images[r.Img]
		if d.Config < 0 {
			continue
		}
		twins := byConfig[b.configKey(d)]
		if len(twins) == 0 {
			if !unknown && b.Nodes[d.Config].Present {
				b.find(report.ArchiveViewsDisagree, manifestJSON, r.By, "an image that index.json leads to", string(cmp.Or(b.idOf(d), digest.Digest(b.Nodes[d.Config].Object.Name))), "manifest.json describes an image that index.json does not lead to")
			}
			continue
		}
		twin := twins[0]
		for _, k := range twins {
			if sameLayers(b.Images[k], d) {
				twin = k
				break
			}
		}
		o := b.Images[twin]
		b.compareNames(r.By, d, twins, rootNames)
		if !sameLayers(o, d) && !sameDiffs(o, d) {
			b.find(report.ArchiveViewsDisagree, manifestJSON, r.By+"/Layers", "the layers of "+o.Digest.String(), "other layers", "manifest.json and index.json give the image other layers")
			continue
		}
		for _, t := range d.Refs {
			o.Refs = addRef(o.Refs, t)
		}
		o.DockerRefs = append(o.DockerRefs, d.Refs...)
		o.Views = append(o.Views, DockerArchive)
		o.Root = o.Root || d.Root
		if !sameLayers(o, d) {
			for _, l := range d.Layers {
				if l.Node >= 0 {
					o.Also = append(o.Also, l.Node)
				}
			}
		}
		merged[r.Img] = twin
		for _, k := range twins {
			covered[k] = true
		}
	}
	for _, r := range b.Roots {
		if r.Node < 0 || unknown || b.Nodes[r.Node].Role != RoleManifest {
			continue
		}
		for _, k := range b.under(r.Node) {
			img := b.Images[k]
			if !covered[k] && !img.Schema1 && img.Config >= 0 && b.Nodes[img.Config].Present {
				b.find(report.ArchiveViewsDisagree, indexJSON, r.By, "an image that manifest.json lists", img.Digest.String(), "index.json leads to an image that manifest.json does not list")
			}
		}
	}
	b.drop(merged)
}

// agreeDir compares the image of a dir: folder with those of the OCI layout in
// the same place.
func (b *builder) agreeDir() {
	have := map[string]bool{}
	for _, img := range b.Images {
		if img.Views[0] == OCILayout && img.Config >= 0 {
			have[b.configKey(img)] = true
		}
	}
	for _, img := range b.Images {
		if img.Views[0] == Dir && (img.Config < 0 || !have[b.configKey(img)]) {
			b.find(report.ArchiveViewsDisagree, manifestJSON, manifestJSON, "an image that index.json leads to", img.Digest.String(), "manifest.json describes an image that index.json does not lead to")
		}
	}
}

// compareNames judges the names of one image in both views, after
// normalisation.
func (b *builder) compareNames(by string, d *Image, twins []int, rootNames map[int]map[string]bool) {
	have := map[string]bool{}
	for _, k := range twins {
		for n := range rootNames[k] {
			have[n] = true
		}
	}
	if len(have) == 0 || len(d.Refs) == 0 {
		return
	}
	tags := map[string]bool{}
	same := true
	for _, t := range d.Refs {
		full, _ := Normalize(t)
		tags[full], tags["tag:"+tagOf(full)] = true, true
		same = same && (have[full] || have["tag:"+tagOf(full)])
	}
	for n := range have {
		same = same && (tags[n] || tagOf(n) == "")
	}
	if !same {
		b.find(report.ArchiveViewsDisagree, manifestJSON, by+"/RepoTags", joinSome(sortedKeys(have)), joinSome(d.Refs), "index.json and manifest.json give the image other names")
	}
}

func joinSome(s []string) string {
	out := ""
	for k, x := range s {
		if k == 8 {
			return out + ", ..."
		}
		if k > 0 {
			out += ", "
		}
		out += cut(strings.TrimPrefix(x, "tag:"))
	}
	return out
}

// configKey identifies a config across views: by its digest where its name or
// a descriptor gives one, else by its object.
func (b *builder) configKey(img *Image) string {
	if id := b.idOf(img); id != "" {
		return string(id)
	}
	return b.Nodes[img.Config].Object.Name
}

// idOf is the image ID, as it was read or else as it is named.
func (b *builder) idOf(img *Image) digest.Digest {
	return cmp.Or(b.Nodes[img.Config].SHA256, img.ConfigID, named(b.Nodes[img.Config]))
}

func sameLayers(a, b *Image) bool {
	if len(a.Layers) != len(b.Layers) {
		return false
	}
	for k := range a.Layers {
		if a.Layers[k].Node != b.Layers[k].Node {
			return false
		}
	}
	return true
}

func sameDiffs(a, b *Image) bool {
	return len(a.Layers) == len(b.Layers) && len(a.diffIDs) > 0 && slices.Equal(a.diffIDs, b.diffIDs)
}

// drop removes images that were merged into others, and corrects the positions
// that roots hold.
func (b *builder) drop(gone map[int]int) {
	if len(gone) == 0 {
		return
	}
	moved := make([]int, len(b.Images))
	kept := b.Images[:0]
	for k, img := range b.Images {
		moved[k] = -1
		if _, ok := gone[k]; !ok {
			moved[k] = len(kept)
			kept = append(kept, img)
		}
	}
	for k, into := range gone {
		moved[k] = moved[into]
	}
	b.Images = kept
	b.byManifest = nil
	for k := range b.Roots {
		if b.Roots[k].Img >= 0 {
			b.Roots[k].Img = moved[b.Roots[k].Img]
		}
	}
}
