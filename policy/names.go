package policy

import (
	"errors"
	"strings"

	"github.com/distribution/reference"

	"github.com/ocisum/ocisum/report"
)

// Names says what images are meant to be. The zero value takes the names that
// the source gives an image, and a source can give any.
type Names struct{ as reference.Named }

// ParseNames reads the name that the user says the images have: a repository,
// with a tag or without. Short names are completed as docker does it.
func ParseNames(text string) (Names, error) {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return Names{}, err
	}
	if _, ok := named.(reference.Digested); ok {
		return Names{}, errors.New("a name, not a digest")
	}
	return Names{named}, nil
}

// Of returns the references by which an image is judged; nil stands for a name
// that is none, or for no name at all. The list is never empty.
func (n Names) Of(img report.Image) []reference.Named {
	if n.as != nil {
		return []reference.Named{n.as}
	}
	var list []reference.Named
	for _, ref := range img.Refs {
		if !strings.ContainsAny(ref, "/:@") {
			continue // a bare tag, as OCI layouts have it
		}
		named, err := reference.ParseNormalizedNamed(ref)
		if err != nil {
			named = nil
		}
		list = append(list, named)
	}
	if len(list) == 0 {
		list = append(list, nil)
	}
	return list
}

// Repositories returns the repositories of the references, "" for none.
func (n Names) Repositories(img report.Image) []string {
	var list []string
	for _, named := range n.Of(img) {
		if named == nil {
			list = append(list, "")
		} else {
			list = append(list, named.Name())
		}
	}
	return list
}
