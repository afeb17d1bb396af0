package pin

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// dockerImage begins the value of a build context that is an image.
const dockerImage = "docker-image://"

// compose finds the places of a Compose file (compose-spec, services).
func (f *File) compose(d *documents) error {
	for _, doc := range d.docs {
		if len(doc.Content) == 0 {
			continue
		}
		if include, err := d.get(doc.Content[0], "include"); err != nil {
			return err
		} else if !null(include) {
			f.note(include.Line, "included files are not looked at: name them too")
		}
		services, err := d.get(doc.Content[0], "services")
		if err != nil {
			return err
		}
		all, err := d.pairs(services)
		if err != nil {
			return err
		}
		for _, s := range all {
			if err := f.service(d, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *File) service(d *documents, s pair) error {
	what := "services." + s.key
	if file, err := d.path(s.value, "extends", "file"); err != nil {
		return err
	} else if !null(file) {
		f.note(file.Line, "%s extends a service of another file, which is not looked at: name it too", what)
	}
	build, err := d.get(s.value, "build")
	if err != nil {
		return err
	}
	image, err := d.get(s.value, "image")
	if err != nil {
		return err
	}
	f.Known++
	switch {
	case null(image) || image.Kind == yaml.ScalarNode && image.Value == "":
	case !null(build):
		f.note(image.Line, "%s.image is the name of what its build makes, and is left alone", what)
	default:
		f.addCompose(d, image, what+".image", 0)
	}
	if inline, err := d.get(build, "dockerfile_inline"); err != nil {
		return err
	} else if !null(inline) {
		f.note(inline.Line, "%s.build.dockerfile_inline is not looked at: put it into a file", what)
	}
	if err := f.contexts(d, build, what+".build.additional_contexts"); err != nil {
		return err
	}
	volumes, err := d.get(s.value, "volumes")
	if err != nil {
		return err
	}
	for _, v := range items(volumes) {
		if kind, err := d.text(v, "type"); err != nil {
			return err
		} else if kind != "image" {
			continue
		}
		source, err := d.get(v, "source")
		if err != nil {
			return err
		}
		if !null(source) {
			f.addCompose(d, source, what+".volumes.source", 0)
		}
	}
	return nil
}

// contexts looks at the named contexts of a build, as a mapping or as a list of
// NAME=VALUE.
func (f *File) contexts(d *documents, build *yaml.Node, what string) error {
	contexts, err := d.get(build, "additional_contexts")
	if err != nil {
		return err
	}
	values := items(contexts)
	all, err := d.pairs(contexts)
	if err != nil {
		return err
	}
	for _, p := range all {
		values = append(values, p.value)
	}
	if err := d.step(len(values)); err != nil {
		return err
	}
	for _, v := range values {
		if v = resolve(v); v.Kind != yaml.ScalarNode {
			continue
		}
		before, _, ok := strings.Cut(v.Value, dockerImage)
		if !ok || before != "" && !strings.HasSuffix(before, "=") {
			continue
		}
		f.addCompose(d, v, what, len(before)+len(dockerImage))
	}
	return nil
}

// addCompose takes the place in that a scalar makes but for its first bytes.
// Compose replaces variables before it uses a value (compose-spec,
// interpolation).
func (f *File) addCompose(d *documents, n *yaml.Node, what string, skip int) {
	if !d.take(n) {
		return
	}
	p := d.place(n, what)
	skip = min(skip, len(p.Text))
	p.Text, p.at = p.Text[skip:], p.at[skip:]
	if p.Obstacle == "" && strings.Contains(p.Text, "$") {
		p.Obstacle = "has a variable, which compose replaces when it runs: write the name out"
	}
	f.add(p)
}
