package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/graph"
	"github.com/ocisum/ocisum/internal/intoto"
	"github.com/ocisum/ocisum/report"
)

const (
	typeInToto      = "application/vnd.in-toto+json"
	typeAttestation = "application/vnd.docker.attestation.manifest.v1+json"
)

// attestations judges what BuildKit's attestations say they are about, which
// they do in three places: the annotation of the index entry, the subject of
// the manifest, and the subject of each in-toto statement.
func (r *run) attestations(j *judge, b *builder) {
	for _, a := range b.g.Artifacts {
		n := b.g.Nodes[a.Manifest]
		if len(n.References) == 0 && a.ArtifactType != typeAttestation || j.states[a.Manifest] != report.Checked {
			continue
		}
		claims := slices.Clone(n.References)
		if a.Subject != "" {
			claims = slices.Insert(claims, 0, graph.Reference{By: b.blob(a.Manifest, "", namedDigest(n), -1).Digest.String() + "#/subject", Digest: a.Subject})
		}
		if len(claims) == 0 {
			continue
		}
		first := claims[0]
		for _, c := range claims[1:] {
			if c.Digest != first.Digest && c.Digest.Algorithm() == first.Digest.Algorithm() {
				r.attestation(b, report.AttestationMismatch, n, c, first, first.Digest.String(), "the attestation is bound to one image by "+first.By+" and to another here")
			}
		}
		for _, i := range a.Blobs {
			if mediaTypeOf(b.g.Nodes[i]) == typeInToto && j.states[i] == report.Checked {
				r.statement(b, b.g.Nodes[i], first)
			}
		}
	}
}

// statement is what an in-toto statement says it is about.
type statement struct {
	predicate string
	digests   []digest.Digest
	err       error
}

// maxSubjects bounds the digests that are kept of a statement: BuildKit writes
// one subject for each name of the image.
const maxSubjects = 1000

func readStatement(data []byte) *statement {
	st, err := intoto.Parse(data)
	if err != nil {
		return &statement{err: err}
	}
	s := &statement{predicate: st.PredicateType, digests: st.Digests()}
	if len(s.digests) > maxSubjects {
		return &statement{err: fmt.Errorf("in-toto statement with more than %d subjects", maxSubjects)}
	}
	return s
}

// statement judges one in-toto statement against what its manifest is bound to.
func (r *run) statement(b *builder, n *graph.Node, want graph.Reference) {
	name := n.Object.Name
	st := r.kept.statements[name]
	if st == nil { // of a stream, whose documents were kept
		data, kept := r.kept.data[name]
		if o := r.obs[name]; !kept && (slices.Contains(r.kept.dropped, name) || o != nil && o.Size > r.lim.JSONBytes) {
			r.attestation(b, report.AttestationUnchecked, n, want, want, "", "the in-toto statement is larger than what documents may be: whom it is about was not looked at")
			return
		}
		st = readStatement(data)
	}
	if st.err != nil {
		r.attestation(b, report.AttestationInvalid, n, want, want, "", st.err.Error())
		return
	}
	var have []string
	for _, d := range st.digests {
		if d == want.Digest {
			return
		}
		if d.Algorithm() == want.Digest.Algorithm() && len(have) < 3 {
			have = append(have, d.String())
		}
	}
	if len(have) == 0 {
		r.attestation(b, report.AttestationEmpty, n, want, want, "", fmt.Sprintf("the in-toto statement (%s) has no subject by %s: nothing in it says which image it is about", st.predicate, want.Digest.Algorithm()))
		return
	}
	r.attestation(b, report.AttestationMismatch, n, want, want, strings.Join(have, ", "), "the in-toto statement is about something else than the image its manifest is bound to")
}

// attestation adds a finding about an attestation, which hits the images that
// it is bound to.
func (r *run) attestation(b *builder, code report.Code, n *graph.Node, claim, bound graph.Reference, got, text string) {
	f := report.New(code, n.Object.Name, text)
	f.Claim, f.Want, f.Got = claim.By, claim.Digest.String(), got
	for k, img := range b.g.Images {
		if b.position[k] >= 0 && (img.Digest == claim.Digest || img.Digest == bound.Digest) {
			f.Images = append(f.Images, b.position[k])
		}
	}
	r.out.add(f)
}
