package evidence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/report"
	"github.com/ocisum/ocisum/verify"
)

// Base is a voucher that asks for images built on an approved base: each must
// begin with the layers of one of them, by the digests of their uncompressed
// bytes. What lies above is not approved by it.
type Base struct{ images []baseImage }

type baseImage struct {
	by      string
	digest  digest.Digest
	diffIDs []digest.Digest
}

// Add takes the images of a report as bases: one over documents is enough,
// since the layers of the image that is built on them are read. By is what the
// report of the image calls them: "--base alpine.tar@sha256:...".
func (b *Base) Add(by string, rep *report.Report) {
	for _, img := range rep.Images {
		x := baseImage{by: by, digest: img.ImageID}
		if img.Digest != nil {
			x.digest = *img.Digest
		}
		for _, l := range img.Layers {
			x.diffIDs = append(x.diffIDs, l.DiffID)
		}
		if len(x.diffIDs) > 0 && !slices.Contains(x.diffIDs, "") {
			b.images = append(b.images, x)
		}
	}
}

// Empty reports whether there is no base to build on.
func (b *Base) Empty() bool { return len(b.images) == 0 }

// maxNames bounds the bases that a finding names.
const maxNames = 8

// names says which bases there are, each once.
func (b *Base) names() string {
	var names []string
	for _, x := range b.images {
		if !slices.Contains(names, x.by) {
			names = append(names, x.by)
		}
	}
	more := ""
	if n := len(names) - maxNames; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names[:min(len(names), maxNames)], ", ") + more
}

// Name implements verify.Voucher.
func (*Base) Name() string { return "--base" }

// Vouch implements verify.Voucher.
func (b *Base) Vouch(found *verify.Found) verify.Testimony {
	var t verify.Testimony
	for _, x := range b.images {
		// One platform of several fits; the others are not worth a line.
		t.Vouches = append(t.Vouches, verify.Vouch{Kind: verify.KindBase, By: x.by, Digest: x.digest, DiffIDs: x.diffIDs, Quiet: true})
	}
	for i := range found.Images {
		t.Needs = append(t.Needs, verify.Need{
			Image: i, Kind: verify.KindBase, Code: report.BaseMismatch,
			Reason: "the image does not begin with the layers of an approved base: " + b.names(),
		})
	}
	return t
}
