package receipt

import (
	"fmt"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Terms are what is asked of a receipt.
type Terms struct {
	Name     string // what the report calls it: the path
	Verifier string // who must have written it; empty: this tool
	Key      *Key   // whose signature it must bear; nil: it may be unsigned
	// ImagesOnly leaves the subjects out that stand for the outer file, for a
	// copy of the images in another container.
	ImagesOnly bool
}

// KindUnsigned is the kind of the claims of a receipt whose signature nobody
// checked. They are compared, and a mismatch denies; but anybody could have
// written them, so they authenticate nothing (report.Anchor.Approves).
const KindUnsigned = "receipt-unsigned"

// Vouchers makes the claims of a receipt: each subject has the digest that was
// verified. A run with them is denied unless every image in the source is
// covered, and the source itself, if it is a subject. The file's digest has to
// be asked for (verify.Options.FileDigest).
func (r *Receipt) Vouchers(terms Terms) []verify.Voucher {
	signer, reject := r.Check(terms)
	kind := "receipt"
	if signer == "" && reject == nil {
		kind = KindUnsigned
	}
	file := &voucher{name: terms.Name, kind: kind, code: report.ReceiptOtherFile, needs: "the receipt is for another file"}
	images := &voucher{name: terms.Name, kind: kind, code: report.ReceiptOtherImage, needs: "the receipt names no digest of this image"}
	for i, s := range r.Statement.Subject {
		to := images
		switch s.role() {
		case RoleFile, RoleIndexJSON:
			if terms.ImagesOnly {
				continue
			}
			to = file
		}
		v := verify.Vouch{
			Kind: kind, By: fmt.Sprintf("%s#/subject/%d", terms.Name, i), Digest: r.digests[i],
			Signer: signer, Format: r.format(),
		}
		if reject != nil {
			v.Reject = reject.Error()
		}
		to.vouches = append(to.vouches, v)
	}
	if reject != nil {
		file.code, images.code = report.ReceiptRejected, report.ReceiptRejected
		file.needs = "the receipt does not count: " + reject.Error()
		images.needs = file.needs
	}
	list := []verify.Voucher{images}
	if len(file.vouches) > 0 {
		list = append(list, file)
	}
	return list
}

func (r *Receipt) format() string {
	kind := "simple verification result"
	if r.Statement.PredicateType == VSA {
		kind = "verification summary"
	}
	if r.sealed != nil {
		return kind + ", dsse"
	}
	return kind
}

// voucher is a part of a receipt every image has to be covered by.
type voucher struct {
	name    string
	kind    string
	vouches []verify.Vouch
	code    report.Code
	needs   string
}

// Name implements verify.Voucher.
func (v *voucher) Name() string { return v.name }

// Vouch implements verify.Voucher.
func (v *voucher) Vouch(found *verify.Found) verify.Testimony {
	t := verify.Testimony{Vouches: v.vouches}
	for i := range found.Images {
		t.Needs = append(t.Needs, verify.Need{Image: i, Kind: v.kind, Code: v.code, Reason: v.needs})
	}
	return t
}
