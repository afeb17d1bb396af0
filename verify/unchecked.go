package verify

import (
	"fmt"
	"strings"

	"github.com/ocisum/ocisum/internal/signature"
	"github.com/ocisum/ocisum/report"
)

// typeNotation is what the manifests of Notation's signatures are called.
const typeNotation = "application/vnd.cncf.notary.signature"

// unchecked says that signatures are stored with the images, and that nobody
// gave anything to check them with.
func (r *run) unchecked(b *builder) {
	signatures, attestations, keyless := 0, 0, 0
	count := func(m *signature.Material) {
		if m != nil && m.Kind == signature.Attestation {
			attestations++
		} else {
			signatures++
		}
		if m != nil && m.Certificate {
			keyless++
		}
	}
	for name, data := range r.kept.data {
		if _, _, named := b.g.Node(name); !named && len(data) <= smallBinary && strings.HasPrefix(name, "blobs/") {
			if m := signature.Read(data); m != nil {
				count(m)
			}
		}
	}
	for _, a := range b.g.Artifacts {
		if !b.sel.node(a.Manifest) {
			continue
		}
		for _, i := range a.Blobs {
			n := b.g.Nodes[i]
			mediaType := mediaTypeOf(n)
			if a.ArtifactType == typeNotation {
				signatures++
				continue
			}
			if !signature.Carries(mediaType) {
				continue
			}
			// Nothing comes of simple signing, and of what cannot be read.
			count(signature.Read(r.kept.data[n.Object.Name]))
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		noun string
	}{{signatures, "signature"}, {attestations, "attestation"}} {
		if p.n == 1 {
			parts = append(parts, "1 "+p.noun)
		} else if p.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.noun))
		}
	}
	if len(parts) == 0 {
		return
	}
	text := "stored with the images and not checked: " + strings.Join(parts, " and ") + "; give --key"
	if keyless > 0 {
		text += fmt.Sprintf(" (%d by certificates, keyless: ocisum-keyless checks these, this command cannot)", keyless)
	}
	r.out.add(report.New(report.SignatureUnchecked, "", text))
}
