package verify

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/report"
)

// builder turns a judged graph into the report.
type builder struct {
	g        *graph.Graph
	obs      map[string]*Observation
	sel      *selection
	states   []report.State
	position []int         // of graph images in the report, -1: not in it
	byNode   map[int][]int // report images that use a node
	byEntry  map[string][]int
	keep     map[string][]byte
}

func newBuilder(g *graph.Graph, obs map[string]*Observation, sel *selection) *builder {
	b := &builder{g: g, obs: obs, sel: sel, position: make([]int, len(g.Images)), byNode: map[int][]int{}, byEntry: map[string][]int{}}
	n := 0
	for k, img := range g.Images {
		b.position[k] = -1
		if !sel.image(k) {
			continue
		}
		b.position[k] = n
		use := func(i int) {
			if i >= 0 && !slices.Contains(b.byNode[i], n) {
				b.byNode[i] = append(b.byNode[i], n)
			}
		}
		use(img.Manifest)
		use(img.Config)
		for _, l := range img.Layers {
			use(l.Node)
		}
		for _, i := range img.Also {
			use(i)
		}
		for entry, views := range g.Entries {
			for _, v := range img.Views {
				if slices.Contains(views, v) {
					b.byEntry[entry] = append(b.byEntry[entry], n)
				}
			}
		}
		n++
	}
	return b
}

// hits lists the images that a finding about an object concerns.
func (b *builder) hits(object string) []int {
	if imgs, ok := b.byEntry[object]; ok {
		return imgs
	}
	n, i, ok := b.g.Node(object)
	if !ok {
		return nil
	}
	if n.Role != graph.RoleIndex {
		return b.byNode[i]
	}
	if imgs, ok := b.byNode[i]; ok {
		return imgs
	}
	imgs := []int{}
	for _, k := range b.g.Below(i) {
		if b.position[k] >= 0 {
			imgs = append(imgs, b.position[k])
		}
	}
	slices.Sort(imgs)
	b.byNode[i] = imgs
	return imgs
}

// state of a node; of nothing that can be looked for: missing.
func (b *builder) state(i int) report.State {
	if i < 0 {
		return report.Missing
	}
	return b.states[i]
}

// blob describes an object as it was read.
func (b *builder) blob(i int, mediaType string, named digest.Digest, size int64) report.Blob {
	out := report.Blob{Digest: named, Size: -1, MediaType: mediaType, State: b.state(i)}
	if i < 0 {
		return out
	}
	n := b.g.Nodes[i]
	out.Object, out.Annotated = n.Object.Name, n.Mentions
	o := b.obs[n.Object.Name]
	if o == nil || !o.Complete {
		if out.State == report.Unreached { // as its document says, or its container: nothing was read
			if out.Size = size; size < 0 {
				out.Size = n.Object.Size
			}
		}
		return out
	}
	out.Size, out.Resumed = o.Size, o.resumed
	if got, known := o.digest(named); known && named != "" {
		out.Digest = got
	} else {
		out.Digest = o.SHA256
	}
	return out
}

// images describes the chosen images, each with its own verdict. Without
// covered none is anchored.
func (b *builder) images(findings []report.Finding, covered []bool) []report.Image {
	verdicts := b.verdicts(findings)
	indexes := map[int]int{}
	for k, x := range b.g.Indexes {
		indexes[x.Node] = k
	}
	list := []report.Image{}
	for k, img := range b.g.Images {
		if b.position[k] < 0 {
			continue
		}
		out := report.Image{
			Refs: img.Refs, Platform: platformOf(b.g, img), MediaType: img.MediaType,
			Views: img.Views, Anchored: covered != nil && covered[k], Layers: []report.Layer{},
		}
		if out.Refs == nil {
			out.Refs = []string{}
		}
		if img.Digest != "" {
			d := img.Digest
			out.Digest = &d
		}
		if img.Manifest >= 0 {
			m := b.blob(img.Manifest, img.MediaType, namedDigest(b.g.Nodes[img.Manifest]), -1)
			out.Manifest = &m
		}
		out.Config = b.blob(img.Config, "", img.ConfigID, -1)
		if img.Config >= 0 {
			out.Config.MediaType = mediaTypeOf(b.g.Nodes[img.Config])
			if o := b.obs[b.g.Nodes[img.Config].Object.Name]; o != nil && o.Complete {
				out.ImageID = o.SHA256
				if got, known := o.digest(img.ConfigID); known && img.ConfigID != "" {
					out.ImageID = got
				}
			}
		}
		out.Layers = b.layers(img)
		if n := len(out.Layers); n > 0 {
			out.ChainID = out.Layers[n-1].ChainID
		}
		out.Verdict = b.imageVerdict(img, verdicts[b.position[k]])
		if img.Manifest >= 0 {
			for _, parent := range b.g.Nodes[img.Manifest].Listed {
				if x, ok := indexes[parent]; ok && !slices.Contains(out.Indexes, x) {
					out.Indexes = append(out.Indexes, x)
				}
			}
		}
		if b.keep != nil {
			out.Raw = &report.Raw{}
			if img.Manifest >= 0 {
				out.Raw.Manifest = b.keep[b.g.Nodes[img.Manifest].Object.Name]
			}
			if img.Config >= 0 {
				out.Raw.Config = b.keep[b.g.Nodes[img.Config].Object.Name]
			}
		}
		list = append(list, out)
	}
	return list
}

