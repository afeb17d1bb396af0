package signature

import (
	"bytes"
	"iter"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/ocisum/ocisum/hash"
	"github.com/ocisum/ocisum/internal/oci"
)

// Media types and annotations of cosign.
const (
	typeSimple    = "application/vnd.dev.cosign.simplesigning.v1+json"
	typeBundle    = "application/vnd.dev.sigstore.bundle" // and a version
	typeEnvelope  = "application/vnd.dsse.envelope.v1+json"
	typeStatement = "application/vnd.in-toto+json" // the payload of an envelope
	annotation    = "dev.cosignproject.cosign/signature"
	certificate   = "dev.sigstore.cosign/certificate"
	logEntry      = "dev.sigstore.cosign/bundle"
)

// maxSignature bounds a signature: RSA with 8192 bits needs 1024 bytes.
const maxSignature = 4096

// limits bound the documents that are looked into; they are small objects of a
// source that was read within its own limits.
var limits = oci.Limits{Bytes: 64 << 20, Depth: 64, Tokens: 500_000, Elements: 10_000}

// marks are texts of which at least one is in everything that is looked for.
// Who hides them behind escapes is not found, and vouches for nothing.
var marks = [][]byte{[]byte("simplesigning"), []byte("sigstore.bundle"), []byte("payloadType"), []byte("dsse.envelope")}

// Carries reports whether a media type is one of material that Find knows.
func Carries(mediaType string) bool {
	return mediaType == typeSimple || mediaType == typeEnvelope || isBundle(mediaType)
}

func isBundle(mediaType string) bool { return strings.HasPrefix(mediaType, typeBundle) }

// link is how a manifest leads to an object.
type link struct {
	manifest  string
	mediaType string
	subject   digest.Digest
	used      bool
}

// Read returns the bundle or envelope that data is, or nil. What it is over is
// not looked for.
func Read(data []byte) *Material {
	if !Marked(data) {
		return nil
	}
	m, _, _ := (&finder{}).parse(data)
	return m
}

// finder holds what is known of all objects.
type finder struct {
	objects []Object
	digests map[digest.Digest][]byte // bytes by SHA-256
	wide    map[digest.Digest][]byte // by SHA-512, once one is asked for
	links   map[digest.Digest]*link
	order   []digest.Digest // of links
	payload map[digest.Digest]*Material
	simple  map[string]*oci.Manifest // manifests with layers of simple signing
	subject map[string]digest.Digest
}

// Find yields the material among objects, in their order. The objects are not
// changed, and what is yielded shares their memory.
func Find(objects []Object) iter.Seq[*Material] {
	return func(yield func(*Material) bool) {
		f := &finder{
			objects: objects, digests: make(map[digest.Digest][]byte, len(objects)), links: map[digest.Digest]*link{},
			payload: map[digest.Digest]*Material{}, simple: map[string]*oci.Manifest{}, subject: map[string]digest.Digest{},
		}
		for _, o := range objects {
			f.digests[o.SHA256] = o.Data
		}
		for _, o := range objects {
			if Marked(o.Data) {
				f.manifest(o)
			}
		}
		for _, o := range objects {
			if !Marked(o.Data) {
				continue
			}
			if m := f.simple[o.Name]; m != nil {
				for i := range m.Layers {
					if m.Layers[i].MediaType == typeSimple && !yield(f.simpleSigning(o, &m.Layers[i])) {
						return
					}
				}
				continue
			}
			if m := f.document(o); m != nil && !yield(m) {
				return
			}
		}
		for _, d := range f.order {
			if l := f.links[d]; !l.used {
				if !yield(l.broken("what it is in, " + d.String() + ", is not in the source, too large, or not what it is called")) {
					return
				}
			}
		}
	}
}

// Marked reports whether there may be material in data, or a manifest that
// leads to some. It is quick.
func Marked(data []byte) bool {
	for _, m := range marks {
		if bytes.Contains(data, m) {
			return true
		}
	}
	return false
}

// manifest notes what a manifest leads to.
func (f *finder) manifest(o Object) {
	var list []oci.Descriptor
	var subject *oci.Descriptor
	switch oci.DetectShape(o.Data, limits) {
	case oci.ShapeManifest:
		m, _ := oci.ParseManifest(o.Data, limits)
		if m == nil {
			return
		}
		list, subject = m.Layers, m.Subject
		for i := range m.Layers {
			if m.Layers[i].MediaType == typeSimple {
				f.simple[o.Name] = m
			}
		}
	case oci.ShapeArtifact:
		a, _ := oci.ParseArtifact(o.Data, limits)
		if a == nil {
			return
		}
		list, subject = a.Blobs, a.Subject
	default:
		return
	}
	about := digest.Digest("")
	if subject != nil {
		about = subject.Digest
	}
	f.subject[o.Name] = about
	for i := range list {
		d := &list[i]
		if d.Digest == "" || d.MediaType != typeEnvelope && !isBundle(d.MediaType) || f.links[d.Digest] != nil {
			continue
		}
		f.links[d.Digest] = &link{manifest: o.Name, mediaType: d.MediaType, subject: about}
		f.order = append(f.order, d.Digest)
	}
}

// broken is the material that a link does not lead to.
func (l *link) broken(problem string) *Material {
	m := &Material{Kind: Signature, Format: "dsse envelope", Object: l.manifest, Problem: problem}
	if isBundle(l.mediaType) {
		m.Format = "sigstore bundle"
	}
	if l.subject != "" {
		m.Subjects = []digest.Digest{l.subject}
	}
	return m
}

// document looks into an object that is no manifest. What nothing calls
// material and cannot be read as such is none.
func (f *finder) document(o Object) *Material {
	if bytes.HasPrefix(o.Data, []byte(storedMark)) {
		return stored(o)
	}
	l := f.links[o.SHA256]
	m, known, problem := f.parse(o.Data)
	if m == nil && known && problem != "" {
		if l == nil {
			l = &link{manifest: o.Name, mediaType: typeBundle}
		}
		m = l.broken(problem)
	}
	if l != nil {
		l.used = m != nil
	}
	if m != nil {
		m.Object = o.Name
		if l != nil && len(m.Subjects) == 0 && l.subject != "" {
			m.Subjects = []digest.Digest{l.subject}
		}
	}
	return m
}

// parse reads a bundle or an envelope; known says that it calls itself one.
func (f *finder) parse(data []byte) (m *Material, known bool, problem string) {
	top, err := fields(data)
	if err != nil {
		return nil, false, ""
	}
	switch {
	case top["verificationMaterial"] != nil || isBundle(text(top["mediaType"])):
		m, err = f.bundle(top)
	case top["payloadType"] != nil && top["payload"] != nil && top["signatures"] != nil:
		m, err = envelope(data)
	default:
		return nil, false, ""
	}
	if err != nil {
		return nil, true, err.Error()
	}
	return m, true, ""
}

// lookup finds the bytes of a digest.
func (f *finder) lookup(d digest.Digest) ([]byte, bool) {
	if d.Algorithm() == digest.SHA512 {
		if f.wide == nil {
			f.wide = make(map[digest.Digest][]byte, len(f.objects))
			for _, o := range f.objects {
				f.wide[hash.DigestBytes(digest.SHA512, o.Data)] = o.Data
			}
		}
		data, ok := f.wide[d]
		return data, ok
	}
	data, ok := f.digests[d]
	return data, ok
}
