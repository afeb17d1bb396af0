package oci

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
)

// Schema1 is a Docker manifest of schema 1. It has no config and no diff IDs;
// its layers stand top first, and each history entry belongs to the layer at
// its index.
type Schema1 struct {
	Name         string
	Tag          string
	Architecture string
	FSLayers     []FSLayer
	History      []string // v1Compatibility: a JSON document each, not looked into
	Signed       bool     // it carries signatures, see Schema1Payload
}

// FSLayer is a layer of a Schema1.
type FSLayer struct {
	Pointer      string        // where in the document it stands, such as "/fsLayers/0"
	RawDigest    string        // blobSum as written, "" if absent or no string
	Digest       digest.Digest // RawDigest if that is a usable digest, else ""
	DigestReason hash.Reason   // why RawDigest is not usable; "" if it is, or if there is none
}

var (
	jwsSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "header"},
		{Name: "signature", Schema: &Schema{Type: String}},
		{Name: "protected", Required: true, Schema: &Schema{Type: String}},
	}}

	schema1Schema = &Schema{Type: Object, Fields: []Field{
		{Name: "schemaVersion", Schema: integerSchema},
		{Name: "mediaType", Schema: nameSchema},
		{Name: "name", Schema: nameSchema},
		{Name: "tag", Schema: nameSchema},
		{Name: "architecture", Schema: nameSchema},
		{Name: "fsLayers", Required: true, Schema: &Schema{Type: Array, Counted: true, Items: &Schema{Type: Object, Fields: []Field{
			{Name: "blobSum", Required: true, Schema: &Schema{Type: String, Text: checkDigest}},
		}}}},
		{Name: "history", Schema: &Schema{Type: Array, Nullable: true, Counted: true, Items: &Schema{Type: Object, Fields: []Field{
			{Name: "v1Compatibility", Required: true, Schema: &Schema{Type: String}},
		}}}},
		{Name: "signatures", Schema: &Schema{Type: Array, Nullable: true, Counted: true, Items: jwsSchema}},
	}}

	protectedSchema = &Schema{Type: Object, Fields: []Field{
		{Name: "formatLength", Required: true, Schema: &Schema{Type: Size}},
		{Name: "formatTail", Required: true, Schema: &Schema{Type: String}},
	}}
)

// ParseSchema1 reads a Docker manifest of schema 1, signed or not. The
// manifest is nil only if nothing of it can be used.
func ParseSchema1(data []byte, lim Limits) (*Schema1, []Problem) {
	c := open(data, schema1Schema, lim)
	if !c.usable {
		return nil, c.sorted()
	}
	c.version("1")
	c.shape(ShapeSchema1)
	m := new(Schema1)
	for name, v := range c.members(0) {
		switch string(c.name(name)) {
		case "name":
			m.Name = c.str(v)
		case "tag":
			m.Tag = c.str(v)
		case "architecture":
			m.Architecture = c.str(v)
		case "fsLayers":
			m.FSLayers = c.fsLayers(v)
		case "history":
			m.History = c.v1Compatibility(v)
		case "signatures":
			m.Signed = c.nodes[v].typ == arrayNode && c.nodes[v].next > v+1
		}
	}
	return m, c.sorted()
}

func (t *tree) fsLayers(i uint32) []FSLayer {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]FSLayer, 0, t.size(i))
	for index, e := range t.elements(i) {
		l := FSLayer{Pointer: "/fsLayers/" + strconv.Itoa(index)}
		if sum, state := t.lookup(e, "blobSum"); state == Present && t.nodes[sum].typ == stringNode {
			l.RawDigest = t.text(sum)
			l.Digest, l.DigestReason = parseDigest(l.RawDigest)
		}
		list = append(list, l)
	}
	return list
}

