package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// maxNames bounds the names that one image is said to have in a lock.
const maxNames = 8

// Voucher makes an allowlist of a lock: every image that is not a current entry
// is denied. An image is a current entry if the lock has the digest of its
// manifest or of an index above it, or the SHA-256 of the whole file; an image
// without manifest also by its image ID, and any image if the entry itself is
// an image ID, since that commits to the layers. The name that the archive
// claims allows nothing, but it can forbid: one that the lock gives another
// digest is not to be replaced.
//
// By is what reports call the lock: "--lock images.lock". If as is not empty,
// only the entry of that name is asked, which must exist.
func (f *File) Voucher(by, as string) (verify.Voucher, error) {
	v := &voucher{
		file: f, by: by,
		names: map[string]*Image{}, current: map[digest.Digest][]*Image{}, ids: map[digest.Digest][]*Image{},
		earlier: map[digest.Digest][]*Image{}, files: map[digest.Digest]string{},
	}
	if as != "" {
		img, ok := f.Lookup(as)
		if !ok {
			return nil, fmt.Errorf("the lock has no image %q", as)
		}
		v.only = img
	}
	for i := range f.Images {
		img := &f.Images[i]
		v.names[img.Name] = img
		if v.only != nil && v.only != img {
			continue
		}
		each(&img.Current, func(d digest.Digest) { v.current[d] = append(v.current[d], img) }, func(id digest.Digest) { v.ids[id] = append(v.ids[id], img) })
		for k := range img.History {
			late := func(d digest.Digest) { v.earlier[d] = append(v.earlier[d], img) }
			each(&img.History[k], late, late)
		}
	}
	if v.only == nil {
		for _, s := range f.Files {
			v.files[s.SHA256] = s.Path
		}
	}
	return v, nil
}

// each calls its functions for the digests and the image IDs of a record, once
// each.
func each(r *Record, manifest, id func(digest.Digest)) {
	seen := map[digest.Digest]bool{"": true}
	for _, p := range r.Platforms {
		if !seen[p.Config] {
			seen[p.Config] = true
			id(p.Config)
		}
	}
	if !seen[r.Digest] {
		seen[r.Digest] = true
		manifest(r.Digest)
	}
	for _, p := range r.Platforms {
		if !seen[p.Manifest] {
			seen[p.Manifest] = true
			manifest(p.Manifest)
		}
	}
}

type voucher struct {
	file    *File
	by      string
	only    *Image
	names   map[string]*Image
	current map[digest.Digest][]*Image // by index or manifest
	ids     map[digest.Digest][]*Image // by image ID
	earlier map[digest.Digest][]*Image
	files   map[digest.Digest]string
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.by }

// WantsFileDigest reports whether the digest of the outer file has to be known
// for the voucher to find what it lists.
func (v *voucher) WantsFileDigest() bool { return len(v.files) > 0 }

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	var t verify.Testimony
	c := newCover(found.Images, found.Indexes)
	c.proven = found.Proven
	if len(found.Images) == 0 {
		t.Needs = append(t.Needs, verify.Need{Image: -1, Code: report.LockUnlisted, Refused: true, Reason: "there is no image in it that a lock could list"})
	}
	for i := range found.Images {
		v.image(c, i, found.Source.Digest, &t)
	}
	return t
}

// subject is an image as the lock sees it.
type subject struct {
	digests []digest.Digest // of the manifest and the indexes above it
	id      digest.Digest   // the image ID
	whole   bool            // there is no manifest: the image ID is what there is
	file    digest.Digest
	names   []string // that the archive claims
	unknown []string // of those, the ones the lock does not have
}

func (c *cover) subject(i int, file digest.Digest, names map[string]*Image) subject {
	img := c.images[i]
	s := subject{id: img.ImageID, whole: img.Digest == nil, file: file}
	refs := slices.Clone(img.Refs)
	if img.Digest != nil {
		s.digests = append(s.digests, *img.Digest)
	}
	if i < len(c.proven) {
		s.digests = append(s.digests, c.proven[i]...)
	}
	for _, k := range c.above[i] {
		s.digests = append(s.digests, c.indexes[k].Digest)
		refs = append(refs, c.indexes[k].Refs...)
	}
	for _, ref := range refs {
		full, ok := claim(ref)
		if !ok || slices.Contains(s.names, full) || slices.Contains(s.unknown, full) {
			continue
		}
		switch {
		case names[full] != nil:
			s.names = append(s.names, full)
		case !bare(ref):
			s.unknown = append(s.unknown, full)
		}
	}
	slices.Sort(s.names)
	slices.Sort(s.unknown)
	return s
}

// match returns the digest by which img has the image as its current one.
func match(img *Image, s subject) (digest.Digest, bool) {
	r := &img.Current
	if k := slices.IndexFunc(s.digests, r.Has); k >= 0 {
		return s.digests[k], true
	}
	if s.whole && r.HasImageID(s.id) || r.Kind == ImageID && s.id != "" && r.Digest == s.id {
		return s.id, true
	}
	return "", false
}

