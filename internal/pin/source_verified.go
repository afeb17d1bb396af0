package pin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// Verified resolves names from a report, of which nothing but the digests of
// what was read and checked counts. The caller has seen to it that the verdict
// is Verified. With a name, it stands for the one image or index that the
// source has, whatever names there are in it. Without a name and without names
// in it the source knows nothing, which is an error.
func Verified(rep *report.Report, by, name string) (Resolver, error) {
	if rep.Verdict != report.Verified {
		return nil, fmt.Errorf("pin: %s is not verified", by)
	}
	v := &verified{by: by, entries: make(map[string][]entry), repositories: make(map[string]map[digest.Digest]bool)}
	checked := func(i int) bool {
		return i >= 0 && i < len(rep.Indexes) && rep.Indexes[i].State == report.Checked && rep.Indexes[i].Digest != ""
	}
	below := make(map[int][]one)
	for _, img := range rep.Images {
		for _, i := range img.Indexes {
			if img.Digest != nil {
				below[i] = append(below[i], one{img.Platform, *img.Digest})
			}
		}
	}
	for i, x := range rep.Indexes {
		if checked(i) {
			v.add(entry{digest: x.Digest, platforms: below[i]}, x.Refs)
		}
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
		e.below = slices.ContainsFunc(img.Indexes, checked)
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
	// repositories are those of the names, with all digests in them.
	repositories map[string]map[digest.Digest]bool
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
			v.enter(full, e)
		}
	}
}

func (v *verified) enter(full string, e entry) {
	v.entries[full] = append(v.entries[full], e)
	in := v.repositories[Repository(full)]
	if in == nil {
		in = make(map[digest.Digest]bool)
		v.repositories[Repository(full)] = in
	}
	in[e.digest] = true
	for _, p := range e.platforms {
		in[p.digest] = true
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
	clear(v.entries)
	clear(v.repositories)
	for _, e := range top {
		v.enter(full, e)
	}
	return nil
}

func distinct(all []entry) []digest.Digest {
	seen := make(map[digest.Digest]bool)
	var ds []digest.Digest
	for _, e := range all {
		if !seen[e.digest] {
			seen[e.digest] = true
			ds = append(ds, e.digest)
		}
	}
	return ds
}

func (v *verified) Resolve(name, platform string) (digest.Digest, string, error) {
	repository, sum, pinned := strings.Cut(name, "@")
	if pinned {
		if d := digest.Digest(sum); v.repositories[repository][d] {
			return d, v.by, nil
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
		return v.unique(distinct(all), "")
	}
	var chosen []entry
	for _, e := range all {
		for _, p := range e.platforms {
			if matches(platform, p.platform) {
				chosen = append(chosen, entry{digest: p.digest})
			}
		}
	}
	if len(chosen) > 0 {
		return v.unique(distinct(chosen), platform)
	}
	if slices.ContainsFunc(all, func(e entry) bool { return e.digest != "" && !e.artifact }) {
		return "", "", fmt.Errorf("%s has no %s of it", v.by, platform)
	}
	return v.unique(distinct(all), platform)
}

// unique is the answer if there is one digest only.
func (v *verified) unique(ds []digest.Digest, platform string) (digest.Digest, string, error) {
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
