package notation

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/internal/oci"
	"github.com/ocisum/ocisum/verify"
)

// Media type of the config, or artifact type, of a signature manifest.
const typeSignature = "application/vnd.cncf.notary.signature"

// thumbprints is the annotation with the SHA-256 of each certificate.
const thumbprints = "io.cncf.notary.x509chain.thumbprint#S256"

// maxCost bounds what hostile signatures cost: some ten seconds, as much as
// 10 000 signatures with P-384. Keys are weighed by what one verification
// takes, in units of about 0.15 ms.
const maxCost = 60_000

func cost(pub crypto.PublicKey) int {
	switch key := pub.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P384():
			return 6
		case elliptic.P521():
			return 12
		}
	case *rsa.PublicKey:
		return 1 + key.N.BitLen()/4096
	}
	return 1
}

var errTooMany = errors.New("there are more signatures than are verified: not looked at")

// material is a signature manifest that was found, with its envelope verified
// as far as integrity goes.
type material struct {
	object  string        // the stored manifest
	subject digest.Digest // that it names; empty: none
	target  digest.Digest // what the signature is over, else the subject
	format  string
	sig     *signature // nil if err is not
	err     error
}

// find looks for signatures among the objects of a source, and verifies them
// as far as limit goes.
func find(found *verify.Found, limit int) []material {
	f := finder{
		objects: map[digest.Digest]*verify.Stored{}, chains: map[[sha256.Size]byte]error{}, left: limit,
		verified: map[layer]outcome{},
	}
	for i := range found.Objects {
		o := &found.Objects[i]
		if _, known := f.objects[o.SHA256]; !known {
			f.objects[o.SHA256] = o
		}
	}
	seen := map[digest.Digest]bool{}
	for i := range found.Objects {
		o := &found.Objects[i]
		if seen[o.SHA256] || !bytes.Contains(o.Data, []byte(typeSignature)) {
			continue
		}
		seen[o.SHA256] = true
		if m, ok := f.manifest(o); ok {
			f.list = append(f.list, m)
		}
	}
	return f.list
}

type finder struct {
	objects map[digest.Digest]*verify.Stored
	chains  map[[sha256.Size]byte]error // what checkLinks said
	left    int                         // what verifications may cost yet
	list    []material

	verified map[layer]outcome // envelopes: several manifests may have the same
}

// layer is an envelope as a manifest names it.
type layer struct {
	digest    digest.Digest
	mediaType string
}

// outcome is what became of an envelope.
type outcome struct {
	format string
	sig    *signature
	err    error
}

// manifest reads a signature manifest, if it is one.
func (f *finder) manifest(o *verify.Stored) (material, bool) {
	m := material{object: o.Name, format: "notation"}
	layers, annotations, ok := m.read(o.Data)
	if !ok {
		return m, false
	}
	m.target = m.subject
	if m.err == nil {
		m.err = f.envelope(&m, layers, annotations)
	}
	return m, true
}

// read reads an image manifest or, as release candidates of notation wrote it,
// an artifact manifest.
func (m *material) read(data []byte) (layers []oci.Descriptor, annotations map[string]string, ok bool) {
	shape, problems := oci.ParseManifest(data, oci.DefaultLimits())
	subject := (*oci.Descriptor)(nil)
	switch {
	case shape != nil && shape.Config != nil && (shape.ArtifactType == typeSignature || shape.Config.MediaType == typeSignature):
		layers, annotations, subject = shape.Layers, shape.Annotations, shape.Subject
	default:
		var a *oci.Artifact
		if a, problems = oci.ParseArtifact(data, oci.DefaultLimits()); a == nil || a.ArtifactType != typeSignature {
			return nil, nil, false
		}
		layers, annotations, subject = a.Blobs, a.Annotations, a.Subject
	}
	switch {
	case len(problems) > 0:
		m.err = fmt.Errorf("signature manifest: %s", problems[0].Detail)
	case subject == nil || subject.Digest == "":
		m.err = errors.New("signature manifest without a subject")
	case len(layers) != 1:
		m.err = fmt.Errorf("signature manifest with %d layers, not one", len(layers))
	}
	if subject != nil {
		m.subject = subject.Digest
	}
	return layers, annotations, true
}

// envelope reads and verifies the envelope of a manifest.
func (f *finder) envelope(m *material, layers []oci.Descriptor, annotations map[string]string) error {
	blob, ok := f.objects[layers[0].Digest]
	if !ok {
		return errors.New("its envelope is not here, or larger than what is kept")
	}
	m.object = blob.Name
	key := layer{blob.SHA256, layers[0].MediaType}
	o, known := f.verified[key]
	if !known {
		o = f.open(key.mediaType, blob.Data)
		f.verified[key] = o
	}
	m.format, m.sig = o.format, o.sig
	if o.err != nil {
		return o.err
	}
	if err := checkThumbprints(annotations, m.sig.chain); err != nil {
		return err
	}
	if m.target = m.sig.target.Digest; m.target != m.subject {
		return fmt.Errorf("the manifest's subject is %s, and it is not what is signed", m.subject)
	}
	return nil
}

// open reads and verifies an envelope.
func (f *finder) open(mediaType string, data []byte) outcome {
	o := outcome{format: "notation"}
	env, err := parseEnvelope(mediaType, data)
	if err != nil {
		o.err = err
		return o
	}
	o.format = env.format
	o.sig, o.err = f.verify(env)
	return o
}

// verify validates the integrity of an envelope: its payload, its chain, and
// the signatures of both.
func (f *finder) verify(env *envelope) (*signature, error) {
	certs, err := parseChain(env.chain)
	if err != nil {
		return nil, err
	}
	alg, err := algorithmOf(certs[0].PublicKey)
	if err != nil || alg.name != env.algorithm {
		return nil, errors.New("the algorithm in the header is not that of the signing key")
	}
	sig := &signature{envelope: env, certs: certs}
	if sig.target, err = parsePayload(env.payload); err != nil {
		return nil, err
	}
	if f.left -= cost(certs[0].PublicKey); f.left < 0 {
		return nil, errTooMany
	}
	if err := verifySignature(certs[0].PublicKey, env.signed, env.signature); err != nil {
		return nil, err
	}
	if err := f.links(sig); err != nil {
		return nil, err
	}
	return sig, nil
}

// links verifies a chain, once for all signatures that have it.
func (f *finder) links(sig *signature) error {
	h := sha256.New()
	for _, c := range sig.certs {
		h.Write(c.SHA256[:])
	}
	key := [sha256.Size]byte(h.Sum(nil))
	err, known := f.chains[key]
	if !known {
		for i := range sig.certs { // each is verified with the key of the next
			f.left -= cost(sig.certs[min(i+1, len(sig.certs)-1)].PublicKey)
		}
		if f.left < 0 {
			return errTooMany
		}
		err = checkLinks(sig.certs)
		f.chains[key] = err
	}
	return err
}

// checkThumbprints compares the annotation with the chain, where there is one.
// Nobody signed it: it is there to find signatures by.
func checkThumbprints(annotations map[string]string, chain [][]byte) error {
	text, ok := annotations[thumbprints]
	if !ok {
		return nil
	}
	var said, got []string
	if err := json.Unmarshal([]byte(strings.ToLower(text)), &said); err != nil {
		return fmt.Errorf("annotation of thumbprints: %w", err)
	}
	for _, der := range chain {
		sum := sha256.Sum256(der)
		got = append(got, hex.EncodeToString(sum[:]))
	}
	if !slices.Equal(said, got) {
		return errors.New("the annotation of thumbprints is not of the envelope's chain")
	}
	return nil
}
