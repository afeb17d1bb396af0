package pin

import (
	"fmt"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/lock"
)

// Lock resolves names from a lock file, which is called by in what is said
// about it.
func Lock(f *lock.File, by string) Resolver {
	l := locked{f, by, make(map[string][]int)}
	for i := range f.Images {
		repository, _ := lock.Repository(f.Images[i].Name)
		l.repositories[repository] = append(l.repositories[repository], i)
	}
	return l
}

type locked struct {
	file         *lock.File
	by           string
	repositories map[string][]int // positions of their images
}

func (l locked) Resolve(name, platform string) (digest.Digest, string, error) {
	repository, sum, pinned := strings.Cut(name, "@")
	if pinned {
		d := digest.Digest(sum)
		for _, i := range l.repositories[repository] {
			img := &l.file.Images[i]
			if img.Current.Kind != lock.ImageID && img.Current.Has(d) {
				return d, l.by + "#" + img.Name, nil
			}
		}
		return "", "", ErrUnknown
	}
	img, ok := l.file.Lookup(name)
	if !ok {
		return "", "", ErrUnknown
	}
	where := l.by + "#" + img.Name
	switch {
	case img.Current.Kind == lock.ImageID:
		return "", "", fmt.Errorf("%s has an image ID only, which is no registry's digest: add it to the lock from an OCI archive or layout", where)
	case platform == "" || img.Current.Kind == lock.Manifest && len(img.Current.Platforms) == 1 && matches(platform, img.Current.Platforms[0].Name):
		return img.Current.Digest, where, nil
	}
	var have []lock.Platform
	for _, p := range img.Current.Platforms {
		if p.Manifest != "" && matches(platform, p.Name) {
			have = append(have, p)
		}
	}
	if len(have) != 1 {
		return "", "", fmt.Errorf("%s has %d manifests for %s", where, len(have), platform)
	}
	return have[0].Manifest, where, nil
}
