package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// hearing is one run that a lock is asked in.
type hearing struct {
	*voucher
	*cover
	verify.Testimony
	proven [][]digest.Digest // what evidence proves of each image, as the judge has found
	said   map[string]bool   // vouches, so that two images do not repeat one
}

func (h *hearing) needs(n verify.Need) { h.Needs = append(h.Needs, n) }

// vouch says that an entry approves of a digest, or why not.
func (h *hearing) vouch(img *Image, d digest.Digest, reject string) {
	by := h.place(img)
	if key := by + " " + string(d) + " " + reject; !h.said[key] {
		h.said[key] = true
		h.Vouches = append(h.Vouches, verify.Vouch{Kind: "lock", By: by, Digest: d, Ref: img.Name, Reject: reject, Quiet: reject != ""})
	}
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

func (h *hearing) subject(i int, file digest.Digest) subject {
	img := h.images[i]
	s := subject{id: img.ImageID, whole: img.Digest == nil, file: file}
	refs := slices.Clone(img.Refs)
	if img.Digest != nil {
		s.digests = append(s.digests, *img.Digest)
	}
	if i < len(h.proven) {
		s.digests = append(s.digests, h.proven[i]...)
	}
	for _, k := range h.above[i] {
		s.digests = append(s.digests, h.indexes[k].Digest)
		refs = append(refs, h.indexes[k].Refs...)
	}
	seen := map[string]bool{}
	for _, ref := range refs {
		full, ok := claim(ref)
		if !ok || seen[full] {
			continue
		}
		seen[full] = h.lockNames[full] != nil || !bare(ref)
		switch {
		case h.lockNames[full] != nil:
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
		if len(list) == maxNames || v.only != nil && v.only != img {
			return
		}
		if _, ok := match(img, s); ok && !slices.Contains(list, img) {
			list = append(list, img)
		}
	}
	for _, name := range s.names {
		add(v.lockNames[name])
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

// had returns the latest record of the history of img that has it, or nil.
func (v *voucher) had(img *Image, s subject) *Record {
	i := slices.IndexFunc(img.History, func(r Record) bool {
		return slices.ContainsFunc(s.digests, r.Has) || (s.whole || r.Kind == ImageID) && r.HasImageID(s.id)
	})
	if i < 0 {
		return nil
	}
	return &img.History[i]
}

// back says how to make an earlier record the current one again. It names the
// digest: without one a rollback goes to the latest of the history.
func back(img *Image, r *Record) string {
	if !r.Verified {
		return "to go back: ocisum lock add, since it was imported from " + r.Imported
	}
	return "to go back: ocisum lock rollback --lock FILE " + img.Name + " " + string(r.Digest)
}

// is says by which digest an image is known.
func (s subject) is() string {
	if len(s.digests) > 0 {
		return string(s.digests[0])
	}
	if s.id == "" {
		return "without a digest"
	}
	return string(s.id)
}

// image decides about one image.
func (h *hearing) image(i int, file digest.Digest) {
	s := h.subject(i, file)
	list := h.allowed(s)
	path, wholeFile := h.files[s.file]
	refuse := func(code report.Code, img *Image, format string, args ...any) {
		h.needs(verify.Need{Image: i, Code: code, Refused: true, Reason: fmt.Sprintf(format, args...)})
		if img != nil {
			h.vouch(img, img.Current.Digest, "not for this image: "+string(code))
		}
	}
	if h.only != nil && len(list) == 0 {
		h.asked(s, refuse)
		return
	}
	for _, name := range s.names {
		img := h.lockNames[name]
		_, holds := match(img, s)
		switch {
		case holds:
		case h.only != nil:
			refuse(report.LockNameConflict, img, "the lock has it as %s (--as), but the archive calls it %s, which is %s in the lock", list[0].Name, name, img.Current.Digest)
			return
		case h.had(img, s) != nil:
			refuse(report.LockSuperseded, img, "the lock had it as %s, superseded by %s; %s", name, img.Current.Digest, back(img, h.had(img, s)))
			return
		case len(list) > 0:
			refuse(report.LockNameConflict, img, "the lock has it as %s, but the archive calls it %s, which is %s in the lock", list[0].Name, name, img.Current.Digest)
			return
		case wholeFile:
			refuse(report.LockNameConflict, img, "the lock lists the file, but the archive has an image %s in it, which is %s in the lock", name, img.Current.Digest)
			return
		default:
			refuse(report.LockUnlisted, img, "the lock approves another digest for %s: %s; this is %s", name, img.Current.Digest, s.is())
			return
		}
	}
	switch {
	case len(list) > 0:
		for _, img := range list {
			d, _ := match(img, s)
			h.vouch(img, d, "")
		}
		h.needs(verify.Need{Image: i, Code: report.LockUnlisted, Reason: "the lock lists the digest that the documents give, and nothing with that digest was read"})
	case wholeFile:
		h.Vouches = append(h.Vouches, verify.Vouch{Kind: "lock", By: h.by + "#file", Digest: s.file, Ref: path})
		h.needs(verify.Need{Image: i, Code: report.LockUnlisted, Reason: "the lock lists the file, whose digest was not computed"})
	default:
		h.unlisted(s, refuse)
		return
	}
	if len(s.unknown) > 0 && len(list) > 0 {
		h.needs(verify.Need{Image: i, Code: report.LockNameUnknown, Refused: true,
			Reason: fmt.Sprintf("the lock lists the image as %s, and does not know the name %s", list[0].Name, strings.Join(s.unknown[:min(len(s.unknown), maxNames)], ", "))})
	}
}

// asked says why the entry of --as does not allow an image, whatever the image
// is called.
func (h *hearing) asked(s subject, refuse func(report.Code, *Image, string, ...any)) {
	img := h.only
	if r := h.had(img, s); r != nil {
		refuse(report.LockSuperseded, img, "the lock has %s as %s (--as); this is %s, which was superseded; %s", img.Current.Digest, img.Name, s.is(), back(img, r))
		return
	}
	refuse(report.LockUnlisted, img, "the lock has %s as %s (--as); this is %s", img.Current.Digest, img.Name, s.is())
}

// unlisted says why no entry allows an image whose names are unknown.
func (h *hearing) unlisted(s subject, refuse func(report.Code, *Image, string, ...any)) {
	for _, d := range append(s.digests, s.id) {
		for _, img := range h.earlier[d] {
			if r := h.had(img, s); r != nil {
				refuse(report.LockSuperseded, img, "the lock had it as %s, superseded by %s; %s", img.Name, img.Current.Digest, back(img, r))
				return
			}
		}
	}
	if same := h.ids[s.id]; len(same) > 0 && s.id != "" {
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
