package verify

import (
	"fmt"
	"strings"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/signature"
	"github.com/ocisum/ocisum/report"
)

// typeNotation is what the manifests of Notation's signatures are called.
const typeNotation = "application/vnd.cncf.notary.signature"

// census counts signatures that were not checked.
type census struct{ signatures, attestations, keyless int }

// add counts one, of which nothing is known if m is nil.
func (c *census) add(m *signature.Material) {
	if m != nil && m.Kind == signature.Attestation {
		c.attestations++
	} else {
		c.signatures++
	}
	if m != nil && m.Certificate {
		c.keyless++
	}
}

// unchecked says that signatures are stored with the images, and that nobody
// gave anything to check them with.
func (r *run) unchecked(b *builder) {
	count := r.kept.loose
	for name, data := range r.kept.data { // of a stream, all documents
		if _, _, named := b.g.Node(name); !named && len(data) <= smallBinary && strings.HasPrefix(name, "blobs/") {
			if m := signature.Read(data); m != nil {
				count.add(m)
			}
		}
	}
	for _, n := range b.g.Nodes { // of a dir: folder
		if n.Present && n.Role == graph.RoleLegacy && strings.HasPrefix(n.Object.Name, "signature-") {
			count.add(nil)
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
				count.add(nil)
				continue
			}
			if !signature.Carries(mediaType) {
				continue
			}
			// Nothing comes of simple signing, and of what cannot be read.
			count.add(signature.Read(r.kept.data[n.Object.Name]))
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		noun string
	}{{count.signatures, "signature"}, {count.attestations, "attestation"}} {
		if p.n == 1 {
			parts = append(parts, "1 "+p.noun)
		} else if p.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.noun))
		}
	}
	if len(parts) == 0 {
		return
	}
	text := "stored with the images and not checked: " + strings.Join(parts, " and ") + "; give --key, --policy or --keyring"
	if count.keyless > 0 {
		text += fmt.Sprintf(" (%d by certificates, keyless: ocisum-keyless checks these, this command cannot)", count.keyless)
	}
	r.out.add(report.New(report.SignatureUnchecked, "", text))
}
