package pin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/lock"
	"github.com/ocisum/ocisum/report"
)

// Sources asks several resolvers. What two of them know must be the same.
type Sources []Resolver

// Resolve implements Resolver.
func (s Sources) Resolve(name, platform string) (digest.Digest, string, error) {
	var d digest.Digest
	var where string
	failure := ErrUnknown
	for _, r := range s {
		got, by, err := r.Resolve(name, platform)
		switch {
		case errors.Is(err, ErrConflict):
			return "", "", err
		case err != nil:
			if errors.Is(failure, ErrUnknown) {
				failure = err
			}
		case d == "":
			d, where = got, by
		case d != got:
			return "", "", fmt.Errorf("%w: %s of %s, %s of %s", ErrConflict, d, where, got, by)
		}
	}
	if d == "" {
		return "", "", failure
	}
	return d, where, nil
}

// Lock resolves names from a lock file, which is called by in what is said
// about it.
func Lock(f *lock.File, by string) Resolver { return locked{f, by} }

type locked struct {
	file *lock.File
	by   string
}

func (l locked) Resolve(name, platform string) (digest.Digest, string, error) {
	repository, sum, pinned := strings.Cut(name, "@")
	if pinned {
		d := digest.Digest(sum)
		for i := range l.file.Images {
			img := &l.file.Images[i]
			if in, _ := lock.Repository(img.Name); in == repository && img.Current.Kind != lock.ImageID && img.Current.Has(d) {
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

// matches compares platforms as verify does: a variant that was not asked for
// matches every one.
func matches(want, have string) bool {
	return want == have || strings.Count(want, "/") == 1 && strings.HasPrefix(have, want+"/")
}

// Verified resolves names from a report, of which nothing but the digests of
// what was read and checked counts. The caller has seen to it that the verdict
// is Verified. With a name, it stands for the one image or index that the
// source has, whatever names there are in it. Without a name and without names
// in it the source knows nothing, which is an error.
func Verified(rep *report.Report, by, name string) (Resolver, error) {
	if rep.Verdict != report.Verified {
		return nil, fmt.Errorf("pin: %s is not verified", by)
	}
	v := &verified{by: by, entries: make(map[string][]entry)}
	under := make(map[int]bool)
	for i, x := range rep.Indexes {
		if x.State != report.Checked || x.Digest == "" {
			continue
		}
		under[i] = true
		e := entry{digest: x.Digest}
		for _, img := range rep.Images {
			if slices.Contains(img.Indexes, i) && img.Digest != nil {
				e.platforms = append(e.platforms, one{img.Platform, *img.Digest})
			}
		}
		v.add(e, x.Refs)
	}
	for i, img := range rep.Images {
		e := entry{}
		if img.Digest == nil {
			if a, ok := proven(rep, i); ok && a.Matched == byManifest {
				img.Digest = &a.Digest
			} else if ok {
				e.digest = a.Digest
			}
		}
		if img.Digest != nil && (img.Manifest == nil || img.Manifest.State == report.Checked) {
			e.digest = *img.Digest
			e.platforms = []one{{img.Platform, *img.Digest}}
			e.single = true
		}
		e.below = slices.ContainsFunc(img.Indexes, func(i int) bool { return under[i] })
		v.add(e, img.Refs)
	}
	for _, a := range rep.Artifacts {
		if a.State == report.Checked && a.Digest != "" && a.Subject == "" {
			v.add(entry{digest: a.Digest, artifact: true}, a.Refs)
		}
	}
	if name != "" {
		if err := v.only(name); err != nil {
			return nil, err
		}
	}
	if len(v.entries) == 0 {
		what := "has no names"
		if v.bare != "" {
			what = fmt.Sprintf("has names without a repository only, such as %s", printable(v.bare))
		}
		return nil, fmt.Errorf("%s %s: %w", by, what, ErrNameless)
	}
	return v, nil
}

// What an anchor has matched that was proven by evidence from outside.
const (
	byManifest = "manifest, by evidence"
	byIndex    = "index, by evidence"
)

// proven returns the anchor that proves which digest an image has that has none
// in its source.
func proven(rep *report.Report, image int) (found report.Anchor, ok bool) {
	for _, a := range rep.Anchors {
		if a.Kind != "pin" || !a.Holds || a.Matched != byManifest && a.Matched != byIndex || !slices.Contains(a.Images, image) {
			continue
		}
		if ok && a.Digest != found.Digest {
			return report.Anchor{}, false
		}
		found, ok = a, true
	}
	return found, ok
}

// ErrNameless is wrapped by the error for a source of which it has to be said
// what image it is.
var ErrNameless = errors.New("it does not say which image it is")

// one is the manifest of one platform.
type one struct {
	platform string
	digest   digest.Digest
}

// entry is something that has a digest in a source, or an image that has none.
type entry struct {
	digest    digest.Digest
	platforms []one
	single    bool // a manifest, not an index
	below     bool // listed in an index
	artifact  bool
}

type verified struct {
	by      string
	all     []entry
	entries map[string][]entry // by full name
	bare    string             // a name that is a tag only
}

// add takes an entry in under its names. A tag without a repository, which is
// all that many layouts have, names nothing.
func (v *verified) add(e entry, refs []string) {
	v.all = append(v.all, e)
	for _, ref := range refs {
		if !strings.ContainsAny(ref, "/:") {
			v.bare = ref
			continue
		}
		if full, err := Name(ref); err == nil {
			v.entries[full] = append(v.entries[full], e)
		}
	}
}

// only makes name the one name of the source.
func (v *verified) only(name string) error {
	full, err := Name(name)
	if err != nil {
		return err
	}
	var top []entry
	for _, e := range v.all {
		if !e.below && !e.artifact {
			top = append(top, e)
		}
	}
	if len(top) != 1 && len(distinct(top)) != 1 {
		return fmt.Errorf("%s has %d images: choose the one that is %s by its tag or digest, PATH:TAG or PATH@DIGEST", v.by, len(top), name)
	}
	v.entries = map[string][]entry{full: top}
	return nil
}

func distinct(all []entry) []digest.Digest {
	var ds []digest.Digest
	for _, e := range all {
		if !slices.Contains(ds, e.digest) {
			ds = append(ds, e.digest)
		}
	}
	return ds
}

func (v *verified) Resolve(name, platform string) (digest.Digest, string, error) {
	repository, sum, pinned := strings.Cut(name, "@")
	if pinned {
		for full, all := range v.entries {
			if Repository(full) != repository {
				continue
			}
			for _, e := range all {
				if e.has(digest.Digest(sum)) {
					return digest.Digest(sum), v.by, nil
				}
			}
		}
		return "", "", ErrUnknown
	}
	all := v.entries[name]
	if len(all) == 0 {
		return "", "", ErrUnknown
	}
	if platform == "" {
		// An index comes first; the manifests below it may have its name.
		if i := slices.IndexFunc(all, func(e entry) bool { return !e.single && e.digest != "" }); i >= 0 {
			all = slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return e.below || e.digest == "" })
		}
		return v.unique(distinct(all), name, "")
	}
	var ds []digest.Digest
	for _, e := range all {
		for _, p := range e.platforms {
			if matches(platform, p.platform) && !slices.Contains(ds, p.digest) {
				ds = append(ds, p.digest)
			}
		}
	}
	if len(ds) == 0 && slices.ContainsFunc(all, func(e entry) bool { return e.digest != "" && !e.artifact }) {
		return "", "", fmt.Errorf("%s has no %s of it", v.by, platform)
	}
	if len(ds) == 0 {
		return v.unique(distinct(all), name, platform)
	}
	return v.unique(ds, name, platform)
}

// unique is the answer if there is one digest only.
func (v *verified) unique(ds []digest.Digest, name, platform string) (digest.Digest, string, error) {
	switch {
	case len(ds) == 1 && ds[0] == "":
		return "", "", fmt.Errorf("%s is a docker save archive without a manifest: its image ID is not the digest of a registry; pin from an OCI archive or layout of the image, or prove its approved digest, --from REF@DIGEST --evidence MANIFEST", v.by)
	case len(ds) > 1 && platform == "":
		return "", "", fmt.Errorf("%w: %s has the name for %d digests and no index: choose one with --platform", ErrConflict, v.by, len(ds))
	case len(ds) > 1:
		return "", "", fmt.Errorf("%w: %s has %d digests of it for %s", ErrConflict, v.by, len(ds), platform)
	}
	return ds[0], v.by, nil
}

func (e entry) has(d digest.Digest) bool {
	return e.digest == d || slices.ContainsFunc(e.platforms, func(o one) bool { return o.digest == d })
}
