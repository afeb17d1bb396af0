package lock

import (
	"fmt"

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
		lockNames: map[string]*Image{}, current: map[digest.Digest][]*Image{}, ids: map[digest.Digest][]*Image{},
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
		v.lockNames[img.Name] = img
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
	file      *File
	by        string
	only      *Image
	lockNames map[string]*Image
	current   map[digest.Digest][]*Image // by index or manifest
	ids       map[digest.Digest][]*Image // by image ID
	earlier   map[digest.Digest][]*Image
	files     map[digest.Digest]string
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.by }

// WantsFileDigest reports whether the digest of the outer file has to be known
// for the voucher to find what it lists.
func (v *voucher) WantsFileDigest() bool { return len(v.files) > 0 }

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	h := &hearing{voucher: v, cover: newCover(found.Images, found.Indexes), proven: found.Proven, said: map[string]bool{}}
	if len(found.Images) == 0 {
		h.needs(verify.Need{Image: -1, Code: report.LockUnlisted, Refused: true, Reason: "there is no image in it that a lock could list"})
	}
	for i := range found.Images {
		h.image(i, found.Source.Digest)
	}
	return h.Testimony
}
