package oci

import (
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Config is the config of an image, of OCI or of Docker.
type Config struct {
	Created      string // RFC 3339, as written
	Author       string
	Architecture string
	OS           string
	OSVersion    string
	OSFeatures   []string
	Variant      string

	RootFSState  State // of rootfs
	RootFSType   string
	DiffIDs      []DiffID
	DiffIDsState State // tells an empty list from null and none

	History      []History
	HistoryState State // no history at all is right, and not the same as an empty one

	Container *ContainerConfig // nil if there is none
}

// DiffID is the digest of a layer's uncompressed tar.
type DiffID struct {
	Pointer      string        // where in the config it stands, such as "/rootfs/diff_ids/0"
	RawDigest    string        // as written, "" if it is no string
	Digest       digest.Digest // RawDigest if that is a usable digest, else ""
	DigestReason hash.Reason   // why RawDigest is not usable; "" if it is, or if it is no string
}

// History is one step by which an image was made.
type History struct {
	Created    string // RFC 3339, as written
	CreatedBy  string
	Author     string
	Comment    string
	EmptyLayer bool // the step made no layer
}

// ContainerConfig is how to run an image. It is for showing only, and lenient:
// Docker has written some of its fields in more than one way.
type ContainerConfig struct {
	User       string
	Env        []string
	Entrypoint []string
	Cmd        []string
	WorkingDir string
	Volumes    []string // sorted
	StopSignal string
	Labels     map[string]string
}

var (
	timeSchema = &Schema{Type: String, Nullable: true, Text: checkTime}

	containerSchema = &Schema{Type: Object, Nullable: true, Fields: []Field{
		{Name: "User", Schema: textSchema},
		{Name: "ExposedPorts"},
		{Name: "Env", Schema: &Schema{Type: Array, Nullable: true, Items: &Schema{Type: String}}},
		{Name: "Entrypoint"}, // a string in images of old builders
		{Name: "Cmd"},        // likewise
		{Name: "Volumes"},
		{Name: "WorkingDir", Schema: textSchema},
		{Name: "Labels", Schema: &Schema{Type: Map, Nullable: true, Items: &Schema{Type: String}}},
		{Name: "StopSignal", Schema: textSchema},
		{Name: "ArgsEscaped"},
	}}

	historySchema = &Schema{Type: Object, Fields: []Field{
		{Name: "created", Schema: timeSchema},
		{Name: "created_by", Schema: textSchema},
		{Name: "author", Schema: textSchema},
		{Name: "comment", Schema: textSchema},
		{Name: "empty_layer", Schema: &Schema{Type: Bool, Nullable: true}},
	}}

	configSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "created", Schema: timeSchema},
		{Name: "author", Schema: textSchema},
		{Name: "architecture", Required: true, Schema: nameSchema},
		{Name: "os", Required: true, Schema: nameSchema},
		{Name: "os.version", Schema: nameSchema},
		{Name: "os.features", Schema: nameListSchema},
		{Name: "variant", Schema: nameSchema},
		{Name: "config", Schema: containerSchema},
		{Name: "rootfs", Required: true, Schema: &Schema{Type: Object, Fields: []Field{
			{Name: "type", Required: true, Schema: &Schema{Type: String, Text: checkLayers}},
			{Name: "diff_ids", Required: true, Schema: &Schema{Type: Array, Nullable: true, Counted: true,
				Items: &Schema{Type: String, Text: checkDigest}}},
		}}},
		{Name: "history", Schema: &Schema{Type: Array, Nullable: true, Counted: true, Items: historySchema}},
	}}
)

// ParseConfig reads the config of an image: not that of an artifact, which
// may be anything. The config is nil only if nothing of it can be used.
func ParseConfig(data []byte, lim Limits) (*Config, []Problem) {
	c := open(data, configSchema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	x := new(Config)
	for name, v := range c.members(0) {
		switch string(c.name(name)) {
		case "created":
			x.Created = c.str(v)
		case "author":
			x.Author = c.str(v)
		case "architecture":
			x.Architecture = c.str(v)
		case "os":
			x.OS = c.str(v)
		case "os.version":
			x.OSVersion = c.str(v)
		case "os.features":
			x.OSFeatures = c.strs(v)
		case "variant":
			x.Variant = c.str(v)
		case "config":
			x.Container = c.container(v)
		case "rootfs":
			c.rootFS(x, v)
		case "history":
			x.History, x.HistoryState = c.history(v), c.is(v, arrayNode)
		}
	}
	return x, c.sorted()
}

// rootFS reads the object rootfs at node i into x.
func (t *tree) rootFS(x *Config, i uint32) {
	x.RootFSState = t.is(i, objectNode)
	x.RootFSType, x.DiffIDs, x.DiffIDsState = "", nil, Absent // of a rootfs before
	if x.RootFSState != Present {
		return
	}
	for name, v := range t.members(i) {
		switch string(t.name(name)) {
		case "type":
			x.RootFSType = t.str(v)
		case "diff_ids":
			x.DiffIDs, x.DiffIDsState = t.diffIDs(v), t.is(v, arrayNode)
		}
	}
}

func (t *tree) diffIDs(i uint32) []DiffID {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]DiffID, 0, t.size(i))
	for index, e := range t.elements(i) {
		d := DiffID{Pointer: "/rootfs/diff_ids/" + strconv.Itoa(index)}
		if t.nodes[e].typ == stringNode {
			d.RawDigest = t.text(e)
			d.Digest, d.DigestReason = parseDigest(d.RawDigest)
		}
		list = append(list, d)
	}
	return list
}

func (t *tree) history(i uint32) []History {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]History, 0, t.size(i))
	for _, e := range t.elements(i) {
		var h History
		if t.nodes[e].typ == objectNode {
			for name, v := range t.members(e) {
				switch string(t.name(name)) {
				case "created":
					h.Created = t.str(v)
				case "created_by":
					h.CreatedBy = t.str(v)
				case "author":
					h.Author = t.str(v)
				case "comment":
					h.Comment = t.str(v)
				case "empty_layer":
					h.EmptyLayer = t.boolean(v)
				}
			}
		}
		list = append(list, h)
	}
	return list
}

func (t *tree) container(i uint32) *ContainerConfig {
	if t.nodes[i].typ != objectNode {
		return nil
	}
	x := new(ContainerConfig)
	for name, v := range t.members(i) {
		switch string(t.name(name)) {
		case "User":
			x.User = t.str(v)
		case "Env":
			x.Env = t.strs(v)
		case "Entrypoint":
			x.Entrypoint = t.command(v)
		case "Cmd":
			x.Cmd = t.command(v)
		case "WorkingDir":
			x.WorkingDir = t.str(v)
		case "Volumes":
			x.Volumes = t.names(v)
		case "StopSignal":
			x.StopSignal = t.str(v)
		case "Labels":
			x.Labels = t.strMap(v)
		}
	}
	return x
}

// command reads a command line as Docker does: a list, or one string.
func (t *tree) command(i uint32) []string {
	if t.nodes[i].typ == stringNode {
		return []string{t.text(i)}
	}
	return t.strs(i)
}
