package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxYAML bounds a YAML file, whose nodes take a hundred times its size.
const maxYAML = 2 << 20

// maxMerges bounds how far an image of a Compose service is looked for in what
// the service merges.
const maxMerges = 8

// document reads the only document of a YAML file, as nodes: nothing is
// expanded.
func document(data []byte) (*yaml.Node, error) {
	if len(data) > maxYAML {
		return nil, fmt.Errorf("%d bytes: more than %d", len(data), maxYAML)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("empty")
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, errors.New("no document")
	}
	return doc.Content[0], nil
}

// fields gives the values of a mapping by key, of which each is there once.
func fields(n *yaml.Node) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: not a mapping", n.Line)
	}
	m := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || m[k.Value] != nil {
			return nil, fmt.Errorf("line %d: a key that is no word, or is there twice", k.Line)
		}
		m[k.Value] = n.Content[i+1]
	}
	return m, nil
}

// only fails if a mapping has other keys than these.
func only(n *yaml.Node, m map[string]*yaml.Node, keys ...string) error {
	for k := range m {
		if !slices.Contains(keys, k) {
			return fmt.Errorf("line %d: unknown field %q", n.Line, clip(k))
		}
	}
	return nil
}

func scalar(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// importImgpkg reads an ImagesLock. An image goes under the name that its kbld
// annotation gives, or else under its own reference.
func importImgpkg(data []byte) (Imports, []Left, error) {
	var in Imports
	root, err := document(data)
	if err != nil {
		return in, nil, fmt.Errorf("ImagesLock: %w", err)
	}
	top, err := fields(root)
	if err == nil {
		err = only(root, top, "apiVersion", "kind", "images")
	}
	if err != nil {
		return in, nil, fmt.Errorf("ImagesLock: %w", err)
	}
	if scalar(top["apiVersion"]) != imagesLockVersion || scalar(top["kind"]) != imagesLockKind {
		return in, nil, fmt.Errorf("not a %s of %s", imagesLockKind, imagesLockVersion)
	}
	list := top["images"]
	if list == nil || list.Kind != yaml.SequenceNode {
		return in, nil, errors.New("ImagesLock: images is no list")
	}
	for _, n := range list.Content {
		if err := in.imgpkg(n); err != nil {
			return in, nil, fmt.Errorf("ImagesLock: line %d: %w", n.Line, err)
		}
	}
	return in, nil, nil
}

func (in *Imports) imgpkg(n *yaml.Node) error {
	entry, err := fields(n)
	if err == nil {
		err = only(n, entry, "image", "annotations")
	}
	if err != nil {
		return err
	}
	repo, d, err := pinned(scalar(entry["image"]))
	if err != nil {
		return err
	}
	name := repo + "@" + string(d)
	if a := entry["annotations"]; a != nil {
		notes, err := fields(a)
		if err != nil {
			return err
		}
		if id, err := ParseName(scalar(notes[kbldID])); err == nil && nameDigest(id) == "" {
			name = id
		}
	}
	return in.add(name, d)
}

// ComposeServices reads which image each service of a Compose file asks for.
// Services that name none, since they are built, are not in the list.
func ComposeServices(data []byte) ([]Service, error) {
	root, err := document(data)
	if err != nil {
		return nil, err
	}
	top, err := fields(root)
	if err != nil {
		return nil, err
	}
	if top["services"] == nil {
		return nil, errors.New("no services")
	}
	services, err := fields(top["services"])
	if err != nil {
		return nil, err
	}
	var list []Service
	for name, n := range services {
		left := maxMerges
		image, err := imageOf(n, &left)
		if err != nil {
			return nil, fmt.Errorf("service %q: %w", clip(name), err)
		}
		if image != "" {
			list = append(list, Service{name, image})
		}
	}
	slices.SortFunc(list, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// imageOf finds the image of a service, also in what it merges ("<<").
func imageOf(n *yaml.Node, left *int) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if *left--; *left < 0 {
		return "", errors.New("too many merges")
	}
	m, err := fields(n)
	if err != nil {
		return "", err
	}
	if image := m["image"]; image != nil {
		if image.Kind == yaml.AliasNode {
			image = image.Alias
		}
		return scalar(image), nil
	}
	merged := m["<<"]
	if merged == nil {
		return "", nil
	}
	if merged.Kind != yaml.SequenceNode {
		return imageOf(merged, left)
	}
	for _, part := range merged.Content {
		if image, err := imageOf(part, left); err != nil || image != "" {
			return image, err
		}
	}
	return "", nil
}