func (t *tree) v1Compatibility(i uint32) []string {
	if t.nodes[i].typ != arrayNode {
		return nil
	}
	list := make([]string, 0, t.size(i))
	for _, e := range t.elements(i) {
		v, _ := t.lookup(e, "v1Compatibility")
		list = append(list, t.str(v))
	}
	return list
}

// ErrUnsigned is the error of Schema1Payload for a document without
// signatures.
var ErrUnsigned = errors.New("schema 1 manifest carries no signatures")

// Schema1Payload returns what was signed of a signed manifest of schema 1.
// The digest of such a manifest is that of the payload, while that of an
// unsigned one, for which the error is ErrUnsigned, is that of its bytes.
//
// The signatures are a member of the object they sign. Each says how to take
// them out again: the payload is the first formatLength bytes of the document
// and then formatTail. A document could thereby claim the digest of another
// one, so the payload is only returned if the signatures agree, and if it is
// the document with nothing but its last member, signatures, left out. That
// is how the library that signs writes it. The signatures themselves are not
// verified.
//
// It sets no limits: call it on what ParseSchema1 has accepted.
func Schema1Payload(data []byte) ([]byte, error) {
	lim := Limits{Bytes: math.MaxInt64, Depth: maxDepth, Tokens: math.MaxInt, Elements: math.MaxInt}
	t, end, fail := scan(data, lim)
	if fail != nil {
		return nil, fmt.Errorf("%s at offset %d: %s", fail.Kind, fail.Offset, fail.Detail)
	}
	signatures, state := t.lookup(0, "signatures")
	if state != Present || t.nodes[signatures].typ != arrayNode || t.nodes[signatures].next == signatures+1 {
		return nil, ErrUnsigned
	}
	if t.nodes[signatures].next != uint32(len(t.nodes)) {
		return nil, errors.New("signatures are not the last member")
	}
	length, tail := int64(-1), ""
	for index, s := range t.elements(signatures) {
		protected, _ := t.lookup(s, "protected")
		l, ta, err := parseProtected(t.str(protected), lim)
		switch {
		case err != nil:
			return nil, fmt.Errorf("signature %d: protected header: %w", index, err)
		case index > 0 && (l != length || ta != tail):
			return nil, fmt.Errorf("signature %d signs another payload than those before", index)
		}
		length, tail = l, ta
	}
	if length > int64(len(data)) {
		return nil, errors.New("formatLength is beyond the end of the document")
	}
	// What is left out must be the comma, the member, and the bracket that
	// the tail puts back.
	member := t.nodes[lastName(&t)]
	cutOut := bytes.TrimSpace(data[length:max(length, int64(member.start))])
	if length > int64(member.start) || string(cutOut) != "," || string(bytes.TrimSpace([]byte(tail))) != "}" {
		return nil, errors.New("payload is not the document without its signatures")
	}
	if len(bytes.TrimSpace(data[t.nodes[signatures].end:end])) != 1 || len(bytes.TrimSpace(data[end:])) != 0 {
		return nil, errors.New("data after the signatures")
	}
	return append(bytes.Clone(data[:length]), tail...), nil
}

// lastName is the name of the last member of the root.
func lastName(t *tree) uint32 {
	var last uint32
	for name := range t.members(0) {
		last = name
	}
	return last
}

// parseProtected reads the protected header of a signature.
func parseProtected(s string, lim Limits) (length int64, tail string, err error) {
	header, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return 0, "", err
	}
	c := open(header, protectedSchema, lim)
	if problems := c.sorted(); len(problems) > 0 {
		return 0, "", fmt.Errorf("%s %q: %s", problems[0].Kind, problems[0].Pointer, problems[0].Detail)
	}
	l, _ := c.lookup(0, "formatLength")
	length, _ = c.integer(l)
	ta, _ := c.lookup(0, "formatTail")
	raw, err := base64.RawURLEncoding.DecodeString(c.str(ta))
	if err != nil {
		return 0, "", fmt.Errorf("formatTail: %w", err)
	}
	return length, string(raw), nil
}
