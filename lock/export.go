package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/opencontainers/go-digest"
	"go.yaml.in/yaml/v3"
)

// Left is an entry that a format cannot say, and why.
type Left struct{ Name, Reason string }

// exporters make the text of each format. What they leave out they return.
var exporters = map[string]func(*File) ([]byte, []Left, error){
	"imgpkg": (*File).imgpkg, "sha256sums": (*File).sha256sums, "buildkit": (*File).buildkit,
	"policy": (*File).policy, "json": (*File).json,
}

// ExportFormats are the formats of [File.Export].
func ExportFormats() []string { return []string{"imgpkg", "sha256sums", "buildkit", "policy", "json"} }

// Export writes the current entries as another tool reads them:
//
//	imgpkg      Carvel ImagesLock (imgpkg.carvel.dev/v1alpha1)
//	sha256sums  the files that images were read from, for sha256sum -c
//	buildkit    a BuildKit source policy that adds the digest to each name
//	policy      a containers-policy.json(5) that rejects all but the digests
//	json        everything in the lock, for programs
//
// Entries that the format cannot say, such as image IDs where a registry digest
// is needed, are left out and listed.
func (f *File) Export(format string) ([]byte, []Left, error) {
	export, ok := exporters[format]
	if !ok {
		return nil, nil, fmt.Errorf("lock: no format %q", format)
	}
	f.sort()
	if err := f.check(); err != nil {
		return nil, nil, fmt.Errorf("lock: %w", err)
	}
	return export(f)
}

const (
	noRegistryDigest = "it is known by its image ID only, which no registry serves"
	onlyFile         = "a file is no image"
)

// registry calls do for every image with a digest that a registry serves, and
// lists the others.
func (f *File) registry(do func(*Image)) []Left {
	var left []Left
	for i := range f.Images {
		if f.Images[i].Current.Kind == ImageID {
			left = append(left, Left{f.Images[i].Name, noRegistryDigest})
			continue
		}
		do(&f.Images[i])
	}
	for _, s := range f.Files {
		left = append(left, Left{s.Path, onlyFile})
	}
	return left
}

// Pinned is the reference that pulls exactly what the lock has under a name:
// with the tag, which people read, and the digest, which counts. It is empty
// for an image that no registry serves.
func (img *Image) Pinned() string {
	switch {
	case img.Current.Kind == ImageID:
		return ""
	case nameDigest(img.Name) != "":
		return img.Name
	}
	return img.Name + "@" + string(img.Current.Digest)
}

// imgpkg writes references without tags, as imgpkg lock files have them. They
// and the names are plain scalars in YAML: they hold no space, and begin with a
// letter or digit.
func (f *File) imgpkg() ([]byte, []Left, error) {
	var b strings.Builder
	n := 0
	left := f.registry(func(img *Image) {
		n++
		repo, tag := Repository(img.Name)
		b.WriteString("- image: " + repo + "@" + string(img.Current.Digest) + "\n")
		if tag != "" {
			b.WriteString("  annotations:\n    " + kbldID + ": " + img.Name + "\n")
		}
	})
	head := "apiVersion: " + imagesLockVersion + "\nkind: " + imagesLockKind + "\nimages:\n"
	if n == 0 {
		head = strings.TrimSuffix(head, "\n") + " []\n"
	}
	return []byte(head + b.String()), left, nil
}

// The words of an ImagesLock.
const (
	imagesLockVersion = "imgpkg.carvel.dev/v1alpha1"
	imagesLockKind    = "ImagesLock"
	kbldID            = "kbld.carvel.dev/id"
)

// sha256sums writes what sha256sum -c reads: coreutils puts a backslash before
// a line whose path has escapes.
func (f *File) sha256sums() ([]byte, []Left, error) {
	sums := map[string][]digest.Digest{}
	var left []Left
	note := func(s Source) bool {
		switch {
		case s.Path == "-" || s.SHA256 == "":
			return false
		case !slices.Contains(sums[s.Path], s.SHA256):
			sums[s.Path] = append(sums[s.Path], s.SHA256)
		}
		return true
	}
	for _, img := range f.Images {
		any := false
		for _, s := range img.Current.Sources {
			any = note(s) || any
		}
		if !any {
			left = append(left, Left{img.Name, "it was read from no file with a digest"})
		}
	}
	for _, s := range f.Files {
		note(s)
	}
	var lines []string
	for path, list := range sums {
		if len(list) > 1 {
			left = append(left, Left{path, "it was read with two contents at different times"})
			continue
		}
		lines = append(lines, sumLine(path, list[0]))
	}
	// By path, which stands after a digest of one length.
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(afterSum(a), afterSum(b)) })
	slices.SortFunc(left, func(a, b Left) int { return strings.Compare(a.Name, b.Name) })
	return []byte(strings.Join(lines, "")), left, nil
}

