package oci

// Shape is the kind of a document as its fields tell it.
type Shape string

// The shapes. ShapeOther is everything else, broken documents included.
const (
	ShapeIndex    Shape = "index"    // manifests
	ShapeManifest Shape = "manifest" // config, layers
	ShapeArtifact Shape = "artifact" // blobs
	ShapeSchema1  Shape = "schema1"  // fsLayers
	ShapeConfig   Shape = "config"   // rootfs
	ShapeLayout   Shape = "layout"   // imageLayoutVersion
	ShapeDocker   Shape = "docker"   // an array: manifest.json of docker save
	ShapeOther    Shape = "other"
)

// shapeOf is the shape that the presence of a field gives away.
func shapeOf(field []byte) Shape {
	switch string(field) {
	case "manifests":
		return ShapeIndex
	case "config", "layers":
		return ShapeManifest
	case "blobs":
		return ShapeArtifact
	case "fsLayers":
		return ShapeSchema1
	case "rootfs":
		return ShapeConfig
	case "imageLayoutVersion":
		return ShapeLayout
	}
	return ShapeOther
}

// DetectShape tells a document's kind by its fields, for documents that carry
// no media type and whose descriptor has none. Where fields of several kinds
// meet, the one that its media type names wins, else the order of the
// constants decides; that the document is ambiguous is for its Parse function
// to report.
func DetectShape(data []byte, lim Limits) Shape {
	t, _, fail := scan(data, lim)
	if fail != nil {
		return ShapeOther
	}
	switch t.nodes[0].typ {
	case arrayNode:
		return ShapeDocker
	case objectNode:
	default:
		return ShapeOther
	}
	seen := make(map[Shape]bool)
	for name, value := range t.members(0) {
		field := t.name(name)
		if s := shapeOf(field); s != ShapeManifest || t.refers(value) {
			seen[s] = true
		}
		if string(field) == "mediaType" {
			if s := shapeNamed(t.str(value)); s != ShapeOther {
				return s
			}
		}
	}
	for _, s := range []Shape{ShapeIndex, ShapeManifest, ShapeArtifact, ShapeSchema1, ShapeConfig, ShapeLayout} {
		if seen[s] {
			return s
		}
	}
	return ShapeOther
}

// refers reports whether node i is a descriptor or a list of descriptors:
// images' configs have a member config, too, and build caches one called
// layers.
func (t *tree) refers(i uint32) bool {
	n := t.nodes[i]
	if n.typ == arrayNode {
		if n.next == i+1 {
			return true
		}
		i++
	}
	_, state := t.lookup(i, "digest")
	return state != Absent
}

// shapeNamed is the shape that a media type names.
func shapeNamed(mt string) Shape {
	switch {
	case IsIndex(mt):
		return ShapeIndex
	case IsManifest(mt):
		return ShapeManifest
	case IsArtifactManifest(mt):
		return ShapeArtifact
	case IsSchema1(mt):
		return ShapeSchema1
	}
	return ShapeOther
}

// shape checks that the document, parsed as one of shape want, has fields of
// no other kind (CVE-2021-41190: two parsers, two images) and calls itself
// nothing else.
func (c *checker) shape(want Shape) {
	own := false
	var foreign []uint32
	for name, value := range c.members(0) {
		field := c.name(name)
		switch s := shapeOf(field); {
		case s == want:
			own = true
		case s == ShapeIndex || s == ShapeManifest || s == ShapeArtifact || s == ShapeSchema1:
			foreign = append(foreign, name)
		}
		if string(field) != "mediaType" {
			continue
		}
		if mt := c.str(value); mt != "" && shapeNamed(mt) != want {
			c.add(Problem{MediaType, "/mediaType", int64(c.nodes[value].start), string(want), cut(mt),
				"the document calls itself something else than " + want.article()})
		}
	}
	for _, name := range foreign {
		field, is := c.text(name), shapeOf(c.name(name))
		p := Problem{Ambiguous, "/" + field, int64(c.nodes[name].start), string(want), string(is),
			"field " + field + " makes this " + is.article() + " as well as " + want.article()}
		if !own {
			p.Kind, p.Detail = MediaType, "field "+field+" makes this "+is.article()+", not "+want.article()
		}
		c.add(p)
	}
}

// article is the name of s with its indefinite article.
func (s Shape) article() string {
	switch s {
	case ShapeIndex:
		return "an index"
	case ShapeArtifact:
		return "an artifact manifest"
	case ShapeSchema1:
		return "a schema 1 manifest"
	}
	return "a " + string(s)
}
