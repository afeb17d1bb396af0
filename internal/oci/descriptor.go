package oci

import (
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Descriptor is a reference to an object, with what it promises about it. A
// field whose value is bad is left zero; a Problem says so.
type Descriptor struct {
	Pointer string // where in the document it stands, such as "/layers/2"
	Offset  int64  // of its first byte in the document

	MediaType    string
	RawDigest    string        // as written, "" if absent or no string
	Digest       digest.Digest // RawDigest if that is a usable digest, else ""
	DigestReason hash.Reason   // why RawDigest is not usable; "" if it is, or if there is none
	Size         int64
	SizeKnown    bool // Size was given and is a size
	URLs         []string
	Annotations  map[string]string
	Data         []byte // the embedded object; nil if there is none, not if it is empty
	Platform     *Platform
	ArtifactType string
}

// Platform is what an index says about where an image runs.
type Platform struct {
	Architecture string
	OS           string
	OSVersion    string
	OSFeatures   []string
	Variant      string
}

var (
	textSchema = &Schema{Type: String, Nullable: true}
	nameSchema = &Schema{Type: String, Nullable: true, Text: checkName}

	nameListSchema = &Schema{Type: Array, Nullable: true, Items: &Schema{Type: String, Text: checkName}}

	// annotationsSchema: annotations are free text but for the names of images among them.
	annotationsSchema = &Schema{Type: Map, Nullable: true, Name: checkName, Items: &Schema{Type: String}, Fields: []Field{
		{Name: "io.containerd.image.name", Schema: &Schema{Type: String, Text: checkName}},
		{Name: "org.opencontainers.image.ref.name", Schema: &Schema{Type: String, Text: checkName}},
	}}

	integerSchema = &Schema{Type: Integer}

	platformSchema = &Schema{Type: Object, Nullable: true, Fields: []Field{
		{Name: "architecture", Required: true, Schema: nameSchema},
		{Name: "os", Required: true, Schema: nameSchema},
		{Name: "os.version", Schema: nameSchema},
		{Name: "os.features", Schema: nameListSchema},
		{Name: "variant", Schema: nameSchema},
	}}

	descriptorFields = []Field{
		{Name: "mediaType", Required: true, Schema: &Schema{Type: String, Text: checkMediaType}},
		{Name: "digest", Required: true, Schema: &Schema{Type: String, Text: checkDigest}},
		{Name: "size", Required: true, Schema: &Schema{Type: Size}},
		{Name: "urls", Schema: nameListSchema},
		{Name: "annotations", Schema: annotationsSchema},
		{Name: "data", Schema: &Schema{Type: String, Nullable: true, Text: checkBase64}},
		{Name: "platform", Schema: platformSchema},
		{Name: "artifactType", Schema: nameSchema},
	}

	descriptorSchema         = &Schema{Type: Object, Fields: descriptorFields}
	optionalDescriptorSchema = &Schema{Type: Object, Nullable: true, Fields: descriptorFields}

	descriptorsSchema         = &Schema{Type: Array, Items: descriptorSchema, Counted: true}
	optionalDescriptorsSchema = &Schema{Type: Array, Nullable: true, Items: descriptorSchema, Counted: true}
)

// descriptor reads the descriptor at node i. One that is no object promises
// nothing but keeps its place.
func (t *tree) descriptor(i uint32, pointer string) Descriptor {
	d := Descriptor{Pointer: pointer, Offset: int64(t.nodes[i].start)}
	if t.nodes[i].typ != objectNode {
		return d
	}
	for name, v := range t.members(i) {
		switch string(t.name(name)) {
		case "mediaType":
			d.MediaType = t.str(v)
		case "digest":
			d.RawDigest, d.Digest, d.DigestReason = t.str(v), "", ""
			if t.nodes[v].typ == stringNode {
				d.Digest, d.DigestReason = parseDigest(d.RawDigest)
			}
		case "size":
			d.Size, d.SizeKnown = t.integer(v)
			if d.Size < 0 || !d.SizeKnown {
				d.Size, d.SizeKnown = 0, false
			}
		case "urls":
			d.URLs = t.strs(v)
		case "annotations":
			d.Annotations = t.strMap(v)
		case "data":
			d.Data = nil
			if t.nodes[v].typ == stringNode {
				if data, err := decodeBase64(t.text(v)); err == nil {
					d.Data = data
				}
			}
		case "platform":
			d.Platform = t.platform(v)
		case "artifactType":
			d.ArtifactType = t.str(v)
		}
	}
	return d
}

// descriptorPtr reads a descriptor that may be absent.
func (t *tree) descriptorPtr(i uint32, pointer string) *Descriptor {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	d := t.descriptor(i, pointer)
	return &d
}

// descriptors reads an array of descriptors, nil if it is none.
func (t *tree) descriptors(i uint32, pointer string) []Descriptor {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]Descriptor, 0, t.size(i))
	for index, e := range t.elements(i) {
		list = append(list, t.descriptor(e, pointer+"/"+strconv.Itoa(index)))
	}
	return list
}

func (t *tree) platform(i uint32) *Platform {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	p := new(Platform)
	for name, v := range t.members(i) {
		switch string(t.name(name)) {
		case "architecture":
			p.Architecture = t.str(v)
		case "os":
			p.OS = t.str(v)
		case "os.version":
			p.OSVersion = t.str(v)
		case "os.features":
			p.OSFeatures = t.strs(v)
		case "variant":
			p.Variant = t.str(v)
		}
	}
	return p
}
