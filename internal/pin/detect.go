package pin

import (
	"path"
	"strings"
)

// detect tells the kind of a file from its name, and where that leaves it open
// from its content. A YAML file that was read for this comes along.
func detect(name string, data []byte) (Kind, *documents, error) {
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	stem, ext := base, path.Ext(base)
	stem = strings.TrimSuffix(stem, ext)
	switch {
	case ext == ".yaml" || ext == ".yml" || ext == ".json":
	case base == "dockerfile" || base == "containerfile" || stem == "dockerfile" || stem == "containerfile" || ext == ".dockerfile" || ext == ".containerfile",
		strings.HasPrefix(base, "dockerfile."), strings.HasPrefix(base, "containerfile."):
		return Dockerfile, nil, nil
	case startsDockerfile(data):
		return Dockerfile, nil, nil
	}
	docs, err := parseYAML(data)
	if err != nil {
		return "", nil, err
	}
	for _, doc := range docs.docs {
		if len(doc.Content) == 0 {
			continue
		}
		version, err := docs.get(doc.Content[0], "apiVersion")
		if err != nil {
			return "", nil, err
		}
		kind, err := docs.get(doc.Content[0], "kind")
		if err != nil {
			return "", nil, err
		}
		services, err := docs.get(doc.Content[0], "services")
		if err != nil {
			return "", nil, err
		}
		switch {
		case !null(version) && !null(kind):
			return Kubernetes, docs, nil
		case services != nil:
			return Compose, docs, nil
		}
	}
	return "", nil, syntaxError(0, "cannot tell what kind of file this is")
}

// startsDockerfile reports whether the first instruction is one that a
// Dockerfile can begin with.
func startsDockerfile(data []byte) bool {
	l := lines{data: data}
	if l.split() != nil || len(l.instructions) == 0 {
		return false
	}
	c := splitCommand(l.instructions[0].tracked, l.escape)
	return (c.is("FROM") || c.is("ARG")) && c.args.len() > 0
}