func sumLine(path string, d digest.Digest) string {
	escaped := strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r").Replace(path)
	line := d.Encoded() + "  " + escaped + "\n"
	if escaped != path {
		line = "\\" + line
	}
	return line
}

func afterSum(line string) string { return strings.TrimPrefix(line, "\\")[digest.SHA256.Size()*2:] }

// sourcePolicy is moby.buildkit.v1.sourcepolicy.Policy as JSON.
type sourcePolicy struct {
	Rules []sourceRule `json:"rules"`
}

type sourceRule struct {
	Action   string     `json:"action"`
	Selector identifier `json:"selector"`
	Updates  identifier `json:"updates"`
}

type identifier struct {
	Identifier string `json:"identifier"`
}

func (f *File) buildkit() ([]byte, []Left, error) {
	p := sourcePolicy{Rules: []sourceRule{}}
	var fixed []Left
	left := f.registry(func(img *Image) {
		if nameDigest(img.Name) != "" {
			fixed = append(fixed, Left{img.Name, "it has no tag that a digest could be added to"})
			return
		}
		p.Rules = append(p.Rules, sourceRule{"CONVERT", identifier{"docker-image://" + img.Name}, identifier{"docker-image://" + img.Pinned()}})
	})
	b, err := text(p)
	return b, append(fixed, left...), err
}

// containersPolicy is containers-policy.json(5), as far as a lock needs it.
type containersPolicy struct {
	Default    []requirement                       `json:"default"`
	Transports map[string]map[string][]requirement `json:"transports"`
}

type requirement struct {
	Type string `json:"type"`
}

const (
	reject    = "reject"
	acceptAny = "insecureAcceptAnything"
	transport = "docker"
)

// policy accepts by digest, of the entry itself and of its platforms: a scope
// with a digest matches nothing but that digest.
func (f *File) policy() ([]byte, []Left, error) {
	scopes := map[string][]requirement{}
	left := f.registry(func(img *Image) {
		repo, _ := Repository(img.Name)
		scopes[repo+"@"+string(img.Current.Digest)] = []requirement{{acceptAny}}
		for _, p := range img.Current.Platforms {
			scopes[repo+"@"+string(p.Manifest)] = []requirement{{acceptAny}}
		}
	})
	b, err := text(containersPolicy{[]requirement{{reject}}, map[string]map[string][]requirement{transport: scopes}})
	return b, left, err
}

func text(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true), jsontext.WithIndent("  "))
	return append(b, '\n'), err
}

// Service is a service of a Compose file and the image it asks for.
type Service struct{ Name, Image string }

// Compose writes a Compose file that gives services the digests of their
// images: docker compose -f compose.yaml -f OUTPUT up. Services whose image the
// lock does not have are left out and listed.
func (f *File) Compose(services []Service) ([]byte, []Left, error) {
	services = slices.Clone(services)
	slices.SortFunc(services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	var left []Left
	for i, s := range services {
		if i > 0 && services[i-1].Name == s.Name {
			return nil, nil, fmt.Errorf("service %q is named twice", s.Name)
		}
		full, ok := claim(s.Image)
		img, known := f.find(full)
		switch {
		case !ok:
			left = append(left, Left{s.Name, fmt.Sprintf("its image %q is no name", s.Image)})
			continue
		case !known:
			left = append(left, Left{s.Name, "the lock has no image " + full})
			continue
		case img.Pinned() == "":
			left = append(left, Left{s.Name, full + ": " + noRegistryDigest})
			continue
		}
		key, err := yaml.Marshal(s.Name)
		if err != nil {
			return nil, nil, err
		}
		b.WriteString("  " + strings.TrimSpace(string(key)) + ":\n    image: " + img.Pinned() + "\n")
	}
	if b.Len() == 0 {
		return []byte("services: {}\n"), left, nil
	}
	return []byte("services:\n" + b.String()), left, nil
}
