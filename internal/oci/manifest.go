package oci

// Index is an OCI image index or a Docker manifest list.
type Index struct {
	MediaType    string
	ArtifactType string
	Manifests    []Descriptor
	Subject      *Descriptor // nil if there is none
	Annotations  map[string]string
}

// Manifest is an OCI image manifest or a Docker manifest of schema 2.
type Manifest struct {
	MediaType    string
	ArtifactType string
	Config       *Descriptor // nil if there is none
	Layers       []Descriptor
	LayersState  State       // tells an empty list from null and none
	Subject      *Descriptor // nil if there is none
	Annotations  map[string]string
}

// Artifact is an OCI artifact manifest, which release candidates of
// image-spec 1.1 had.
type Artifact struct {
	MediaType    string
	ArtifactType string
	Blobs        []Descriptor
	Subject      *Descriptor // nil if there is none
	Annotations  map[string]string
}

var (
	indexSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "schemaVersion", Schema: integerSchema}, // its absence is a SchemaVersion problem
		{Name: "mediaType", Schema: nameSchema},
		{Name: "artifactType", Schema: nameSchema},
		{Name: "manifests", Required: true, Schema: descriptorsSchema},
		{Name: "subject", Schema: optionalDescriptorSchema},
		{Name: "annotations", Schema: annotationsSchema},
	}}

	manifestSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "schemaVersion", Schema: integerSchema},
		{Name: "mediaType", Schema: nameSchema},
		{Name: "artifactType", Schema: nameSchema},
		{Name: "config", Required: true, Schema: descriptorSchema},
		{Name: "layers", Required: true, Schema: optionalDescriptorsSchema},
		{Name: "subject", Schema: optionalDescriptorSchema},
		{Name: "annotations", Schema: annotationsSchema},
	}}

	artifactSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "mediaType", Required: true, Schema: nameSchema},
		{Name: "artifactType", Schema: nameSchema},
		{Name: "blobs", Schema: optionalDescriptorsSchema},
		{Name: "subject", Schema: optionalDescriptorSchema},
		{Name: "annotations", Schema: annotationsSchema},
	}}
)

// ParseIndex reads an OCI image index or a Docker manifest list. The index is
// nil only if nothing of it can be used. An index without media type is right.
func ParseIndex(data []byte, lim Limits) (*Index, []Problem) {
	c := open(data, indexSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	c.version("2")
	c.shape(ShapeIndex)
	x := new(Index)
	for name, v := range c.members(0) {
		switch string(c.name(name)) {
		case "mediaType":
			x.MediaType = c.str(v)
		case "artifactType":
			x.ArtifactType = c.str(v)
		case "manifests":
			x.Manifests = c.descriptors(v, "/manifests")
		case "subject":
			x.Subject = c.descriptorPtr(v, "/subject")
		case "annotations":
			x.Annotations = c.strMap(v)
		}
	}
	return x, c.sorted()
}

// ParseManifest reads an OCI image manifest or a Docker manifest of schema 2.
// The manifest is nil only if nothing of it can be used.
func ParseManifest(data []byte, lim Limits) (*Manifest, []Problem) {
	c := open(data, manifestSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	c.version("2")
	c.shape(ShapeManifest)
	m := new(Manifest)
	for name, v := range c.members(0) {
		switch string(c.name(name)) {
		case "mediaType":
			m.MediaType = c.str(v)
		case "artifactType":
			m.ArtifactType = c.str(v)
		case "config":
			m.Config = c.descriptorPtr(v, "/config")
		case "layers":
			m.Layers, m.LayersState = c.descriptors(v, "/layers"), c.is(v, arrayNode)
		case "subject":
			m.Subject = c.descriptorPtr(v, "/subject")
		case "annotations":
			m.Annotations = c.strMap(v)
		}
	}
	return m, c.sorted()
}

// ParseArtifact reads an OCI artifact manifest. The artifact is nil only if
// nothing of it can be used.
func ParseArtifact(data []byte, lim Limits) (*Artifact, []Problem) {
	c := open(data, artifactSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	c.shape(ShapeArtifact)
	a := new(Artifact)
	for name, v := range c.members(0) {
		switch string(c.name(name)) {
		case "mediaType":
			a.MediaType = c.str(v)
		case "artifactType":
			a.ArtifactType = c.str(v)
		case "blobs":
			a.Blobs = c.descriptors(v, "/blobs")
		case "subject":
			a.Subject = c.descriptorPtr(v, "/subject")
		case "annotations":
			a.Annotations = c.strMap(v)
		}
	}
	return a, c.sorted()
}
