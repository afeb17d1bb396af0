package oci

import "strconv"

// DockerImage is one image of the manifest.json of docker save.
type DockerImage struct {
	Pointer     string // where in the document it stands, such as "/0"
	Config      string // the name of the config's file
	RepoTags    []string
	Layers      []string // names of files, bottom layer first; "" where there is no string
	LayersState State    // tells an empty list from null and none
	Parent      string   // the image ID of the image this one was built on
	// LayerSources describes layers that were not plain tars, by diff ID, in
	// document order.
	LayerSources []LayerSource
}

// LayerSource is what a layer was before it was saved.
type LayerSource struct {
	DiffID string // as written
	Descriptor
}

// RepoTag is one entry of the file repositories: what a tag points to.
type RepoTag struct {
	Pointer string // where in the document it stands
	Repo    string
	Tag     string
	ID      string // the v1 ID of the top layer
}

// LegacyV1 is the file json in the folder of a v1 layer.
type LegacyV1 struct {
	ID     string
	Parent string // the ID of the layer below, "" if it is the lowest
}

var (
	dockerManifestSchema = &Schema{Type: Array, Counted: true, Items: &Schema{Type: Object, Fields: []Field{
		{Name: "Config", Required: true, Schema: &Schema{Type: String, Text: checkPath}},
		{Name: "RepoTags", Schema: nameListSchema},
		{Name: "Layers", Schema: &Schema{Type: Array, Nullable: true, Items: &Schema{Type: String, Text: checkPath}}},
		{Name: "Parent", Schema: nameSchema},
		{Name: "LayerSources", Schema: &Schema{Type: Map, Nullable: true, Counted: true, Name: checkDigest, Items: descriptorSchema}},
	}}}

	repositoriesSchema = &Schema{Type: Map, Name: checkName, Items: &Schema{
		Type: Map, Nullable: true, Counted: true, Name: checkName, Items: &Schema{Type: String, Text: checkName},
	}}

	legacyV1Schema = &Schema{Type: Object, Fields: []Field{
		{Name: "id", Schema: nameSchema},
		{Name: "parent", Schema: nameSchema},
	}}
)

// ParseDockerManifest reads the manifest.json of docker save. The list is nil
// only if nothing of it can be used; an empty one is right, and empty.
func ParseDockerManifest(data []byte, lim Limits) ([]DockerImage, []Problem) {
	c := open(data, dockerManifestSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	list := make([]DockerImage, 0, c.size(0))
	for index, e := range c.elements(0) {
		list = append(list, c.dockerImage(e, "/"+strconv.Itoa(index)))
	}
	return list, c.sorted()
}

func (t *tree) dockerImage(i uint32, pointer string) DockerImage {
	d := DockerImage{Pointer: pointer}
	if t.nodes[i].typ != objectNode {
		return d
	}
	for name, v := range t.members(i) {
		switch string(t.name(name)) {
		case "Config":
			d.Config = t.str(v)
		case "RepoTags":
			d.RepoTags = t.strs(v)
		case "Layers":
			d.Layers, d.LayersState = t.strs(v), t.is(v, arrayNode)
		case "Parent":
			d.Parent = t.str(v)
		case "LayerSources":
			d.LayerSources = t.layerSources(v, pointer+"/LayerSources")
		}
	}
	return d
}

func (t *tree) layerSources(i uint32, pointer string) []LayerSource {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	list := make([]LayerSource, 0, t.size(i))
	for name, v := range t.members(i) {
		id := t.text(name)
		list = append(list, LayerSource{id, t.descriptor(v, pointer+"/"+escapeReference(id))})
	}
	return list
}

// ParseRepositories reads the file repositories of docker save, in document
// order. The list is nil only if nothing of it can be used.
func ParseRepositories(data []byte, lim Limits) ([]RepoTag, []Problem) {
	c := open(data, repositoriesSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	list := []RepoTag{}
	for repo, tags := range c.members(0) {
		if c.nodes[tags].typ != objectNode {
			continue
		}
		for tag, id := range c.members(tags) {
			list = append(list, RepoTag{
				Pointer: c.pointer([]step{{name: repo}, {name: tag}}),
				Repo:    c.text(repo), Tag: c.text(tag), ID: c.str(id),
			})
		}
	}
	return list, c.sorted()
}

// ParseLegacyV1 reads the file json in the folder of a v1 layer. It is nil
// only if nothing of it can be used.
func ParseLegacyV1(data []byte, lim Limits) (*LegacyV1, []Problem) {
	c := open(data, legacyV1Schema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	id, _ := c.lookup(0, "id")
	parent, _ := c.lookup(0, "parent")
	return &LegacyV1{ID: c.str(id), Parent: c.str(parent)}, c.sorted()
}
