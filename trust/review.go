package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/signature"
	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

const (
	// maxVerifications and maxMessages bound the work of one run: a thousand
	// images with three signatures each and three keys need 9 000.
	maxVerifications = 10_000
	maxMessages      = 4 << 30

	// maxRejected bounds the signatures that are listed although they do not
	// count; the rest is counted.
	maxRejected = 200

	// maxAbove bounds the indexes that an image is said to be under: honest ones
	// are under one or two.
	maxAbove = 100

	// maxReasons bounds the reasons that a finding repeats.
	maxReasons = 3

	// maxTypes bounds the types of attestations that a finding names.
	maxTypes = 5
)

// budget is what may still be spent on verification.
type budget struct {
	verifications int
	bytes         int64
}

func (b *budget) spend(bytes int) bool {
	if b.verifications < 1 || b.bytes < int64(bytes) {
		return false
	}
	b.verifications--
	b.bytes -= int64(bytes)
	return true
}

// review goes through the material of one source.
type review struct {
	*voucher
	left   budget
	known  map[digest.Digest]bool  // digests of images, of indexes above them, and of the source
	images map[digest.Digest][]int // positions in Found.Images that such a digest is about
	of     []standing              // of each image

	good, bad []verify.Vouch
	elsewhere int // signatures over digests that are of nothing here
	first     digest.Digest
}

// standing is what the material says about an image.
type standing struct {
	good      bool
	unchecked int      // beyond the limits
	rejected  int      // of the kind that is asked for
	reasons   []string // of the first of them
	other     int      // attestations, where a signature is asked for
	types     []string // of other attestations, where one of a type is asked for
}

func newReview(v *voucher, found *verify.Found) *review {
	r := &review{voucher: v, left: v.max, known: map[digest.Digest]bool{}, images: map[digest.Digest][]int{}, of: make([]standing, len(found.Images))}
	parents := map[digest.Digest][]int{}
	for i, x := range found.Indexes {
		r.known[x.Digest] = true
		for _, d := range x.Manifests {
			parents[d] = append(parents[d], i)
		}
	}
	for i, img := range found.Images {
		about := []digest.Digest{img.ImageID, found.Source.IndexDigest, found.Source.Digest}
		if img.Digest != nil {
			about = append(about, *img.Digest)
		}
		for _, x := range above(img.Indexes, found.Indexes, parents) {
			about = append(about, found.Indexes[x].Digest)
		}
		if i < len(found.Proven) {
			about = append(about, found.Proven[i]...)
		}
		slices.Sort(about)
		for _, d := range slices.Compact(about) {
			if d != "" {
				r.known[d] = true
				r.images[d] = append(r.images[d], i)
			}
		}
	}
	return r
}

// above lists the indexes that lead to an image: those that list it, those that
// list these, and so on.
func above(list []int, indexes []report.Index, parents map[digest.Digest][]int) []int {
	list = slices.Clone(list)
	for at := 0; at < len(list) && len(list) < maxAbove; at++ {
		for _, x := range parents[indexes[list[at]].Digest] {
			if len(list) < maxAbove && !slices.Contains(list, x) {
				list = append(list, x)
			}
		}
	}
	return list
}

// material judges one signature.
func (r *review) material(m *signature.Material) {
	var subjects []digest.Digest
	for _, d := range m.Subjects {
		if r.known[d] {
			subjects = append(subjects, d)
		}
	}
	file := len(subjects) == 0 && m.Sum != nil
	if file {
		subjects = m.Subjects // perhaps that of the file, which is known if it is asked for
	}
	if len(subjects) == 0 {
		r.away(m)
		return
	}
	key, reason, wrong, enough := r.verify(m)
	if file && (reason != "" || !enough) {
		r.away(m)
		return
	}
	for _, d := range subjects {
		r.note(m, d, reason, enough)
		if !enough {
			continue
		}
		vouch := verify.Vouch{
			Kind: string(m.Kind), Digest: d, Format: m.Format, Object: m.Object, Ref: m.Ref,
			Reject: reason, Quiet: reason != "" || m.Kind == signature.Attestation, File: file,
		}
		if m.Log {
			vouch.Format += ", log not checked"
		}
		if m.Predicate != "" && m.Kind == signature.Attestation {
			vouch.Format += ", " + m.Predicate
		}
		switch {
		case reason == "":
			vouch.By, vouch.Signer = "--key "+key.name, key.ID().String()
			r.good = append(r.good, vouch)
		case len(r.bad) < maxRejected:
			if wrong {
				vouch.Warn = report.SignatureWrong
			}
			r.bad = append(r.bad, vouch)
		}
	}
}

// away counts a signature over something that is not here.
func (r *review) away(m *signature.Material) {
	if m.Kind != signature.Signature {
		return
	}
	if r.elsewhere++; r.first == "" && len(m.Subjects) > 0 {
		r.first = m.Subjects[0]
	}
}