func mediaTypeOf(n *graph.Node) string {
	for _, c := range n.Claims {
		if c.MediaType != "" {
			return c.MediaType
		}
	}
	return ""
}

// layers describes the layers of an image, with the chain IDs of the diff IDs
// that were read (config.md, "Layer ChainID").
func (b *builder) layers(img *graph.Image) []report.Layer {
	list := make([]report.Layer, 0, len(img.Layers))
	chain := digest.Digest("")
	known := true
	for _, l := range img.Layers {
		out := report.Layer{Blob: b.blob(l.Node, l.MediaType, l.Digest, l.Size), UncompressedSize: -1, TarEntries: -1}
		if l.Node >= 0 {
			if o := b.obs[b.g.Nodes[l.Node].Object.Name]; o != nil && o.Complete {
				if b.g.Nodes[l.Node].Layer {
					out.Compression = o.Compression.String()
				}
				if o.Decoded {
					out.UncompressedSize = o.Uncompressed
					out.DiffID = o.DiffID
					if got, ok := o.diffID(l.DiffID); ok && l.DiffID != "" {
						out.DiffID = got
					}
				}
				if o.Tar != nil {
					out.TarEntries = o.Tar.Entries
					out.EmptyTar = o.Tar.Tar && o.Tar.Entries == 0
				}
			}
		}
		if out.State == report.Unreached && out.DiffID == "" {
			out.DiffID = l.DiffID // as the config says: nothing was read
		}
		if t, ok := oci.IsLayer(l.MediaType); ok && t.Encrypted {
			out.Compression = "encrypted"
			if out.DiffID == "" {
				out.DiffID = l.DiffID
			}
		}
		known = known && out.DiffID != ""
		switch {
		case !known:
		case chain == "":
			chain = out.DiffID
		default:
			chain = hash.DigestBytes(digest.SHA256, []byte(chain.String()+" "+out.DiffID.String()))
		}
		if known {
			out.ChainID = chain
		}
		list = append(list, out)
	}
	return list
}

// verdicts is the worst that the findings do to each image.
func (b *builder) verdicts(findings []report.Finding) []report.Verdict {
	n := 0
	for _, p := range b.position {
		n = max(n, p+1)
	}
	list := make([]report.Verdict, n)
	rank := map[report.Verdict]int{"": 0, report.Incomplete: 1, report.Denied: 2, report.Failed: 3}
	for _, f := range findings {
		for _, k := range f.Images {
			if rank[f.Effect] > rank[list[k]] {
				list[k] = f.Effect
			}
		}
	}
	return list
}

// imageVerdict is verified only if everything of the image was checked.
func (b *builder) imageVerdict(img *graph.Image, worst report.Verdict) report.Verdict {
	if worst != "" {
		return worst
	}
	whole := b.whole(img)
	if !whole {
		return report.Incomplete
	}
	return report.Verified
}

func (b *builder) whole(img *graph.Image) bool {
	if img.Manifest >= 0 && b.state(img.Manifest) != report.Checked {
		return false
	}
	if !img.Schema1 && b.state(img.Config) != report.Checked {
		return false
	}
	for _, l := range img.Layers {
		if b.state(l.Node) != report.Checked {
			return false
		}
	}
	return true
}

// indexes describes the image indexes that the chosen images are listed in.
func (b *builder) indexes() []report.Index {
	list := []report.Index{}
	for _, x := range b.g.Indexes {
		n := b.g.Nodes[x.Node]
		out := report.Index{Refs: x.Refs, Object: n.Object.Name, MediaType: mediaTypeOf(n), Manifests: x.Manifests, Annotated: n.Mentions, State: b.states[x.Node]}
		if out.Refs == nil {
			out.Refs = []string{}
		}
		out.Digest = b.blob(x.Node, "", namedDigest(n), -1).Digest
		list = append(list, out)
	}
	return list
}

func namedDigest(n *graph.Node) digest.Digest {
	for _, c := range n.Claims {
		if c.Digest != "" {
			return c.Digest
		}
	}
	return ""
}

// artifacts describes the manifests that are no images.
func (b *builder) artifacts() []report.Artifact {
	list := []report.Artifact{}
	for _, a := range b.g.Artifacts {
		n := b.g.Nodes[a.Manifest]
		out := report.Artifact{
			Refs: a.Refs, Digest: b.blob(a.Manifest, "", namedDigest(n), -1).Digest, MediaType: mediaTypeOf(n),
			ArtifactType: a.ArtifactType, Subject: a.Subject, Annotated: n.Mentions, Blobs: []report.Blob{}, State: b.states[a.Manifest],
		}
		if out.Refs == nil {
			out.Refs = []string{}
		}
		if a.Config >= 0 {
			c := b.g.Nodes[a.Config]
			blob := b.blob(a.Config, mediaTypeOf(c), namedDigest(c), -1)
			out.Config = &blob
		}
		for _, i := range a.Blobs {
			c := b.g.Nodes[i]
			out.Blobs = append(out.Blobs, b.blob(i, mediaTypeOf(c), namedDigest(c), -1))
		}
		list = append(list, out)
	}
	return list
}
