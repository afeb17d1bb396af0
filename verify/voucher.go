package verify

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
)

// A Voucher is something outside the source that may vouch for images in it: a
// lock, a key, a policy. It makes claims; what they are worth is judged here,
// with everything else, after every byte was read.
//
// A voucher is given to one run at a time, or is safe for concurrent use.
type Voucher interface {
	// Name is what the report calls it: "--lock images.lock".
	Name() string

	// Vouch looks at what was found and says what it promises and what it asks
	// for. It is pure: no input, no output, no clock; the same source gives the
	// same testimony in the same order.
	Vouch(found *Found) Testimony
}

// Found is what a voucher may look at: what was read, not what documents say.
// It is shared; a voucher changes nothing in it.
type Found struct {
	Source  report.Source
	Images  []report.Image // those that were asked for, as in the report
	Indexes []report.Index
	// Proven are, for each of Images, the digests from which evidence leads to
	// it: what is approved under one of them is this image. Empty without
	// evidence.
	Proven [][]digest.Digest
	// Objects are the small stored objects, sorted by name: documents, and
	// whatever may hold a signature, whether anything names it or not. Small
	// means at most Limits.JSONBytes where it begins like JSON, else 64 KiB.
	Objects []Stored
}

// Stored is a stored object: the very bytes that were hashed.
type Stored struct {
	Name   string
	SHA256 digest.Digest
	Data   []byte
}

// Digests returns, for each of Images, the digests by which it may be vouched
// for as a whole: that of its manifest, if it has one, and those of the indexes
// above it.
func (f *Found) Digests() [][]digest.Digest {
	parents := map[digest.Digest][]int{} // of indexes
	for i, x := range f.Indexes {
		for _, d := range x.Manifests {
			parents[d] = append(parents[d], i)
		}
	}
	all := make([][]digest.Digest, len(f.Images))
	for i, img := range f.Images {
		if img.Digest != nil {
			all[i] = append(all[i], *img.Digest)
		}
		seen := map[int]bool{}
		for queue := slices.Clone(img.Indexes); len(queue) > 0; queue = queue[1:] {
			x := queue[0]
			if seen[x] {
				continue
			}
			seen[x] = true
			all[i] = append(all[i], f.Indexes[x].Digest)
			queue = append(queue, parents[f.Indexes[x].Digest]...)
		}
		if i < len(f.Proven) {
			all[i] = append(all[i], f.Proven[i]...)
		}
	}
	return all
}

// Testimony is what a voucher has to say.
type Testimony struct {
	Vouches []Vouch
	Needs   []Need
}

// Vouch is one claim: the object with this digest is what was approved.
type Vouch struct {
	Kind   string        // "lock", "policy", "signature", "attestation", "receipt", "base"
	By     string        // where the claim is written: "--lock images.lock#tiny:v1"; empty: the voucher's name
	Digest digest.Digest // of an index, a manifest, a config (image ID), index.json or the outer file
	// DiffIDs say, of the kind KindBase, what the lowest layers of images are:
	// an image is covered if it begins with them. Digest is that of the base.
	DiffIDs []digest.Digest
	Size    int64 // of that object, where the claim says so; 0: not said

	Signer string // who: the fingerprint of a key, the subject of a certificate
	Format string // "cosign simple signing", "notation jws"
	Object string // the stored object that carries it
	Ref    string // the reference that it gives the image

	// Reject says why it does not count, whatever the digest: the signature is
	// wrong, the key unknown, the identity another. Empty: it counts.
	Reject string
	// Quiet keeps it out of the report where the source has nothing of that
	// digest.
	Quiet bool

	// File says that the digest may be that of the outer file, which is then
	// computed, with a second reading, if it is not known yet.
	File bool

	// Warn is the code of a finding that says Reject, where the source has
	// something of that digest; empty: the report lists it, no more.
	Warn report.Code
}

// KindAttestation is the kind of a statement about an image that does not
// approve of it, such as provenance: it satisfies only a Need of that kind.
const KindAttestation = "attestation"

// KindBase is the kind of a claim about the lowest layers of an image: what is
// above them it does not approve of.
const KindBase = "base"

// Need says that an image must be covered by a vouch of the same voucher.
type Need struct {
	Image   int         // position in Found.Images; -1, where that is empty: there is nothing to be covered
	Kind    string      // of vouch that is asked for; empty: any but an attestation
	Code    report.Code // of the finding otherwise; one that is a warning denies nothing
	Reason  string      // what that finding says
	Refused bool        // nothing can cover it: a policy rejects it
}