// ofOtherType keeps the type of an attestation that was not asked for, for who
// mistook one type for another. Nobody checked who made it.
func (r *review) ofOtherType(m *signature.Material) {
	for _, d := range m.Subjects {
		for _, i := range r.images[d] {
			if s := &r.of[i]; len(s.types) < maxTypes && !slices.Contains(s.types, m.Predicate) {
				s.types = append(s.types, m.Predicate)
			}
		}
	}
}

// note keeps what material with these subjects means for the images.
func (r *review) note(m *signature.Material, d digest.Digest, reason string, enough bool) {
	asked := m.Kind == signature.Signature || r.predicate != ""
	for _, i := range r.images[d] {
		s := &r.of[i]
		switch {
		case !asked:
			s.other++
		case !enough:
			s.unchecked++
		case reason == "":
			s.good = true
		default:
			if s.rejected++; len(s.reasons) < maxReasons {
				s.reasons = append(s.reasons, m.Object+": "+reason)
			}
		}
	}
}

// verify looks for the key that made a signature. The reason says why none
// did; wrong, that one of them is said to have; enough is false where the
// limits leave it open.
func (r *review) verify(m *signature.Material) (key Key, reason string, wrong, enough bool) {
	if m.Problem != "" {
		return Key{}, m.Problem, true, true
	}
	message := m.Message()
	keys, named := r.order(m.Hint)
	for _, i := range keys {
		for _, sig := range m.Signatures {
			if !r.left.spend(len(message)) {
				return Key{}, "", false, false
			}
			if verifies(r.keys[i], m, message, sig) {
				return r.keys[i], "", false, true
			}
		}
	}
	switch {
	case m.Certificate:
		return Key{}, "it is signed by a certificate (keyless), which a key cannot check: ocisum-keyless can", false, true
	case named > 0:
		return Key{}, fmt.Sprintf("it names the key %s, which did not make it over these bytes", r.keys[keys[0]].name), true, true
	case m.Hint != "":
		return Key{}, "no key that was given made it; the one it names is " + m.Hint, false, true
	}
	return Key{}, "no key that was given made it over these bytes", false, true
}

func verifies(k Key, m *signature.Material, message, sig []byte) bool {
	if m.Sum != nil {
		return k.key.VerifySum(*m.Sum, sig) == nil
	}
	return k.key.Verify(message, sig) == nil
}

// testimony says what was found, what counts first, and asks for what is
// required.
func (r *review) testimony(found *verify.Found) verify.Testimony {
	t := verify.Testimony{Vouches: slices.Concat(r.good, r.bad)}
	kind := ""
	if r.predicate != "" {
		kind = verify.KindAttestation
	}
	if len(found.Images) == 0 {
		none := verify.Need{Image: -1, Kind: kind, Code: report.SignatureMissing, Reason: "there is no image that a signature could be over"}
		if r.predicate != "" {
			none.Code, none.Reason = report.AttestationMissing, "there is no image that an attestation could be about"
		}
		t.Needs = append(t.Needs, none)
	}
	for i := range found.Images {
		code, reason := r.verdict(&r.of[i], found.Images[i])
		t.Needs = append(t.Needs, verify.Need{Image: i, Kind: kind, Code: code, Reason: reason})
	}
	return t
}

// verdict is what is said of an image that nothing turns out to cover.
func (r *review) verdict(s *standing, img report.Image) (report.Code, string) {
	what := "signature"
	if r.predicate != "" {
		what = "attestation of type " + r.predicate
	}
	switch {
	case s.good:
		return report.SignatureInvalid, "the " + what + " is right, but nothing here has the digest it is over"
	case s.unchecked > 0:
		return report.LimitSignatures, fmt.Sprintf("%s left unchecked by the limits on verification, and none of the others counts", count(s.unchecked, what))
	case s.rejected > 0:
		text := fmt.Sprintf("%s, and none that counts: %s", count(s.rejected, what), strings.Join(s.reasons, "; "))
		if more := s.rejected - len(s.reasons); more > 0 {
			text += fmt.Sprintf("; and %d more", more)
		}
		return report.SignatureInvalid, text
	}
	text := "no " + what + " by any key that was given is over its manifest or an index above it"
	if img.Digest == nil {
		text += " (docker save leaves the manifest out, which is what signatures are over: --evidence gives it back)"
	}
	if r.predicate != "" {
		var types []string
		for _, t := range s.types {
			types = append(types, shown(t))
		}
		if len(types) > 0 {
			text += "; here are attestations of other types, not looked at: " + strings.Join(types, ", ")
		}
		return report.AttestationMissing, text
	}
	if s.other > 0 {
		text += "; not counted: " + count(s.other, "attestation")
	}
	if r.elsewhere > 0 {
		text += "; " + count(r.elsewhere, "signature") + " over something else"
		if r.first != "" {
			text += ", the first over " + r.first.String()
		}
	}
	return report.SignatureMissing, text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	head, tail, _ := strings.Cut(what, " ")
	return strings.TrimSpace(fmt.Sprintf("%d %ss %s", n, head, tail))
}
