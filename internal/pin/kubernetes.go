package pin

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// templates says for the built-in kinds where their pods are described
// (Kubernetes API, PodSpec and PodTemplateSpec).
var templates = map[string][]string{
	"v1 Pod":                   {"spec"},
	"v1 PodTemplate":           {"template", "spec"},
	"v1 ReplicationController": {"spec", "template", "spec"},
	"apps Deployment":          {"spec", "template", "spec"},
	"apps ReplicaSet":          {"spec", "template", "spec"},
	"apps StatefulSet":         {"spec", "template", "spec"},
	"apps DaemonSet":           {"spec", "template", "spec"},
	"extensions Deployment":    {"spec", "template", "spec"},
	"extensions ReplicaSet":    {"spec", "template", "spec"},
	"extensions DaemonSet":     {"spec", "template", "spec"},
	"batch Job":                {"spec", "template", "spec"},
	"batch CronJob":            {"spec", "jobTemplate", "spec", "template", "spec"},
}

// maxLists bounds lists within lists.
const maxLists = 8

// kubernetes finds the places of Kubernetes manifests.
func (f *File) kubernetes(d *documents) error {
	k := &manifests{File: f, docs: d, seen: make(map[string]bool)}
	for _, doc := range d.docs {
		if len(doc.Content) == 0 || null(doc.Content[0]) {
			continue
		}
		if err := k.object(doc.Content[0], "", "", 0); err != nil {
			return err
		}
	}
	return nil
}

type manifests struct {
	*File
	docs *documents
	seen map[string]bool // kinds that are not known, each noted once
}

// object looks at one object. The items of a list of one kind may leave out
// version and kind.
func (k *manifests) object(n *yaml.Node, version, kind string, depth int) error {
	d := k.docs
	if v, err := d.text(n, "apiVersion"); err != nil {
		return err
	} else if v != "" {
		version = v
	}
	if v, err := d.text(n, "kind"); err != nil {
		return err
	} else if v != "" {
		kind = v
	}
	if group, _, ok := strings.Cut(version, "/"); ok {
		version = group
	}
	if strings.HasSuffix(kind, "List") && depth < maxLists {
		all, err := d.get(n, "items")
		if err != nil {
			return err
		}
		for _, item := range items(all) {
			if err := d.step(1); err != nil {
				return err
			}
			if err := k.object(item, version, strings.TrimSuffix(kind, "List"), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	path, ok := templates[version+" "+kind]
	if !ok {
		return k.other(n, version, kind)
	}
	k.Known++
	spec, err := d.path(n, path...)
	if err != nil || spec == nil {
		return err
	}
	return k.pod(spec, kind)
}

// pod looks at a PodSpec.
func (k *manifests) pod(spec *yaml.Node, kind string) error {
	d := k.docs
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		containers, err := d.get(spec, list)
		if err != nil {
			return err
		}
		for _, c := range items(containers) {
			if err := k.image(c, fmt.Sprintf("%s %s", kind, list), "image"); err != nil {
				return err
			}
		}
	}
	volumes, err := d.get(spec, "volumes")
	if err != nil {
		return err
	}
	for _, v := range items(volumes) {
		if err := k.image(v, kind+" volumes", "image", "reference"); err != nil {
			return err
		}
	}
	return nil
}

func (k *manifests) image(n *yaml.Node, what string, path ...string) error {
	image, err := k.docs.path(n, path...)
	if err != nil || null(image) {
		return err
	}
	if image.Kind == yaml.ScalarNode && image.Value == "" {
		return nil
	}
	if k.docs.take(image) {
		k.add(k.docs.place(image, what+" "+strings.Join(path, ".")))
	}
	return nil
}

// other notes a kind that is not built in and has a key called image: it may
// run it.
func (k *manifests) other(n *yaml.Node, version, kind string) error {
	if _, builtin := plain[version]; builtin || k.seen[version+" "+kind] {
		return nil
	}
	line, err := k.mentions(resolve(n))
	if err != nil || line == 0 {
		return err
	}
	k.seen[version+" "+kind] = true
	k.note(line, "objects of kind %s (%s) are not known, and their images left alone", printable(kind), printable(version))
	return nil
}

// plain are the groups of kinds that are known, all of them.
var plain = map[string]struct{}{"v1": {}, "apps": {}, "batch": {}, "extensions": {}, "autoscaling": {}, "policy": {}}

// mentions returns the line of the first key called image with a string, not
// through aliases.
func (k *manifests) mentions(n *yaml.Node) (line int, err error) {
	if n == nil || n.Kind == yaml.AliasNode {
		return 0, nil
	}
	if err := k.docs.step(1); err != nil {
		return 0, err
	}
	for i, v := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "image" && v.Kind == yaml.ScalarNode && !null(v) {
			return v.Line, nil
		}
		if line, err = k.mentions(v); line > 0 || err != nil {
			return line, err
		}
	}
	return 0, nil
}
