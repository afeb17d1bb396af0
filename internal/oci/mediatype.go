package oci

import "strings"

// Media types of the documents. Those of OCI are defined by image-spec
// media-types.md, Docker's by its image manifest specifications.
const (
	MediaTypeIndex            = "application/vnd.oci.image.index.v1+json"
	MediaTypeManifest         = "application/vnd.oci.image.manifest.v1+json"
	MediaTypeArtifactManifest = "application/vnd.oci.artifact.manifest.v1+json" // in release candidates of image-spec 1.1 only
	MediaTypeConfig           = "application/vnd.oci.image.config.v1+json"
	MediaTypeEmpty            = "application/vnd.oci.empty.v1+json"

	MediaTypeDockerList          = "application/vnd.docker.distribution.manifest.list.v2+json"
	MediaTypeDockerManifest      = "application/vnd.docker.distribution.manifest.v2+json"
	MediaTypeDockerSchema1       = "application/vnd.docker.distribution.manifest.v1+json"
	MediaTypeDockerSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws"
	MediaTypeDockerConfig        = "application/vnd.docker.container.image.v1+json"
)

// Beginnings of the media types of layers; what follows is the compression.
const (
	layerOCI           = "application/vnd.oci.image.layer.v1.tar"
	layerOCINonDist    = "application/vnd.oci.image.layer.nondistributable.v1.tar"
	layerDocker        = "application/vnd.docker.image.rootfs.diff.tar"
	layerDockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar"
)

// IsIndex reports whether mt is an OCI index or a Docker manifest list.
func IsIndex(mt string) bool { return mt == MediaTypeIndex || mt == MediaTypeDockerList }

// IsManifest reports whether mt is an OCI manifest or a Docker manifest of
// schema 2.
func IsManifest(mt string) bool { return mt == MediaTypeManifest || mt == MediaTypeDockerManifest }

// IsSchema1 reports whether mt is a Docker manifest of schema 1.
func IsSchema1(mt string) bool {
	return mt == MediaTypeDockerSchema1 || mt == MediaTypeDockerSchema1Signed
}

// IsArtifactManifest reports whether mt is an OCI artifact manifest.
func IsArtifactManifest(mt string) bool { return mt == MediaTypeArtifactManifest }

// IsImageConfig reports whether mt is the config of an image. The configs of
// artifacts are not: nothing is known about them.
func IsImageConfig(mt string) bool { return mt == MediaTypeConfig || mt == MediaTypeDockerConfig }

// LayerType is what a layer's media type promises.
type LayerType struct {
	Compression      string // "none", "gzip", "zstd", or "" if it is none of them
	NonDistributable bool   // the blob may be absent by right
	Encrypted        bool   // what is stored is not the layer
	Docker           bool   // Docker's type, which some tools write over layers of other compression
}

// IsLayer returns what mt promises about a layer; ok is false if mt is not
// the media type of a layer of OCI or Docker. A suffix that is not known, such
// as +lz4, is a layer of compression "".
func IsLayer(mt string) (t LayerType, ok bool) {
	var rest string
	sep := "+"
	switch {
	case prefix(mt, layerOCI, &rest):
	case prefix(mt, layerOCINonDist, &rest):
		t.NonDistributable = true
	case prefix(mt, layerDocker, &rest):
		t.Docker, sep = true, "."
	case prefix(mt, layerDockerForeign, &rest):
		t.Docker, t.NonDistributable, sep = true, true, "."
	default:
		return LayerType{}, false
	}
	// ocicrypt marks an encrypted layer after its compression.
	rest, t.Encrypted = strings.CutSuffix(rest, "+encrypted")
	switch rest {
	case "":
		t.Compression = "none"
	case sep + "gzip":
		t.Compression = "gzip"
	case sep + "zstd":
		t.Compression = "zstd"
	default:
		if rest[0] != '+' && rest[0] != '.' {
			return LayerType{}, false // such as ...v1.target
		}
	}
	return t, true
}

// prefix reports whether mt begins with p, and sets rest to what follows.
func prefix(mt, p string, rest *string) bool {
	r, ok := strings.CutPrefix(mt, p)
	if ok {
		*rest = r
	}
	return ok
}

// CheckFamily returns what is wrong between the media type by which a
// descriptor calls a document and the one the document gives itself, "" if it
// gives none. A document need not give one (image-spec index.md and
// manifest.md: SHOULD), but Docker's formats require it; and where it does, it
// must be the descriptor's.
//
// That a document's media type contradicts its own fields is found by its
// Parse function, in addition.
func CheckFamily(descriptor, body string) []Problem {
	p := Problem{Kind: MediaType, Pointer: "/mediaType", Offset: -1, Want: cut(descriptor), Got: cut(body)}
	switch {
	case descriptor == "" || body == descriptor:
		return nil
	case body != "":
		p.Detail = "the document calls itself something else than its descriptor does"
	case descriptor == MediaTypeDockerList || descriptor == MediaTypeDockerManifest:
		p.Detail = "Docker's format requires a media type in the document"
	default:
		return nil
	}
	return []Problem{p}
}