// allowed lists entries that have the image as their current one: those of the
// names that the archive claims, or else any.
func (v *voucher) allowed(s subject) []*Image {
	var list []*Image
	add := func(img *Image) {
		if _, ok := match(img, s); ok && (v.only == nil || v.only == img) && len(list) < maxNames && !slices.Contains(list, img) {
			list = append(list, img)
		}
	}
	for _, name := range s.names {
		add(v.names[name])
	}
	if len(list) > 0 {
		return list
	}
	for _, d := range s.digests {
		for _, img := range v.current[d] {
			add(img)
		}
	}
	for _, img := range v.ids[s.id] {
		add(img)
	}
	return list
}

// had reports whether img had it once.
func (v *voucher) had(img *Image, s subject) bool {
	return slices.ContainsFunc(img.History, func(r Record) bool {
		return slices.ContainsFunc(s.digests, r.Has) || (s.whole || r.Kind == ImageID) && r.HasImageID(s.id)
	})
}

// image decides about one image.
func (v *voucher) image(c *cover, i int, file digest.Digest, t *verify.Testimony) {
	s := c.subject(i, file, v.names)
	list := v.allowed(s)
	path, wholeFile := v.files[s.file]
	refuse := func(code report.Code, img *Image, format string, args ...any) {
		t.Needs = append(t.Needs, verify.Need{Image: i, Code: code, Refused: true, Reason: fmt.Sprintf(format, args...)})
		if img != nil {
			t.Vouches = append(t.Vouches, verify.Vouch{Kind: "lock", By: v.place(img), Digest: img.Current.Digest, Ref: img.Name, Reject: "not for this image: " + string(code), Quiet: true})
		}
	}
	for _, name := range s.names {
		img := v.names[name]
		_, holds := match(img, s)
		switch {
		case holds:
		case v.had(img, s):
			refuse(report.LockSuperseded, img, "the lock had it as %s, superseded by %s; to go back: lock rollback %s", name, img.Current.Digest, name)
			return
		case len(list) > 0:
			refuse(report.LockNameConflict, img, "the lock has it as %s, but the archive calls it %s, which is %s in the lock", list[0].Name, name, img.Current.Digest)
			return
		case wholeFile:
			refuse(report.LockNameConflict, img, "the lock lists the file, but the archive has an image %s in it, which is %s in the lock", name, img.Current.Digest)
			return
		default:
			refuse(report.LockUnlisted, img, "the lock has %s under the name %s", img.Current.Digest, name)
			return
		}
	}
	switch {
	case len(list) > 0:
	case wholeFile:
		t.Vouches = append(t.Vouches, verify.Vouch{Kind: "lock", By: v.by + "#file", Digest: s.file, Ref: path})
	default:
		v.unlisted(s, refuse)
		return
	}
	for _, img := range list {
		d, _ := match(img, s)
		t.Vouches = append(t.Vouches, verify.Vouch{Kind: "lock", By: v.place(img), Digest: d, Ref: img.Name})
	}
	t.Needs = append(t.Needs, verify.Need{Image: i, Code: report.LockUnlisted, Reason: "the lock lists the digest that the documents give, and nothing with that digest was read"})
	if len(s.unknown) > 0 && len(list) > 0 {
		t.Needs = append(t.Needs, verify.Need{Image: i, Code: report.LockNameUnknown, Refused: true,
			Reason: fmt.Sprintf("the lock lists the image as %s, and does not know the name %s", list[0].Name, strings.Join(s.unknown[:min(len(s.unknown), maxNames)], ", "))})
	}
}

// unlisted says why no entry allows an image whose names are unknown.
func (v *voucher) unlisted(s subject, refuse func(report.Code, *Image, string, ...any)) {
	if v.only != nil {
		if v.had(v.only, s) {
			refuse(report.LockSuperseded, v.only, "the lock had it as %s, superseded by %s; to go back: lock rollback %s", v.only.Name, v.only.Current.Digest, v.only.Name)
			return
		}
		refuse(report.LockUnlisted, v.only, "the lock has %s under the name %s, which was asked for", v.only.Current.Digest, v.only.Name)
		return
	}
	for _, d := range append(s.digests, s.id) {
		for _, img := range v.earlier[d] {
			if v.had(img, s) {
				refuse(report.LockSuperseded, img, "the lock had it as %s, superseded by %s; to go back: lock rollback %s", img.Name, img.Current.Digest, img.Name)
				return
			}
		}
	}
	if same := v.ids[s.id]; len(same) > 0 && s.id != "" {
		refuse(report.LockUnlisted, same[0], "the lock has the same config as %s, but with another manifest, %s: were the layers compressed again?", same[0].Name, same[0].Current.Digest)
		return
	}
	if len(s.unknown) > 0 {
		refuse(report.LockUnlisted, nil, "the lock has neither the digest nor the name %s", strings.Join(s.unknown[:min(len(s.unknown), maxNames)], ", "))
		return
	}
	refuse(report.LockUnlisted, nil, "the lock does not have the digest")
}

// place is where a report says that an entry is written.
func (v *voucher) place(img *Image) string { return v.by + "#" + img.Name }
